//! The end that an application wants: last messages, code and words, and what comes behind them.

use longwire::sockjs::{Service, Session};
use longwire_codec::websocket::{CloseCode, Incoming};
use longwire_tests::sockjs::{Client, Transport};
use longwire_tests::{Dialect, WebSocket, told};

use crate::{patient, serve, telling};

fn closing() -> Service {
    Service::new().on_message(async |session: Session| {
        session.send("last").unwrap();
        session.close(3000, "Go \"away\"!");
        assert!(session.send("more").is_err());
        session.close(4000, "again");
    })
}

#[tokio::test]
async fn what_was_sent_before_arrives_then_the_code_and_the_words() {
    let (tell, mut told) = told::<String>();
    let server = serve(patient(), telling(closing(), tell)).await;
    for transport in Transport::ALL {
        let mut client = Client::open(server.address, "/echo", transport).await;
        client.send(&["go"]).await;
        client.expect(&["last"]).await;
        client.expect_close(3000, r#"Go \"away\"!"#).await;
        assert_eq!(told.hear().await, "booted");
        if matches!(transport, Transport::WebSocket(_)) {
            continue;
        }
        // As often as it asks, on whatever transport; what it says is taken and heard by nobody.
        client.send(&["x"]).await;
        for other in Transport::HTTP {
            let mut again = Client::join(server.address, &client.base, other).await;
            again.expect_close(3000, r#"Go \"away\"!"#).await;
        }
        told.assert_nothing();
    }
}

#[tokio::test]
async fn a_service_may_close_what_has_just_opened() {
    let service = Service::new().on_open(async |session: Session| session.close(3000, "Go away!"));
    let server = serve(patient(), service).await;
    for transport in Transport::ALL {
        let mut client = Client::open(server.address, "/echo", transport).await;
        client.expect_close(3000, "Go away!").await;
    }
}

#[tokio::test]
async fn the_raw_websocket_has_the_code_in_its_close_frame() {
    let server = serve(patient(), closing()).await;
    let mut socket = WebSocket::open(server.connect().await, "/echo/websocket", Dialect::Rfc6455).await;
    socket.send("go").await;
    assert_eq!(socket.text().await, "last");
    let close = socket.next().await;
    let is_close = |code: &CloseCode, reason: &str| *code == CloseCode(3000) && reason == "Go \"away\"!";
    assert!(
        matches!(&close, Some(Incoming::Close { code: Some(code), reason }) if is_close(code, reason)),
        "{close:?}"
    );
}

#[tokio::test]
async fn an_application_may_close_from_outside() {
    let server = serve(patient(), Service::new()).await;
    for transport in Transport::ALL {
        let mut client = Client::open(server.address, "/echo", transport).await;
        client.listen().await;
        if transport.polls() {
            client.post("[]").await;
        }
        server.server.io().sockjs("/echo").unwrap().disconnect();
        client.expect_close(1000, "Normal closure").await;
    }
}
