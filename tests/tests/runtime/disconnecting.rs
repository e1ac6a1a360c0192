//! Every way in which a session or a namespace ends, and the reason that handlers hear.

use std::time::Duration;

use longwire::{Data, DisconnectReason, Namespace, Server, ServerBuilder, Socket, State, socketio_rev1};
use longwire_codec::websocket::frame::Opcode;
use longwire_codec::websocket::{CloseCode, client};
use longwire_tests::server::{config, revision1};
use longwire_tests::websocket::MASK;
use longwire_tests::{Client, Dialect, Tell, TestServer, Told, Transport, told};

fn logged(name: &str) -> Namespace {
    Namespace::new(name)
        .on("kick", async |socket: Socket| socket.disconnect())
        .on("kick-session", async |socket: Socket| socket.disconnect_session())
        .on("ban", async |socket: Socket, Data(reason): Data<String>| {
            socket.disconnect_with(DisconnectReason::Other(reason.into()));
        })
        .on_disconnect(async |socket: Socket, reason: DisconnectReason, State(log): State<Tell<String>>| {
            log.tell(format!("{} {reason}", socket.namespace()));
        })
}

fn builder(rev1: socketio_rev1::Config) -> (ServerBuilder, Told<String>) {
    let (log, told) = told();
    let builder = Server::builder(config().socketio_rev1(rev1));
    (builder.state(log).namespace(logged("/")).namespace(logged("/chat")), told)
}

async fn start() -> (TestServer, Told<String>) {
    let (builder, told) = builder(revision1());
    (TestServer::start(builder).await, told)
}

/// A client on the default namespace and on `/chat`.
async fn on_both(server: &TestServer, transport: Transport) -> Client {
    let mut client = server.client(transport).await;
    client.send("1::/chat").await;
    client.expect(&["1::/chat"]).await;
    client
}

/// The session is over, and its handlers have heard why: once for each namespace.
async fn assert_over(server: &TestServer, log: &mut Told<String>, reason: &str) {
    let mut heard = [log.hear().await, log.hear().await];
    heard.sort();
    assert_eq!(heard, [format!(" {reason}"), format!("/chat {reason}")]);
    server.sessions(0).await;
    log.assert_nothing();
}

#[tokio::test]
async fn a_client_that_says_goodbye_is_booted() {
    let (server, mut log) = start().await;
    for transport in Transport::ALL {
        let mut client = on_both(&server, transport).await;
        client.listen().await;
        client.send("0::").await;
        client.expect(&["0::"]).await;
        assert_over(&server, &mut log, "booted").await;
        client.assert_end().await;

        // Between two polls there is nobody to answer.
        let mut client = on_both(&server, transport).await;
        client.send("0:5:").await;
        assert_over(&server, &mut log, "booted").await;
        if transport.polls() {
            client.assert_end().await;
        }
    }
}

#[tokio::test]
async fn a_disconnect_request_ends_a_session_in_any_state() {
    let (server, mut log) = start().await;
    for transport in Transport::KINDS {
        for target in [
            "/socket.io/1//ID/?disconnect=1",
            "/socket.io/1/xhr-polling/ID?disconnect",
            "/socket.io/1/websocket/ID/?t=1&disconnect=1",
        ] {
            for listens in [true, false] {
                let mut client = on_both(&server, transport).await;
                if listens {
                    client.listen().await;
                }
                let response = server.connect().await.get(&target.replace("ID", &client.id)).await;
                response.assert(200, "");
                assert_over(&server, &mut log, "booted").await;
                if listens {
                    client.expect(&["0::"]).await;
                }
                if listens || transport.polls() {
                    client.assert_end().await;
                }
            }
        }
    }
}

