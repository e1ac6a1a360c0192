//! Conversations recorded from the real server (socket.io 0.9.19), held with ours.
//!
//! The application of the recordings is played by [`Replay::answer`]. What the old server got wrong on the wire, and what is
//! the affair of the layers around a session, is named in [`NOT_REPLAYED`].

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Request, Response};
use longwire_codec::packet::{AckRequest, Content};
use longwire_codec::socketio_rev1::Packet;
use longwire_codec::websocket::{Framing, Incoming, Limits, Reader};
use longwire_codec::{Args, ByteString, Bytes, Payload};
use longwire_transport::origin::Origins;
use longwire_transport::socketio_rev1::{Config, Rev1};
use longwire_transport::{Chunk, CloseReason, ExchangeId, Gone, Input, Protocol, Refusal, Rejection, Route, SessionId};
use serde_json::Value;

use crate::harness::{SID, Sim, body, config, seconds};

/// Cases in which we do something else, and why.
const NOT_REPLAYED: [(&str, &str); 31] = [
    ("handshake-version-01", "the revision is compared as text"),
    ("handshake-options", "a preflight makes no session"),
    ("root-engine-io-4", "that is a request of Engine.IO"),
    ("path-prefix", "the path is compared in whole segments"),
    ("path-other", "not ours"),
    ("xhr-polling-duplicate-poll", "the first poll is answered, in its own time"),
    ("xhr-polling-aborted-poll", "nothing is lost"),
    ("xhr-polling-disconnect-request-no-poll", "the request ends the session"),
    ("xhr-polling-kick-no-poll", "the reason is `booted`"),
    ("xhr-polling-post-first", "the POST does not spoil the session"),
    ("xhr-polling-unknown-session-post", "answered 400"),
    ("unknown-transport", "answered 400"),
    ("xhr-multipart", "served"),
    ("xhr-polling-options", "answered"),
    ("jsonp-polling-escaping", "U+2028, U+2029 and `<` are escaped"),
    ("jsonp-polling-raw-post", "the raw form is read"),
    ("htmlfile-message", "U+2028, U+2029 and `<` are escaped"),
    ("htmlfile-heartbeat", "heartbeats go on while none is answered"),
    ("websocket-heartbeat", "heartbeats go on while none is answered"),
    ("websocket-close-frame", "the reason is `socket end`"),
    ("websocket-ping", "pings are the driver's affair"),
    ("websocket-pong", "pongs are the driver's affair"),
    ("websocket-binary", "a binary message ends the session"),
    ("websocket-then-polling", "`1::` is said again"),
    ("websocket-hixie-76-late-nonce", "the nonce is the driver's affair"),
    ("websocket-hixie-76-close", "the reason is `socket end`"),
    ("websocket-hixie-75-open", "off unless switched on"),
    ("websocket-second-connection", "what the first one says is dropped"),
    ("default-connect-twice", "nothing is raised twice"),
    ("origins-https", "https means port 443"),
    ("origins-not-checked-on-transport", "the origin is checked on every request"),
];

/// Cases in which the old server closes the connection without a word and we answer with a status.
const ANSWERED: [(&str, u16); 4] = [
    ("websocket-no-upgrade-header", 400),
    ("websocket-no-key", 400),
    ("websocket-version-14", 426),
    ("origins-checked-on-websocket", 403),
];

#[test]
fn recorded_conversations() {
    let vectors: Value = serde_json::from_str(include_str!("../vectors/socketio-1-http.json")).expect("valid JSON");
    let cases = vectors["cases"].as_array().expect("cases");
    let mut replayed = 0;
    for case in cases {
        let name = text(&case["name"]);
        if NOT_REPLAYED.iter().any(|(other, _)| *other == name) {
            continue;
        }
        let mut replay = Replay::new(text(&case["server"]), name);
        for step in case["steps"].as_array().expect("steps") {
            replay.step(step);
        }
        replayed += 1;
    }
    assert_eq!(replayed + NOT_REPLAYED.len(), cases.len(), "a case that is not replayed does not exist");
    assert!(replayed >= 80, "{replayed}");
}

/// One conversation.
struct Replay<'a> {
    name: &'a str,
    config: Config,
    protocol: Rev1,
    /// The session of the conversation, and one for each exchange that finds none.
    sims: Vec<Sim>,
    /// The exchange under way on each connection, and how much of it was compared.
    connections: BTreeMap<String, Connection>,
    events: Vec<String>,
}

