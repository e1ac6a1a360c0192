//! Everything but the protocols: the demo page, client files, metrics.

use std::path::Path;
use std::sync::Arc;

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, EXPIRES, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use longwire::{Bytes, ResponseBody};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use sha1::{Digest, Sha1};

use crate::assets::ASSETS;
use crate::client_files::ClientFiles;

/// What the demo page may do: talk to this server, and be framed by nobody. Two transports need scripts, forms and frames of
/// this server.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Answers requests that are of no protocol. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Web {
    client_files: Option<Arc<ClientFiles>>,
    metrics: Option<Metrics>,
}

/// A file as it is served.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) content_type: &'static str,
    pub(crate) bytes: Bytes,
    /// Whether the URL changes when the file does.
    pub(crate) versioned: bool,
}

/// What the counters of the process are read with.
#[derive(Clone)]
pub(crate) struct Metrics(PrometheusHandle);

impl Metrics {
    /// Takes over the counters of the process.
    pub(crate) fn install() -> anyhow::Result<Self> {
        Ok(Self(PrometheusBuilder::new().install_recorder()?))
    }
}

impl Web {
    pub(crate) fn new(client_dir: Option<&Path>, metrics: Option<Metrics>) -> anyhow::Result<Self> {
        let client_files = client_dir.map(ClientFiles::load).transpose()?.map(Arc::new);
        Ok(Self { client_files, metrics })
    }

    pub(crate) async fn answer<B>(self, request: Request<B>) -> Response<ResponseBody> {
        let path = request.uri().path();
        let mut response = match self.find(path) {
            Ok(Some(file)) if matches!(*request.method(), Method::GET | Method::HEAD) => serve(file, request.headers()),
            Ok(Some(_)) => {
                let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD.\n");
                response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
                response
            }
            Ok(None) => text(StatusCode::NOT_FOUND, "Not found.\n"),
            Err(message) => text(StatusCode::INTERNAL_SERVER_ERROR, message),
        };
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
        if path == "/" {
            let policy = HeaderValue::from_static(PAGE_POLICY);
            headers.insert(HeaderName::from_static("content-security-policy"), policy);
            headers.insert(HeaderName::from_static("referrer-policy"), HeaderValue::from_static("same-origin"));
        }
        response
    }

    /// The file at a path; an error is the body of a 500.
    fn find(&self, path: &str) -> Result<Option<File>, String> {
        if let Some(asset) = ASSETS.iter().find(|asset| asset.path == path) {
            let bytes = Bytes::from_static(asset.bytes);
            return Ok(Some(File { content_type: asset.content_type, bytes, versioned: false }));
        }
        if let (Some(Metrics(metrics)), "/metrics") = (&self.metrics, path) {
            let bytes = metrics.render().into();
            return Ok(Some(File { content_type: "text/plain; version=0.0.4", bytes, versioned: false }));
        }
        match &self.client_files {
            Some(files) => files.find(path),
            None => Ok(None),
        }
    }
}

fn serve(file: File, request: &HeaderMap) -> Response<ResponseBody> {
    let tag = entity_tag(&file.bytes);
    let known = request.get_all(IF_NONE_MATCH).iter().any(|list| names(list, &tag));
    let mut response = if known {
        let mut response = Response::new(ResponseBody::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        let mut response = Response::new(ResponseBody::full(file.bytes));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(file.content_type));
        response
    };
    let headers = response.headers_mut();
    let caching = if file.versioned { "private, max-age=315360000" } else { "no-cache" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    if file.versioned {
        // For caches that know nothing newer: any date far away.
        headers.insert(EXPIRES, HeaderValue::from_static("Thu, 31 Dec 2037 23:55:55 GMT"));
    }
    headers.insert(ETAG, HeaderValue::from_str(&tag).expect("a tag of hexadecimal digits"));
    response
}

fn entity_tag(bytes: &[u8]) -> String {
    let digest = Sha1::digest(bytes);
    let digits: String = digest.iter().take(10).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digits}\"")
}

/// Whether an `If-None-Match` header names the tag; weak tags are as good as strong ones here (RFC 9110, 13.1.2).
fn names(header: &HeaderValue, tag: &str) -> bool {
    let list = header.to_str().unwrap_or_default();
    list.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

fn text(status: StatusCode, body: impl Into<Bytes>) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::full(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(path: &str, tag: Option<&str>) -> Response<ResponseBody> {
        let mut request = Request::get(path);
        if let Some(tag) = tag {
            request = request.header(IF_NONE_MATCH, tag);
        }
        Web::new(None, None).unwrap().answer(request.body(()).unwrap()).await
    }

    #[tokio::test]
    async fn the_page_and_all_it_loads_are_there() {
        for asset in ASSETS {
            let response = get(asset.path, None).await;
            assert_eq!(response.status(), StatusCode::OK, "{}", asset.path);
            assert_eq!(response.headers()[CONTENT_TYPE], asset.content_type);
        }
        assert!(get("/", None).await.headers().contains_key("content-security-policy"));
        assert_eq!(get("/js/none.js", None).await.status(), StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn every_script_of_the_folder_is_built_in() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo");
        let mut folders = vec![folder.clone()];
        while let Some(next) = folders.pop() {
            for entry in std::fs::read_dir(next).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let url = format!("/{}", path.strip_prefix(&folder).unwrap().display()).replace("/index.html", "/");
                assert!(ASSETS.iter().any(|asset| asset.path == url), "{url} is not in the list");
            }
        }
    }

    #[tokio::test]
    async fn a_known_file_is_not_sent_again() {
        let tag = get("/style.css", None).await.headers()[ETAG].to_str().unwrap().to_owned();
        for list in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
            assert_eq!(get("/style.css", Some(&list)).await.status(), StatusCode::NOT_MODIFIED, "{list}");
        }
        assert_eq!(get("/style.css", Some("\"x\"")).await.status(), StatusCode::OK);
    }
}