#[tokio::test]
async fn the_server_boots_with_or_without_words_of_its_own() {
    let (server, mut log) = start().await;
    for transport in Transport::KINDS {
        for (event, reason) in [
            (r#"5:::{"name":"kick"}"#, "booted"),
            (r#"5::/chat:{"name":"kick-session"}"#, "booted"),
            (r#"5:::{"name":"ban","args":["spam"]}"#, "spam"),
        ] {
            let mut client = on_both(&server, transport).await;
            client.listen().await;
            client.send(event).await;
            client.expect(&["0::"]).await;
            assert_over(&server, &mut log, reason).await;
            client.assert_end().await;
        }
        // On another namespace the session goes on, and the reason is for that namespace alone.
        let mut client = on_both(&server, transport).await;
        client.send(r#"5::/chat:{"name":"ban","args":["spam"]}"#).await;
        client.expect(&["0::/chat"]).await;
        assert_eq!(log.hear().await, "/chat spam");
        client.send("0::").await;
        assert_eq!(log.hear().await, " booted");
        server.sessions(0).await;
    }
}

/// Kicked while away: 0.9.19 gives no reason there.
#[tokio::test]
async fn a_client_that_is_booted_between_two_polls_finds_no_session() {
    let (server, mut log) = start().await;
    let mut client = on_both(&server, Transport::XhrPolling).await;
    server.server.io().sockets()[0].disconnect();
    assert_over(&server, &mut log, "booted").await;
    client.expect(&["7:::1+0"]).await;
}

#[tokio::test]
async fn a_client_that_closes_its_stream_is_gone_at_once() {
    let (server, mut log) = start().await;
    for transport in Transport::ALL.into_iter().filter(|transport| !transport.polls()) {
        let client = on_both(&server, transport).await;
        drop(client);
        assert_over(&server, &mut log, "socket end").await;

        let mut client = on_both(&server, transport).await;
        client.connection().finish().await;
        assert_over(&server, &mut log, "socket end").await;
    }
}

#[tokio::test]
async fn a_close_frame_is_answered_and_a_reset_is_an_end_too() {
    let (server, mut log) = start().await;
    for transport in [Transport::WEBSOCKET, Transport::WebSocket(Dialect::Hixie76), Transport::FlashSocket] {
        let mut client = on_both(&server, transport).await;
        client.socket().send_close(CloseCode::GOING_AWAY).await;
        client.socket().assert_close(CloseCode::GOING_AWAY).await;
        assert_over(&server, &mut log, "socket end").await;
    }
    for transport in [Transport::WEBSOCKET, Transport::HtmlFile] {
        let mut client = on_both(&server, transport).await;
        let elsewhere = server.connect().await;
        std::mem::replace(client.connection(), elsewhere).reset();
        assert_over(&server, &mut log, "socket end").await;
    }
}

#[tokio::test]
async fn with_a_grace_time_a_client_may_come_back_to_its_session() {
    let (builder, mut log) = builder(revision1().grace(Duration::from_secs(60)));
    let server = TestServer::start(builder).await;
    let client = on_both(&server, Transport::WEBSOCKET).await;
    let id = client.id.clone();
    drop(client);
    let mut client = Client::join(server.address, Transport::WEBSOCKET, &id).await;
    client.send("0::/chat").await;
    assert_eq!(log.hear().await, "/chat packet");
    assert_eq!(server.server.sessions(), 1);
    client.send("0::").await;
    assert_eq!(log.hear().await, " booted");
}

#[tokio::test]
async fn a_client_that_does_not_poll_is_given_up() {
    let rev1 = revision1()
        .heartbeat_interval(Duration::from_millis(10))
        .polling_duration(Duration::from_millis(20))
        .close_timeout(Duration::from_millis(100));
    let (builder, mut log) = builder(rev1);
    let server = TestServer::start(builder).await;
    let mut client = on_both(&server, Transport::XhrPolling).await;
    // Polls keep it, also empty ones, for longer than the close timeout.
    for _ in 0..8 {
        client.expect(&["8::"]).await;
    }
    log.assert_nothing();
    // What is posted does not.
    client.send("2::").await;
    assert_over(&server, &mut log, "close timeout").await;
    client.expect(&["7:::1+0"]).await;
}

#[tokio::test]
async fn a_client_that_answers_no_heartbeat_is_given_up() {
    let rev1 = revision1()
        .heartbeat_interval(Duration::from_millis(20))
        .heartbeat_timeout(Duration::from_millis(100))
        .close_timeout(Duration::from_millis(100))
        .polling_duration(Duration::from_millis(50));
    let (builder, mut log) = builder(rev1);
    let server = TestServer::start(builder).await;
    for transport in Transport::ALL.into_iter().filter(|transport| !transport.polls()) {
        let mut client = on_both(&server, transport).await;
        // Answers keep it for longer than the timeout, and so does anything else that it says.
        for answer in ["2::", "3:::x", "2::", "2:::", "not a packet", "2::", "2::", "2::", "2::", "2::"] {
            client.expect(&["2::"]).await;
            client.send(answer).await;
        }
        log.assert_nothing();
        assert_over(&server, &mut log, "heartbeat timeout").await;
        while let Some(packet) = client.next().await {
            assert_eq!(packet, "2::");
        }
    }
}

#[tokio::test]
async fn a_websocket_that_breaks_the_rules_is_told_so() {
    let (server, mut log) = start().await;
    for (frame, code, reason) in [
        (b"\x81\x053:::x".to_vec(), CloseCode::PROTOCOL, "parse error"),
        (client::frame(true, Opcode::Text, b"3:::\xff", MASK).to_vec(), CloseCode::INVALID_DATA, "parse error"),
        (client::binary(b"3:::x", MASK).to_vec(), CloseCode::UNSUPPORTED, "parse error"),
        (b"\xc1\x80\x01\x02\x03\x04".to_vec(), CloseCode::PROTOCOL, "parse error"),
        (client::frame(false, Opcode::Ping, b"", MASK).to_vec(), CloseCode::PROTOCOL, "parse error"),
    ] {
        let mut client = on_both(&server, Transport::WEBSOCKET).await;
        client.socket().connection.send(&frame).await;
        client.socket().assert_close(code).await;
        assert_over(&server, &mut log, reason).await;
    }
    let mut client = on_both(&server, Transport::FlashSocket).await;
    client.socket().connection.send(b"\x01nonsense\xff").await;
    client.socket().assert_close(CloseCode::PROTOCOL).await;
    assert_over(&server, &mut log, "parse error").await;
}

#[tokio::test]
async fn a_websocket_whose_peer_does_not_close_its_side_is_cut() {
    let (told, mut log) = told();
    let config = config().closing_timeout(Duration::from_millis(50));
    let builder = Server::builder(config).state(told).namespace(logged("/")).namespace(logged("/chat"));
    let server = TestServer::start(builder).await;
    let mut client = on_both(&server, Transport::WEBSOCKET).await;
    client.send("0::").await;
    client.expect(&["0::"]).await;
    // The client never ends its side, so what ends here is the server's patience.
    client.assert_end().await;
    assert_over(&server, &mut log, "booted").await;
    server.stop().await;
}

#[tokio::test]
async fn a_goodbye_and_a_close_frame_in_one_breath_are_answered_by_one_close_frame() {
    let (server, mut log) = start().await;
    for _ in 0..20 {
        let mut client = on_both(&server, Transport::WEBSOCKET).await;
        let close = client::close(Some(CloseCode::NORMAL), "", MASK);
        let socket = client.socket();
        let goodbye = [&socket.frame("0::")[..], &close].concat();
        socket.connection.send(goodbye).await;
        let rest = socket.connection.rest().await;
        assert_eq!(rest.iter().filter(|byte| **byte == 0x88).count(), 1, "{rest:?}");
        assert_over(&server, &mut log, "booted").await;
    }
}

#[tokio::test]
async fn what_is_no_packet_ends_nothing() {
    let (server, mut log) = start().await;
    for transport in Transport::KINDS {
        let mut client = on_both(&server, transport).await;
        client
            .send_all(&[
                "junk",
                "9::",
                "4:::notjson",
                "5:::[]",
                "5:1::{}",
                "6:::1+5",
                "7:::1+0",
                "8::",
                "3:007::x",
                "1:5:",
            ])
            .await;
        client.expect(&["6:::5", "1::"]).await;
        log.assert_nothing();
        client.send("0::").await;
        assert_over(&server, &mut log, "booted").await;
    }
}
