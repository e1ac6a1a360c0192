//! What would end a string, a statement or the script element, in every field that reaches a script.
//!
//! A session answers in scripts on jsonp-polling and htmlfile, and the handshake does by JSONP. Nothing that a client wrote may
//! stand there as it was written.

use longwire_codec::socketio_rev1::payload;
use longwire_tests::packet::{event, event_with_id};
use longwire_tests::{Attacked, Bounds, Client, Request, Response, Transport};
use serde_json::json;

use crate::leave;

/// Each ends something, somewhere.
const PROBES: [&str; 16] = [
    "</script><script>alert(1)</script>",
    "</SCRIPT >",
    "<!--",
    "<!--<script>",
    "-->",
    "]]>",
    "\u{2028}alert(1)",
    "\u{2029}alert(1)",
    "\0",
    "\u{1}\u{7f}\u{feff}",
    "\n\r\u{b}\u{c}\t\u{8}",
    "\"",
    "'",
    "\");alert(1);(\"",
    "\\",
    "\\\");alert(1)//",
];
const SCRIPTS: [Transport; 2] = [Transport::JsonpPolling, Transport::HtmlFile];
/// The callback index that clients of the tests ask for.
const CALL: &str = "io.j[7](";

/// The next thing that a client hears, as it stands on the wire: a script without anything in it that the page would take for
/// more than a string. Gives back the packets that the string says.
async fn script(client: &mut Client) -> Vec<String> {
    let script = if client.transport == Transport::HtmlFile {
        let chunk = String::from_utf8(client.connection().chunk().await.expect("a script")).unwrap();
        let script = chunk.strip_prefix("<script>_(").and_then(|rest| rest.strip_suffix(");</script>"));
        script.unwrap_or_else(|| panic!("{chunk:?}")).to_owned()
    } else {
        let target = client.transport.target(&client.id);
        let response = client.connection().get(&target).await;
        assert_eq!(response.header("Content-Type"), Some("text/javascript; charset=UTF-8"));
        assert_eq!(response.header("X-Content-Type-Options"), Some("nosniff"));
        let script = response.text().strip_prefix(CALL).and_then(|rest| rest.strip_suffix(");"));
        script.unwrap_or_else(|| panic!("{response:?}")).to_owned()
    };
    let text = string(&script);
    payload::decode(&text.into(), 100).unwrap().iter().map(ToString::to_string).collect()
}

/// What a string literal says that is one in every JavaScript, in a script element too, and in JSON.
fn string(literal: &str) -> String {
    for end in ["<", "\u{2028}", "\u{2029}"] {
        assert!(!literal.contains(end), "{literal:?}");
    }
    assert!(!literal.contains(|character: char| character < ' '), "{literal:?}");
    // JSON is a subset otherwise: no quote and no backslash without a meaning.
    serde_json::from_str(literal).unwrap_or_else(|error| panic!("{error}: {literal:?}"))
}

#[tokio::test]
async fn ends_of_scripts_in_messages() {
    everywhere(async |client, probe| {
        client.send(&format!("3:::{probe}")).await;
        vec![format!("3:::{probe}")]
    })
    .await;
}

#[tokio::test]
async fn ends_of_scripts_in_json_and_arguments() {
    everywhere(async |client, probe| {
        let json = json!({ probe: [probe] });
        client.send(&format!("4:::{json}")).await;
        client.send(&event("", "echo", &json!([probe, json]))).await;
        vec![format!("4:::{json}"), event("", "echo", &json!([probe, json]))]
    })
    .await;
}

#[tokio::test]
async fn ends_of_scripts_in_data_of_acks_and_names_of_rooms() {
    everywhere(async |client, probe| {
        client.send(&event_with_id("1+", "", "ack", &json!([probe]))).await;
        client.send(&event_with_id("2+", "", "join", &json!([probe]))).await;
        client.send(&event_with_id("3+", "", "leave", &json!([probe]))).await;
        [1, 2, 3].map(|id| format!("6:::{id}+{}", json!([probe]))).to_vec()
    })
    .await;
}

#[tokio::test]
async fn ends_of_scripts_in_endpoints() {
    everywhere(async |client, probe| {
        client.send(&format!("1::{probe}")).await;
        client.send(&format!("1::/{probe}?{probe}")).await;
        client.send(&format!("1:5:/chat?{probe}")).await;
        client.send(&format!("1::/chat:?{probe}")).await;
        let known = ["6::/chat:5".to_owned(), "1::/chat".to_owned(), "1::/chat".to_owned()];
        [vec![format!("7::{probe}:2"), format!("7::/{probe}:2")], known.to_vec()].concat()
    })
    .await;
}

