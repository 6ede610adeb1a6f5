//! Uploads and downloads a file with the asynchronous client of the crate `dropbox-sdk`.
//!
//! The client uses HTTP/2 only. On Linux it trusts the roots that `SSL_CERT_FILE` names.

use dropbox_sdk::async_routes::files;
use dropbox_sdk::default_async_client::UserAuthDefaultClient;
use dropbox_sdk::oauth2::Authorization;
use futures::io::AsyncReadExt;

#[tokio::main]
async fn main() {
    // The service issues such tokens no longer. The ready-made token of the emulator does not expire.
    #[allow(deprecated)]
    let token = Authorization::from_long_lived_access_token("fakebox-bearer-token".to_owned());
    let client = UserAuthDefaultClient::new(token);
    let upload = files::UploadArg::new("/rust.txt".to_owned());
    files::upload(&client, &upload, "hello".into()).await.expect("the upload");
    let download = files::DownloadArg::new("/rust.txt".to_owned());
    let response = files::download(&client, &download, None, None).await.expect("the download");
    let mut text = String::new();
    response.body.expect("a body").read_to_string(&mut text).await.expect("text");
    println!("{text}");
}
