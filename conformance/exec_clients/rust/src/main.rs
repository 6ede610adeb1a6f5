//! Uploads and downloads a file with the crate `dropbox-sdk`.
//!
//! The blocking client of the crate trusts built-in roots only. This client is the same with the
//! roots of the platform: on Linux, `SSL_CERT_FILE` names them.

use dropbox_sdk::client_trait::{HttpClient, HttpRequest, HttpRequestResultRaw, UserAuthClient};
use dropbox_sdk::sync_routes::files;
use dropbox_sdk::Error;
use std::sync::Arc;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::typestate::WithBody;

struct Client {
    agent: ureq::Agent,
}

struct Request(ureq::RequestBuilder<WithBody>);

impl HttpRequest for Request {
    fn set_header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }
}

impl HttpClient for Client {
    type Request = Request;

    fn new_request(&self, url: &str) -> Request {
        Request(self.agent.post(url))
    }

    fn execute(&self, request: Request, body: &[u8]) -> Result<HttpRequestResultRaw, Error> {
        let response = request.0.send(body).map_err(|e| Error::HttpClient(Box::new(e)))?;
        let header = |name| response.headers().get(name).and_then(|v| v.to_str().ok());
        Ok(HttpRequestResultRaw {
            status: response.status().as_u16(),
            result_header: header("Dropbox-API-Result").map(str::to_owned),
            content_length: header("Content-Length").and_then(|v| v.parse().ok()),
            body: Box::new(response.into_body().into_reader()),
        })
    }

    fn token(&self) -> Option<Arc<String>> {
        Some(Arc::new("fakebox-bearer-token".to_owned()))
    }
}

impl UserAuthClient for Client {}

fn main() {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let agent = ureq::Agent::config_builder().tls_config(tls).http_status_as_error(false).build();
    let client = Client { agent: agent.into() };
    let upload = files::UploadArg::new("/rust.txt".to_owned());
    files::upload(&client, &upload, b"hello").expect("the upload");
    let download = files::DownloadArg::new("/rust.txt".to_owned());
    let mut response = files::download(&client, &download, None, None).expect("the download");
    std::io::copy(response.body.as_mut().expect("a body"), &mut std::io::stdout()).expect("text");
    println!();
}
