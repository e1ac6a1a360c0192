//! The program: what it prints, and how it ends.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;
#[cfg(target_os = "linux")]
use std::{fs, net::Shutdown, time::Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_longwire-flash-policy");
const REQUEST: &[u8] = b"<policy-file-request/>\0";
const PATIENCE: Duration = Duration::from_secs(30);

/// Killed at the end of the test, if it has not ended.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A program that is listening.
struct Running {
    process: Process,
    stdout: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        Self::spawn(Command::new(PROGRAM).args(arguments))
    }

    fn spawn(command: &mut Command) -> Self {
        Self::spawn_as_is(command.stdout(Stdio::piped()).stderr(Stdio::piped()))
    }

    fn spawn_as_is(command: &mut Command) -> Self {
        Self::try_spawn(command).expect("a line that says where it listens")
    }

    fn try_spawn(command: &mut Command) -> Option<Self> {
        let mut process = Process(command.spawn().unwrap());
        let mut stdout = BufReader::new(process.0.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.strip_prefix("listening on ")?.trim_end().parse().unwrap();
        Some(Self { process, stdout, address })
    }

    fn connect(&self) -> TcpStream {
        let client = TcpStream::connect(self.address).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        client
    }

    fn ask(&self) -> String {
        let mut client = self.connect();
        client.write_all(REQUEST).unwrap();
        read(&mut client)
    }

    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let pid = self.process.0.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Waits for the end: exit status, the rest of standard output, standard error.
    fn end(mut self) -> (Option<i32>, String, String) {
        let (mut out, mut err) = (String::new(), String::new());
        self.stdout.read_to_string(&mut out).unwrap();
        self.process.0.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        (self.process.0.wait().unwrap().code(), out, err)
    }
}

fn read(client: &mut TcpStream) -> String {
    let mut received = String::new();
    client.read_to_string(&mut received).unwrap();
    received
}

fn run(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).output().unwrap()
}

/// Exit status and first line of standard error.
fn failure(arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(arguments);
    assert!(output.stdout.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), text.lines().next().unwrap_or_default().to_owned())
}

#[test]
fn every_option_reaches_the_policy() {
    let running = Running::start(&[
        "--listen=127.0.0.1:0",
        "--allow=a.example:80,8080-8083",
        "--allow=*:*",
        "--secure=false",
        "--master-only",
        "--timeout=60",
    ]);
    let answer = running.ask();
    assert!(
        answer.ends_with(
            "<cross-domain-policy><site-control permitted-cross-domain-policies=\"master-only\"/>\
             <allow-access-from domain=\"a.example\" to-ports=\"80,8080-8083\" secure=\"false\"/>\
             <allow-access-from domain=\"*\" to-ports=\"*\" secure=\"false\"/></cross-domain-policy>\0"
        ),
        "{answer}"
    );
}

#[test]
fn every_option_has_a_variable() {
    let running = Running::spawn(
        Command::new(PROGRAM)
            .env("LONGWIRE_FLASH_POLICY_LISTEN", "127.0.0.1:0")
            .env("LONGWIRE_FLASH_POLICY_ALLOW", "a.example:80,81 b.example:*")
            .env("LONGWIRE_FLASH_POLICY_SECURE", "true")
            .env("LONGWIRE_FLASH_POLICY_MASTER_ONLY", "true")
            .env("LONGWIRE_FLASH_POLICY_TIMEOUT", "0.2")
            .env("LONGWIRE_FLASH_POLICY_MAX_CONNECTIONS", "5"),
    );
    // A silent client: the timeout has been read as well.
    let answer = read(&mut running.connect());
    assert!(
        answer.ends_with(
            "master-only\"/><allow-access-from domain=\"a.example\" to-ports=\"80-81\" secure=\"true\"/>\
             <allow-access-from domain=\"b.example\" to-ports=\"*\" secure=\"true\"/></cross-domain-policy>\0"
        ),
        "{answer}"
    );
}

#[test]
fn a_full_table_closes_the_oldest() {
    let running = Running::start(&["--listen=127.0.0.1:0", "--allow=*:8080", "--timeout=3600", "--max-connections=1"]);
    let mut silent = running.connect();
    assert!(running.ask().ends_with('\0'));
    assert!(read(&mut silent).ends_with('\0'));
}

#[test]
#[cfg(unix)]
fn signals_end_it_with_status_zero() {
    for signal in ["TERM", "INT"] {
        let running = Running::start(&["--listen=127.0.0.1:0", "--allow=*:8080", "--timeout=3600"]);
        let mut silent = running.connect();
        assert!(running.ask().ends_with('\0'));
        running.signal(signal);
        assert!(read(&mut silent).ends_with('\0'), "open connections are answered");
        drop(silent);
        assert_eq!(running.end(), (Some(0), String::new(), String::new()), "{signal}");
    }
}

#[test]
fn wrong_arguments_end_it_with_status_two() {
    let allow = "--allow=*:80";
    for (arguments, line) in [
        (&["--listen=localhost", allow][..], "error: invalid value 'localhost' for '--listen <IP:PORT>': "),
        (&["--listen=127.0.0.1:65536", allow], "error: invalid value '127.0.0.1:65536' for '--listen <IP:PORT>': "),
        (
            &["--allow=a.example"],
            "error: invalid value 'a.example' for '--allow <HOST:PORTS>': no ports behind the host (`:*` means all)",
        ),
        (
            &["--allow=a.example:80,0"],
            "error: invalid value 'a.example:80,0' for '--allow <HOST:PORTS>': \
             no port number from 1 to 65535 at byte 13",
        ),
        (&["--allow=http://a:80"], "error: invalid value 'http://a:80' for '--allow <HOST:PORTS>': ':' at byte 4"),
        (&[allow, "--timeout=0"], "error: invalid value '0' for '--timeout <SECONDS>': not a number of seconds"),
        (&[allow, "--timeout=inf"], "error: invalid value 'inf' for '--timeout <SECONDS>': not a number of seconds"),
        (&[allow, "--max-connections=0"], "error: invalid value '0' for '--max-connections <N>': "),
        (&[allow, "--no-such-flag"], "error: unexpected argument '--no-such-flag' found"),
        (&[allow, "843"], "error: unexpected argument '843' found"),
        (&[], "error: nobody would be let in: give at least one `--allow HOST:PORTS`"),
    ] {
        let (status, first) = failure(arguments);
        assert_eq!(status, Some(2), "{arguments:?}");
        assert!(first.starts_with(line), "{arguments:?}: {first}");
    }
}

