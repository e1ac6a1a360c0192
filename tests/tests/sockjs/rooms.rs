//! One room for both families.

use longwire::sockjs::{Service, Session};
use longwire::{Args, Data, Denied, DisconnectReason, EventName, Namespace, NamespaceRequest, Socket, State, Text};
use longwire_tests::sockjs::{Client, Transport};
use longwire_tests::{Tell, TestServer, Transport as Revision1, told};

use crate::{builder, patient};

fn chat() -> Namespace {
    Namespace::new("/")
        .on("all", async |socket: Socket, args: Args| socket.io().everybody().emit_args("all", args))
        .on("join", async |socket: Socket, Data(room): Data<String>| {
            socket.join(room).unwrap();
            socket.emit("joined", &1).unwrap();
        })
        .on("to-room", async |socket: Socket, all: Args, Data(room): Data<String>| {
            socket.to(room).emit_args("room", all)
        })
        .on("kick", async |socket: Socket| socket.disconnect())
}

async fn start() -> TestServer {
    TestServer::start(builder().namespace(chat()).sockjs("/rooms", patient(), Service::in_namespace("/"))).await
}

#[tokio::test]
async fn events_reach_both_families_whoever_causes_them() {
    let server = start().await;
    let mut socketio = Vec::new();
    for transport in Revision1::ALL {
        socketio.push(server.client(transport).await);
    }
    let mut sockjs = Vec::new();
    for transport in Transport::ALL {
        sockjs.push(Client::open(server.address, "/rooms", transport).await);
    }
    assert_eq!(server.server.io().count("/"), socketio.len() + sockjs.len());
    let event = r#"{"name":"all","args":["€ \u2028",{"a":[1,null]}]}"#;
    socketio[0].send(&format!("5:::{event}")).await;
    for client in &mut socketio {
        client.expect(&[&format!("5:::{event}")]).await;
    }
    for client in &mut sockjs {
        client.expect(&[event]).await;
    }
    for speaker in 0..sockjs.len() {
        let event = format!(r#"{{"name":"all","args":[{speaker}]}}"#);
        sockjs[speaker].send(&[&event]).await;
        for client in &mut socketio {
            client.expect(&[&format!("5:::{event}")]).await;
        }
        for client in &mut sockjs {
            client.expect(&[&event]).await;
        }
    }
}

#[tokio::test]
async fn rooms_are_the_same_rooms() {
    let server = start().await;
    let mut inside = server.client(Revision1::WEBSOCKET).await;
    let mut outside = Client::open(server.address, "/rooms", Transport::WEBSOCKET).await;
    inside.send(r#"5:::{"name":"join","args":["kitchen"]}"#).await;
    inside.expect(&[r#"5:::{"name":"joined","args":[1]}"#]).await;
    for transport in Transport::ALL {
        let mut client = Client::open(server.address, "/rooms", transport).await;
        client.send(&[r#"{"name":"join","args":["kitchen"]}"#]).await;
        client.expect(&[r#"{"name":"joined","args":[1]}"#]).await;
        client.send(&[r#"{"name":"to-room","args":["kitchen","from inside"]}"#]).await;
        inside.expect(&[r#"5:::{"name":"room","args":["kitchen","from inside"]}"#]).await;
        outside.send(&[r#"{"name":"to-room","args":["kitchen","from outside"]}"#]).await;
        inside.expect(&[r#"5:::{"name":"room","args":["kitchen","from outside"]}"#]).await;
        client.expect(&[r#"{"name":"room","args":["kitchen","from outside"]}"#]).await;
        // To be put out of a namespace is the end of a session that knows none.
        client.send(&[r#"{"name":"kick","args":[]}"#]).await;
        client.expect_close(1000, "Normal closure").await;
    }
    server.server.io().to("kitchen").send("text");
    inside.expect(&["3:::text"]).await;
}

#[tokio::test]
async fn a_shared_namespace_has_its_handlers_and_the_service_its_own() {
    let (tell, mut told) = told::<String>();
    let namespace = Namespace::new("/chat")
        .authorize(async |request: NamespaceRequest| match request.handshake.query("stranger") {
            Some(_) => Err(Denied::Unauthorized),
            None => Ok(()),
        })
        .on_connect(async |State(tell): State<Tell<String>>| tell.tell("connected"))
        .on("said", async |socket: Socket, Data(text): Data<String>, State(tell): State<Tell<String>>| {
            assert_eq!(socket.namespace(), "/chat");
            tell.tell(format!("event {text}"));
        })
        .on_other(async |EventName(name): EventName, State(tell): State<Tell<String>>| {
            tell.tell(format!("other {name}"))
        })
        .on_text(async |Text(text): Text, State(tell): State<Tell<String>>| tell.tell(format!("text {text}")))
        .on_disconnect(async |State(tell): State<Tell<String>>| tell.tell("disconnected"));
    let own = Service::in_namespace("/chat")
        .on_open(async |State(tell): State<Tell<String>>| tell.tell("open"))
        .on_message(async |session: Session, Text(text): Text, State(tell): State<Tell<String>>| {
            tell.tell(format!("message {text}"));
            if text == "close" {
                session.close(1000, "");
            }
        })
        .on_close(async |reason: DisconnectReason, State(tell): State<Tell<String>>| {
            tell.tell(format!("close {reason}"))
        });
    let server = builder().state(tell).namespace(namespace);
    let server = server.sockjs("/own", patient(), own).sockjs("/chat", patient(), Service::in_namespace("/chat"));
    let server = TestServer::start(server).await;

    let mut client = Client::open(server.address, "/own", Transport::WEBSOCKET).await;
    // Reserved for libraries, and no events at all.
    let connect = r#"{"name":"connect","args":[]}"#;
    client.send(&["hi", r#"{"name":"said","args":["hi"]}"#, connect, r#"{"name":"said"}"#, "close"]).await;
    client.expect_close(1000, "").await;
    for expected in ["connected", "open", "message hi", "event hi", r#"message {"name":"said"}"#, "message close"] {
        assert_eq!(told.hear().await, expected);
    }
    assert_eq!((told.hear().await.as_str(), told.hear().await.as_str()), ("disconnected", "close booted"));

    let mut client = Client::open(server.address, "/chat", Transport::XhrPolling).await;
    client.send(&["hi", r#"{"name":"said","args":["hi"]}"#]).await;
    for expected in ["connected", "text hi", "event hi"] {
        assert_eq!(told.hear().await, expected);
    }

    // A stranger's session ends before it has said anything.
    let mut connection = server.connect().await;
    connection.post("/chat/0/stranger/xhr?stranger", "").await.assert(200, "o\n");
    connection.post("/chat/0/stranger/xhr", "").await.assert(200, "c[1000,\"Normal closure\"]\n");
    told.assert_nothing();
}
