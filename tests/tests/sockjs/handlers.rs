//! What handlers of a service get and may do.

use std::sync::Arc;

use longwire::sockjs::{Service, Session};
use longwire::{AckError, Data, Denied, DisconnectReason, EmitError, Handshake, Io, Namespace, Server, State, Text};
use longwire_tests::server::config;
use longwire_tests::sockjs::{Client, Transport};
use longwire_tests::{Request, Tell, TestServer, told};
use serde::Deserialize;

use crate::{builder, echo, patient, serve};

/// How often somebody has spoken.
#[derive(Clone, Default)]
struct Count(u32);

#[tokio::test]
async fn a_session_knows_its_client_and_keeps_what_it_is_given() {
    let (tell, mut told) = told::<String>();
    let service = Service::new()
        .on_open(async |session: Session, handshake: Arc<Handshake>, State(tell): State<Tell<String>>| {
            session.data(|data| data.insert(Count(0)));
            let host = handshake.headers.get("host").unwrap().to_str().unwrap();
            tell.tell(format!("open {} {host} {}", session.transport(), handshake.address.ip()));
        })
        .on_message(async |session: Session, Text(text): Text| {
            let count = session.data(|data| {
                let count = data.get_or_insert_default::<Count>();
                count.0 += 1;
                count.0
            });
            session.send(format!("{count} {text}")).unwrap();
        })
        .on_close(async |session: Session, reason: DisconnectReason, State(tell): State<Tell<String>>| {
            let count = session.data(|data| data.get::<Count>().unwrap().0);
            tell.tell(format!("closed {count} {reason} {} {:?}", session.is_open(), session.rooms()));
        });
    let server = TestServer::start(builder().state(tell).sockjs("/echo", patient(), service)).await;
    for transport in Transport::ALL {
        let mut client = Client::open(server.address, "/echo", transport).await;
        assert_eq!(told.hear().await, format!("open {} example.com 127.0.0.1", transport.name()));
        client.send(&["a", "b"]).await;
        client.expect(&["1 a", "2 b"]).await;
        client.listen().await;
        if transport.polls() {
            client.post("[]").await;
        }
        drop(client);
        assert_eq!(told.hear().await, "closed 2 socket end false []");
    }
}

#[derive(Deserialize)]
struct Move {
    x: u32,
}

#[tokio::test]
async fn a_text_may_be_taken_as_it_is_and_a_panic_harms_nobody() {
    let service = Service::new().on_message(async |session: Session, Text(text): Text, Data(same): Data<String>| {
        assert_ne!(text, "panic");
        let position: Result<Move, _> = serde_json::from_str(&text);
        session.send(position.map_or(same, |position| position.x.to_string())).unwrap();
    });
    let server = serve(patient(), service).await;
    let mut client = Client::open(server.address, "/echo", Transport::WEBSOCKET).await;
    client.send(&["{\"x\":7}", "panic", "text"]).await;
    client.expect(&["7", "text"]).await;
}

#[tokio::test]
async fn sessions_of_a_service_have_rooms_of_their_own() {
    let service = Service::new()
        .on_open(async |session: Session, io: Io| {
            session.join("all").unwrap();
            // Rooms of a namespace are others, whatever their names.
            io.to("all").send("nobody");
            io.of("/").unwrap().send("nobody");
        })
        .on_message(async |session: Session, Text(text): Text| match &*text {
            "leave" => session.leave("all"),
            "others" => session.to("all").send("others"),
            _ => session.everybody().send(text),
        });
    let namespace = Namespace::new("/");
    let server = TestServer::start(builder().namespace(namespace).sockjs("/echo", patient(), service)).await;
    let mut first = Client::open(server.address, "/echo", Transport::XhrStreaming).await;
    for transport in Transport::ALL {
        let mut second = Client::open(server.address, "/echo", transport).await;
        second.send(&["hello"]).await;
        first.expect(&["hello"]).await;
        second.expect(&["hello"]).await;
        first.send(&["others"]).await;
        second.expect(&["others"]).await;
        second.send(&["leave"]).await;
        first.send(&["others", "end"]).await;
        second.expect(&["end"]).await;
        first.expect(&["end"]).await;
        server.server.io().sockjs("/echo").unwrap().to("all").emit("event", &("x", 1));
        first.expect(&[r#"{"name":"event","args":["x",1]}"#]).await;
    }
}

#[tokio::test]
async fn nobody_can_be_asked() {
    let (tell, mut told) = told::<String>();
    let service = Service::new().on_message(async |session: Session, State(tell): State<Tell<String>>| {
        let answer = session.socket().emit_with_ack("question", &1).await;
        assert!(matches!(answer, Err(AckError::Emit(EmitError::NoAnswers))));
        tell.tell("asked");
    });
    let server = TestServer::start(builder().state(tell).sockjs("/echo", patient(), service)).await;
    let mut client = Client::open(server.address, "/echo", Transport::WEBSOCKET).await;
    client.send(&["x"]).await;
    assert_eq!(told.hear().await, "asked");
}

#[tokio::test]
async fn the_application_is_asked_before_a_session_opens() {
    let server = Server::builder(config())
        .authorize(async |handshake: Handshake| match handshake.query("token").as_deref() {
            Some("secret") => Ok(handshake),
            _ => Err(Denied::Unauthorized),
        })
        .sockjs("/echo", patient(), echo());
    let server = TestServer::start(server).await;
    let mut connection = server.connect().await;
    assert_eq!(connection.post("/echo/a/b/xhr", "").await.status, 403);
    connection.post("/echo/a/b/xhr?token=secret", "").await.assert(200, "o\n");
    // Only the request that opens it is asked.
    assert_eq!(connection.post("/echo/a/b/xhr_send", "[\"x\"]").await.status, 204);
    connection.request(&Request::post("/echo/a/b/xhr", "")).await.assert(200, "a[\"x\"]\n");
}
