//! What happens when one side is faster than the other.

use std::sync::Arc;
use std::time::Duration;

use longwire::sockjs::{Service, Session};
use longwire::{EmitError, SendError, Server, State, Text};
use longwire_tests::server::config;
use longwire_tests::sockjs::{Client, Transport};
use longwire_tests::{Request, Tell, TestServer, Told, told, within};
use tokio::sync::Semaphore;

use crate::{builder, echo, patient, telling};

/// A server whose handler takes a permit for every message, and tells its number.
async fn slow_server() -> (TestServer, Arc<Semaphore>, Told<String>) {
    let (tell, told) = told::<String>();
    let gate = Arc::new(Semaphore::new(0));
    let service = Service::new().on_message(
        async |Text(text): Text, State(gate): State<Arc<Semaphore>>, State(tell): State<Tell<String>>| {
            gate.acquire().await.unwrap().forget();
            tell.tell(text.split_once(' ').unwrap().0);
        },
    );
    let builder = builder().state(Arc::clone(&gate)).state(tell).sockjs("/slow", patient(), service);
    (TestServer::start(builder).await, gate, told)
}

fn slow(number: u32) -> String {
    format!("{number} {}", "x".repeat(4000))
}

#[tokio::test]
async fn a_slow_handler_keeps_its_own_websocket_from_being_read() {
    let (server, gate, mut told) = slow_server().await;
    let mut client = Client::open(server.address, "/slow", Transport::WEBSOCKET).await;
    let mut sent = 0;
    within("a full connection", async {
        let mut full = 0;
        let mut frame = client.socket().frame(&format!("[{:?}]", slow(sent)));
        while full < 20 {
            let taken = client.connection().send_what_fits(&frame);
            frame = frame.slice(taken..);
            if frame.is_empty() {
                sent += 1;
                frame = client.socket().frame(&format!("[{:?}]", slow(sent)));
            }
            full = if taken == 0 { full + 1 } else { 0 };
            tokio::time::sleep(Duration::from_millis(u64::from(taken == 0))).await;
        }
        gate.add_permits(1_000_000);
        client.connection().send(frame).await;
    })
    .await;
    for number in 0..=sent {
        assert_eq!(told.hear().await, number.to_string());
    }
}

#[tokio::test]
async fn a_post_is_answered_when_there_is_room_for_it() {
    let (server, gate, mut told) = slow_server().await;
    let mut client = Client::open(server.address, "/slow", Transport::XhrPolling).await;
    // One body is taken whole, however much is in it.
    let many: Vec<String> = (0..100).map(slow).collect();
    client.send(&many.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut posting = server.connect().await;
    let list = serde_json::to_string(&[slow(100)]).unwrap();
    posting.send(Request::post(&format!("{}/xhr_send", client.base), list).to_bytes()).await;
    posting.assert_quiet().await;
    // Its polls are another matter.
    server.server.io().sockjs("/slow").unwrap().send("news");
    client.expect(&["news"]).await;
    gate.add_permits(101);
    assert_eq!(posting.response().await.status, 204);
    for number in 0..=100 {
        assert_eq!(told.hear().await, number.to_string());
    }
}

/// A service whose clients may let 10 000 bytes wait, its only session, and why sessions closed.
async fn small_backlog(transport: Transport) -> (TestServer, Client, Session, Told<String>) {
    let (tell, told) = told::<String>();
    let (give, mut given) = longwire_tests::told::<Session>();
    let service = telling(echo(), tell).on_open(async |session: Session, State(give): State<Tell<Session>>| {
        give.tell(session);
    });
    let builder = Server::builder(config().backlog_bytes(10_000)).state(give).sockjs("/echo", patient(), service);
    let server = TestServer::start(builder).await;
    let client = Client::open(server.address, "/echo", transport).await;
    let session = given.hear().await;
    (server, client, session, told)
}

#[tokio::test]
async fn a_client_for_which_too_much_waits_is_disconnected() {
    for transport in Transport::ALL {
        let (server, client, session, mut told) = small_backlog(transport).await;
        let text = "x".repeat(5000);
        within("a full queue", async {
            loop {
                if let Err(error) = session.send(text.as_str()) {
                    let is_full = matches!(error, EmitError::Send(SendError::Full { limit: 10_000, .. }));
                    break assert!(is_full, "{error}");
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert_eq!(told.hear().await, "backlog", "{transport:?}");
        server.sessions(0).await;
        drop(client);
    }
}

#[tokio::test]
async fn whoever_asks_first_is_told_that_there_is_no_room_and_may_wait_for_it() {
    let (_server, mut client, session, mut told) = small_backlog(Transport::XhrPolling).await;
    let text = "x".repeat(1000);
    let mut accepted = 0;
    while session.try_send(format!("{accepted} {text}")).is_ok() {
        accepted += 1;
    }
    assert!((5..15).contains(&accepted), "{accepted} of 1000 bytes");
    let writing = tokio::spawn({
        let text = text.clone();
        async move {
            for number in accepted..accepted + 50 {
                session.send_when_writable(format!("{number} {text}")).await.unwrap();
            }
        }
    });
    let all: Vec<String> = (0..accepted + 50).map(|number| format!("{number} {text}")).collect();
    client.expect(&all.iter().map(String::as_str).collect::<Vec<_>>()).await;
    writing.await.unwrap();
    told.assert_nothing();
}
