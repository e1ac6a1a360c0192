//! Where this server does otherwise than 0.9.19, and what it does.

use serde_json::Value;

use super::format::{Case, Step};

/// A difference in one step: the case, the number of the step, the section of the wire reference of revision 1 that wants
/// it, and the members of the step that are others, as JSON. A null takes a member away, a response is replaced as a whole.
type Deviation = (&'static str, usize, &'static str, &'static str);

/// A policy with these rules.
macro_rules! policy {
    ($rules:literal) => {
        concat!(
            r#"{"received_base64":null,"received_text":"<?xml version=\"1.0\"?><!DOCTYPE cross-domain-policy SYSTEM "#,
            r#"\"http://www.macromedia.com/xml/dtds/cross-domain-policy.dtd\"><cross-domain-policy>"#,
            $rules,
            r#"</cross-domain-policy>\u0000"}"#
        )
    };
}

/// Any page may reach the port that the server is on.
const POLICY: &str = policy!(r#"<allow-access-from domain=\"*\" to-ports=\"{port}\"/>"#);
const POLICY_OF_TWO: &str = policy!(
    r#"<allow-access-from domain=\"a.example\" to-ports=\"{port}\"/><allow-access-from domain=\"*.b.example\" to-ports=\"{port}\"/>"#
);
const APPLICATION: &str = r#"{"response":{"status":404,"body":"app 404"},"connection_after":"open"}"#;
const NOTHING: &str = r#"{"received_base64":"","messages":null}"#;

#[rustfmt::skip] // A table reads best with a line for each row.
const DEVIATIONS: &[Deviation] = &[
    // Targets and methods.
    ("handshake-version-01", 0, "2.1", r#"{"response":{"status":500,"body":"Protocol version not supported."},"connection_after":"open"}"#),
    ("handshake-options", 0, "2.2", r#"{"response":{"status":204,"framing":"none","headers":[["Access-Control-Allow-Origin","http://a.example"],["Access-Control-Allow-Credentials","true"]]}}"#),
    ("xhr-polling-options", 2, "2.2", r#"{"response":{"status":204,"framing":"none","headers":[["Access-Control-Allow-Origin","http://a.example"],["Access-Control-Allow-Credentials","true"]]}}"#),
    ("root-engine-io-4", 0, "2.1", APPLICATION),
    ("path-prefix", 0, "2.1", APPLICATION),
    ("upgrade-outside", 0, "2.1", APPLICATION),
    ("unknown-transport", 0, "9", r#"{"response":{"status":400,"body":"transport not supported"},"connection_after":"open"}"#),
    ("xhr-multipart", 0, "4.5", r#"{"response":{"status":400,"body":"transport not supported"},"connection_after":"open"}"#),
    ("handshake-heartbeats-off", 0, "2.2", r#"{"response":{"status":200,"body":"{sid}:60:60:websocket,htmlfile,xhr-polling,jsonp-polling"}}"#),
    // Origins: every request is checked, and https has a port of its own.
    ("origins-https", 0, "2.6", r#"{"response":{"status":403,"body":"handshake bad origin"},"connection_after":"open"}"#),
    ("origins-not-checked-on-transport", 1, "2.6", r#"{"response":{"status":403,"body":"handshake bad origin"},"connection_after":"open"}"#),
    ("origins-checked-on-websocket", 1, "2.6", r#"{"response":{"status":403,"body":"handshake bad origin"},"connection_after":"open"}"#),
    // Polls: none hangs, and what was meant for one is not lost with it.
    ("xhr-polling-duplicate-poll", 6, "3.5", r#"{"response":{"status":200,"body":"8::"},"received_base64":null}"#),
    ("xhr-polling-aborted-poll", 5, "3.4", r#"{"response":{"status":200,"body":"3:::lost"}}"#),
    ("xhr-polling-post-first", 2, "3.1", r#"{"response":{"status":200,"body":"�3�1::�9�3:::early"}}"#),
    ("xhr-polling-http-1.0", 1, "4.2", r#"{"connection_after":"closed by server"}"#),
    ("jsonp-polling-escaping", 3, "4.3", r#"{"response":{"status":200,"headers":[["Content-Type","text/javascript; charset=UTF-8"],["X-XSS-Protection","0"]],"body":"io.j[0](\"3:::\\\"q\\\" \\\\ \\n \\u0001 / \\u003c/script> \\u2028 \\u2029 € 😀\");"}}"#),
    ("jsonp-polling-raw-post", 3, "4.3", r#"{"fired":false}"#),
    ("jsonp-polling-raw-post", 4, "4.3", r#"{"response":{"status":200,"body":"io.j[0](\"3:::raw\");"}}"#),
    // htmlfile: what breaks a script is escaped.
    ("htmlfile-message", 3, "4.4", r#"{"chunks":["<script>_(\"3:::\\\"q\\\" \\\\ \\/ \\u003c\\/script> \\u2028 €\");</script>"]}"#),
    // Heartbeats come every interval, answered or not.
    ("htmlfile-heartbeat", 5, "3.3", r#"{"heartbeats":true}"#),
    ("websocket-heartbeat", 5, "3.3", r#"{"heartbeats":true}"#),
    // The end of a session is noticed in any state, and has a reason.
    ("xhr-polling-disconnect-request-no-poll", 3, "3.6", r#"{"fired":true,"reason":"booted"}"#),
    ("xhr-polling-disconnect-request-no-poll", 4, "3.7", r#"{"response":{"status":400,"body":"Bad Request"},"connection_after":"open"}"#),
    ("xhr-polling-disconnect-request-no-poll", 5, "3.7", r#"{"response":{"status":200,"body":"7:::1+0"}}"#),
    ("xhr-polling-kick-no-poll", 3, "3.6", r#"{"reason":"booted"}"#),
    ("xhr-polling-unknown-session-post", 0, "3.7", r#"{"response":{"status":400,"body":"Bad Request"},"connection_after":"open"}"#),
    ("websocket-close-frame", 4, "3.6", r#"{"reason":"socket end"}"#),
    ("websocket-hixie-76-close", 4, "3.6", r#"{"reason":"socket end"}"#),
    // WebSockets: answers in place of closed connections, and frames by the book.
    ("websocket-no-upgrade-header", 1, "4.6", r#"{"response":{"status":400},"connection_after":"open"}"#),
    ("websocket-no-key", 1, "4.6", r#"{"response":{"status":400},"connection_after":"open"}"#),
    ("websocket-version-14", 1, "4.6", r#"{"response":{"status":426,"headers":[["Upgrade","websocket"],["Sec-WebSocket-Version","13, 8, 7"]]},"connection_after":"open"}"#),
    ("websocket-hixie-75-open", 1, "4.6", r#"{"response":{"status":400},"received_base64":null}"#),
    ("websocket-ping", 3, "4.6", r#"{"received_base64":"igNhYmM="}"#),
    ("websocket-pong", 3, "4.6", r#"{"connection_after":"open"}"#),
    ("websocket-pong", 4, "4.6", r#"{"fired":false}"#),
    ("websocket-binary", 3, "4.6", r#"{"received_base64":"iAID6w==","connection_after":"closed by server"}"#),
    ("websocket-binary", 5, "4.6", r#"{"received_base64":"","messages":null,"connection_after":"closed by server"}"#),
    ("websocket-second-connection", 4, "3.5", r#"{"connection_after":"closed by server"}"#),
    ("websocket-second-connection", 5, "3.5", NOTHING),
    ("websocket-then-polling", 2, "3.5", r#"{"response":{"status":200,"body":"1::"}}"#),
    // Endpoints: every connect is answered, once, and nothing is lost or heard twice.
    ("endpoint-connect-query-glued", 3, "1.4", r#"{"received_base64":null,"messages":["1::/chat"]}"#),
    ("endpoint-authorization-error", 3, "6", r#"{"received_base64":null,"messages":["7::/err"]}"#),
    ("endpoint-unknown", 3, "6", r#"{"received_base64":null,"messages":["7::/nosuch:2"]}"#),
    ("endpoint-unknown", 5, "6", NOTHING),
    ("endpoint-packets-before-connect", 3, "6", NOTHING),
    ("endpoint-packets-before-connect", 5, "6", r#"{"received_base64":null,"messages":["1::/chat","6::/chat:1","5::/chat:{\"name\":\"echo\",\"args\":[\"early\"]}"]}"#),
    ("endpoint-disconnect", 7, "6", NOTHING),
    ("endpoint-server-ack", 9, "1.3", NOTHING),
    ("endpoint-connect-twice", 7, "6", r#"{"received_base64":null,"messages":["3::/chat:x"]}"#),
    ("default-connect-twice", 5, "6", r#"{"received_base64":null,"messages":["3:::x"]}"#),
    // Files are the application's.
    ("static-socket.io.js", 0, "4.9", APPLICATION),
    ("static-socket.io.js-if-none-match", 0, "4.9", APPLICATION),
    ("static-versioned", 0, "4.9", APPLICATION),
    ("static-bundle", 0, "4.9", APPLICATION),
    ("static-bundle-versioned", 0, "4.9", APPLICATION),
    ("static-bundle-unknown", 0, "4.9", APPLICATION),
    ("static-swf", 0, "4.9", APPLICATION),
    ("static-swf-insecure", 0, "4.9", APPLICATION),
    ("static-unknown", 0, "4.9", APPLICATION),
    ("static-etag", 0, "4.9", APPLICATION),
    ("static-etag-304", 0, "4.9", APPLICATION),
    ("static-etag-quoted", 0, "4.9", APPLICATION),
    ("static-head", 0, "4.9", r#"{"response":{"status":404}}"#),
    // Flash policies name ports and end with a NUL, and pieces of a request are put together.
    ("policy-standalone", 1, "5", POLICY),
    ("policy-standalone-silent", 0, "5", POLICY),
    ("policy-inline", 1, "5", POLICY),
    ("policy-inline-split", 2, "5", POLICY),
    ("policy-inline-node-0.10", 1, "5", POLICY),
    ("policy-origins", 1, "5", POLICY_OF_TWO),
];

/// Merges the deviations of a case into its steps.
pub(crate) fn apply(mut case: Case) -> Case {
    for (_, step, _, instead) in DEVIATIONS.iter().filter(|(name, ..)| *name == case.name) {
        let step = &mut case.steps[*step];
        *step = merge(step, instead);
    }
    case
}

/// Checks the table itself.
pub(crate) fn check(cases: &[Case]) {
    for (name, step, section, instead) in DEVIATIONS {
        let case = cases.iter().find(|case| case.name == *name).unwrap_or_else(|| panic!("there is no case {name}"));
        let original = case.steps.get(*step).unwrap_or_else(|| panic!("{name} has no step {step}"));
        assert_ne!(&merge(original, instead), original, "{name}, step {step} is no deviation");
        assert!(section.starts_with(|first: char| first.is_ascii_digit()), "{name}, step {step}");
    }
}

fn merge(step: &Step, instead: &str) -> Step {
    let instead: Value = serde_json::from_str(instead).unwrap_or_else(|error| panic!("{instead}: {error}"));
    let mut merged = serde_json::to_value(step).unwrap();
    let (members, others) = (merged.as_object_mut().unwrap(), instead.as_object().unwrap());
    for (name, value) in others {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    serde_json::from_value(merged).unwrap_or_else(|error| panic!("{instead}: {error}"))
}
