//! What happens when one side is faster than the other: nobody waits for a slow one but those who talk to it.

use std::sync::Arc;
use std::time::Duration;

use longwire::{Data, DisconnectReason, EmitError, Namespace, SendError, Server, Socket, State};
use longwire_codec::socketio_rev1::payload;
use longwire_codec::websocket::frame::Opcode;
use longwire_codec::websocket::{CloseCode, client};
use longwire_tests::server::{config, revision1};
use longwire_tests::websocket::MASK;
use longwire_tests::{Request, Tell, TestServer, Told, Transport, told, within};
use tokio::sync::Semaphore;

/// A server whose `slow` event takes a permit, and tells its number.
async fn slow_server() -> (TestServer, Arc<Semaphore>, Told<u32>) {
    let (tell, told) = told::<u32>();
    let gate = Arc::new(Semaphore::new(0));
    let namespace = Namespace::new("/").on(
        "slow",
        async |Data(number): Data<u32>, State(gate): State<Arc<Semaphore>>, State(tell): State<Tell<u32>>| {
            gate.acquire().await.unwrap().forget();
            tell.tell(number);
        },
    );
    let builder = Server::builder(config()).state(Arc::clone(&gate)).state(tell).namespace(namespace);
    (TestServer::start(builder).await, gate, told)
}

