//! The load generator against everything that it drives, for a moment each: it measures what is right and refuses what is not.

use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

use longwire::{Args, Config, Namespace, Server, Socket};
use longwire_benches::client::{HttpConnection, Response};
use longwire_benches::messages::packet;
use longwire_benches::requests::Draft;
use longwire_benches::server::RunningServer;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

const WEBSOCKET_LOADS: &[&str] =
    &["echo-1", "echo-16", "broadcast-1", "broadcast-4", "cycle", "memory-websocket", "idle"];
const POLLING_LOADS: &[&str] = &["polling", "memory-polling", "memory-held"];

/// A program of this package that listens; it is killed when this is dropped.
struct Program {
    child: Child,
    url: String,
}

impl Program {
    fn start(path: &str) -> io::Result<Self> {
        let mut child = Command::new(path).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line)?;
        let url = line.trim().strip_prefix("listening on ").expect("it says where it listens").to_owned();
        Ok(Self { child, url })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn load(name: &str, url: &str, pid: u32) -> io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_load"))
        .args([name, "--url", url, "--pid", &pid.to_string()])
        .args(["--clients", "4", "--seconds", "0.2", "--warm-up", "0.05"])
        .output()
}

/// Runs the loads and looks for a figure in what each prints.
fn drive(loads: &[&str], url: &str, pid: u32) -> io::Result<()> {
    for name in loads {
        let Output { status, stdout, stderr } = load(name, url, pid)?;
        let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(status.success(), "{name}: {stderr}");
        let line: serde_json::Value = serde_json::from_str(&stdout)?;
        let figure = ["messages", "sessions"].into_iter().find_map(|figure| line[figure].as_u64());
        assert!(figure.is_some_and(|figure| figure > 0), "{name}: {stdout}");
    }
    Ok(())
}

#[test]
fn the_floor_answers_every_load() -> io::Result<()> {
    let floor = Program::start(env!("CARGO_BIN_EXE_floor"))?;
    drive(WEBSOCKET_LOADS, &floor.url, floor.child.id())?;
    drive(POLLING_LOADS, &floor.url, floor.child.id())
}

/// The answers to a poll, a POST, the poll that hears it, and a request for a WebSocket, without their dates.
fn answers(address: &str) -> io::Result<Vec<String>> {
    let mut http = HttpConnection::open(address.parse().map_err(io::Error::other)?)?;
    let mut exchange = |draft: Draft, status| {
        http.send(&draft.to_bytes())?;
        http.receive_response(status)
    };
    let id = |handshake: Response| handshake.body().split(':').next().unwrap_or_default().to_owned();
    let polling = id(exchange(Draft::handshake(), 200)?);
    let websocket = id(exchange(Draft::handshake(), 200)?);
    let drafts = [
        (Draft::poll(&polling), 200),
        (Draft::post(&polling, packet("echo", 0)), 200),
        (Draft::poll(&polling), 200),
        (Draft::upgrade(&websocket), 101),
    ];
    let without_date = |response: Response| {
        let text = String::from_utf8_lossy(&response.bytes).into_owned();
        text.lines().filter(|line| !line.starts_with("Date: ")).collect::<Vec<_>>().join("\n")
    };
    drafts.into_iter().map(|(draft, status)| exchange(draft, status).map(without_date)).collect()
}

#[test]
fn the_floor_says_what_our_server_says() -> io::Result<()> {
    let floor = Program::start(env!("CARGO_BIN_EXE_floor"))?;
    let server = RunningServer::start(1)?;
    let of_floor = answers(floor.url.trim_start_matches("http://"))?;
    assert_eq!(of_floor, answers(&server.address().to_string())?, "benches/src/bin/floor/http.rs has to follow");
    Ok(())
}

#[test]
fn the_bare_stack_answers_every_load_of_websockets() -> io::Result<()> {
    let bare = Program::start(env!("CARGO_BIN_EXE_bare-stack"))?;
    drive(WEBSOCKET_LOADS, &bare.url, bare.child.id())
}

#[test]
fn our_server_answers_every_load() -> io::Result<()> {
    let server = RunningServer::start(2)?;
    let url = format!("http://{}", server.address());
    drive(WEBSOCKET_LOADS, &url, std::process::id())?;
    drive(POLLING_LOADS, &url, std::process::id())
}

#[test]
fn a_wrong_answer_ends_a_load_with_an_error() -> io::Result<()> {
    let wrong = Namespace::default()
        .on("echo", async |socket: Socket, _: Args| drop(socket.emit("echo", "something else")))
        .on("all", async |socket: Socket, args: Args| {
            // Each is told twice.
            socket.io().emit_args("all", args.clone());
            socket.io().emit_args("all", args);
        });
    let runtime = Runtime::new()?;
    let _runtime = runtime.enter();
    let server = Server::builder(Config::default()).namespace(wrong).build().map_err(io::Error::other)?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let url = format!("http://{}", listener.local_addr()?);
    runtime.spawn(async move { server.serve(listener).run().await });
    for name in ["echo-1", "echo-16", "broadcast-1", "polling"] {
        let Output { status, stderr, .. } = load(name, &url, std::process::id())?;
        let stderr = String::from_utf8_lossy(&stderr);
        assert!(!status.success() && stderr.starts_with("load: "), "{name}: {stderr}");
        assert!(["wrong", "instead of"].iter().any(|word| stderr.contains(word)), "{name}: {stderr}");
    }
    Ok(())
}
