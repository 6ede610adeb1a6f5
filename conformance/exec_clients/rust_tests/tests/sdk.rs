//! Tests of an emulator with the crate `dropbox-sdk`, run by `cargo test` under `fakebox exec`.
//!
//! The package of the crate does not contain the tests of its repository. These tests check the same
//! routes of the service: parallel uploads and downloads, a recursive listing in pages, the root of
//! paths, and authorization; and those of its examples: an upload session of several threads. They
//! use the synchronous routes, because the asynchronous client of the crate requires HTTP/2.

use dropbox_sdk::oauth2::Authorization;
use dropbox_sdk::sync_routes::{check, files, sharing, users};
use dropbox_sdk::types::common::PathRoot;
use dropbox_sdk::Error;
use sdk_tests::{Client, TOKEN};
use std::collections::HashSet;
use std::io::Read;
use std::thread;

const BLOCK_BYTES: usize = 4 * 1024 * 1024;

fn client() -> Client {
    Client::new(Some(TOKEN))
}

fn create_folder(client: &Client, path: &str) {
    files::create_folder_v2(client, &files::CreateFolderArg::new(path.to_owned())).expect(path);
}

fn upload(client: &Client, path: &str, content: &[u8]) -> files::FileMetadata {
    let arg = files::UploadArg::new(path.to_owned()).with_mode(files::WriteMode::Overwrite);
    files::upload(client, &arg, content).expect(path)
}

fn download(client: &Client, path: &str, start: Option<u64>, end: Option<u64>) -> Vec<u8> {
    let arg = files::DownloadArg::new(path.to_owned());
    let result = files::download(client, &arg, start, end).expect(path);
    let mut content = Vec::new();
    result.body.expect("a body").read_to_end(&mut content).expect("the content");
    content
}

fn content_of(number: usize, bytes: usize) -> Vec<u8> {
    format!("file {number}\n").into_bytes().into_iter().cycle().take(bytes).collect()
}

/// Uploads files, each from a thread, and returns their paths in lower case.
fn upload_in_parallel(client: &Client, folder: &str, count: usize, bytes: usize) -> Vec<String> {
    thread::scope(|scope| {
        let start = |number| {
            scope.spawn(move || {
                let path = format!("{folder}/file{number}.txt");
                upload(client, &path, &content_of(number, bytes)).path_lower.expect("a path")
            })
        };
        let threads: Vec<_> = (0..count).map(start).collect();
        threads.into_iter().map(|thread| thread.join().expect("an upload")).collect()
    })
}

#[test]
fn check_returns_its_query() {
    let arg = check::EchoArg::default().with_query("query".to_owned());
    assert_eq!(check::user(&client(), &arg).expect("the check").result, "query");
}

#[test]
fn files_are_written_and_read_in_parallel() {
    let (client, folder) = (client(), "/rust parallel");
    create_folder(&client, folder);
    let paths = upload_in_parallel(&client, folder, 20, 64 * 1024);
    thread::scope(|scope| {
        for (number, path) in paths.iter().enumerate() {
            let client = &client;
            scope.spawn(move || {
                assert_eq!(download(client, path, None, None), content_of(number, 64 * 1024));
            });
        }
    });
}

#[test]
fn range_of_a_file_is_downloaded() {
    let client = client();
    upload(&client, "/rust range.txt", b"0123456789");
    assert_eq!(download(&client, "/rust range.txt", Some(3), Some(5)), b"345");
    assert_eq!(download(&client, "/rust range.txt", Some(7), None), b"789");
}

#[test]
fn folder_is_listed_with_its_subfolders_in_pages() {
    let (client, folder, inner) = (client(), "/rust listing", "/rust listing/inner");
    create_folder(&client, folder);
    create_folder(&client, inner);
    let mut expected: HashSet<String> = HashSet::new();
    for path in [folder, inner] {
        expected.extend(upload_in_parallel(&client, path, 15, 100));
    }
    expected.extend([folder.to_owned(), inner.to_owned()]);
    let arg = files::ListFolderArg::new(folder.to_owned()).with_recursive(true).with_limit(10);
    let mut page = files::list_folder(&client, &arg).expect("the first page");
    assert!(page.has_more);
    loop {
        for entry in page.entries {
            let path = match entry {
                files::Metadata::File(file) => file.path_lower,
                files::Metadata::Folder(folder) => folder.path_lower,
                other => panic!("an unexpected entry: {other:?}"),
            };
            assert!(expected.remove(&path.expect("a path")));
        }
        if !page.has_more {
            break;
        }
        let arg = files::ListFolderContinueArg::new(page.cursor);
        page = files::list_folder_continue(&client, &arg).expect("the next page");
    }
    assert!(expected.is_empty(), "not listed: {expected:?}");
}

#[test]
fn foreign_path_root_is_not_permitted() {
    let client = client().with_path_root(&PathRoot::NamespaceId("1".to_owned()));
    // The header is checked before the path, which is not valid.
    match files::list_folder(&client, &files::ListFolderArg::new("/".to_owned())) {
        Err(Error::UnexpectedHttpError { code: 422, response }) => {
            let json: serde_json::Value = serde_json::from_str(&response).expect("JSON");
            assert_eq!(json["error"][".tag"], "no_permission");
        }
        other => panic!("an unexpected result: {other:?}"),
    }
}

