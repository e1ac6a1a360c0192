//! The file of captured exchanges.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

const FILE: &str = include_str!("../../vectors/socketio-1-http.json");

/// All of it that counts here.
#[derive(Debug, Deserialize)]
pub(crate) struct File {
    pub(crate) cases: Vec<Case>,
}

/// One exchange, on one or more connections.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// Which configuration of the server.
    pub(crate) server: String,
    pub(crate) steps: Vec<Step>,
}

/// What is sent, and what has to come.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Step {
    /// The name of a connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) conn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<Request>,
    /// Null says that none came.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(crate) response: Option<Option<Response>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sent_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sent_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) received_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) received_text: Option<String>,
    /// What the received bytes are as messages of a WebSocket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) messages: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) chunks: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ended: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) connection_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_closes: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wait_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server_event: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fired: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
    /// Any number of heartbeats comes first; not in the file, but in deviations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) heartbeats: Option<bool>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) version: String,
    pub(crate) headers: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<String>,
    /// The eight bytes behind a request for hixie-76.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nonce_base64: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) framing: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body_omitted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) chunks: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ended: Option<bool>,
}

impl File {
    pub(crate) fn read() -> Self {
        serde_json::from_str(FILE).expect("the file that this was written for")
    }
}

impl Step {
    /// The bytes to be sent outside of a request, with the session id where it belongs.
    pub(crate) fn sent(&self, id: &str) -> Option<Vec<u8>> {
        match (&self.sent_base64, &self.sent_text) {
            (Some(bytes), _) => Some(decode(bytes)),
            (None, Some(text)) => Some(text.replace("{sid}", id).into_bytes()),
            (None, None) => None,
        }
    }

    /// The bytes that have to be received outside of HTTP, with the server's port where it belongs.
    pub(crate) fn received(&self, port: u16) -> Option<Vec<u8>> {
        match (&self.received_base64, &self.received_text) {
            (Some(bytes), _) => Some(decode(bytes)),
            (None, Some(text)) => Some(text.replace("{port}", &port.to_string()).into_bytes()),
            (None, None) => None,
        }
    }

    pub(crate) fn closes(&self) -> bool {
        self.connection_after.as_deref() == Some("closed by server")
    }
}

impl Request {
    pub(crate) fn to_request(&self, id: &str) -> longwire_tests::Request {
        let target = self.target.replace("{sid}", id);
        let request = longwire_tests::Request::bare(&self.method, &target, &self.version);
        let request = self.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        match (&self.body, &self.nonce_base64) {
            (Some(body), _) => request.body(body.as_str()),
            (None, Some(nonce)) => request.body(decode(nonce)),
            (None, None) => request,
        }
    }

    pub(crate) fn has(&self, header: &str) -> bool {
        self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(header))
    }
}

fn decode(base64: &str) -> Vec<u8> {
    STANDARD.decode(base64).expect("base64")
}

/// Tells a member that is null from one that is not there.
fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}
