//! Who writes to a WebSocket: its own task, and at any moment anybody who has something for the client. However they meet,
//! frames stay whole, and what one task says stays in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use longwire::{Namespace, Server, Socket, State};
use longwire_codec::websocket::{CloseCode, Incoming, client};
use longwire_tests::server::config;
use longwire_tests::websocket::MASK;
use longwire_tests::{TestServer, Transport};

const TASKS: u32 = 4;
const MESSAGES: u32 = 150;

/// Up to as much as no socket takes at once, so that the task has to see to the rest.
fn filler(number: u32) -> String {
    "x".repeat([10, 200, 70_000][number as usize % 3])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn messages_of_many_tasks_and_pongs_meet_on_one_socket() {
    let namespace = Namespace::new("/").on("go", async |socket: Socket, State(started): State<Arc<AtomicU32>>| {
        let task = started.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            for number in 0..MESSAGES {
                while socket.emit_when_writable("said", &(task, number, filler(number))).await.is_err() {}
            }
        });
    });
    let builder = Server::builder(config().backlog_bytes(300_000)).state(Arc::new(AtomicU32::new(0)));
    let server = TestServer::start(builder.namespace(namespace)).await;
    let mut client = server.client(Transport::WEBSOCKET).await;
    for _ in 0..TASKS {
        client.send(r#"5:::{"name":"go"}"#).await;
    }
    let mut next = [0; TASKS as usize];
    let (mut heard, mut pings, mut pongs) = (0, 0, 0);
    while heard < TASKS * MESSAGES || pongs < pings {
        if heard < TASKS * MESSAGES && pings < 100 {
            let number = [pings as u8; 4];
            client.connection().send(client::ping(&number, MASK)).await;
            pings += 1;
        }
        match client.socket().next().await {
            Some(Incoming::Text(text)) => {
                let args = text.strip_prefix(r#"5:::{"name":"said","args":["#).and_then(|rest| rest.strip_suffix("]}"));
                let mut args = args.unwrap_or_else(|| panic!("{text}")).split(',');
                let task: usize = args.next().unwrap().parse().unwrap();
                let number: u32 = args.next().unwrap().parse().unwrap();
                assert_eq!(number, next[task], "of task {task}");
                assert_eq!(args.next().unwrap().trim_matches('"'), filler(number));
                next[task] += 1;
                heard += 1;
            }
            Some(Incoming::Pong(number)) => {
                assert_eq!(number[..], [pongs as u8; 4]);
                pongs += 1;
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_said_ahead_of_a_goodbye_arrives() {
    let namespace = Namespace::new("/").on("go", async |socket: Socket| {
        // Not in the turn of this handler: each of these is written by itself.
        tokio::spawn(async move {
            let _ = socket.send("last words");
            socket.disconnect();
        });
    });
    let server = TestServer::start(Server::builder(config()).namespace(namespace)).await;
    for _ in 0..50 {
        let mut client = server.client(Transport::WEBSOCKET).await;
        client.send(r#"5:::{"name":"go"}"#).await;
        client.expect(&["3:::last words", "0::"]).await;
        client.socket().assert_close(CloseCode::NORMAL).await;
    }
}
