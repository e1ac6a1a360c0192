//! The reference application's SockJS services, on every transport.

use longwire_tests::sockjs::{Client, Transport};
use longwire_tests::{Dialect, Program, Transport as Revision1, WebSocket};

#[tokio::test]
async fn echoes_come_back_below_three_prefixes() {
    let app = Program::reference_app(&[]).await;
    for prefix in ["/echo", "/disabled_websocket_echo", "/cookie_needed_echo"] {
        for transport in Transport::ALL {
            if prefix == "/disabled_websocket_echo" && transport.name() == "websocket" {
                continue;
            }
            let mut client = Client::open(app.address, prefix, transport).await;
            client.send(&["€😀\u{2028}", "\"\\\n</script>%"]).await;
            client.expect(&["€😀\u{2028}", "\"\\\n</script>%"]).await;
        }
        let mut connection = app.connect().await;
        let info = connection.get(&format!("{prefix}/info")).await;
        let (websocket, cookie) = (prefix != "/disabled_websocket_echo", prefix == "/cookie_needed_echo");
        assert!(info.text().contains(&format!("\"websocket\":{websocket}")), "{}", info.text());
        assert!(info.text().contains(&format!("\"cookie_needed\":{cookie}")), "{}", info.text());
        // A stream ends behind 4096 bytes.
        let mut client = Client::open(app.address, prefix, Transport::XhrStreaming).await;
        let message = "x".repeat(4096);
        client.send(&[&message]).await;
        client.expect(&[&message]).await;
        assert_eq!(client.next().await, None);
    }
    let target = "/disabled_websocket_echo/a/b/websocket";
    let (_, response) = WebSocket::try_open(app.connect().await, target, Dialect::Rfc6455).await;
    assert_eq!(response.status, 404);
}

#[tokio::test]
async fn close_says_go_away() {
    let app = Program::reference_app(&[]).await;
    for transport in Transport::ALL {
        let mut client = Client::open(app.address, "/close", transport).await;
        client.expect_close(3000, "Go away!").await;
    }
}

#[tokio::test]
async fn a_broadcast_reaches_everybody_on_its_prefix_and_nobody_else() {
    let app = Program::reference_app(&[]).await;
    let mut elsewhere = Client::open(app.address, "/rooms", Transport::WEBSOCKET).await;
    let mut clients = Vec::new();
    for transport in Transport::ALL {
        clients.push(Client::open(app.address, "/broadcast", transport).await);
    }
    for speaker in 0..clients.len() {
        let text = format!("from {speaker}");
        clients[speaker].send(&[&text]).await;
        for client in &mut clients {
            client.expect(&[&text]).await;
        }
    }
    let event = r#"{"name":"echo","args":["nothing came before"]}"#;
    elsewhere.send(&[event]).await;
    elsewhere.expect(&[event]).await;
}

#[tokio::test]
async fn all_is_heard_by_both_families() {
    let app = Program::reference_app(&[]).await;
    let mut socketio = app.client(Revision1::WEBSOCKET).await;
    let mut on_chat = app.client(Revision1::WEBSOCKET).await;
    on_chat.send("1::/chat").await;
    on_chat.expect(&["1::/chat"]).await;
    for transport in Transport::ALL {
        let mut client = Client::open(app.address, "/rooms", transport).await;
        let event = format!(r#"{{"name":"all","args":["{}",[1]]}}"#, transport.name());
        client.send(&[&event]).await;
        client.expect(&[&event]).await;
        socketio.expect(&[&format!("5:::{event}")]).await;
        socketio.send(&format!("5:::{event}")).await;
        client.expect(&[&event]).await;
        socketio.expect(&[&format!("5:::{event}")]).await;
        // On the default namespace as everybody.
        on_chat.expect(&[&format!("5:::{event}"), &format!("5:::{event}")]).await;
    }
}
