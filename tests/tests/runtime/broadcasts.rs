//! Broadcasts: order, and what each transport makes of the same message.

use longwire::{Args, Namespace, Server, Socket};
use longwire_tests::server::config;
use longwire_tests::{TestServer, Transport};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_senders_messages_keep_their_order_for_every_receiver() {
    const COUNT: usize = 200;
    let namespace =
        Namespace::new("/").on("say", async |socket: Socket, args: Args| socket.broadcast().emit_args("said", args));
    let server = TestServer::start(Server::builder(config()).namespace(namespace)).await;
    let mut receivers = Vec::new();
    for transport in Transport::ALL {
        receivers.push(server.client(transport).await);
    }
    let mut senders = Vec::new();
    for (name, transport) in [Transport::WEBSOCKET, Transport::XhrPolling, Transport::HtmlFile].into_iter().enumerate()
    {
        let mut sender = server.client(transport).await;
        senders.push(tokio::spawn(async move {
            for number in 0..COUNT {
                sender.send(&format!(r#"5:::{{"name":"say","args":[{name},{number}]}}"#)).await;
            }
            // Alive until all is delivered.
            sender
        }));
    }
    let count = senders.len();
    let receiving: Vec<_> = receivers
        .into_iter()
        .map(|mut receiver| {
            tokio::spawn(async move {
                let mut next = vec![0; count];
                for _ in 0..count * COUNT {
                    let packet = receiver.packet().await;
                    let event: serde_json::Value = serde_json::from_str(packet.strip_prefix("5:::").unwrap()).unwrap();
                    let sender = usize::try_from(event["args"][0].as_u64().unwrap()).unwrap();
                    assert_eq!(event, json!({"name": "said", "args": [sender, next[sender]]}));
                    next[sender] += 1;
                }
            })
        })
        .collect();
    for receiver in receiving {
        receiver.await.unwrap();
    }
}

#[tokio::test]
async fn texts_json_and_events_reach_every_transport_alike() {
    let server = TestServer::start(Server::builder(config())).await;
    let mut clients = Vec::new();
    for transport in Transport::ALL {
        clients.push(server.client(transport).await);
    }
    let io = server.server.io();
    let text = "\"q\" \\ / </script> \u{2028}\u{2029} € 😀 \u{1}\n";
    io.everybody().send(text);
    io.everybody().send_json(&json!({"a": [text]}));
    io.emit("event", &(1, text));
    io.emit("none", &());
    io.emit_args("written", Args::from_checked_json(r#"[ 1,"two" ]"#.into()));
    let json_text = json!(text).to_string();
    for client in &mut clients {
        client.expect(&[&format!("3:::{text}"), &format!(r#"4:::{{"a":[{json_text}]}}"#)]).await;
        client.expect(&[&format!(r#"5:::{{"name":"event","args":[1,{json_text}]}}"#), r#"5:::{"name":"none"}"#]).await;
        client.expect(&[r#"5:::{"name":"written","args":[ 1,"two" ]}"#]).await;
    }
}

#[tokio::test]
async fn sockets_are_found_counted_and_left_out() {
    let server = TestServer::start(Server::builder(config()).namespace(Namespace::new("/chat"))).await;
    let io = server.server.io();
    assert!(io.of("/nosuch").is_none() && io.sockets().is_empty());
    let mut first = server.client(Transport::WEBSOCKET).await;
    let mut second = server.client(Transport::XhrPolling).await;
    assert_eq!((io.count("/"), io.count(""), io.count("/chat"), io.count("/nosuch")), (2, 2, 0, 0));

    let by_id = |id: &str| io.sockets().into_iter().find(|socket| socket.id() == id).unwrap();
    let socket = by_id(&first.id);
    assert_eq!((socket.transport(), socket.namespace()), ("websocket", ""));
    assert_eq!(by_id(&second.id).transport(), "xhr-polling");
    assert!(!format!("{socket:?}").contains(&first.id), "a session id in a log is a secret in a log");

    io.everybody().except(&socket).send("to the second");
    socket.broadcast().send("to the second as well");
    io.everybody().send("to both");
    second.expect(&["3:::to the second", "3:::to the second as well", "3:::to both"]).await;
    first.expect(&["3:::to both"]).await;
}
