//! The demo chat of the program `longwire`: what visitors hear of each other, and how much of it is kept.

use longwire_tests::{Client, Program, Transport};
use serde_json::{Value, json};

async fn start() -> Program {
    Program::start(&mut Program::longwire(&["--listen=127.0.0.1:0", "--log=off"])).await
}

#[tokio::test]
async fn the_chat_tells_everybody_who_is_there_and_what_they_say() {
    let program = start().await;
    let mut anna = program.client(Transport::WEBSOCKET).await;
    let mut bob = program.client(Transport::JsonpPolling).await;
    anna.send(r#"5:1+::{"name":"join","args":[{"nick":"Anna"}]}"#).await;
    let welcome = anna.packet().await;
    assert!(
        welcome.starts_with(r#"6:::1+[{"id":"1","visitors":[{"id":"1","nick":"Anna","transport":"websocket""#),
        "{welcome}"
    );
    let arrived = bob.packet().await;
    assert!(arrived.starts_with(r#"5:::{"name":"visitor","args":[{"id":"1","nick":"Anna""#), "{arrived}");
    anna.send(r#"5:::{"name":"say","args":["hello","key"]}"#).await;
    for client in [&mut anna, &mut bob] {
        let said = client.packet().await;
        assert!(
            said.starts_with(
                r#"5:::{"name":"said","args":[{"id":"1","nick":"Anna","transport":"websocket","text":"hello""#
            ),
            "{said}"
        );
    }
    anna.send("0::").await;
    bob.expect(&[r#"5:::{"name":"left","args":[{"id":"1"}]}"#]).await;
}

/// Comes in, and says what the welcome has.
async fn join(client: &mut Client, nick: &str) -> Value {
    client.send(&format!("5:1+::{}", json!({ "name": "join", "args": [{ "nick": nick }] }))).await;
    let welcome = client.packet().await;
    let args = welcome.strip_prefix("6:::1+").unwrap_or_else(|| panic!("{welcome}"));
    serde_json::from_str::<Value>(args).unwrap()[0].take()
}

async fn say(client: &mut Client, text: &str, key: &str) {
    client.send(&format!("5:::{}", json!({ "name": "say", "args": [text, key] }))).await;
}

#[tokio::test]
async fn what_the_chat_keeps_has_bounds() {
    let program = start().await;
    let mut anna = program.client(Transport::WEBSOCKET).await;
    let welcome = join(&mut anna, &"ä".repeat(25)).await;
    assert_eq!(welcome["visitors"][0]["nick"], "ä".repeat(24));
    say(&mut anna, "not taken", &"k".repeat(65)).await;
    for number in 0..31 {
        say(&mut anna, &format!("{number} {}", "x".repeat(1000)), &"k".repeat(64)).await;
        let said = anna.packet().await;
        assert!(said.contains(&format!("\"text\":\"{number} ")), "{said}");
    }
    let mut bob = program.client(Transport::XhrPolling).await;
    let history = join(&mut bob, "Bob").await["history"].take();
    let texts: Vec<&str> = history.as_array().unwrap().iter().map(|said| said["text"].as_str().unwrap()).collect();
    assert_eq!(texts.len(), 30);
    assert!(texts[0].starts_with("1 x"), "{}", texts[0]);
    assert!(texts.iter().all(|text| text.chars().count() == 1000));
}