#[derive(Clone, Copy)]
struct Connection {
    sim: usize,
    exchange: ExchangeId,
    compared: usize,
    /// The answer to the challenge of a WebSocket of draft 76, once its nonce has come.
    digest: Option<[u8; 16]>,
}

impl<'a> Replay<'a> {
    fn new(server: &str, name: &'a str) -> Self {
        let base = match server {
            "short" => config()
                .heartbeat_interval(seconds(1.0))
                .heartbeat_timeout(seconds(2.0))
                .close_timeout(seconds(3.0))
                .polling_duration(seconds(1.0)),
            "origins" => Config::default().origins(Origins::list(["a.example:80", "b.example:*"]).unwrap()),
            _ => Config::default(),
        };
        let protocol = Rev1::new(base.clone()).unwrap();
        let sims = vec![Sim::new(base.clone())];
        Self { name, config: base, protocol, sims, connections: BTreeMap::new(), events: Vec::new() }
    }

    fn step(&mut self, step: &Value) {
        if let Some(wait) = step["wait_ms"].as_f64() {
            self.sims[0].advance(wait / 1000.0);
            self.answer();
        }
        if step["server_event"] == "disconnect" {
            self.disconnected(step);
        }
        let Some(connection) = step["conn"].as_str() else { return };
        if step["request"].is_object() {
            self.request(connection, &step["request"], step.get("response"));
        } else if let Some(response) = step.get("response") {
            self.compare_answer(connection, response);
        }
        if let Some(sent) = step["sent_base64"].as_str() {
            self.frames(connection, &base64(sent));
        }
        if step["client_closes"] == true {
            let Connection { sim, exchange, .. } = self.connections[connection];
            self.sims[sim].detach(exchange, Gone::Ended);
        }
        if let Some(chunks) = step["chunks"].as_array() {
            let expected: Vec<_> = chunks.iter().map(|chunk| Bytes::from(text(chunk).to_owned())).collect();
            self.compare_chunks(connection, &expected, step["ended"] == true);
        }
        if let Some(received) = step["received_base64"].as_str() {
            self.compare_bytes(connection, &step["request"], &base64(received));
        }
        if step["connection_after"] == "closed by server" && step.get("response") != Some(&Value::Null) {
            let Connection { sim, exchange, .. } = self.connections[connection];
            assert!(self.sims[sim].is_finished(exchange), "{}: still open", self.name);
        }
    }

    fn request(&mut self, connection: &str, request: &Value, response: Option<&Value>) {
        let mut builder =
            Request::builder().method(text(&request["method"])).uri(text(&request["target"]).replace("{sid}", SID));
        for header in request["headers"].as_array().expect("headers") {
            builder = builder.header(text(&header[0]), text(&header[1]));
        }
        let body = request["body"].as_str().unwrap_or_default().to_owned();
        let (head, body) = builder.body(Bytes::from(body)).unwrap().into_parts();
        match self.protocol.route(&head) {
            Route::Answer(answer) => self.compare_direct(&answer, response),
            Route::Handshake => {
                let answer = match head.uri.query().unwrap_or_default() {
                    query if query.contains("token=bad") => self.protocol.reject(&head, Rejection::Unauthorized),
                    query if query.contains("token=err") => self.protocol.reject(&head, Rejection::AuthorizationFailed),
                    _ => self.protocol.accept(&SessionId::new(SID), &head),
                };
                self.compare_direct(&answer, response);
            }
            Route::Join { id, transport, .. } => {
                let sim = if id.as_str() == SID && !self.sims[0].is_forgotten() {
                    0
                } else {
                    self.sims.push(Sim::refused(self.config.clone(), Refusal::UnknownSession { again: false }));
                    self.sims.len() - 1
                };
                let exchange = self.sims[sim].attach(transport, Request::from_parts(head, body));
                self.connections.insert(connection.to_owned(), Connection { sim, exchange, compared: 0, digest: None });
                self.answer();
                if let Some(response) = response {
                    self.compare_answer(connection, response);
                }
            }
            other => panic!("{}: {other:?}", self.name),
        }
    }

