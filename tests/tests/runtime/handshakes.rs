//! The handshake: plain, by JSONP, by the methods that browsers use, and what it tells.

use std::collections::HashSet;

use longwire::{Server, socketio_rev1};
use longwire_tests::server::{config, revision1};
use longwire_tests::{Request, TestServer};

async fn start() -> TestServer {
    TestServer::start(Server::builder(config())).await
}

#[tokio::test]
async fn ids_are_long_different_and_safe_in_a_url() {
    let server = start().await;
    let mut connection = server.connect().await;
    let mut ids = HashSet::new();
    for _ in 0..50 {
        let response = connection.get("/socket.io/1/?t=1").await;
        let (id, rest) = response.text().split_once(':').unwrap();
        assert_eq!(rest, "600:600:websocket,flashsocket,htmlfile,xhr-polling,jsonp-polling");
        assert!(id.len() >= 22 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{id}");
        assert!(ids.insert(id.to_owned()));
    }
}

#[tokio::test]
async fn times_are_told_in_whole_seconds_and_only_the_enabled_transports() {
    use std::time::Duration;

    let rev1 = revision1()
        .heartbeat_interval(Duration::from_millis(100))
        .heartbeat_timeout(Duration::from_millis(1001))
        .close_timeout(Duration::from_millis(400))
        .polling_duration(Duration::from_millis(200))
        .transports(["jsonp-polling", "websocket"]);
    let server = TestServer::start(Server::builder(config().socketio_rev1(rev1))).await;
    let response = server.connect().await.get("/socket.io/1/").await;
    assert_eq!(response.text().split_once(':').unwrap().1, "2:1:websocket,jsonp-polling");
    // What is not enabled is not served either.
    let response = server.connect().await.get("/socket.io/1/xhr-polling/whatever").await;
    assert_eq!(response.status, 400);
}

#[tokio::test]
async fn a_handshake_by_jsonp_is_a_script_that_calls_back_by_index() {
    let server = start().await;
    let mut connection = server.connect().await;
    for (query, opening) in
        [("jsonp=0", "io.j[0](\""), ("jsonp=12&t=1", "io.j[12](\""), ("jsonp=999999999", "io.j[999999999](\"")]
    {
        let response = connection.get(&format!("/socket.io/1/?{query}")).await;
        assert_eq!(response.header("Content-Type"), Some("application/javascript"));
        assert_eq!(response.header("X-Content-Type-Options"), Some("nosniff"));
        assert!(response.text().starts_with(opening) && response.text().ends_with("\");"), "{}", response.text());
    }
    // What is no index does not get into a script.
    for query in ["jsonp=alert(1)", "jsonp=", "jsonp=1234567890", "jsonp=-1"] {
        let response = connection.get(&format!("/socket.io/1/?{query}")).await;
        assert_eq!((response.status, response.header("Content-Type")), (200, Some("text/plain")), "{query}");
        assert!(!response.text().contains('('), "{}", response.text());
    }
}

#[tokio::test]
async fn methods_that_make_no_session_make_none() {
    let server = start().await;
    let mut connection = server.connect().await;
    let preflight = Request::new("OPTIONS", "/socket.io/1/").header("Origin", "http://a.example");
    let response = connection.request(&preflight.header("Access-Control-Request-Headers", "x-token")).await;
    response.assert(204, "");
    assert_eq!(response.header("Access-Control-Allow-Origin"), Some("http://a.example"));
    assert_eq!(response.header("Access-Control-Allow-Credentials"), Some("true"));
    assert_eq!(response.header("Access-Control-Allow-Methods"), Some("GET, POST, OPTIONS"));
    assert_eq!(response.header("Access-Control-Allow-Headers"), Some("x-token"));
    for method in ["PUT", "DELETE", "PATCH"] {
        let response = connection.request(&Request::new(method, "/socket.io/1/")).await;
        response.assert(405, "");
        assert_eq!(response.header("Allow"), Some("GET, POST, OPTIONS"));
    }
    let response = connection.post("/socket.io/1/", "").await;
    assert_eq!(response.status, 200);
}

#[tokio::test]
async fn another_resource_is_served_and_only_that() {
    let rev1 = socketio_rev1::Config::default().resource("/app/12/socket.io");
    let server = TestServer::start(Server::builder(config().socketio_rev1(rev1))).await;
    let mut connection = server.connect().await;
    assert_eq!(connection.get("/app/12/socket.io/1/").await.status, 200);
    connection.get("/socket.io/1/").await.assert(404, "Not found.\n");
    connection.get("/app/12/socket.ioXYZ/1/").await.assert(404, "Not found.\n");
}

#[tokio::test]
async fn a_handshake_that_is_never_used_expires() {
    use std::time::Duration;

    use longwire_tests::client::handshake;

    let rev1 = revision1().open_limit(Duration::from_millis(50));
    let server = TestServer::start(Server::builder(config().socketio_rev1(rev1))).await;
    let id = handshake(server.address, "").await;
    tokio::time::sleep(Duration::from_millis(60)).await;
    server.connect().await.get(&format!("/socket.io/1/xhr-polling/{id}")).await.assert(200, "7:::1+0");
    assert_eq!(server.server.sessions(), 0);
}
