//! The answers of socket.io 0.9.19, byte for byte, with the NUL that it left out.
//!
//! Where that server gave no answer, on the HTTP port of most of its runtimes, a policy request is recognised all the
//! same.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

use longwire_flash_policy::{Access, Domain, Policy, Ports, RequestMatcher, Server, Verdict};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

struct Case {
    name: String,
    sent: Vec<String>,
    received: String,
}

fn cases() -> Vec<Case> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let vectors: Value = serde_json::from_str(include_str!("vectors/policy.json")).unwrap();
    let cases: Vec<Case> = vectors["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| Case {
            name: text(&case["name"]),
            sent: case["sent"].as_array().unwrap().iter().map(text).collect(),
            received: text(&case["received"]),
        })
        .collect();
    assert_eq!(cases.len(), 7);
    cases
}

/// The policy of the server that was captured: it let in any origin, except in one case.
fn policy_of(case: &Case) -> Policy {
    if case.name == "policy-origins" {
        let rules = ["a.example:80", "*.b.example:*"].map(|origin| origin.parse::<Access>().unwrap());
        rules.into_iter().fold(Policy::builder(), |policy, access| policy.allow(access)).build()
    } else {
        Policy::for_hosts([Domain::any()], &Ports::any())
    }
}

#[test]
fn the_document_is_the_old_one() {
    for case in cases().iter().filter(|case| !case.received.is_empty()) {
        assert_eq!(policy_of(case).document(), case.received, "{}", case.name);
    }
}

#[test]
fn every_request_is_recognised() {
    for case in cases().iter().filter(|case| !case.sent.is_empty()) {
        let mut matcher = RequestMatcher::new();
        let verdict = case.sent.iter().map(|piece| matcher.push(piece.as_bytes())).last();
        let expected = if case.name == "policy-inline-no-nul" { Verdict::NeedMore } else { Verdict::Matched };
        assert_eq!(verdict, Some(expected), "{}", case.name);
        assert!(matcher.finish(), "{}", case.name);
    }
}

#[tokio::test]
async fn the_server_answers_as_the_old_one_did() {
    for case in cases().iter().filter(|case| !case.received.is_empty()) {
        let timeout = std::time::Duration::from_millis(if case.sent.is_empty() { 120 } else { 60_000 });
        let server = Server::bind("127.0.0.1:0", policy_of(case)).await.unwrap().timeout(timeout);
        let address = server.local_addr().unwrap();
        let serving = tokio::spawn(server.serve(std::future::pending()));
        let mut client = TcpStream::connect(address).await.unwrap();
        for piece in &case.sent {
            client.write_all(piece.as_bytes()).await.unwrap();
        }
        let mut received = String::new();
        client.read_to_string(&mut received).await.unwrap();
        assert_eq!(received, format!("{}\0", case.received), "{}", case.name);
        serving.abort();
    }
}
