//! Sessions that nobody knows: each kind of request has the one answer that makes old clients begin anew.

use std::time::{Duration, Instant};

use longwire::Server;
use longwire_codec::websocket::CloseCode;
use longwire_tests::server::config;
use longwire_tests::{Client, Request, TestServer, Transport};

async fn start() -> TestServer {
    TestServer::start(Server::builder(config())).await
}

#[tokio::test]
async fn every_transport_is_told_to_reconnect_in_its_own_way() {
    let server = start().await;
    for transport in Transport::ALL {
        let id = format!("nobody{}", Transport::ALL.iter().position(|one| *one == transport).unwrap());
        let mut client = Client::join(server.address, transport, &id).await;
        match transport {
            Transport::WebSocket(_) | Transport::FlashSocket => {
                assert_eq!(client.socket().text().await, "7:::1+0", "{transport:?}");
                client.socket().assert_close(CloseCode::NORMAL).await;
            }
            Transport::HtmlFile | Transport::XhrMultipart => {
                client.expect(&["7:::1+0"]).await;
                assert_eq!(client.next().await, None);
            }
            Transport::XhrPolling | Transport::JsonpPolling => client.expect(&["7:::1+0"]).await,
        }
    }
    assert_eq!(server.server.sessions(), 0);
}

#[tokio::test]
async fn ids_that_cannot_be_ours_are_unknown_like_any_other() {
    let server = start().await;
    let mut connection = server.connect().await;
    let long = "x".repeat(2000);
    for id in ["x", "__proto__", "constructor", "%00", "%F0%9F%98%80", "..", "a%2Fb", "{sid}", long.as_str()] {
        connection.get(&format!("/socket.io/1/xhr-polling/{id}?t=1")).await.assert(200, "7:::1+0");
        let response = connection.post(&format!("/socket.io/1/xhr-polling/{id}"), "3:::x").await;
        assert_eq!(response.status, 400, "{id}");
    }
}

#[tokio::test]
async fn what_is_posted_is_refused_but_for_a_goodbye() {
    let server = start().await;
    let mut connection = server.connect().await;
    let goodbyes = ["0::", "0", "\u{fffd}3\u{fffd}0::\u{fffd}5\u{fffd}3:::x"];
    for transport in [Transport::XhrPolling, Transport::HtmlFile, Transport::XhrMultipart] {
        let target = transport.target("nosuch");
        for body in goodbyes {
            connection.post(&target, body).await.assert(200, "1");
        }
        for body in ["3:::x", "", "0::/chat", "junk"] {
            let request = Request::post(&target, body).header("Origin", "http://a.example");
            let response = connection.request(&request).await;
            assert_eq!(response.status, 400, "{body}");
            // Without these a browser takes it for a network error.
            assert_eq!(response.header("Access-Control-Allow-Origin"), Some("http://a.example"));
        }
    }
    let jsonp = Transport::JsonpPolling.target("nosuch");
    for form in ["d=%220%3A%3A%22", "d=0%3A%3A"] {
        connection.post(&jsonp, form).await.assert(200, "1");
    }
    assert_eq!(connection.post(&jsonp, "d=%223%3A%3A%3Ax%22").await.status, 400);
}

#[tokio::test]
async fn a_disconnect_request_is_always_fine() {
    let server = start().await;
    let mut connection = server.connect().await;
    for target in [
        "/socket.io/1//nosuch/?disconnect=1",
        "/socket.io/1/xhr-polling/nosuch?disconnect",
        "/socket.io/1/websocket/nosuch/?disconnect=1",
    ] {
        connection.get(target).await.assert(200, "");
        connection.post(target, "").await.assert(200, "");
    }
}

/// Clients up to 0.9.3 ask again at once, and for ever.
#[tokio::test]
async fn a_client_that_spins_on_an_unknown_session_is_slowed_down() {
    let server = start().await;
    let (mut connection, mut other) = (server.connect().await, server.connect().await);
    connection.get("/socket.io/1/xhr-polling/spinning").await.assert(200, "7:::1+0");
    let began = Instant::now();
    let again = async { connection.get("/socket.io/1/jsonp-polling/spinning?i=2").await };
    let meanwhile = async {
        // Others are not, and neither is what does not spin.
        other.get("/socket.io/1/xhr-polling/first").await.assert(200, "7:::1+0");
        other.post("/socket.io/1/xhr-polling/spinning", "0::").await.assert(200, "1");
        let mut socket = Client::join(server.address, Transport::WEBSOCKET, "spinning").await;
        socket.expect(&["7:::1+0"]).await;
        began.elapsed()
    };
    let (again, meanwhile) = tokio::join!(again, meanwhile);
    again.assert(200, "io.j[2](\"7:::1+0\");");
    assert!(began.elapsed() >= Duration::from_millis(900), "answered after {:?}", began.elapsed());
    assert!(meanwhile < Duration::from_millis(900), "the others waited for {meanwhile:?}");
}

#[tokio::test]
async fn a_session_that_has_ended_is_unknown_from_then_on() {
    let server = start().await;
    for transport in Transport::KINDS {
        let mut client = server.client(transport).await;
        client.send("0::").await;
        server.sessions(0).await;
        let response = server.connect().await.get(&format!("/socket.io/1/xhr-polling/{}", client.id)).await;
        response.assert(200, "7:::1+0");
        client.post("0::").await.assert(200, "1");
    }
}
