//! Namespaces: entering, being refused, leaving, being put out, and packets that come too early or too late.

use std::sync::Arc;
use std::time::Duration;

use longwire::{
    Args, Data, Denied, DisconnectReason, Namespace, NamespaceRequest, Server, ServerBuilder, Socket, State,
};
use longwire_tests::server::config;
use longwire_tests::{Client, Tell, TestServer, Told, Transport, told};
use tokio::sync::Semaphore;

type Log = Tell<String>;

/// A namespace that echoes and tells what happens on it.
fn logged(name: &str) -> Namespace {
    Namespace::new(name)
        .on_connect(async |socket: Socket, State(log): State<Log>| log.tell(format!("{} connect", socket.namespace())))
        .on("echo", async |socket: Socket, args: Args| drop(socket.emit_args("echo", args)))
        .on("say", async |Data(what): Data<String>, State(log): State<Log>| log.tell(what))
        .on("kick", async |socket: Socket| socket.disconnect())
        .on_disconnect(async |socket: Socket, reason: DisconnectReason, State(log): State<Log>| {
            log.tell(format!("{} {reason}", socket.namespace()));
        })
}

fn builder(config: longwire::Config) -> (ServerBuilder, Told<String>) {
    let (log, told) = told();
    let builder = Server::builder(config).state(log).namespace(logged("/")).namespace(logged("/chat"));
    (builder, told)
}

/// Shows by an echo that nothing else came before.
async fn assert_silent(client: &mut Client) {
    let echo = r#"5:::{"name":"echo","args":["silence"]}"#;
    client.send(echo).await;
    client.expect(&[echo]).await;
}

