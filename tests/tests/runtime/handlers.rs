//! How handlers run: one after the other within a session, next to each other across sessions, and whatever they do to
//! themselves.

use std::sync::Arc;
use std::time::Duration;

use longwire::{
    Args, Data, DisconnectReason, EventContext, ExtractError, FromEvent, Namespace, NamespaceRequest, Server, Socket,
    State,
};
use longwire_tests::server::config;
use longwire_tests::{Request, Tell, TestServer, Transport, told};
use tokio::sync::Semaphore;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_handlers_of_a_session_run_one_after_the_other_and_in_order() {
    let (tell, mut told) = told::<String>();
    let namespace = Namespace::new("/")
        .on("step", async |Data(number): Data<u32>, State(log): State<Tell<String>>| {
            log.tell(format!("begin {number}"));
            // Later ones are quicker, and would overtake.
            tokio::time::sleep(Duration::from_millis(u64::from(10 - number))).await;
            log.tell(format!("end {number}"));
        })
        .on_text(async |State(log): State<Tell<String>>| log.tell("text"));
    let server = TestServer::start(Server::builder(config()).state(tell).namespace(namespace)).await;
    for transport in Transport::KINDS {
        let mut client = server.client(transport).await;
        for number in 0..10 {
            client.send(&format!(r#"5:::{{"name":"step","args":[{number}]}}"#)).await;
        }
        client.send("3:::x").await;
        for number in 0..10 {
            assert_eq!(told.hear().await, format!("begin {number}"));
            assert_eq!(told.hear().await, format!("end {number}"));
        }
        assert_eq!(told.hear().await, "text");
    }
}

#[tokio::test]
async fn a_handler_that_waits_holds_up_its_own_session_only() {
    let gate = Arc::new(Semaphore::new(0));
    let namespace = Namespace::new("/")
        .on("wait", async |State(gate): State<Arc<Semaphore>>| gate.acquire().await.unwrap().forget())
        .on("echo", async |socket: Socket, args: Args| drop(socket.emit_args("echo", args)));
    let builder = Server::builder(config()).state(Arc::clone(&gate)).namespace(namespace);
    let server = TestServer::start(builder).await;
    let echo = r#"5:::{"name":"echo","args":[1]}"#;
    for transport in Transport::KINDS {
        let mut waiting = server.client(transport).await;
        let mut other = server.client(transport).await;
        waiting.send_all(&[r#"5:::{"name":"wait"}"#, echo]).await;
        other.send(echo).await;
        other.expect(&[echo]).await;
        // What the application says meanwhile is no matter of its handlers.
        server.server.io().everybody().send("news");
        waiting.expect(&["3:::news"]).await;
        gate.add_permits(1);
        waiting.expect(&[echo]).await;
    }
}

/// Panics when it is extracted.
struct Explosive;

impl FromEvent for Explosive {
    fn from_event(_: &mut EventContext) -> Result<Self, ExtractError> {
        panic!("this panic is part of a test");
    }
}

#[tokio::test]
async fn a_handshake_whose_hook_panics_is_answered() {
    let hook = |_: longwire::Handshake| -> std::future::Ready<_> { panic!("this panic is part of a test") };
    let server = TestServer::start(Server::builder(config()).authorize(hook)).await;
    let mut connection = server.connect().await;
    connection.request(&Request::get("/socket.io/1/")).await.assert(500, "handshake error");
    connection.request(&Request::get("/socket.io/1/")).await.assert(500, "handshake error");
}

#[tokio::test]
async fn a_handler_that_panics_ends_nothing_but_itself() {
    let (tell, mut told) = told::<String>();
    let namespace = Namespace::new("/")
        .on_connect(async || panic!("this panic is part of a test"))
        .on("at once", |_: Socket| -> std::future::Ready<()> { panic!("this panic is part of a test") })
        .on("behind a pause", async || {
            tokio::task::yield_now().await;
            panic!("this panic is part of a test")
        })
        .on("in its arguments", async |_: Explosive| {})
        .on_text(async |socket: Socket| socket.send("still here").unwrap())
        .on_disconnect(async |reason: DisconnectReason, State(log): State<Tell<String>>| log.tell(reason.to_string()));
    let chat =
        Namespace::new("/chat").authorize(|_: NamespaceRequest| -> std::future::Ready<_> { panic!("part of a test") });
    let builder = Server::builder(config()).state(tell).namespace(namespace).namespace(chat);
    let server = TestServer::start(builder).await;
    for transport in Transport::KINDS {
        let mut client = server.client(transport).await;
        for event in ["at once", "behind a pause", "in its arguments"] {
            client.send(&format!(r#"5:::{{"name":"{event}"}}"#)).await;
            client.send("3:::are you there?").await;
            client.expect(&["3:::still here"]).await;
        }
        client.send("1::/chat").await;
        client.expect(&["7::/chat"]).await;
        client.send("0::").await;
        assert_eq!(told.hear().await, "booted");
        server.sessions(0).await;
    }
}

/// The answers of one turn share a poll, and on a stream a write.
#[tokio::test]
async fn what_a_handler_says_in_one_turn_travels_together() {
    let namespace = Namespace::new("/").on("go", async |socket: Socket| {
        let _ = socket.send("one");
        let _ = socket.send("two");
        tokio::task::yield_now().await;
        let _ = socket.send("three");
    });
    let server = TestServer::start(Server::builder(config()).namespace(namespace)).await;
    let mut client = server.client(Transport::XhrPolling).await;
    client.listen().await;
    client.send(r#"5:1::{"name":"go"}"#).await;
    let body = client.connection().response().await;
    body.assert(200, "\u{fffd}5\u{fffd}6:::1\u{fffd}7\u{fffd}3:::one\u{fffd}7\u{fffd}3:::two");
}