    /// Frames that the client sends.
    fn frames(&mut self, connection: &str, mut bytes: &[u8]) {
        let Connection { sim, exchange, .. } = self.connections[connection];
        let accept = self.sims[sim].accept(exchange);
        let mut reader = Reader::new(accept.framing, Limits::default());
        while let Some(incoming) = reader.read(&mut bytes).expect("valid frames") {
            match incoming {
                Incoming::Text(text) => {
                    self.sims[sim].input(Input::Message { exchange, payload: Payload::Text(text) });
                    self.answer();
                }
                other => panic!("{}: {other:?} is the driver's affair", self.name),
            }
        }
    }

    /// The eight bytes behind a handshake of draft 76; the driver answers them.
    fn nonce(&mut self, connection: &str, nonce: &[u8]) {
        let state = self.connections.get_mut(connection).expect("a connection");
        let challenge = self.sims[state.sim].accept(state.exchange).challenge.expect("a challenge");
        state.digest = Some(challenge.digest(nonce.try_into().expect("eight bytes")));
    }

    /// Plays the application: takes what the session hands up and answers it.
    fn answer(&mut self) {
        for event in self.sims[0].events() {
            let packet = Packet::decode(&ByteString::from(event.as_str()), Default::default());
            match packet.ok().and_then(Packet::into_neutral) {
                Some(packet) => {
                    for answer in answers(&packet) {
                        self.sims[0].queue(&answer).unwrap();
                    }
                    if is_kick(&packet) && packet.namespace.is_empty() {
                        self.sims[0].close(CloseReason::Booted);
                    }
                }
                None => self.events.push(event),
            }
        }
        self.sims[0].drain();
    }

    fn disconnected(&mut self, step: &Value) {
        self.answer();
        let reason = step["reason"].as_str().map(|reason| format!("closed: {reason}"));
        assert_eq!(self.events.last(), reason.as_ref(), "{}", self.name);
    }

    fn compare_direct(&self, answer: &Response<Chunk>, expected: Option<&Value>) {
        let expected = expected.expect("a handshake is answered at once");
        if let Some((_, status)) = ANSWERED.iter().find(|(name, _)| *name == self.name) {
            if expected.is_null() {
                assert_eq!(answer.status().as_u16(), *status, "{}", self.name);
                return;
            }
        }
        assert_eq!(answer.status().as_u16(), number(&expected["status"]), "{}", self.name);
        assert_eq!(body(answer), text(&expected["body"]).replace("{sid}", SID), "{}", self.name);
        self.compare_headers(answer.headers(), &expected["headers"]);
    }

    fn compare_answer(&mut self, connection: &str, expected: &Value) {
        let Connection { sim, exchange, .. } = self.connections[connection];
        for _ in 0..20 {
            if !self.sims[sim].is_answered(exchange) {
                self.sims[sim].advance(0.1);
            }
        }
        let head = self.sims[sim].head(exchange);
        assert_eq!(head.status.as_u16(), number(&expected["status"]), "{}", self.name);
        self.compare_headers(&head.headers, &expected["headers"]);
        if let Some(body) = expected["body"].as_str() {
            assert_eq!(self.sims[sim].pieces(exchange).concat(), body.as_bytes(), "{}", self.name);
        }
        if let Some(chunks) = expected["chunks"].as_array() {
            let expected_chunks: Vec<_> = chunks.iter().map(|chunk| Bytes::from(text(chunk).to_owned())).collect();
            self.compare_chunks(connection, &expected_chunks, expected["ended"] == true);
        }
    }

    fn compare_chunks(&mut self, connection: &str, expected: &[Bytes], ended: bool) {
        let seen = self.more_of(connection, expected.is_empty());
        assert_eq!(seen, expected, "{}", self.name);
        let Connection { sim, exchange, .. } = self.connections[connection];
        assert_eq!(self.sims[sim].is_finished(exchange), ended, "{}", self.name);
    }

    fn compare_bytes(&mut self, connection: &str, request: &Value, expected: &[u8]) {
        if let Some(nonce) = request["nonce_base64"].as_str() {
            self.nonce(connection, &base64(nonce));
        }
        let mut seen = vec![];
        if let Some(digest) = self.connections.get_mut(connection).and_then(|state| state.digest.take()) {
            seen.extend(digest);
        }
        seen.extend(self.more_of(connection, expected.is_empty()).concat());
        let rest = seen.strip_prefix(expected);
        // The old server forgets its close frame.
        let closes = [
            Framing::Rfc6455.close(Some(longwire_codec::websocket::CloseCode::NORMAL), ""),
            Framing::Hixie.close(None, ""),
        ];
        let is_end = |rest: &[u8]| rest.is_empty() || closes.iter().any(|close| rest == &close[..]);
        assert!(rest.is_some_and(is_end), "{}: {:?}", self.name, String::from_utf8_lossy(&seen));
    }

