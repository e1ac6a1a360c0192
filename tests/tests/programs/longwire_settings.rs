//! The settings of `longwire`: flags, variables and a file, and what is said when they are wrong.

use std::net::TcpListener;

use longwire_tests::{Dialect, Program, Request, Transport};

use crate::assert_refused;
use crate::scratch::Scratch;

const LISTEN: &str = "--listen=127.0.0.1:0";

#[tokio::test]
async fn help_names_every_flag_with_its_variable() {
    let output = Program::run(&mut Program::longwire(&["--help"])).await;
    assert!(output.status.success() && output.stderr.is_empty());
    let help = String::from_utf8(output.stdout).unwrap();
    for flag in [
        "--listen",
        "--flash-policy",
        "--public-port",
        "--client-dir",
        "--origins",
        "--transports",
        "--heartbeat-interval",
        "--heartbeat-timeout",
        "--close-timeout",
        "--polling-duration",
        "--max-payload",
        "--trust-forwarded",
        "--metrics",
        "--drain",
        "--log",
        "--config",
    ] {
        let variable = format!("LONGWIRE_{}", flag.trim_start_matches('-').to_uppercase().replace('-', "_"));
        assert!(help.contains(flag) && help.contains(&variable), "{flag}, {variable}");
    }
    let output = Program::run(&mut Program::longwire(&["--version"])).await;
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("longwire {}\n", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn what_cannot_be_is_said_in_the_first_line() {
    let holding = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holding.local_addr().unwrap().to_string();

    let folder = Scratch::new();
    let empty = format!("--client-dir={}", folder.path());
    let nowhere = format!("--client-dir={}/nowhere", folder.path());
    let no_toml = format!("--config={}", folder.write("no.toml", "listen ="));
    let unknown_key = format!("--config={}", folder.write("unknown.toml", "heartbeat = 5"));
    let bad_value = format!("--config={}", folder.write("bad.toml", "listen = 'here'"));
    let missing = format!("--config={}/missing.toml", folder.path());
    let listen_taken = format!("--listen={taken}");
    for (arguments, code, first_line) in [
        (&["--bogus"][..], 2, "unexpected argument '--bogus'"),
        (&["--listen", "nonsense"], 2, "invalid value 'nonsense' for '--listen <ADDR>'"),
        (&["--max-payload", "many"], 2, "invalid value 'many' for '--max-payload <BYTES>'"),
        (&["extra"], 2, "unexpected argument 'extra'"),
        (&[&listen_taken], 1, &format!("longwire: cannot listen on {taken}: Address already in use")),
        (&["--listen=192.0.2.1:1"], 1, "longwire: cannot listen on 192.0.2.1:1: "),
        (&[LISTEN, &empty], 1, "there is no socket.io.js"),
        (&[LISTEN, &nowhere], 1, "/nowhere"),
        (&[LISTEN, "--origins=http://a.example"], 1, "longwire: --origins: "),
        (&[LISTEN, "--transports=websocket,smoke"], 1, "there is no transport \"smoke\""),
        (&[LISTEN, "--heartbeat-interval=70"], 1, "a heartbeat every 70s is too rare"),
        (&[LISTEN, "--polling-duration=60"], 1, "polls held for 60s are too long"),
        (&[LISTEN, "--heartbeat-timeout=-1"], 1, "--heartbeat-timeout -1"),
        (&[LISTEN, "--drain=nan"], 1, "--drain NaN"),
        (&[LISTEN, "--log=longwire=loud"], 1, "longwire: --log: "),
        (&[&missing], 1, "longwire: cannot read "),
        (&[&no_toml], 1, "no.toml is no configuration"),
        (&[&unknown_key], 1, "unknown.toml is no configuration"),
        (&[&bad_value], 1, "bad.toml is no configuration"),
    ] {
        let output = Program::run(&mut Program::longwire(arguments)).await;
        assert_refused(&output, code, first_line);
    }
}

/// The second and third field of the handshake, which tell the times.
async fn times(program: &Program) -> String {
    let response = program.connect().await.get("/socket.io/1/").await;
    let fields: Vec<&str> = response.text().split(':').collect();
    format!("{}:{}:{}", fields[1], fields[2], fields[3])
}

#[tokio::test]
async fn a_flag_counts_more_than_a_variable_and_that_more_than_the_file() {
    let folder = Scratch::new();
    let file = folder.write(
        "longwire.toml",
        "listen = '127.0.0.1:0'\nheartbeat_timeout = 41\nclose_timeout = 42.5\ntransports = 'xhr-polling'\nlog = 'off'\n",
    );
    let config = format!("--config={file}");
    let program = Program::start(&mut Program::longwire(&[&config])).await;
    assert_eq!(times(&program).await, "41:43:xhr-polling");

    let mut command = Program::longwire(&["--close-timeout=62"]);
    command.env("LONGWIRE_CONFIG", &file).env("LONGWIRE_CLOSE_TIMEOUT", "52").env("LONGWIRE_HEARTBEAT_TIMEOUT", "51");
    let program = Program::start(&mut command).await;
    assert_eq!(times(&program).await, "51:62:xhr-polling");
}

#[tokio::test]
async fn every_variable_counts() {
    let mut command = Program::longwire(&[]);
    for (name, value) in [
        ("LISTEN", "127.0.0.1:0"),
        ("ORIGINS", "a.example:80, b.example:*"),
        ("TRANSPORTS", "websocket, flashsocket"),
        ("HEARTBEAT_INTERVAL", "0.5"),
        ("HEARTBEAT_TIMEOUT", "2"),
        ("CLOSE_TIMEOUT", "3"),
        ("POLLING_DURATION", "1"),
        ("MAX_PAYLOAD", "100"),
        ("PUBLIC_PORT", "443"),
        ("TRUST_FORWARDED", "true"),
        ("METRICS", "true"),
        ("LOG", "off"),
        ("DRAIN", "0.1"),
    ] {
        command.env(format!("LONGWIRE_{name}"), value);
    }
    let program = Program::start(&mut command).await;
    let mut connection = program.connect().await;
    connection.get("/socket.io/1/").await.assert(403, "handshake bad origin");
    assert_eq!(connection.get("/metrics").await.status, 200);
    let request = Request::get("/socket.io/1/").header("Origin", "http://a.example");
    let response = connection.request(&request).await;
    let (id, rest) = response.text().split_once(':').unwrap();
    assert_eq!(rest, "2:3:websocket,flashsocket");

    // The scheme of the location is the proxy's word; then the first heartbeat comes, and a long message is refused.
    let request = Dialect::Hixie76.request(&Transport::FlashSocket.target(id)).header("X-Forwarded-Proto", "https");
    connection.send(request.to_bytes()).await;
    let head = connection.head().await;
    assert!(head.header("Sec-WebSocket-Location").unwrap().starts_with("wss://example.com/"));
    connection.send(longwire_tests::websocket::NONCE).await;
    connection.exactly(16).await;
    assert_eq!(connection.exactly(10).await, b"\x001::\xff\x002::\xff");
    connection.send([&b"\0"[..], &[b'x'; 101], b"\xff"].concat()).await;
    assert_eq!(connection.rest().await, b"\xff\x00");

    let mut policy = program.connect().await;
    policy.send("<policy-file-request/>\0").await;
    let policy = String::from_utf8(policy.rest().await).unwrap();
    assert!(policy.contains(r#"domain="a.example" to-ports="443""#), "{policy}");
}

/// Port 843 wants rights: the server runs without it, and says so.
#[tokio::test]
async fn a_policy_port_that_cannot_be_had_is_a_warning() {
    let holding = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holding.local_addr().unwrap().to_string();
    let program = Program::start(&mut Program::longwire(&[LISTEN, "--flash-policy", &taken])).await;
    assert_eq!(program.connect().await.get("/").await.status, 200);
    let errors = program.kill().await;
    assert!(errors.contains("no stand-alone Flash policy server") && errors.contains(&taken), "{errors}");
}

#[tokio::test]
async fn the_stand_alone_policy_server_names_the_public_port() {
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let flash = format!("--flash-policy={free}");
    let _program = Program::start(&mut Program::longwire(&[LISTEN, &flash, "--public-port=8443"])).await;
    let mut connection = longwire_tests::Connection::open(free).await;
    connection.send("<policy-file-request/>\0").await;
    let policy = String::from_utf8(connection.rest().await).unwrap();
    assert!(policy.contains(r#"<allow-access-from domain="*" to-ports="8443"/>"#), "{policy}");
    assert!(policy.ends_with('\0'));
}