#[tokio::test]
async fn a_namespace_is_entered_by_asking_and_once() {
    let (builder, mut log) = builder(config());
    let server = TestServer::start(builder).await;
    // Alive to the end, so that nothing is heard of their going.
    let mut clients = Vec::new();
    for transport in Transport::KINDS {
        let mut client = server.client(transport).await;
        assert_eq!(log.hear().await, " connect");
        for query in ["", ":?my=param", "?my=param"] {
            client.send(&format!("1::/chat{query}")).await;
            client.expect(&["1::/chat"]).await;
        }
        assert_eq!(log.hear().await, "/chat connect");
        // An id is acknowledged ahead of the echo.
        client.send("1:5:/chat").await;
        client.expect(&["6::/chat:5", "1::/chat"]).await;
        client.send("1::").await;
        client.expect(&["1::"]).await;
        client.send(r#"5::/chat:{"name":"echo","args":[1]}"#).await;
        client.expect(&[r#"5::/chat:{"name":"echo","args":[1]}"#]).await;
        log.assert_nothing();
        clients.push(client);
    }
}

#[tokio::test]
async fn a_namespace_that_nobody_declared_is_refused() {
    let (builder, _log) = builder(config());
    let server = TestServer::start(builder).await;
    let mut client = server.client(Transport::WEBSOCKET).await;
    for name in ["/nosuch", "/", "chat", "/CHAT", "/chat/", "__proto__", "constructor"] {
        client.send(&format!("1::{name}")).await;
        client.expect(&[&format!("7::{name}:2")]).await;
        client.send(&format!(r#"5:1:{name}:{{"name":"echo"}}"#)).await;
    }
    assert_silent(&mut client).await;
}

#[tokio::test]
async fn authorization_sees_the_query_and_the_handshake_and_its_verdict_is_told() {
    let (tell, mut told) = told::<NamespaceRequest>();
    let hook = move |request: NamespaceRequest| {
        tell.tell(request.clone());
        async move {
            match &*request.query {
                "yes" => Ok(()),
                "no" => Err(Denied::Unauthorized),
                "broken" => Err(Denied::Failed),
                _ => Err(Denied::Unavailable),
            }
        }
    };
    let (builder, mut log) = builder(config());
    let server = TestServer::start(builder.namespace(logged("/private").authorize(hook))).await;
    let mut client = server.client(Transport::XhrPolling).await;
    assert_eq!(log.hear().await, " connect");
    for (query, answer) in
        [("no", "7::/private:2"), ("broken", "7::/private"), ("busy", "7::/private"), ("yes", "1::/private")]
    {
        client.send(&format!("1::/private:?{query}")).await;
        client.expect(&[answer]).await;
        let request = told.hear().await;
        assert_eq!(request.query, query);
        assert_eq!(request.handshake.query("t").as_deref(), Some("1"));
    }
    assert_eq!(log.hear().await, "/private connect");
    // Asking again is no new question.
    client.send("1::/private:?no").await;
    client.expect(&["1::/private"]).await;
    told.assert_nothing();
}

#[tokio::test]
async fn the_authorization_of_a_namespace_has_a_time_limit() {
    let (builder, _log) = builder(config().authorization_timeout(Duration::from_millis(20)));
    let never = async |_: NamespaceRequest| std::future::pending().await;
    let server = TestServer::start(builder.namespace(logged("/slow").authorize(never))).await;
    let mut client = server.client(Transport::WEBSOCKET).await;
    client.send("1::/slow").await;
    client.expect(&["7::/slow"]).await;
}

#[tokio::test]
async fn packets_wait_for_the_verdict() {
    // The hook takes a permit for a yes; a closed semaphore is a no.
    let gate = Arc::new(Semaphore::new(0));
    let hook = {
        let gate = Arc::clone(&gate);
        move |_: NamespaceRequest| {
            let gate = Arc::clone(&gate);
            async move { gate.acquire().await.map(tokio::sync::SemaphorePermit::forget).map_err(|_| Denied::Unauthorized) }
        }
    };
    let (builder, mut log) = builder(config());
    let server = TestServer::start(builder.namespace(logged("/slow").authorize(hook))).await;
    let say = |what: &str| format!(r#"5::/slow:{{"name":"say","args":["{what}"]}}"#);

    for transport in Transport::KINDS {
        let mut client = server.client(transport).await;
        assert_eq!(log.hear().await, " connect");
        client.send_all(&["1::/slow", &say("first"), &say("second")]).await;
        server.sessions(1).await;
        log.assert_nothing();
        gate.add_permits(1);
        client.expect(&["1::/slow"]).await;
        for expected in ["/slow connect", "first", "second"] {
            assert_eq!(log.hear().await, expected);
        }
        client.send("0::").await;
        for expected in [" booted", "/slow booted"] {
            assert_eq!(log.hear().await, expected);
        }
        server.sessions(0).await;
    }

    let mut client = server.client(Transport::WEBSOCKET).await;
    client.send_all(&["1::/slow", &say("for nobody")]).await;
    gate.close();
    client.expect(&["7::/slow:2"]).await;
    client.send(&say("for nobody either")).await;
    assert_silent(&mut client).await;
    assert_eq!(log.hear().await, " connect");
    log.assert_nothing();
}

/// A client that reconnects sends what it collected meanwhile, and opens its namespaces behind that.
#[tokio::test]
async fn packets_ahead_of_their_connect_are_delivered_behind_it() {
    let (builder, mut log) = builder(config());
    let server = TestServer::start(builder).await;
    // Alive to the end, so that nothing is heard of their going.
    let mut clients = Vec::new();
    for transport in Transport::KINDS {
        let mut client = server.client(transport).await;
        assert_eq!(log.hear().await, " connect");
        client
            .send_all(&[
                r#"5:1:/chat:{"name":"say","args":["early"]}"#,
                r#"5:::{"name":"say","args":["on the other namespace"]}"#,
                r#"5::/chat:{"name":"echo","args":["also early"]}"#,
                "1::/chat",
                r#"5::/chat:{"name":"say","args":["late"]}"#,
            ])
            .await;
        for expected in ["on the other namespace", "/chat connect", "early", "late"] {
            assert_eq!(log.hear().await, expected);
        }
        client.expect(&["1::/chat", "6::/chat:1", r#"5::/chat:{"name":"echo","args":["also early"]}"#]).await;
        clients.push(client);
    }
}

#[tokio::test]
async fn packets_are_held_in_bounds_and_not_for_ever() {
    let (builder, mut log) = builder(config().held_packets(2, Duration::from_millis(50)));
    let server = TestServer::start(builder).await;
    let mut client = server.client(Transport::WEBSOCKET).await;
    assert_eq!(log.hear().await, " connect");
    let say = |number: u32| format!(r#"5::/chat:{{"name":"say","args":["{number}"]}}"#);
    client.send_all(&[&say(1), &say(2), &say(3), "1::/chat"]).await;
    for expected in ["/chat connect", "1", "2"] {
        assert_eq!(log.hear().await, expected);
    }
    let mut late = server.client(Transport::WEBSOCKET).await;
    late.send(&say(4)).await;
    assert_silent(&mut late).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    late.send_all(&["1::/chat", &say(5)]).await;
    for expected in [" connect", "/chat connect", "5"] {
        assert_eq!(log.hear().await, expected);
    }
}

#[tokio::test]
async fn who_leaves_a_namespace_is_gone_from_it_and_its_rooms_and_may_come_back() {
    let (builder, mut log) = builder(config());
    let server = TestServer::start(builder).await;
    let mut client = server.client(Transport::WEBSOCKET).await;
    for _ in 0..2 {
        client.send("1::/chat").await;
        client.expect(&["1::/chat"]).await;
        server.server.io().of("/chat").unwrap().join("room");
        assert_eq!(server.server.io().of("/chat").unwrap().to("room").sockets().len(), 1);
        client.send("0::/chat").await;
        client.send(r#"5:1:/chat:{"name":"echo","args":["nobody there"]}"#).await;
        assert_silent(&mut client).await;
        assert_eq!(server.server.io().count("/chat"), 0);
        assert!(server.server.io().of("/chat").unwrap().to("room").sockets().is_empty());
    }
    for expected in [" connect", "/chat connect", "/chat packet", "/chat connect", "/chat packet"] {
        assert_eq!(log.hear().await, expected);
    }
    // Leaving what one is not on is nothing.
    client.send_all(&["0::/chat", "0::/nosuch"]).await;
    assert_silent(&mut client).await;
    log.assert_nothing();
}

#[tokio::test]
async fn who_is_put_out_of_a_namespace_keeps_the_session() {
    let (builder, mut log) = builder(config());
    let server = TestServer::start(builder).await;
    // Alive to the end, so that nothing is heard of their going.
    let mut clients = Vec::new();
    for transport in Transport::KINDS {
        let mut client = server.client(transport).await;
        client.send("1::/chat").await;
        client.expect(&["1::/chat"]).await;
        client.send(r#"5::/chat:{"name":"kick"}"#).await;
        client.expect(&["0::/chat"]).await;
        client.send(r#"5::/chat:{"name":"echo"}"#).await;
        assert_silent(&mut client).await;
        for expected in [" connect", "/chat connect", "/chat booted"] {
            assert_eq!(log.hear().await, expected);
        }
        client.send("1::/chat").await;
        client.expect(&["1::/chat"]).await;
        assert_eq!(log.hear().await, "/chat connect");
        clients.push(client);
    }
}

#[tokio::test]
async fn a_session_is_on_so_many_namespaces_and_no_more() {
    let (builder, _log) = builder(config().namespaces_per_session(2));
    let server = TestServer::start(builder.namespace(logged("/more"))).await;
    let mut client = server.client(Transport::WEBSOCKET).await;
    client.send_all(&["1::/chat", "1::/more", "0::/chat", "1::/more"]).await;
    client.expect(&["1::/chat", "7::/more:2", "1::/more"]).await;
}

/// No verdict on the default namespace, no session: there is nothing else that it could be on.
#[tokio::test]
async fn a_no_on_the_default_namespace_ends_the_session() {
    let (log, mut told) = told::<String>();
    let no = async |_: NamespaceRequest| Err(Denied::Unauthorized);
    let server = TestServer::start(Server::builder(config()).state(log).namespace(logged("/").authorize(no))).await;
    let mut client = server.client(Transport::WEBSOCKET).await;
    client.expect(&["0::"]).await;
    client.assert_end().await;
    server.sessions(0).await;
    told.assert_nothing();
}