    /// What came on a connection since the last look; time passes until something does, if something is expected.
    fn more_of(&mut self, connection: &str, nothing: bool) -> Vec<Bytes> {
        for _ in 0..20 {
            let Connection { sim, exchange, compared, .. } = self.connections[connection];
            let pieces = self.sims[sim].pieces(exchange);
            if pieces.len() > compared || nothing {
                let more = pieces[compared..].to_vec();
                let connection = self.connections.get_mut(connection).expect("a connection");
                connection.compared += more.len();
                return more;
            }
            self.sims[sim].advance(0.1);
        }
        panic!("{}: nothing comes on {connection}", self.name);
    }

    /// Every header of the old server has to be there, except those of the HTTP layer, and no others, except those that make
    /// up for its faults.
    fn compare_headers(&self, ours: &HeaderMap, theirs: &Value) {
        const LAYER: [&str; 3] = ["date", "connection", "transfer-encoding"];
        const ADDED: [&str; 6] =
            ["cache-control", "vary", "content-length", "content-type", "x-content-type-options", "x-accel-buffering"];
        let mut left: BTreeMap<_, _> =
            ours.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        for header in theirs.as_array().expect("headers") {
            let (name, value) = (text(&header[0]).to_lowercase(), text(&header[1]).replace("{sid}", SID));
            if LAYER.contains(&name.as_str()) {
                left.remove(name.as_str());
            } else {
                assert_eq!(left.remove(name.as_str()), Some(value.as_str()), "{}: {name}", self.name);
            }
        }
        left.retain(|name, value| !ADDED.contains(name) && (*name, *value) != ("access-control-allow-origin", "*"));
        left.remove("x-xss-protection");
        assert!(left.is_empty(), "{}: {left:?}", self.name);
    }
}

/// What the application of the recordings says to a packet.
fn answers(packet: &longwire_codec::Packet) -> Vec<String> {
    let namespace = &packet.namespace;
    let event = |name: &str, args: &str| format!("5::{namespace}:{{\"name\":\"{name}\",\"args\":{args}}}");
    match &packet.content {
        Content::Connect { .. } if namespace == "/private" => vec![format!("7::{namespace}:2")],
        Content::Connect { .. } => vec![format!("1::{namespace}")],
        Content::Text { text, ack } => {
            receipt(namespace, *ack).into_iter().chain([format!("3::{namespace}:{text}")]).collect()
        }
        Content::Json { json, .. } => vec![format!("4::{namespace}:{json}")],
        Content::Event(said) => match (&*said.name, said.ack) {
            ("echo", _) => vec![event("echo", said.args.as_json())],
            ("ack", AckRequest::Answer(id)) => vec![ack(namespace, id, &said.args)],
            ("ask", _) => vec![format!("5:1+:{namespace}:{{\"name\":\"question\",\"args\":{}}}", said.args.as_json())],
            ("kick", _) if !namespace.is_empty() => vec![format!("0::{namespace}")],
            _ => vec![],
        },
        Content::Ack { args, .. } => vec![event("answered", args.as_json())],
        _ => vec![],
    }
}

fn is_kick(packet: &longwire_codec::Packet) -> bool {
    matches!(&packet.content, Content::Event(event) if event.name == "kick")
}

fn receipt(namespace: &str, ack: AckRequest) -> Option<String> {
    match ack {
        AckRequest::Receipt(id) => Some(format!("6::{namespace}:{id}")),
        AckRequest::None | AckRequest::Answer(_) => None,
    }
}

fn ack(namespace: &str, id: u64, args: &Args) -> String {
    format!("6::{namespace}:{id}+{}", args.as_json())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn number(value: &Value) -> u16 {
    value.as_u64().and_then(|number| number.try_into().ok()).unwrap_or_else(|| panic!("{value} is no status"))
}

fn base64(text: &str) -> Vec<u8> {
    STANDARD.decode(text).expect("base64")
}
