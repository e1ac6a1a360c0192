//! Flash policy requests that never end, on the HTTP port and on one of their own.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use longwire_tests::{Attacked, Bounds, Connection};

const REQUEST: &[u8; 23] = b"<policy-file-request/>\0";
/// How long such a connection may last, on a machine that does much else.
const SOON: Duration = Duration::from_secs(10);
const COUNT: usize = 300;

/// A server with a policy server beside it, and where that listens.
async fn start() -> (Attacked, SocketAddr) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    (Attacked::start(&[&format!("--flash-policy={free}")]).await, free)
}

fn policy(server: &Attacked) -> String {
    let dtd = "http://www.macromedia.com/xml/dtds/cross-domain-policy.dtd";
    let rule = format!(r#"<allow-access-from domain="*" to-ports="{}"/>"#, server.address.port());
    let head = format!(r#"<?xml version="1.0"?><!DOCTYPE cross-domain-policy SYSTEM "{dtd}">"#);
    format!("{head}<cross-domain-policy>{rule}</cross-domain-policy>\0")
}

/// Sends something on many connections, and says what each of them is told until its end.
async fn answers(address: SocketAddr, beginning: &[u8], drop: Option<&[u8]>) -> Vec<String> {
    let began = Instant::now();
    let mut connections = Vec::new();
    for _ in 0..COUNT {
        let mut connection = Connection::open(address).await;
        let _ = connection.try_send(beginning).await;
        connections.push(connection);
    }
    while let Some(drop) = drop
        && began.elapsed() < Duration::from_secs(2)
    {
        for connection in &mut connections {
            let _ = connection.try_send(drop).await;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mut answers = Vec::new();
    for mut connection in connections {
        answers.push(String::from_utf8(connection.rest().await).unwrap());
    }
    assert!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
    answers
}

#[tokio::test]
async fn policy_requests_that_never_end_on_the_http_port() {
    let (server, _) = start().await;
    // Silent behind a beginning: closed when three seconds are over. Anything else: closed at once.
    let (silent, half) =
        tokio::join!(answers(server.address, b"<", None), answers(server.address, &REQUEST[..22], None));
    let dripping = answers(server.address, &REQUEST[..1], Some(b"p")).await;
    let endless = answers(server.address, &b"<policy-file-request/".repeat(3_000), None).await;
    let brackets = answers(server.address, &[b'<'; 65536], None).await;
    for answer in [silent, half, dripping, endless, brackets].concat() {
        assert_eq!(answer, "");
    }
    // A request, and then no end.
    for answer in answers(server.address, REQUEST, Some(REQUEST)).await {
        assert_eq!(answer, policy(&server));
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

/// There everybody is answered, whatever they say.
#[tokio::test]
async fn policy_requests_that_never_end_on_a_port_of_their_own() {
    let (server, address) = start().await;
    let (silent, half) = tokio::join!(answers(address, b"", None), answers(address, &REQUEST[..22], None));
    let dripping = answers(address, &REQUEST[..1], Some(b"p")).await;
    let endless = answers(address, REQUEST, Some(REQUEST)).await;
    for answer in [silent, half, dripping, endless].concat() {
        assert_eq!(answer, policy(&server));
    }
    // Somebody who does not stop sending may lose the answer, but not keep the connection.
    for answer in answers(address, &vec![b'x'; 1 << 20], None).await {
        assert!(answer.is_empty() || answer == policy(&server), "{answer}");
    }
    server.assert_unharmed(Bounds::SMALL).await;
}
