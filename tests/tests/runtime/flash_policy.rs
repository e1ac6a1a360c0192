//! Flash policy requests on the HTTP port, and that nobody else pays for them.

use std::time::{Duration, Instant};

use longwire::{Origins, Server};
use longwire_tests::server::config;
use longwire_tests::{Request, TestServer, Transport};

const REQUEST: &[u8; 23] = b"<policy-file-request/>\0";

async fn start() -> TestServer {
    TestServer::start(Server::builder(config())).await
}

fn policy(rules: &str) -> Vec<u8> {
    let dtd = "http://www.macromedia.com/xml/dtds/cross-domain-policy.dtd";
    let head = format!(r#"<?xml version="1.0"?><!DOCTYPE cross-domain-policy SYSTEM "{dtd}">"#);
    format!("{head}<cross-domain-policy>{rules}</cross-domain-policy>\0").into_bytes()
}

fn everybody(port: u16) -> Vec<u8> {
    policy(&format!(r#"<allow-access-from domain="*" to-ports="{port}"/>"#))
}

#[tokio::test]
async fn a_request_is_answered_whole_or_in_pieces() {
    let server = start().await;
    let expected = everybody(server.address.port());
    let mut connection = server.connect().await;
    connection.send(REQUEST).await;
    assert_eq!(connection.rest().await, expected);

    let mut connection = server.connect().await;
    for byte in REQUEST {
        connection.assert_quiet().await;
        connection.send([*byte]).await;
    }
    assert_eq!(connection.rest().await, expected);
}

#[tokio::test]
async fn without_its_nul_a_request_ends_with_the_input() {
    let server = start().await;
    let mut connection = server.connect().await;
    connection.send(&REQUEST[..22]).await;
    connection.assert_quiet().await;
    connection.finish().await;
    assert_eq!(connection.rest().await, everybody(server.address.port()));
    // Anything less is none.
    let mut connection = server.connect().await;
    connection.send(&REQUEST[..21]).await;
    connection.finish().await;
    connection.assert_end().await;
}

#[tokio::test]
async fn other_things_in_angle_brackets_are_closed_without_a_word() {
    let server = start().await;
    for garbage in ["<html></html>", "<policy-file-request/>x", "<policy-file-requesT/>\0", "<<", "<\0"] {
        let mut connection = server.connect().await;
        connection.send(garbage).await;
        connection.assert_end().await;
    }
}

#[tokio::test]
async fn a_request_that_is_not_finished_is_not_waited_for() {
    let server = start().await;
    let mut connection = server.connect().await;
    let began = Instant::now();
    connection.send("<policy").await;
    connection.assert_end().await;
    assert!(began.elapsed() >= Duration::from_secs(2), "closed after {:?}", began.elapsed());
}

#[tokio::test]
async fn the_policy_names_the_allowed_hosts_and_the_ports() {
    let origins = Origins::list(["a.example:80", "*.b.example:*", "a.example:443"]).unwrap();
    let builder = Server::builder(config().origins(origins));
    let server = TestServer::start_with(builder, |serve| serve.policy_ports([443, 80])).await;
    let mut connection = server.connect().await;
    connection.send(REQUEST).await;
    let rules = r#"<allow-access-from domain="a.example" to-ports="80,443"/><allow-access-from domain="*.b.example" to-ports="80,443"/>"#;
    assert_eq!(String::from_utf8(connection.rest().await), String::from_utf8(policy(rules)));
}

#[tokio::test]
async fn switched_off_it_is_a_bad_request_like_any_other() {
    let server = TestServer::start(Server::builder(config().flash_policy(false))).await;
    let mut connection = server.connect().await;
    connection.send(REQUEST).await;
    connection.finish().await;
    let answer = connection.rest().await;
    assert!(!answer.starts_with(b"<?xml"), "{}", String::from_utf8_lossy(&answer));
}

/// One that reads more than the policy, or keeps sending, gets what it came for all the same.
#[tokio::test]
async fn what_follows_a_request_does_not_spoil_the_answer() {
    let server = start().await;
    for _ in 0..20 {
        let mut connection = server.connect().await;
        connection.send([&REQUEST[..], b"more of it"].concat()).await;
        assert_eq!(connection.rest().await, everybody(server.address.port()));
    }
}

/// HTTP is not delayed: the first byte decides, and the bytes behind it are hyper's.
#[tokio::test]
async fn http_and_websockets_share_the_port() {
    let server = start().await;
    let mut connection = server.connect().await;
    let request = Request::get("/socket.io/").to_bytes();
    connection.send(&request[..1]).await;
    connection.assert_quiet().await;
    connection.send(&request[1..]).await;
    connection.response().await.assert(200, "Welcome to socket.io.");
    let mut client = server.client(Transport::FlashSocket).await;
    client.send("1::").await;
    client.expect(&["1::"]).await;
}
