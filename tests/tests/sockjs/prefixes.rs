//! Several services on one server: each has its own sessions, settings and paths.

use longwire::sockjs::Service;
use longwire::{BuildError, NamespaceError, Server, State};
use longwire_tests::server::config;
use longwire_tests::sockjs::{Client, Transport};
use longwire_tests::{Dialect, TestServer, WebSocket};

use crate::{builder, echo, patient};

#[tokio::test]
async fn one_id_below_two_prefixes_is_two_sessions() {
    let server = TestServer::start(builder().sockjs("/a", patient(), echo()).sockjs("/b", patient(), echo())).await;
    let mut one = Client::join(server.address, "/a/000/same", Transport::XhrPolling).await;
    assert_eq!(one.frame().await, "o");
    let other = Client::join(server.address, "/b/000/same", Transport::XhrPolling).await;
    assert_eq!(other.post(r#"["x"]"#).await.status, 404);
    let mut other = other;
    assert_eq!(other.frame().await, "o");
    one.send(&["to a"]).await;
    other.send(&["to b"]).await;
    one.expect(&["to a"]).await;
    other.expect(&["to b"]).await;
    assert_eq!(server.server.io().sockjs("/a").unwrap().sockets().len(), 1);
    assert!(server.server.io().sockjs("/c").is_none());
}

#[tokio::test]
async fn the_longest_prefix_that_fits_has_the_request() {
    // In an order that is none.
    let server = builder().sockjs("/a", patient(), echo()).sockjs("/a/b/c", patient(), echo());
    let server = TestServer::start(server.sockjs("/a/b", patient(), Service::new())).await;
    let mut connection = server.connect().await;
    for target in ["/a", "/a/b", "/a/b/c", "/a/b/c/info"] {
        assert_eq!(connection.get(target).await.status, 200, "{target}");
    }
    // A session `c` on server `b` below `/a`, if it were not another service's.
    assert_eq!(connection.post("/a/b/c/xhr", "").await.status, 404);
    assert_eq!(connection.post("/a/x/c/xhr", "").await.status, 200);
    let mut deep = Client::open(server.address, "/a/b/c", Transport::WEBSOCKET).await;
    deep.send(&["deep"]).await;
    deep.expect(&["deep"]).await;
}

#[tokio::test]
async fn a_transport_that_is_off_is_not_there() {
    let config = patient().transports(["xhr-polling"]);
    let server = TestServer::start(builder().sockjs("/polls", config, echo())).await;
    let mut connection = server.connect().await;
    assert!(connection.get("/polls/info").await.text().contains(r#""websocket":false"#));
    for target in ["/polls/a/b/websocket", "/polls/websocket"] {
        let (_, response) = WebSocket::try_open(server.connect().await, target, Dialect::Rfc6455).await;
        assert_eq!(response.status, 404);
    }
    assert_eq!(connection.post("/polls/a/b/xhr_streaming", "").await.status, 404);
    assert_eq!(connection.post("/polls/a/b/xhr", "").await.status, 200);
}

#[tokio::test]
async fn origins_count_for_all_protocols() {
    let origins = longwire::Origins::list(["b.example:80"]).unwrap();
    let server = Server::builder(config().origins(origins)).sockjs("/echo", patient(), echo());
    let server = TestServer::start(server).await;
    // The client's page is `a.example`.
    let (_, response) = WebSocket::try_open(server.connect().await, "/echo/a/b/websocket", Dialect::Rfc6455).await;
    assert_eq!(response.status, 403);
    assert_eq!(server.connect().await.get("/echo/a/b/jsonp?c=x").await.status, 404);
}

#[tokio::test]
async fn what_cannot_work_is_not_built() {
    let twice = builder().sockjs("/a", patient(), echo()).sockjs("/a", patient(), echo()).build();
    assert!(matches!(twice, Err(BuildError::DuplicatePrefix { prefix }) if prefix == "/a"));
    let bad = builder().sockjs("a", patient(), echo()).build();
    assert!(matches!(bad, Err(BuildError::SockJs { prefix, .. }) if prefix == "a"));
    let undeclared = builder().sockjs("/a", patient(), Service::in_namespace("/chat")).build();
    let is_undeclared =
        |error: &NamespaceError| matches!(error, NamespaceError::Undeclared { name } if name == "/chat");
    assert!(matches!(undeclared, Err(BuildError::Namespace(error)) if is_undeclared(&error)));
    let stateless = builder().sockjs("/a", patient(), Service::new().on_open(async |State(_): State<u8>| ())).build();
    assert!(matches!(stateless, Err(BuildError::Namespace(NamespaceError::MissingState { type_name: "u8" }))));
}
