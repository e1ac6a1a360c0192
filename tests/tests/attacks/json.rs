//! JSON that nests without end: a parser that recurses runs out of stack, one that builds values out of memory.

use longwire_tests::memory::MIB;
use longwire_tests::{Attacked, Bounds, Dialect, Transport};

use crate::{assert_nothing_comes_of, leave};

const MILLION: usize = 1_000_000;
/// Room for every packet here, as a form that has three characters for each of theirs.
const FLAG: &str = "--max-payload=20000000";
/// Such a body is there two or three times when it is read: as it came, decoded, and as text.
const BOUNDS: Bounds = Bounds { peak: 64 * MIB, ..Bounds::SMALL };

/// Transports that differ in how they read what a client says.
const TRANSPORTS: [Transport; 4] =
    [Transport::WEBSOCKET, Transport::WebSocket(Dialect::Hixie76), Transport::XhrPolling, Transport::JsonpPolling];

async fn assert_nothing_comes_of_any(server: &Attacked, value: &str) {
    let packets = everywhere(value);
    assert_nothing_comes_of(server, &TRANSPORTS, &packets).await;
    assert_nothing_comes_of(server, &Transport::ALL, &packets[..1]).await;
}

/// `value` in every place of a packet that has JSON.
fn everywhere(value: &str) -> Vec<String> {
    vec![
        format!("4:::{value}"),
        format!(r#"5:::{{"name":"echo","args":[{value}]}}"#),
        format!(r#"5:::{{"name":"echo","args":{value}}}"#),
        format!(r#"5:::{{"name":"echo","other":{value},"args":[]}}"#),
        format!(r#"5:::{{"name":{value},"args":[]}}"#),
        format!("5:::{value}"),
        format!(r#"5:1+::{{"name":"ack","args":[{value}]}}"#),
        format!("6:::1+{value}"),
        format!("6:::1+[{value}]"),
    ]
}

#[tokio::test]
async fn arrays_a_million_deep() {
    let server = Attacked::start(&[FLAG]).await;
    let deep = format!("{}{}", "[".repeat(MILLION), "]".repeat(MILLION));
    assert_nothing_comes_of_any(&server, &deep).await;
    server.assert_unharmed(BOUNDS).await;
}

#[tokio::test]
async fn objects_in_arrays_a_million_deep() {
    let server = Attacked::start(&[FLAG]).await;
    let deep = format!("{}0{}", r#"[{"":"#.repeat(MILLION / 2), "}]".repeat(MILLION / 2));
    assert_nothing_comes_of_any(&server, &deep).await;
    server.assert_unharmed(BOUNDS).await;
}

#[tokio::test]
async fn a_million_brackets_that_never_close() {
    let server = Attacked::start(&[FLAG]).await;
    assert_nothing_comes_of_any(&server, &"[".repeat(MILLION)).await;
    server.assert_unharmed(BOUNDS).await;
}

#[tokio::test]
async fn as_deep_as_allowed_and_one_deeper() {
    let server = Attacked::start(&[]).await;
    for transport in Transport::ALL {
        let mut client = server.client(transport).await;
        let nested = |depth| format!("4:::{}{}", "[".repeat(depth), "]".repeat(depth));
        client.send_all(&[&nested(128), &nested(129), &nested(127)]).await;
        client.expect(&[&nested(128), &nested(127)]).await;
        leave(client).await;
    }
    server.assert_unharmed(Bounds::SMALL).await;
}
