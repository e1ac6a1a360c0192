//! Signs of life: a client that says nothing and answers pings stays, one that answers none goes.

use std::time::Duration;

use longwire_codec::websocket::frame::Opcode;
use longwire_codec::websocket::{CloseCode, Incoming, client};
use longwire_tests::sockjs::{Client, Transport};
use longwire_tests::websocket::MASK;
use longwire_tests::{told, within};

use crate::{echo, patient, serve, telling};

#[tokio::test]
async fn a_silent_client_that_answers_pings_stays() {
    let config = patient().heartbeat_delay(Duration::from_millis(200)).pong_timeout(Duration::from_secs(1));
    let server = serve(config, echo()).await;
    let mut client = Client::open(server.address, "/echo", Transport::WEBSOCKET).await;
    let (mut heartbeats, mut pings) = (0, 0);
    // Twice as long as it could stay without its answers being heard.
    while pings < 12 {
        match client.socket().next().await {
            Some(Incoming::Text(text)) if text == "h" => heartbeats += 1,
            Some(Incoming::Ping(data)) => {
                pings += 1;
                client.socket().connection.send(client::pong(&data, MASK)).await;
            }
            other => panic!("{other:?} behind {pings} pings"),
        }
    }
    assert!((11..=13).contains(&heartbeats), "{heartbeats} heartbeats");
    client.send(&["still there"]).await;
    client.expect(&["still there"]).await;
}

#[tokio::test]
async fn a_message_that_takes_long_is_a_sign_of_life() {
    let (tell, mut told) = told::<String>();
    let config = patient().heartbeat_delay(Duration::from_millis(200)).pong_timeout(Duration::from_secs(1));
    let server = serve(config, telling(echo(), tell)).await;
    let mut client = Client::open(server.address, "/echo", Transport::WEBSOCKET).await;
    let frame = client::frame(true, Opcode::Text, format!("[{:?}]", "x".repeat(12)).as_bytes(), MASK);
    for byte in frame.iter() {
        // A ping is not answered, but part of the message comes behind it.
        loop {
            match client.socket().next().await {
                Some(Incoming::Ping(_)) => break,
                Some(Incoming::Text(text)) => assert_eq!(text, "h"),
                other => panic!("{other:?} in place of a ping"),
            }
        }
        client.socket().connection.send([*byte]).await;
    }
    while let Some(Incoming::Text(text)) = client.socket().next().await {
        if text != "h" {
            assert_eq!(text, format!("a[{:?}]", "x".repeat(12)));
            break;
        }
    }
    told.assert_nothing();
}

#[tokio::test]
async fn a_client_that_answers_no_ping_goes() {
    let (tell, mut told) = told::<String>();
    let config = patient().heartbeat_delay(Duration::from_millis(50)).pong_timeout(Duration::from_millis(50));
    let server = serve(config, telling(echo(), tell)).await;
    let mut client = Client::open(server.address, "/echo", Transport::WEBSOCKET).await;
    assert_eq!(client.frame().await, "h");
    let end = within("the end", async {
        loop {
            match client.socket().next().await {
                Some(Incoming::Ping(_)) => {}
                Some(Incoming::Text(text)) if text == "h" => {}
                other => break other,
            }
        }
    })
    .await;
    assert_eq!(end, Some(Incoming::Text(r#"c[3000,"No response from heartbeat"]"#.into())));
    client.socket().assert_close(CloseCode::NORMAL).await;
    assert_eq!(told.hear().await, "heartbeat timeout");
}

#[tokio::test]
async fn whoever_listens_hears_a_heartbeat() {
    let server = serve(patient().heartbeat_delay(Duration::from_millis(20)), echo()).await;
    for transport in Transport::HTTP {
        let mut client = Client::open(server.address, "/echo", transport).await;
        for _ in 0..3 {
            assert_eq!(client.frame().await, "h");
        }
    }
}
