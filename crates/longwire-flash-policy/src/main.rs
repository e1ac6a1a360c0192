//! The program `longwire-flash-policy`: a policy server on a port of its own.
//!
//! Standard output has one line, `listening on ADDR`, once connections are taken. Everything else goes to standard error.
//! Exit status: 0 after SIGTERM or SIGINT, 2 when the arguments make no sense, 1 when the system refuses something.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::error::ErrorKind;
use clap::{ArgAction, CommandFactory, Parser};
use longwire_flash_policy::{Access, Policy, Server};
use thiserror::Error;

/// The port whose policy Flash takes for the master policy of the host.
const MASTER_PORT: u16 = 843;

/// A policy from this port or above can only open ports from this one up.
const FIRST_UNPRIVILEGED_PORT: u16 = 1024;

/// The least time between two warnings about connections that could not be accepted.
const WARNING_INTERVAL: Duration = Duration::from_secs(10);

const EXAMPLES: &str = "\
Examples:
  Let the pages of two hosts connect to the web server's ports:
    longwire-flash-policy --allow www.example:80,443 --allow '*.partner.example:80'

  Let pages from anywhere connect to a range of ports, and forbid policies on all other ports:
    longwire-flash-policy --allow '*:8080-8083' --master-only

  The port that the socket.io client 0.8.3 to 0.9 asks by default. Flash lets it open ports from 1024 up only:
    longwire-flash-policy --listen 0.0.0.0:10843 --allow '*:8080'

  IPv6 and IPv4, where the system maps the one to the other:
    longwire-flash-policy --listen '[::]:843' --allow '*:80'

Port 843 needs a right: run it as root, or give it CAP_NET_BIND_SERVICE.
Exit status: 0 after SIGTERM or SIGINT; 1 when the port is taken or needs a right; 2 for wrong arguments.";

/// Answers Flash players that ask whether they may open a socket to this host.
///
/// Flash asks port 843 before its first connection, and does not connect when no policy allows it. This program answers
/// every connection with the same policy: at once when it has sent its request, shortly before the timeout when it is
/// silent.
#[derive(Debug, Parser)]
#[command(
    version,
    override_usage = "longwire-flash-policy [OPTIONS] --allow <HOST:PORTS>...",
    after_help = EXAMPLES,
    max_term_width = 100
)]
struct Args {
    /// The address and port to listen on. Port 0 takes a free one.
    #[arg(long, value_name = "IP:PORT", env = "LONGWIRE_FLASH_POLICY_LISTEN", default_value = "0.0.0.0:843")]
    listen: SocketAddr,

    /// Lets pages from HOST connect to PORTS. Give it once or more.
    ///
    /// HOST is a name, an IP address (IPv6 in brackets), `*.NAME` for NAME and everything below it, or `*` for all.
    /// PORTS is a list of ports and ranges such as `80,8080-8083`, or `*` for all. In the environment variable, separate
    /// rules by spaces.
    #[arg(
        long,
        value_name = "HOST:PORTS",
        env = "LONGWIRE_FLASH_POLICY_ALLOW",
        value_delimiter = ' ',
        action = ArgAction::Append
    )]
    allow: Vec<Access>,

    /// Whether only pages that came over HTTPS are let in; `false` lets those from HTTP reach a server for HTTPS.
    ///
    /// It is not mentioned in the policy by default.
    #[arg(long, value_name = "BOOL", env = "LONGWIRE_FLASH_POLICY_SECURE")]
    secure: Option<bool>,

    /// Forbids policies on all other ports of this host. It counts on port 843 only.
    #[arg(long, env = "LONGWIRE_FLASH_POLICY_MASTER_ONLY")]
    master_only: bool,

    /// How long a connection lasts at most, from 0.1 to 3600 seconds.
    #[arg(
        long,
        value_name = "SECONDS",
        env = "LONGWIRE_FLASH_POLICY_TIMEOUT",
        default_value = "3",
        value_parser = parse_seconds
    )]
    timeout: Duration,

    /// How many connections are served at a time. When one more comes, the oldest is answered and closed.
    #[arg(
        long,
        value_name = "N",
        env = "LONGWIRE_FLASH_POLICY_MAX_CONNECTIONS",
        default_value_t = 1000,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    max_connections: u32,
}

