//! Replays one case, step by step, and says where it differs.

use std::collections::HashMap;
use std::time::Duration;

use longwire_codec::websocket::{CloseCode, Framing};
use longwire_tests::{Connection, Request, http};

use super::format::{self, Case, Step};
use super::servers::{self, Running};

/// Headers whose presence and value are compared. The others are the business of the HTTP library, or ours.
const COMPARED: [&str; 13] = [
    "content-type",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "x-xss-protection",
    "upgrade",
    "sec-websocket-accept",
    "sec-websocket-version",
    "sec-websocket-origin",
    "sec-websocket-location",
    "sec-websocket-protocol",
    "websocket-origin",
    "websocket-location",
    "retry-after",
];

/// A difference.
type Failure = String;

struct Replay {
    running: Running,
    /// Whether the server lets pages of any origin in.
    any_origin: bool,
    id: String,
    connections: HashMap<String, Connection>,
    /// The last request of each connection, which may be answered in a later step.
    requests: HashMap<String, format::Request>,
}

/// Replays a case.
pub(crate) async fn replay(case: &Case) -> Result<(), Failure> {
    let running = servers::start(case).await;
    let mut replay = Replay {
        running,
        any_origin: case.server != "origins",
        id: String::new(),
        connections: HashMap::new(),
        requests: HashMap::new(),
    };
    for (number, step) in case.steps.iter().enumerate() {
        replay.step(step).await.map_err(|failure| format!("{}, step {number}: {failure}", case.name))?;
    }
    Ok(())
}