fn slow(number: u32) -> String {
    format!(r#"5:::{{"name":"slow","args":[{number},"{}"]}}"#, "x".repeat(4000))
}

#[tokio::test]
async fn a_slow_handler_keeps_its_own_websocket_from_being_read() {
    let (server, gate, mut told) = slow_server().await;
    let mut client = server.client(Transport::WEBSOCKET).await;
    let mut sent = 0;
    // The server stops reading, the buffers in between fill, and then nothing more can be sent.
    within("a full connection", async {
        let mut full = 0;
        let mut frame = client.socket().frame(&slow(sent));
        while full < 20 {
            let taken = client.connection().send_what_fits(&frame);
            frame = frame.slice(taken..);
            if frame.is_empty() {
                sent += 1;
                frame = client.socket().frame(&slow(sent));
            }
            full = if taken == 0 { full + 1 } else { 0 };
            tokio::time::sleep(Duration::from_millis(u64::from(taken == 0))).await;
        }
        // The rest of the one that was begun.
        gate.add_permits(1_000_000);
        client.connection().send(frame).await;
    })
    .await;
    for number in 0..=sent {
        assert_eq!(told.hear().await, number);
    }
    // It reads on.
    client.send("1:5:").await;
    client.expect(&["6:::5", "1::"]).await;
}

#[tokio::test]
async fn others_are_served_while_one_waits() {
    let (server, gate, mut told) = slow_server().await;
    for transport in Transport::KINDS {
        let mut waiting = server.client(transport).await;
        let mut other = server.client(transport).await;
        let many: Vec<String> = (0..200).map(slow).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        waiting.send_all(&many).await;
        other.send("1:5:").await;
        other.expect(&["6:::5", "1::"]).await;
        told.assert_nothing();
        gate.add_permits(many.len());
        for number in 0..200 {
            assert_eq!(told.hear().await, number);
        }
    }
}

#[tokio::test]
async fn a_post_is_answered_when_there_is_room_for_it() {
    let (server, gate, mut told) = slow_server().await;
    let mut client = server.client(Transport::XhrPolling).await;
    let many: Vec<String> = (0..100).map(slow).collect();
    // One body is taken whole, however much is in it.
    client.post(&payload::encode(&many)).await.assert(200, "1");
    let mut posting = server.connect().await;
    let target = Transport::XhrPolling.target(&client.id);
    posting.send(Request::post(&target, slow(100)).to_bytes()).await;
    posting.assert_quiet().await;
    // Its polls and a goodbye are another matter.
    server.server.io().everybody().send("news");
    client.expect(&["3:::news"]).await;
    gate.add_permits(101);
    posting.response().await.assert(200, "1");
    for number in 0..=100 {
        assert_eq!(told.hear().await, number);
    }
}

#[tokio::test]
async fn a_message_that_is_too_big_ends_the_session() {
    let (tell, mut told) = told::<String>();
    let namespace = Namespace::new("/").on_text(async |socket: Socket| socket.send("taken").unwrap()).on_disconnect(
        async |reason: DisconnectReason, State(tell): State<Tell<String>>| tell.tell(reason.to_string()),
    );
    let config = config().max_payload(1000).max_fragments(3);
    let server = TestServer::start(Server::builder(config).state(tell).namespace(namespace)).await;

    let too_long_a_frame = client::text(&"x".repeat(1001), MASK).to_vec();
    let too_long_a_message = [
        client::frame(false, Opcode::Text, &[b'x'; 600], MASK),
        client::frame(true, Opcode::Continuation, &[b'x'; 401], MASK),
    ]
    .concat();
    let too_many_fragments = [
        client::frame(false, Opcode::Text, b"3", MASK),
        client::frame(false, Opcode::Continuation, b":", MASK).repeat(2).into(),
        client::frame(true, Opcode::Continuation, b":x", MASK),
    ]
    .concat();
    // The header tells; the payload need not come.
    let too_long_a_header = b"\x81\xff\0\0\0\x01\0\0\0\0\x01\x02\x03\x04".to_vec();
    for bytes in [too_long_a_frame, too_long_a_message, too_many_fragments, too_long_a_header] {
        let mut client = server.client(Transport::WEBSOCKET).await;
        // The largest that is allowed, and pings in between, which count for nothing.
        let largest = format!("3:::{}", "x".repeat(996));
        let largest = [
            client::frame(false, Opcode::Text, &largest.as_bytes()[..500], MASK),
            client::ping(b"", MASK),
            client::frame(true, Opcode::Continuation, &largest.as_bytes()[500..], MASK),
        ];
        client.connection().send(largest.concat()).await;
        assert!(matches!(client.socket().next().await, Some(longwire_codec::websocket::Incoming::Pong(_))));
        client.expect(&["3:::taken"]).await;
        client.connection().send(&bytes).await;
        client.socket().assert_close(CloseCode::TOO_BIG).await;
        assert_eq!(told.hear().await, "payload limit");
    }
    server.sessions(0).await;
}

/// A server whose clients may let 10 000 bytes wait, and what disconnect handlers hear.
async fn small_backlog() -> (TestServer, Told<String>) {
    let (tell, told) = told::<String>();
    let namespace =
        Namespace::new("/").on_disconnect(async |reason: DisconnectReason, State(tell): State<Tell<String>>| {
            tell.tell(reason.to_string())
        });
    let rev1 = revision1().backlog_bytes(10_000);
    let builder = Server::builder(config().socketio_rev1(rev1)).state(tell).namespace(namespace);
    (TestServer::start(builder).await, told)
}

fn only_socket(server: &TestServer) -> Socket {
    server.server.io().sockets().pop().unwrap()
}

#[tokio::test]
async fn a_client_for_which_too_much_waits_is_disconnected() {
    let (server, mut told) = small_backlog().await;
    let text = "x".repeat(1000);
    for broadcasts in [true, false] {
        let mut client = server.client(Transport::XhrPolling).await;
        let mut other = server.client(Transport::WEBSOCKET).await;
        let id = client.id.clone();
        let socket = server.server.io().sockets().into_iter().find(|socket| socket.id() == id).unwrap();
        let mut accepted = 0;
        while socket.is_connected() && accepted < 100 {
            if broadcasts {
                server.server.io().everybody().send(text.as_str());
                other.expect(&[&format!("3:::{text}")]).await;
            } else if let Err(error) = socket.send(text.as_str()) {
                assert!(matches!(error, EmitError::Send(SendError::Full { limit: 10_000, .. })), "{error}");
                break;
            }
            accepted += 1;
        }
        assert!((5..15).contains(&accepted), "{accepted} of 1000 bytes");
        assert_eq!(told.hear().await, "backlog");
        client.expect(&["7:::1+0"]).await;
        // Whoever keeps up is not touched.
        other.send("0::").await;
        assert_eq!(told.hear().await, "booted");
        server.sessions(0).await;
    }
}

#[tokio::test]
async fn a_stream_that_is_not_read_is_disconnected_as_well() {
    let (server, mut told) = small_backlog().await;
    for transport in [Transport::WEBSOCKET, Transport::HtmlFile] {
        let client = server.client(transport).await;
        let socket = only_socket(&server);
        within("a full connection", async {
            while socket.send("x".repeat(5000)).is_ok() {
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert_eq!(told.hear().await, "backlog");
        drop(client);
    }
}

#[tokio::test]
async fn whoever_asks_first_is_told_that_there_is_no_room_and_may_wait_for_it() {
    let (server, mut told) = small_backlog().await;
    let mut client = server.client(Transport::XhrPolling).await;
    let socket = only_socket(&server);
    let text = "x".repeat(1000);
    let mut accepted = 0;
    let full = loop {
        match socket.try_emit("event", &(accepted, &text)) {
            Ok(()) => accepted += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(full, EmitError::Send(SendError::Full { .. })), "{full}");
    let writing = tokio::spawn({
        let (socket, text) = (socket.clone(), text.clone());
        async move {
            for number in accepted..accepted + 50 {
                socket.emit_when_writable("event", &(number, &text)).await.unwrap();
            }
        }
    });
    for number in 0..accepted + 50 {
        client.expect(&[&format!(r#"5:::{{"name":"event","args":[{number},"{text}"]}}"#)]).await;
    }
    writing.await.unwrap();
    told.assert_nothing();

    // Whoever waits for room hears when there will be none any more.
    while socket.try_emit("event", &text).is_ok() {}
    let waiting = tokio::spawn(async move { socket.emit_when_writable("event", &text).await });
    client.send("0::").await;
    let error = within("the one who waits", waiting).await.unwrap().unwrap_err();
    assert!(matches!(error, EmitError::Send(SendError::Closed) | EmitError::Disconnected), "{error}");
}

/// The budget is in bytes, but a message of the largest size always fits.
#[tokio::test]
async fn one_message_of_any_size_fits_into_an_empty_queue() {
    let (server, mut told) = small_backlog().await;
    for transport in Transport::KINDS {
        let mut client = server.client(transport).await;
        let text = "x".repeat(100_000);
        only_socket(&server).send(text.as_str()).unwrap();
        client.expect(&[&format!("3:::{text}")]).await;
        client.send("0::").await;
        assert_eq!(told.hear().await, "booted");
        server.sessions(0).await;
    }
}
