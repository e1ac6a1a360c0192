//! Rooms: who is in them, whom they reach, and how they end.

use longwire::{Ack, Data, EmitError, Io, Namespace, Server, Socket, State};
use longwire_tests::server::config;
use longwire_tests::{Client, Tell, TestServer, Transport, told};

fn rooms(name: &str) -> Namespace {
    Namespace::new(name)
        .on("join", async |socket: Socket, Data(room): Data<String>, ack: Ack| {
            let problem = socket.join(room).err().map(|error| error.to_string());
            let _ = ack.send(&problem);
        })
        .on("leave", async |socket: Socket, Data(room): Data<String>, ack: Ack| {
            socket.leave(&room);
            let rooms: Vec<String> = socket.rooms().iter().map(ToString::to_string).collect();
            let _ = ack.send(&[rooms]);
        })
        .on("to", async |socket: Socket, Data(room): Data<String>, Data(text): Data<String>| socket.to(room).send(text))
}

async fn start() -> TestServer {
    TestServer::start(Server::builder(config()).namespace(rooms("/")).namespace(rooms("/chat"))).await
}

async fn join(client: &mut Client, endpoint: &str, room: &str) {
    client.send(&format!(r#"5:1+:{endpoint}:{{"name":"join","args":["{room}"]}}"#)).await;
    client.expect(&[&format!("6::{endpoint}:1+[null]")]).await;
}

#[tokio::test]
async fn a_room_reaches_its_members_whoever_speaks() {
    let server = start().await;
    let mut members = Vec::new();
    for transport in Transport::ALL {
        let mut client = server.client(transport).await;
        join(&mut client, "", "kitchen").await;
        members.push(client);
    }
    let mut outside = server.client(Transport::WEBSOCKET).await;
    outside.send(r#"5:::{"name":"to","args":["kitchen","from outside"]}"#).await;
    for client in &mut members {
        client.expect(&["3:::from outside"]).await;
    }
    members[0].send(r#"5:::{"name":"to","args":["kitchen","from inside"]}"#).await;
    for client in &mut members[1..] {
        client.expect(&["3:::from inside"]).await;
    }
    server.server.io().to("kitchen").send("from the application");
    for client in &mut members {
        client.expect(&["3:::from the application"]).await;
    }
    server.server.io().everybody().send("everybody");
    outside.expect(&["3:::everybody"]).await;
}

#[tokio::test]
async fn who_is_in_several_of_the_rooms_hears_it_once() {
    let server = start().await;
    let mut client = server.client(Transport::WEBSOCKET).await;
    join(&mut client, "", "one").await;
    join(&mut client, "", "two").await;
    join(&mut client, "", "two").await;
    let io = server.server.io();
    io.to("one").to("two").to("three").send("once");
    io.to("two").except(&io.sockets()[0]).send("not to this one");
    io.to("three").send("to nobody");
    io.everybody().send("end");
    client.expect(&["3:::once", "3:::end"]).await;
}

/// In 0.9.19 the room `chat` and the namespace `/chat` are one list.
#[tokio::test]
async fn a_room_and_a_namespace_of_one_name_are_two_things() {
    let server = start().await;
    let mut in_room = server.client(Transport::WEBSOCKET).await;
    let mut in_namespace = server.client(Transport::WEBSOCKET).await;
    for room in ["chat", "/chat", ""] {
        join(&mut in_room, "", room).await;
    }
    in_namespace.send("1::/chat").await;
    in_namespace.expect(&["1::/chat"]).await;
    join(&mut in_namespace, "/chat", "kitchen").await;

    let io = server.server.io();
    io.of("/chat").unwrap().send("namespace");
    io.to("chat").send("room");
    io.to("/chat").send("room with slash");
    io.of("/chat").unwrap().to("chat").send("a room there");
    io.of("/chat").unwrap().to("kitchen").send("the kitchen there");
    io.to("kitchen").send("the kitchen here");
    io.everybody().send("end");
    in_room.expect(&["3:::room", "3:::room with slash", "3:::end"]).await;
    in_namespace.expect(&["3::/chat:namespace", "3::/chat:the kitchen there", "3:::end"]).await;
}

#[tokio::test]
async fn a_socket_is_in_so_many_rooms_and_no_more() {
    let server = TestServer::start(Server::builder(config().rooms_per_socket(2)).namespace(rooms("/"))).await;
    let mut client = server.client(Transport::WEBSOCKET).await;
    join(&mut client, "", "one").await;
    join(&mut client, "", "two").await;
    client.send(r#"5:1+::{"name":"join","args":["three"]}"#).await;
    client.expect(&[r#"6:::1+["the socket is in 2 rooms already"]"#]).await;
    // One that it is in already is no further one; one that it left makes room.
    join(&mut client, "", "one").await;
    client.send(r#"5:2+::{"name":"leave","args":["two"]}"#).await;
    client.expect(&[r#"6:::2+[["one"]]"#]).await;
    join(&mut client, "", "three").await;
}

#[tokio::test]
async fn rooms_are_there_in_the_disconnect_handler_and_gone_behind_it() {
    let (tell, mut told) = told::<(Vec<String>, usize)>();
    let namespace =
        rooms("/").on_disconnect(async |socket: Socket, io: Io, State(tell): State<Tell<(Vec<String>, usize)>>| {
            let mut rooms: Vec<String> = socket.rooms().iter().map(ToString::to_string).collect();
            rooms.sort();
            let others = io.to("one").sockets().len();
            // The socket has gone as far as its client is concerned.
            assert!(!socket.is_connected() && matches!(socket.send("too late"), Err(EmitError::Disconnected)));
            tell.tell((rooms, others));
        });
    let server = TestServer::start(Server::builder(config()).state(tell).namespace(namespace)).await;
    for transport in Transport::KINDS {
        let mut client = server.client(transport).await;
        join(&mut client, "", "one").await;
        join(&mut client, "", "two").await;
        client.send("0::").await;
        assert_eq!(told.hear().await, (vec!["one".into(), "two".into()], 1));
        server.sessions(0).await;
    }
    // Once the handlers have run nothing of the rooms is left.
    longwire_tests::within("the rooms to be empty", async {
        while !server.server.io().to("one").sockets().is_empty() || server.server.io().count("/") > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_application_moves_many_at_once() {
    let server = start().await;
    let (mut first, mut second) =
        (server.client(Transport::WEBSOCKET).await, server.client(Transport::XhrPolling).await);
    join(&mut first, "", "lobby").await;
    join(&mut second, "", "lobby").await;
    let io = server.server.io();
    io.to("lobby").join("game");
    io.to("lobby").leave("lobby");
    io.to("lobby").send("nobody is left here");
    io.to("game").send("welcome");
    first.expect(&["3:::welcome"]).await;
    second.expect(&["3:::welcome"]).await;
    second.listen().await;
    io.to("game").disconnect();
    first.expect(&["0::"]).await;
    first.assert_end().await;
    second.expect(&["0::"]).await;
    server.sessions(0).await;
}