impl Replay {
    async fn step(&mut self, step: &Step) -> Result<(), Failure> {
        if let Some(wait) = step.wait_ms {
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
        if step.server_event.is_some() {
            return self.disconnected(step).await;
        }
        let Some(name) = &step.conn else { return Ok(()) };
        let mut connection = match self.connections.remove(name) {
            Some(connection) => connection,
            None => Connection::open(self.running.address).await,
        };
        if step.client_closes.is_some() {
            drop(connection);
            return self.round_trip().await;
        }
        if let Some(request) = &step.request {
            connection.send(request.to_request(&self.id).to_bytes()).await;
            self.requests.insert(name.clone(), request.clone());
        }
        if let Some(bytes) = step.sent(&self.id) {
            // Whether the server still takes it is shown by what comes.
            let _ = connection.try_send(bytes).await;
        }
        let outcome = self.compare(name, &mut connection, step).await;
        self.connections.insert(name.clone(), connection);
        outcome
    }

    async fn compare(&mut self, name: &str, connection: &mut Connection, step: &Step) -> Result<(), Failure> {
        match &step.response {
            Some(Some(expected)) => {
                let request = self.requests.get(name).cloned().unwrap_or_default();
                self.response(connection, &request, expected).await?;
            }
            // Nothing came, then or yet: what follows shows.
            Some(None) | None => self.round_trip().await?,
        }
        if step.heartbeats == Some(true) {
            skip_heartbeats(connection, step).await;
        }
        if let Some(chunks) = &step.chunks {
            expect_chunks(connection, chunks, step.ended == Some(true)).await?;
        }
        let hixie = self.requests.get(name).is_some_and(|request| request.has("Sec-WebSocket-Key1"));
        let received = match (&step.messages, step.received(self.running.server.address.port())) {
            (_, Some(bytes)) => Some(bytes),
            (Some(messages), None) => Some(frames(messages, hixie)),
            (None, None) => None,
        };
        if let Some(expected) = &received
            && !expected.is_empty()
        {
            let bytes = exactly(connection, expected.len()).await;
            same("bytes", &bytes.escape_ascii().to_string(), &expected.escape_ascii().to_string())?;
        }
        if step.closes() {
            let rest = connection.rest().await;
            let upgraded = self.requests.get(name).is_some_and(|request| request.has("Upgrade"));
            // Behind the last message of a WebSocket goes a close frame, which 0.9.19 left out.
            let close = if hixie { Framing::Hixie } else { Framing::Rfc6455 }.close(Some(CloseCode::NORMAL), "");
            let is_close_frame = upgraded && rest == close;
            if !(rest.is_empty() || is_close_frame) {
                return Err(format!("{:?} ahead of the end", String::from_utf8_lossy(&rest)));
            }
        } else if received.is_some() || step.connection_after.is_some() {
            connection.assert_quiet().await;
        }
        Ok(())
    }

    async fn response(
        &mut self,
        connection: &mut Connection,
        request: &format::Request,
        expected: &format::Response,
    ) -> Result<(), Failure> {
        let actual = match &expected.chunks {
            Some(chunks) => {
                let head = connection.head().await;
                expect_chunks(connection, chunks, expected.ended == Some(true)).await?;
                head
            }
            None if request.method == "HEAD" => connection.head().await,
            None => match connection.try_response().await {
                Some(response) => response,
                None => return Err("the connection was closed without a response".to_owned()),
            },
        };
        same("status", &actual.status, &expected.status)?;
        if !expected.reason.is_empty() {
            same("reason", &actual.reason, &expected.reason)?;
        }
        if let Some(body) = &expected.body {
            self.body(actual.text(), body)?;
        }
        expect_framing(&actual, expected)?;
        if expected.headers.is_empty() {
            return Ok(());
        }
        let wanted = wanted_headers(request, expected, self.any_origin);
        for name in COMPARED {
            let value = |headers: &[(String, String)]| {
                let found = headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
                found.map(|(_, value)| value.replace("{sid}", &self.id))
            };
            same(name, &value(&actual.headers), &value(&wanted))?;
        }
        Ok(())
    }

    /// Compares a body, and takes the session id out of it if it is the first one with it.
    fn body(&mut self, actual: &str, expected: &str) -> Result<(), Failure> {
        if let Some((before, behind)) = expected.split_once("{sid}") {
            let id = actual.strip_prefix(before).and_then(|rest| rest.strip_suffix(behind));
            self.id = id.ok_or_else(|| format!("body {actual:?}, not {expected:?}"))?.to_owned();
            return Ok(());
        }
        same("body", &actual, &expected)
    }

    async fn disconnected(&mut self, step: &Step) -> Result<(), Failure> {
        if step.fired == Some(false) {
            self.round_trip().await?;
            self.running.disconnects.assert_nothing();
            return Ok(());
        }
        let reason = self.running.disconnects.hear().await;
        same("reason of the disconnect", &Some(reason), &step.reason)
    }

    /// When this returns, the server has seen what was sent before: everything here is on one thread.
    async fn round_trip(&self) -> Result<(), Failure> {
        let mut connection = Connection::open(self.running.server.address).await;
        let response = connection.request(&Request::get("/anywhere")).await;
        same("status of a round trip", &response.status, &404)
    }
}

/// The headers of the capture, less and more what this server does otherwise on all of its answers. The sections are those
/// of the wire reference of revision 1.
fn wanted_headers(request: &format::Request, expected: &format::Response, any_origin: bool) -> Vec<(String, String)> {
    let mut headers = expected.headers.clone();
    let header = |name: &str| expected.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
    let (is_typed, is_script) =
        (header("content-type"), expected.body.as_deref().is_some_and(|body| body.starts_with("io.j[")));
    let is_plain = headers.iter().any(|(_, value)| value.starts_with("text/plain"));
    let is_echoed = header("access-control-allow-origin");
    let is_disconnect = request.target.contains("disconnect");
    // Section 10: an exact content type on everything that has a body.
    if !is_typed && !is_disconnect && matches!(expected.status, 200 | 500) {
        headers.push(("Content-Type".to_owned(), "text/plain".to_owned()));
    }
    // Section 2.6: whoever names no origin gets `*` where any is allowed, but not on scripts, pages and WebSockets.
    let is_ours = expected.body.as_deref() != Some("app 404");
    let is_answer = any_origin && expected.status != 101 && !is_script && (is_plain || !is_typed) && is_ours;
    if is_answer && !request.has("Origin") && !request.has("Referer") && !is_echoed {
        headers.push(("Access-Control-Allow-Origin".to_owned(), "*".to_owned()));
    }
    // Section 4.3: always on this transport.
    if request.method == "POST" && request.target.contains("/jsonp-polling/") && !header("x-xss-protection") {
        headers.push(("X-XSS-Protection".to_owned(), "0".to_owned()));
    }
    headers
}

/// Section 2.2: what has a known length says it; 0.9.19 sends chunks in many places.
fn expect_framing(actual: &http::Response, expected: &format::Response) -> Result<(), Failure> {
    let wanted = match expected.framing.as_str() {
        "chunked" if expected.chunks.is_some() => "chunked",
        "upgrade" | "none" => "none",
        _ => "length",
    };
    let framing = match actual.framing {
        http::Framing::None => "none",
        http::Framing::Length(_) => "length",
        http::Framing::Chunked => "chunked",
        http::Framing::Close => "close",
    };
    same("framing", &framing, &wanted)
}

async fn expect_chunks(connection: &mut Connection, chunks: &[String], ended: bool) -> Result<(), Failure> {
    for expected in chunks {
        let chunk = connection.chunk().await.map(|chunk| String::from_utf8_lossy(&chunk).into_owned());
        same("chunk", &chunk.as_ref(), &Some(expected))?;
    }
    if ended {
        same("chunk", &connection.chunk().await, &None)?;
    }
    Ok(())
}

/// Takes heartbeats away until something else comes, or the end.
async fn skip_heartbeats(connection: &mut Connection, step: &Step) {
    let heartbeat: &[u8] = match step.chunks {
        Some(_) => b"1A\r\n<script>_(\"2::\");</script>\r\n",
        None => b"\x81\x032::",
    };
    loop {
        if connection.received().starts_with(heartbeat) {
            connection.take(heartbeat.len());
        } else if !heartbeat.starts_with(connection.received()) || !connection.receive().await {
            return;
        }
    }
}

fn frames(messages: &[String], hixie: bool) -> Vec<u8> {
    let framing = if hixie { Framing::Hixie } else { Framing::Rfc6455 };
    messages.iter().flat_map(|message| framing.text(message)).collect()
}

/// So many bytes, or what there was before the end.
async fn exactly(connection: &mut Connection, count: usize) -> Vec<u8> {
    while connection.received().len() < count && connection.receive().await {}
    let count = connection.received().len().min(count);
    connection.take(count)
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, actual: &T, expected: &T) -> Result<(), Failure> {
    if actual == expected { Ok(()) } else { Err(format!("{what} {actual:?}, not {expected:?}")) }
}