/// What the system refused.
#[derive(Debug, Error)]
enum Failure {
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("cannot start: {source}")]
    Start { source: io::Error },
}

fn main() -> ExitCode {
    let args = parse_args();
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(format_args!("error: {failure}"));
            if let Some(help) = help(&failure) {
                complain(format_args!("{help}"));
            }
            ExitCode::FAILURE
        }
    }
}

fn parse_args() -> Args {
    let args = Args::parse();
    if args.allow.is_empty() {
        let message = "nobody would be let in: give at least one `--allow HOST:PORTS`, such as `--allow '*:80'`";
        Args::command().error(ErrorKind::MissingRequiredArgument, message).exit();
    }
    args
}

fn run(args: Args) -> Result<(), Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Failure::Start { source })?
        .block_on(serve(args))
}

async fn serve(args: Args) -> Result<(), Failure> {
    // Ahead of the printed line, so that who has read it may send a signal.
    let shutdown = signals().map_err(|source| Failure::Start { source })?;
    let address = args.listen;
    let listen = |source| Failure::Listen { address, source };
    let server = Server::bind(address, policy(&args)).await.map_err(listen)?;
    let bound = server.local_addr().map_err(listen)?;
    warn_about(&args, bound.port());
    // Nobody may be reading; that is no reason to stop.
    let _ = writeln!(io::stdout(), "listening on {bound}");
    server
        .timeout(args.timeout)
        .max_connections(args.max_connections)
        .on_accept_error(accept_warning())
        .serve(shutdown)
        .await;
    Ok(())
}

fn policy(args: &Args) -> Policy {
    let rules = args.allow.iter().cloned().map(|access| match args.secure {
        Some(secure) => access.secure(secure),
        None => access,
    });
    rules.fold(Policy::builder().master_only(args.master_only), |policy, access| policy.allow(access)).build()
}

/// Warns about what Flash would silently ignore.
fn warn_about(args: &Args, port: u16) {
    if port >= FIRST_UNPRIVILEGED_PORT {
        for access in &args.allow {
            if !access.ports().is_any() && access.ports().lowest() < FIRST_UNPRIVILEGED_PORT {
                complain(format_args!(
                    "warning: `{access}`: Flash lets a policy from port {port} open ports from 1024 up only; \
                     ports below need one from port 843"
                ));
            }
        }
    }
    if args.master_only && port != MASTER_PORT {
        complain(format_args!("warning: Flash ignores --master-only on port {port}; it counts on port 843"));
    }
}

fn accept_warning() -> impl Fn(&io::Error) + Send + Sync {
    let last = Mutex::new(None::<Instant>);
    move |error| {
        let Ok(mut last) = last.lock() else { return };
        if last.is_none_or(|last| last.elapsed() >= WARNING_INTERVAL) {
            *last = Some(Instant::now());
            complain(format_args!("warning: cannot take more connections, the oldest ones are closed: {error}"));
        }
    }
}

fn help(failure: &Failure) -> Option<&'static str> {
    let Failure::Listen { source, .. } = failure else { return None };
    if source.kind() == io::ErrorKind::PermissionDenied {
        Some("help: ports below 1024 need a right: run as root, or give the program CAP_NET_BIND_SERVICE")
    } else if source.kind() == io::ErrorKind::AddrInUse {
        Some("help: another program listens there, perhaps another policy server")
    } else {
        None
    }
}

/// Writes a line to standard error, where nobody may be listening.
fn complain(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}

fn parse_seconds(text: &str) -> Result<Duration, &'static str> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.1..=3600.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        Ok(_) | Err(_) => Err("not a number of seconds from 0.1 to 3600"),
    }
}

/// Completes at the first SIGTERM or SIGINT.
#[cfg(unix)]
fn signals() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Completes at Ctrl-C.
#[cfg(not(unix))]
fn signals() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a handler the system ends the process by itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
