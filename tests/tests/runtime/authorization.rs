//! The authorization hook of a handshake: what it sees, what its verdicts become, and what handlers see of it later.

use std::sync::Arc;
use std::time::Duration;

use longwire::{Denied, Handshake, Namespace, Server, Socket, State};
use longwire_tests::server::{config, revision1};
use longwire_tests::{Client, Connection, Request, Tell, TestServer, Transport, told};

/// What a hook found out, for handlers.
#[derive(Clone, Debug, PartialEq)]
struct User(String);

async fn by_token(mut handshake: Handshake) -> Result<Handshake, Denied> {
    match handshake.query("token").as_deref() {
        None => Err(Denied::Unauthorized),
        Some("broken") => Err(Denied::Failed),
        Some("later") => Err(Denied::Unavailable),
        Some(token) => {
            handshake.extensions.insert(User(token.to_owned()));
            Ok(handshake)
        }
    }
}

async fn start() -> TestServer {
    TestServer::start(Server::builder(config()).authorize(by_token)).await
}

#[tokio::test]
async fn verdicts_become_statuses_and_the_words_of_the_old_server() {
    let server = start().await;
    let mut connection = server.connect().await;
    for (query, status, words) in [
        ("t=1", 403, "handshake unauthorized"),
        ("token=broken", 500, "handshake error"),
        ("token=later", 503, "service unavailable"),
    ] {
        let request = Request::get(&format!("/socket.io/1/?{query}")).header("Origin", "http://a.example");
        let response = connection.request(&request).await;
        response.assert(status, words);
        assert_eq!(response.header("Content-Type"), Some("text/plain"));
        assert_eq!(response.header("Access-Control-Allow-Origin"), Some("http://a.example"));
        assert_eq!(response.header("Access-Control-Allow-Credentials"), Some("true"));
        assert_eq!(response.header("Retry-After").is_some(), status == 503);

        // A script can only tell when it is loaded with 200.
        let response = connection.get(&format!("/socket.io/1/?{query}&jsonp=3")).await;
        response.assert(200, &format!("io.j[3](new Error(\"{words}\"));"));
        assert_eq!(response.header("Content-Type"), Some("application/javascript"));
        assert_eq!(response.header("Access-Control-Allow-Origin"), None);
    }
    assert_eq!(connection.get("/socket.io/1/?token=good").await.status, 200);
}

#[tokio::test]
async fn a_hook_that_takes_too_long_has_failed() {
    let config = config().authorization_timeout(Duration::from_millis(20));
    let hook = async |_: Handshake| std::future::pending().await;
    let server = TestServer::start(Server::builder(config).authorize(hook)).await;
    server.connect().await.get("/socket.io/1/").await.assert(500, "handshake error");
}

async fn report(socket: Socket, handshake: Arc<Handshake>, State(tell): State<Tell<Arc<Handshake>>>) {
    assert!(Arc::ptr_eq(&handshake, socket.handshake()));
    tell.tell(handshake);
}

#[tokio::test]
async fn handlers_see_the_request_and_what_the_hook_added() {
    let (tell, mut told) = told::<Arc<Handshake>>();
    let namespace = Namespace::new("/").on_connect(report).on_disconnect(report);
    let builder = Server::builder(config()).state(tell).namespace(namespace).authorize(by_token);
    let server = TestServer::start(builder).await;

    let mut connection = server.connect().await;
    let request = Request::get("/socket.io/1/?token=a%26b+c&t=1&flag").header("Origin", "http://a.example");
    let response =
        connection.request(&request.header("Cookie", "login=1").header("X-Twice", "1").header("X-Twice", "2")).await;
    let id = response.text().split(':').next().unwrap();
    let mut client = Client::join(server.address, Transport::XhrPolling, id).await;
    client.expect(&["1::"]).await;

    let seen = told.hear().await;
    assert_eq!(seen.query("token").as_deref(), Some("a&b c"));
    assert_eq!((seen.query("flag").as_deref(), seen.query("none")), (Some(""), None));
    assert_eq!(seen.uri.path(), "/socket.io/1/");
    assert_eq!(seen.headers["cookie"], "login=1");
    assert_eq!(seen.headers.get_all("x-twice").iter().collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(seen.address, connection.local_address());
    assert!(seen.cross_domain() && !seen.secure);
    assert_eq!(seen.extensions.get::<User>(), Some(&User("a&b c".into())));

    // The handler of the end can still read it.
    client.send("0::").await;
    let at_the_end = told.hear().await;
    assert!(Arc::ptr_eq(&seen, &at_the_end));
}

#[tokio::test]
async fn the_hook_runs_once_a_session_and_not_for_its_transports() {
    let (tell, mut told) = told::<()>();
    let hook = move |handshake: Handshake| {
        tell.tell(());
        async move { Ok(handshake) }
    };
    let server = TestServer::start(Server::builder(config()).authorize(hook)).await;
    let mut client = server.client(Transport::XhrPolling).await;
    client.send("3:::x").await;
    client.send("1::").await;
    client.expect(&["1::"]).await;
    told.hear().await;
    told.assert_nothing();
}

#[tokio::test]
async fn proxies_are_believed_only_when_that_is_set() {
    for (trust, expected) in [(true, "192.0.2.7:0"), (false, "")] {
        let (tell, mut told) = told::<Handshake>();
        let hook = move |handshake: Handshake| {
            tell.tell(handshake.clone());
            async move { Ok(handshake) }
        };
        let config = config().trust_forwarded(trust);
        let server = TestServer::start(Server::builder(config).authorize(hook)).await;
        let mut connection: Connection = server.connect().await;
        // What stands ahead of the nearest proxy's entry is anybody's word.
        let request = Request::get("/socket.io/1/").header("X-Forwarded-For", "198.51.100.1, 192.0.2.7");
        connection.request(&request.header("X-Forwarded-Proto", "https")).await;
        let seen = told.hear().await;
        let own = connection.local_address().to_string();
        assert_eq!(seen.address.to_string(), if trust { expected } else { &own });
        assert_eq!(seen.secure, trust);
    }
}

/// Safari compares the location of the hixie-76 answer with its own URL, byte by byte.
#[tokio::test]
async fn a_forwarded_scheme_reaches_the_location_of_hixie_76() {
    use longwire_tests::Dialect;
    use longwire_tests::client::handshake;

    let config = config().socketio_rev1(revision1()).trust_forwarded(true);
    let server = TestServer::start(Server::builder(config)).await;
    let id = handshake(server.address, "").await;
    let request =
        Dialect::Hixie76.request(&format!("/socket.io/1/websocket/{id}")).header("X-Forwarded-Proto", "https");
    let mut connection = server.connect().await;
    connection.send(request.to_bytes()).await;
    let location = connection.head().await.header("Sec-WebSocket-Location").map(str::to_owned);
    assert_eq!(location, Some(format!("wss://example.com/socket.io/1/websocket/{id}")));
}
