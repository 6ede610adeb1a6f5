//! Uploads and downloads a file with the crate `dropbox-sdk`.

use dropbox_sdk::sync_routes::files;
use exec_client::{Client, TOKEN};

fn main() {
    let client = Client::new(Some(TOKEN));
    let upload = files::UploadArg::new("/rust.txt".to_owned());
    files::upload(&client, &upload, b"hello").expect("the upload");
    let download = files::DownloadArg::new("/rust.txt".to_owned());
    let mut response = files::download(&client, &download, None, None).expect("the download");
    std::io::copy(response.body.as_mut().expect("a body"), &mut std::io::stdout()).expect("text");
    println!();
}
