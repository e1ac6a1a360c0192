//! The flags of the reference application, which other checks and load runs rely on.

use longwire_tests::{Connection, Program, Request, Transport};

use crate::assert_refused;

/// The handshake without its id.
async fn handshake(app: &Program) -> String {
    let response = app.connect().await.get("/socket.io/1/").await;
    response.text().split_once(':').unwrap().1.to_owned()
}

#[tokio::test]
async fn the_defaults_are_those_of_the_old_server_with_every_transport() {
    let app = Program::reference_app(&[]).await;
    assert_eq!(handshake(&app).await, "60:60:websocket,flashsocket,htmlfile,xhr-polling,jsonp-polling");
}

#[tokio::test]
async fn fractions_of_seconds_are_kept_and_told_in_whole_ones() {
    let app = Program::reference_app(&[
        "--heartbeat-interval=0.05",
        "--heartbeat-timeout=0.2",
        "--close-timeout=1.5",
        "--polling-duration=0.1",
    ])
    .await;
    assert!(handshake(&app).await.starts_with("1:2:"));
    let mut client = app.client(Transport::XhrPolling).await;
    client.expect(&["8::"]).await;
    let mut client = app.client(Transport::WEBSOCKET).await;
    client.expect(&["2::", "2::"]).await;
    client.send("2::").await;
    client.expect(&["2::"]).await;
}

#[tokio::test]
async fn times_that_its_own_clients_would_not_survive_are_refused() {
    for (arguments, first_line) in [
        (&["--heartbeat-interval=60"][..], "a heartbeat every 60s is too rare"),
        (&["--heartbeat-interval=5", "--close-timeout=4", "--polling-duration=1"], "a heartbeat every 5s is too rare"),
        (&["--polling-duration=60"], "polls held for 60s are too long"),
        (&["--redis=redis://127.0.0.1"], "--redis"),
    ] {
        let output = Program::run(Program::reference_app_command(arguments).arg("--listen=127.0.0.1:0")).await;
        assert_refused(&output, 1, first_line);
    }
    let output = Program::run(&mut Program::reference_app_command(&["--heartbeat-interval=soon"])).await;
    assert_refused(&output, 2, "invalid value 'soon'");
}

#[tokio::test]
async fn the_largest_payload_is_set_for_all_transports() {
    let app = Program::reference_app(&["--max-payload=200"]).await;
    let mut client = app.client(Transport::XhrPolling).await;
    let text = format!("3:::{}", "x".repeat(196));
    client.send(&text).await;
    client.expect(&[&text]).await;
    assert_eq!(client.post(&format!("{text}x")).await.status, 413);
    let mut client = app.client(Transport::WEBSOCKET).await;
    client.send(&text).await;
    client.expect(&[&text]).await;
    client.send(&format!("{text}x")).await;
    client.assert_end().await;
}

#[tokio::test]
async fn origins_are_a_list_for_requests_and_both_policies() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let flash = format!("--flash-policy={free}");
    let app = Program::reference_app(&["--origins=a.example:80,*.b.example:*", &flash]).await;
    let mut connection = app.connect().await;
    for (origin, status) in [("http://a.example", 200), ("https://x.b.example", 200), ("http://evil.example", 403)] {
        let request = Request::get("/socket.io/1/").header("Origin", origin);
        assert_eq!(connection.request(&request).await.status, status, "{origin}");
    }
    for address in [app.address, free] {
        let mut connection = Connection::open(address).await;
        connection.send("<policy-file-request/>\0").await;
        let policy = String::from_utf8(connection.rest().await).unwrap();
        let port = app.address.port();
        for host in ["a.example", "*.b.example"] {
            assert!(policy.contains(&format!(r#"domain="{host}" to-ports="{port}""#)), "{policy}");
        }
    }
}
