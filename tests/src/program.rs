//! The programs of the workspace as processes of their own.
//!
//! Cargo tells a test where the programs of its own package are, not those of others. So the first test that wants one has
//! cargo build both, for the whole workspace as `cargo test --workspace` does, which shares everything that is compiled
//! already; and cargo says where they are. Where speed and memory count, it is the reference application as it is released,
//! which is built by the first test that wants that.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command as Build, Output, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use crate::{Client, Connection, PATIENCE, Request, Transport, within};

/// Where the programs are, as they are for tests.
struct Programs {
    longwire: PathBuf,
    reference_app: PathBuf,
}

static PROGRAMS: LazyLock<Programs> = LazyLock::new(|| {
    let messages = build(&["--bin=longwire", "--example=reference-app"]);
    Programs { longwire: executable(&messages, "longwire"), reference_app: executable(&messages, "reference-app") }
});

static RELEASED_REFERENCE_APP: LazyLock<PathBuf> =
    LazyLock::new(|| executable(&build(&["--release", "--example=reference-app"]), "reference-app"));

/// Has cargo build programs, and gives back its messages.
fn build(what: &[&str]) -> Vec<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Build::new(cargo)
        .args(["build", "--quiet", "--workspace", "--message-format=json-render-diagnostics"])
        .args(what)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo, which ran this test");
    assert!(output.status.success(), "cargo could not build the programs");
    let messages = String::from_utf8(output.stdout).expect("messages of text");
    messages.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Where a program is that was built.
fn executable(messages: &[Value], name: &str) -> PathBuf {
    let built = messages.iter().find(|message| message["target"]["name"] == name && message["executable"].is_string());
    built.and_then(|message| message["executable"].as_str()).map(PathBuf::from).expect("the program that was built")
}

/// A running program that has said where it listens. It is killed when the test ends first.
#[derive(Debug)]
pub struct Program {
    /// Where it listens.
    pub address: SocketAddr,
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Program {
    /// The server `longwire`, not yet started. Of its variables only those count that a test sets.
    #[must_use]
    pub fn longwire(arguments: &[&str]) -> Command {
        Self::command(&PROGRAMS.longwire, arguments)
    }

    /// The application that conformance checks talk to, on a free port.
    pub async fn reference_app(arguments: &[&str]) -> Self {
        Self::start(Self::reference_app_command(arguments).arg("--listen=127.0.0.1:0")).await
    }

    /// The same, not yet started.
    #[must_use]
    pub fn reference_app_command(arguments: &[&str]) -> Command {
        Self::command(&PROGRAMS.reference_app, arguments)
    }

    /// The same as it is released, not yet started.
    #[must_use]
    pub fn released_reference_app_command(arguments: &[&str]) -> Command {
        Self::command(&RELEASED_REFERENCE_APP, arguments)
    }

    fn command(path: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(path);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LONGWIRE_")) {
            command.env_remove(name);
        }
        command.args(arguments).kill_on_drop(true);
        command
    }

    /// Starts a program and waits for the line that says where it listens.
    ///
    /// # Panics
    ///
    /// When it says something else.
    pub async fn start(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a program that starts");
        let mut output = BufReader::new(process.stdout.take().expect("its output"));
        let mut line = String::new();
        within("the program to listen", output.read_line(&mut line)).await.expect("a line");
        let Some(address) = line.trim_end().strip_prefix("listening on http://") else {
            let mut errors = String::new();
            let stderr = process.stderr.as_mut().expect("its errors");
            within("its errors", stderr.read_to_string(&mut errors)).await.expect("its errors");
            panic!("{line:?} in place of an address; {errors}");
        };
        Self { address: address.parse().expect("an address"), process, output }
    }

    /// Runs a program that ends by itself.
    pub async fn run(command: &mut Command) -> Output {
        within("the program to end", command.output()).await.expect("a program that starts")
    }

    /// A fresh connection.
    pub async fn connect(&self) -> Connection {
        Connection::open(self.address).await
    }

    /// A client with a session of its own.
    pub async fn client(&self, transport: Transport) -> Client {
        Client::open(self.address, transport).await
    }

    /// The id of its process.
    ///
    /// # Panics
    ///
    /// When it has ended already.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.process.id().expect("a running program")
    }

    /// Its standard error, for somebody who reads it while it runs.
    pub(crate) fn take_errors(&mut self) -> ChildStderr {
        self.process.stderr.take().expect("its errors, which nobody reads yet")
    }

    /// What a counter or gauge of the program is at; `name` has the labels, where there are some. One that was never touched
    /// is at zero.
    pub async fn metric(&self, name: &str) -> u64 {
        let request = Request::get("/metrics").header("Connection", "close");
        let response = self.connect().await.request(&request).await;
        let line = response.text().lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0, |value| value.parse().expect("a number without a fraction"))
    }

    /// Waits until a counter or gauge is as it should be.
    ///
    /// # Panics
    ///
    /// When it never is.
    pub async fn wait_for_metric(&self, name: &str, is_right: impl Fn(u64) -> bool) {
        let began = Instant::now();
        loop {
            let value = self.metric(name).await;
            if is_right(value) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{name} is at {value}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Asks the program to end.
    ///
    /// # Panics
    ///
    /// When it has ended already.
    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        let id = self.process_id().to_string();
        let status = Build::new("kill").args(["-s", name, &id]).status().expect("the kill command");
        assert!(status.success());
    }

    /// Ends the program at once, and gives back what it said on standard error.
    pub async fn kill(mut self) -> String {
        within("the program to end", self.process.kill()).await.expect("a program that can be killed");
        let mut errors = String::new();
        let stderr = self.process.stderr.as_mut().expect("its errors");
        within("its errors", stderr.read_to_string(&mut errors)).await.expect("text");
        errors
    }

    /// Waits for the end: the exit status, and what it said on standard output behind its first line.
    pub async fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        within("the end of its output", self.output.read_to_string(&mut rest)).await.expect("text");
        let status = within("the program to end", self.process.wait()).await.expect("a status");
        (status.code(), rest)
    }
}