#[test]
fn a_port_in_use_ends_it_with_status_one() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let (status, line) = failure(&["--listen", &address.to_string(), "--allow=*:*"]);
    assert_eq!(status, Some(1));
    assert!(line.starts_with(&format!("error: cannot listen on {address}: ")), "{line}");
}

#[test]
fn a_port_without_rights_ends_it_with_status_one() {
    // Nothing to see where this user may have any port.
    let Err(error) = TcpListener::bind("127.0.0.1:1") else { return };
    if error.kind() == std::io::ErrorKind::PermissionDenied {
        let (status, line) = failure(&["--listen=127.0.0.1:1", "--allow=*:*"]);
        assert_eq!(status, Some(1));
        assert!(line.starts_with("error: cannot listen on 127.0.0.1:1: "), "{line}");
    }
}

#[test]
fn what_flash_would_ignore_is_warned_of() {
    let mut running = Running::start(&[
        "--listen=127.0.0.1:0",
        "--allow=a:8080",
        "--allow=b:80,8080",
        "--allow=c:*",
        "--master-only",
    ]);
    let port = running.address.port();
    running.process.0.kill().unwrap();
    let (_, _, warnings) = running.end();
    let expected = [
        format!("warning: `b:80,8080`: Flash lets a policy from port {port} open ports from 1024 up only; "),
        format!("warning: Flash ignores --master-only on port {port}; "),
    ];
    assert_eq!(warnings.lines().count(), 2, "{warnings}");
    for (line, begin) in warnings.lines().zip(expected) {
        assert!(line.starts_with(&begin), "{line}");
    }
}

#[test]
fn help_shows_options_and_examples() {
    let output = run(&["--help"]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    for part in ["--listen", "--allow", "--secure", "--master-only", "--timeout", "--max-connections", "Examples:"] {
        assert!(help.contains(part), "{part}");
    }
    assert!(String::from_utf8(run(&["--version"]).stdout).unwrap().contains(env!("CARGO_PKG_VERSION")));
}

/// `/dev/full` takes nothing: what a closed pipe or a full disk does to a program's output.
#[test]
#[cfg(target_os = "linux")]
fn nobody_needs_to_take_what_it_prints() {
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(PROGRAM);
    command.args(["--listen=127.0.0.1:0", "--allow=*:8080", "--master-only"]);

    let mut process = Process(command.stdout(full()).stderr(Stdio::piped()).spawn().unwrap());
    let mut warning = String::new();
    BufReader::new(process.0.stderr.take().unwrap()).read_line(&mut warning).unwrap();
    let port = warning.split("on port ").nth(1).and_then(|rest| rest.split(';').next()).expect(&warning);
    let mut client = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    client.write_all(REQUEST).unwrap();
    assert!(read(&mut client).ends_with('\0'));

    let running = Running::spawn_as_is(command.stdout(Stdio::piped()).stderr(full()));
    assert!(running.ask().ends_with('\0'));
}

/// Sixteen descriptors are enough for a handful of connections; the others wait in the system's queue.
#[test]
#[cfg(target_os = "linux")]
fn short_of_descriptors_it_serves_on() {
    let mut running = start_with_descriptors(16).unwrap();
    let began = Instant::now();
    let mut silent: Vec<TcpStream> = (0..40).map(|_| running.connect()).collect();
    for client in &mut silent[..20] {
        assert!(read(client).ends_with('\0'));
        client.shutdown(Shutdown::Both).unwrap();
    }
    let elapsed = began.elapsed();
    running.process.0.kill().unwrap();
    let (_, _, warnings) = running.end();
    assert!(warnings.starts_with("warning: cannot take more connections, "), "{warnings}");
    assert!(warnings.lines().count() <= 1 + elapsed.as_secs() as usize / 10, "{warnings}");
}

/// With as many descriptors as it needs to start, it cannot take one connection.
#[test]
#[cfg(target_os = "linux")]
fn without_descriptors_it_does_not_spin() {
    let running = (4..64).find_map(start_with_descriptors).unwrap();
    let mut client = running.connect();
    let began = Instant::now();
    client.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    assert!(client.read_exact(&mut [0]).is_err(), "there was a descriptor left");
    let (elapsed, busy) = (began.elapsed(), processor_time(running.process.0.id()));
    assert!(busy < elapsed / 2, "{busy:?} of {elapsed:?}");
}

#[cfg(target_os = "linux")]
fn start_with_descriptors(limit: u32) -> Option<Running> {
    let script = format!("ulimit -n {limit}; exec \"$0\" --listen=127.0.0.1:0 --allow='*:8080' --timeout=3600");
    Running::try_spawn(Command::new("sh").args(["-c", &script, PROGRAM]).stdout(Stdio::piped()).stderr(Stdio::piped()))
}

/// What a process has used of the processor. In `/proc/PID/stat`, behind the name in parentheses, fields 12 and 13 are
/// its time in user and system mode, in hundredths of a second.
#[cfg(target_os = "linux")]
fn processor_time(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}