/// An event of that name is nobody's, and nothing of it comes back.
#[tokio::test]
async fn ends_of_scripts_in_names_of_events() {
    everywhere(async |client, probe| {
        client.send(&format!(r#"5:1::{{"name":{},"args":[{0}]}}"#, json!(probe))).await;
        client.send(&format!(r#"5:1+::{{"name":{},"args":[{0}]}}"#, json!(probe))).await;
        vec!["6:::1".to_owned()]
    })
    .await;
}

/// Lets `say` say something with a probe in it on each transport that answers in scripts. It gives back what the server has to
/// answer, in any dressing.
async fn everywhere(say: impl AsyncFn(&mut Client, &str) -> Vec<String>) {
    let server = Attacked::start(&[]).await;
    for transport in SCRIPTS {
        for probe in PROBES {
            let mut client = server.client(transport).await;
            let expected = say(&mut client, probe).await;
            let mut heard = Vec::new();
            while heard.len() < expected.len() {
                heard.extend(script(&mut client).await);
            }
            assert_eq!(heard, expected, "{transport:?}");
            leave(client).await;
        }
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

/// A client that has other ways to say it says it to those that hear in scripts.
#[tokio::test]
async fn ends_of_scripts_from_one_client_to_another() {
    let server = Attacked::start(&[]).await;
    for transport in SCRIPTS {
        let mut victim = server.client(transport).await;
        victim.send(&event_with_id("1+", "", "join", &json!(["victims"]))).await;
        victim.expect(&[r#"6:::1+["victims"]"#]).await;
        for attacker in [Transport::WEBSOCKET, Transport::FlashSocket, Transport::XhrPolling] {
            let mut attacker = server.client(attacker).await;
            for probe in PROBES {
                attacker.send(&event("", "to-room", &json!(["victims", probe]))).await;
                assert_eq!(script(&mut victim).await, [event("", "room", &json!(["victims", probe]))]);
            }
            leave(attacker).await;
        }
        leave(victim).await;
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

/// The same probes where they are in a target.
const ENCODED: [&str; 12] = [
    "%3C/script%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "</script>",
    "%3C!--",
    "<!--",
    "%E2%80%A8",
    "%E2%80%A9",
    "%00",
    "%22);alert(1);(%22",
    "\");alert(1);(\"",
    "'",
    "%5C",
    "\\",
];

/// Nothing of a target, and nothing of a header, is in any answer.
#[tokio::test]
async fn ends_of_scripts_in_targets_and_headers() {
    let server = Attacked::start(&[]).await;
    for probe in ENCODED {
        for target in [
            format!("/socket.io/1/?jsonp=1&t={probe}&{probe}=1"),
            format!("/socket.io/1/?jsonp={probe}"),
            format!("/socket.io/1/{probe}/x"),
            format!("/socket.io/1/jsonp-polling/{probe}?i={probe}"),
            format!("/socket.io/1/htmlfile/{probe}?{probe}"),
            format!("/socket.io/{probe}/"),
            format!("/socket.io/2/?jsonp={probe}"),
            format!("/socket.io/static/{probe}"),
            format!("/{probe}"),
        ] {
            let request = Request::get(&target).header("X", probe).header("User-Agent", probe).header("Cookie", probe);
            let response = server.connect().await.request(&request.header("Referer", probe)).await;
            assert_not_reflected(&response, probe);
        }
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

fn assert_not_reflected(response: &Response, probe: &str) {
    let decoded = ["</script>", "<!--", "\u{2028}", "\u{2029}", "\0", "alert"];
    let body = String::from_utf8_lossy(&response.body);
    // The page that an htmlfile begins with has script elements of its own.
    let page = "<html><body><script>var _ = function (msg) { parent.s._(msg, document); };</script>";
    let body = body.replace(page, "").replace(r#"<script>_("7:::1+0");</script>"#, "");
    for piece in decoded.into_iter().chain([probe].into_iter().filter(|probe| probe.len() > 2)) {
        assert!(!body.contains(piece), "{piece:?} is in {response:?}");
        let headers = response.headers.iter().any(|(_, value)| value.contains(piece));
        assert!(!headers, "{piece:?} is in {response:?}");
    }
}
