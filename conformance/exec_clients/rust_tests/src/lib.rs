//! A client of the crate `dropbox-sdk` for an emulator under `fakebox exec`.
//!
//! The blocking client of the crate trusts built-in roots only. This client is the same
//! with the roots of the platform: on Linux, `SSL_CERT_FILE` names them.

use dropbox_sdk::client_trait::{
    HttpClient, HttpRequest, HttpRequestResultRaw, NoauthClient, UserAuthClient,
};
use dropbox_sdk::types::common::PathRoot;
use dropbox_sdk::Error;
use std::sync::Arc;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::typestate::WithBody;

/// The token of the first account, with all scopes.
pub const TOKEN: &str = "fakebox-bearer-token";

/// A client with a token.
pub struct Client {
    agent: ureq::Agent,
    token: Option<Arc<String>>,
    path_root: Option<String>,
}

impl Client {
    /// Returns a client with a token, or with none.
    pub fn new(token: Option<&str>) -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = ureq::Agent::config_builder().tls_config(tls).http_status_as_error(false);
        let token = token.map(|text| Arc::new(text.to_owned()));
        Self { agent: config.build().into(), token, path_root: None }
    }

    /// Sets the root of all paths.
    pub fn with_path_root(mut self, root: &PathRoot) -> Self {
        self.path_root = Some(serde_json::to_string(root).expect("a root in JSON"));
        self
    }
}

/// A request that has not been sent.
pub struct Request(ureq::RequestBuilder<WithBody>);

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
        self.token.clone()
    }

    fn path_root(&self) -> Option<&str> {
        self.path_root.as_deref()
    }
}

impl UserAuthClient for Client {}
impl NoauthClient for Client {}
