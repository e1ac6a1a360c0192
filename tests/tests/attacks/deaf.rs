//! Clients that read nothing while a room shouts.

use std::time::Duration;

use longwire_tests::client::handshake;
use longwire_tests::memory::MIB;
use longwire_tests::packet::{event, event_with_id};
use longwire_tests::{Attacked, Bounds, Client, Connection, Request, Transport, within};
use serde_json::json;

/// What is shouted: more than the backlog of a session and the buffers of both systems hold together.
const SHOUTS: usize = 320;
const LENGTH: usize = 64 << 10;
/// Shouts that listeners have not heard yet. They listen at their leisure, and are no attackers.
const AT_ONCE: usize = 10;

const BACKLOG: &str = r#"longwire_sessions_closed_total{family="socketio_rev1",reason="backlog"}"#;

async fn join(client: &mut Client) {
    client.send(&event_with_id("1+", "", "join", &json!(["hall"]))).await;
    client.expect(&[r#"6:::1+["hall"]"#]).await;
    // A poll that is held takes the first of what is shouted.
    client.listen().await;
}

/// Lets deaf clients and listeners into a room and shouts.
async fn shout_at(transports: &[Transport]) {
    let server = Attacked::start(&[]).await;
    let mut deaf = Vec::new();
    for transport in transports {
        let mut client = server.client(*transport).await;
        join(&mut client).await;
        deaf.push(client);
    }
    let mut listeners = Vec::new();
    for transport in Transport::KINDS {
        let mut client = server.client(transport).await;
        join(&mut client).await;
        listeners.push(client);
    }
    let mut speaker = server.client(Transport::WEBSOCKET).await;
    let filler = "x".repeat(LENGTH);
    for number in 0..SHOUTS {
        speaker.send(&event("", "to-room", &json!(["hall", number, filler]))).await;
        if (number + 1) % AT_ONCE > 0 {
            continue;
        }
        for listener in &mut listeners {
            for number in number + 1 - AT_ONCE..=number {
                listener.expect(&[&event("", "room", &json!(["hall", number, filler]))]).await;
            }
        }
    }
    // Those who did not listen are out, though their connections are open and full.
    server.wait_for_metric(BACKLOG, |closed| closed == transports.len() as u64).await;
    for client in &deaf {
        let response = server.connect().await.get(&Transport::XhrPolling.target(&client.id)).await;
        response.assert(200, "7:::1+0");
    }
    drop((deaf, listeners, speaker));
    server.assert_unharmed(Bounds { peak: 64 * MIB, left: 32 * MIB, ..Bounds::SMALL }).await;
}

#[tokio::test]
async fn websockets_that_read_nothing_are_closed_and_others_hear_everything() {
    shout_at(&[Transport::WEBSOCKET, Transport::FlashSocket]).await;
}

#[tokio::test]
async fn streams_that_read_nothing_are_closed_and_others_hear_everything() {
    shout_at(&[Transport::HtmlFile, Transport::XhrMultipart]).await;
}

#[tokio::test]
async fn polls_that_are_not_read_are_closed_and_others_hear_everything() {
    shout_at(&[Transport::XhrPolling, Transport::JsonpPolling]).await;
}

/// Polls that are opened and dropped, by the book and by a reset.
async fn drop_polls(transport: Transport) {
    const TIMES: usize = 10_000;
    let server = Attacked::start(&[]).await;
    let id = handshake(server.address, "t=1").await;
    let mut client = Client::join(server.address, transport, &id).await;
    client.expect(&["1::"]).await;
    let ours = server.usage().descriptors;
    let poll = Request::get(&transport.target(&id)).to_bytes();
    for number in 0..TIMES {
        let mut connection = Connection::open(server.address).await;
        connection.send(&poll).await;
        if number % 2 == 0 {
            connection.reset();
        }
    }
    // One that the server has not looked at yet could still take the place of the poll that counts.
    within("the end of all connections", async {
        while server.usage().descriptors > ours {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    // The session is there, and has heard nothing of the polls that nobody waits for.
    client.listen().await;
    for number in 0..20 {
        let packet = event("", "echo", &json!([number]));
        client.send(&packet).await;
        client.expect(&[&packet]).await;
    }
    drop(client);
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn polls_that_are_dropped_ten_thousand_times_harm_not_even_their_session() {
    drop_polls(Transport::XhrPolling).await;
}

#[tokio::test]
async fn scripts_that_are_dropped_ten_thousand_times_harm_not_even_their_session() {
    drop_polls(Transport::JsonpPolling).await;
}