#[test]
fn path_root_is_not_supported_for_an_app_folder() {
    let client = Client::new(Some("fakebox-sandbox-bearer-token"))
        .with_path_root(&PathRoot::NamespaceId("1".to_owned()));
    match files::list_folder(&client, &files::ListFolderArg::new(String::new())) {
        Err(Error::BadRequest(text)) => {
            assert!(text.contains("Path root is not supported for sandbox app"), "{text}");
        }
        other => panic!("an unexpected result: {other:?}"),
    }
}

#[test]
fn own_path_root_is_accepted() {
    let me = users::get_current_account(&client()).expect("the account");
    let root = match me.root_info {
        dropbox_sdk::types::common::RootInfo::User(info) => info.root_namespace_id,
        other => panic!("an unexpected root: {other:?}"),
    };
    let client = client().with_path_root(&PathRoot::Root(root));
    files::list_folder(&client, &files::ListFolderArg::new(String::new())).expect("the listing");
}

#[test]
fn large_file_is_uploaded_by_several_threads() {
    let (client, content) = (client(), content_of(1, 3 * BLOCK_BYTES + 10));
    let arg = files::UploadSessionStartArg::default()
        .with_session_type(files::UploadSessionType::Concurrent);
    let session = files::upload_session_start(&client, &arg, b"").expect("the session").session_id;
    let cursor = |offset: usize| files::UploadSessionCursor::new(session.clone(), offset as u64);
    thread::scope(|scope| {
        for (number, block) in content.chunks(BLOCK_BYTES).enumerate() {
            let (client, cursor) = (&client, cursor(number * BLOCK_BYTES));
            scope.spawn(move || {
                let arg = files::UploadSessionAppendArg::new(cursor)
                    .with_close(block.len() < BLOCK_BYTES);
                files::upload_session_append_v2(client, &arg, block).expect("a block");
            });
        }
    });
    let commit = files::CommitInfo::new("/rust large.bin".to_owned());
    let arg = files::UploadSessionFinishArg::new(cursor(content.len()), commit);
    let file = files::upload_session_finish(&client, &arg, b"").expect("the file");
    assert_eq!(file.size, content.len() as u64);
    assert_eq!(download(&client, "/rust large.bin", None, None), content);
}

#[test]
fn errors_have_their_types() {
    let client = client();
    let arg = files::GetMetadataArg::new("/rust missing".to_owned());
    match files::get_metadata(&client, &arg) {
        Err(Error::Api(files::GetMetadataError::Path(files::LookupError::NotFound))) => (),
        other => panic!("an unexpected result: {other:?}"),
    }
    create_folder(&client, "/rust folder");
    match files::upload(&client, &files::UploadArg::new("/rust folder".to_owned()), b"") {
        Err(Error::Api(files::UploadError::Path(failed))) => assert!(matches!(
            failed.reason,
            files::WriteError::Conflict(files::WriteConflictError::Folder)
        )),
        other => panic!("an unexpected result: {other:?}"),
    }
    match check::user(&Client::new(Some("sl.unknown")), &check::EchoArg::default()) {
        Err(Error::Authentication(dropbox_sdk::types::auth::AuthError::InvalidAccessToken)) => (),
        other => panic!("an unexpected result: {other:?}"),
    }
}

#[test]
fn long_poll_reports_changes_without_a_token() {
    let client = client();
    create_folder(&client, "/rust polled");
    let arg = files::ListFolderArg::new("/rust polled".to_owned());
    let cursor = files::list_folder_get_latest_cursor(&client, &arg).expect("a cursor").cursor;
    upload(&client, "/rust polled/new.txt", b"new");
    let arg = files::ListFolderLongpollArg::new(cursor).with_timeout(30);
    assert!(files::list_folder_longpoll(&Client::new(None), &arg).expect("the poll").changes);
}

#[test]
fn shared_link_is_created_and_read() {
    let client = client();
    let file = upload(&client, "/rust shared.txt", b"shared");
    let arg = sharing::CreateSharedLinkWithSettingsArg::new("/rust shared.txt".to_owned());
    let created = sharing::create_shared_link_with_settings(&client, &arg).expect("the link");
    let link = match created {
        sharing::SharedLinkMetadata::File(link) => link,
        other => panic!("an unexpected link: {other:?}"),
    };
    assert_eq!((link.id, link.rev), (Some(file.id), file.rev));
    let arg = sharing::GetSharedLinkMetadataArg::new(link.url);
    let mut content = String::new();
    let result = sharing::get_shared_link_file(&client, &arg, None, None).expect("the file");
    result.body.expect("a body").read_to_string(&mut content).expect("a text");
    assert_eq!(content, "shared");
}

#[test]
fn access_token_is_fetched_with_a_refresh_token() {
    let mut authorization = Authorization::from_client_secret_refresh_token(
        "fakebox-app-key".to_owned(),
        "fakebox-app-secret".to_owned(),
        "fakebox-refresh-token".to_owned(),
    );
    let token = authorization.obtain_access_token(Client::new(None)).expect("a token");
    let arg = check::EchoArg::default().with_query("refreshed".to_owned());
    let result = check::user(&Client::new(Some(token.as_str())), &arg).expect("the check");
    assert_eq!(result.result, "refreshed");
}
