//! The application that conformance checks, client tests and load runs talk to: every feature of the wire, and nothing else.
//!
//! `cargo run --release -p longwire --example reference-app -- --help` tells its flags. It prints one line, `listening on
//! http://ADDR`, once every port accepts connections, and exits 0 on SIGTERM or SIGINT after closing every session.
//!
//! With the environment variable `LONGWIRE_METRICS=true`, as for the program `longwire`, it serves its counters on `/metrics`:
//! whoever soaks it wants to see that nothing is left. That is no flag because the flags are those of every server that hosts
//! this application.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Parser;
use http::{Response, StatusCode};
use longwire::sockjs::{self, Service, Session};
use longwire::{
    Ack, Args, BuildError, Config, Data, Json, Namespace, Origins, Payload, ResponseBody, Server, ServerBuilder,
    Socket, Text, socketio_rev1,
};
use longwire_flash_policy::Ports;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

/// Hosts the reference application of longwire.
#[derive(Debug, Parser)]
#[command(name = "reference-app")]
struct Flags {
    /// HTTP, WebSocket and inline Flash policy, all on this port; port 0 picks a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,

    /// Also run the stand-alone Flash policy server there.
    #[arg(long, value_name = "ADDR")]
    flash_policy: Option<SocketAddr>,

    /// Join the cluster on that Redis (not built in yet).
    #[arg(long, value_name = "URL")]
    redis: Option<String>,

    /// Socket.IO revision 1: how often the server sends a heartbeat.
    #[arg(long, value_name = "SECS", default_value = "25", value_parser = seconds)]
    heartbeat_interval: Duration,

    /// Socket.IO revision 1: heartbeat timeout told in the handshake.
    #[arg(long, value_name = "SECS", default_value = "60", value_parser = seconds)]
    heartbeat_timeout: Duration,

    /// Socket.IO revision 1: close timeout told in the handshake.
    #[arg(long, value_name = "SECS", default_value = "60", value_parser = seconds)]
    close_timeout: Duration,

    /// Socket.IO revision 1: how long an empty poll is held before a noop answers it.
    #[arg(long, value_name = "SECS", default_value = "20", value_parser = seconds)]
    polling_duration: Duration,

    /// Engine.IO 3 and 4 (not built in yet).
    #[arg(long, value_name = "MS")]
    ping_interval: Option<u64>,

    /// Engine.IO 3 and 4 (not built in yet).
    #[arg(long, value_name = "MS")]
    ping_timeout: Option<u64>,

    /// Largest message, frame or request body taken from a client.
    #[arg(long, value_name = "BYTES", default_value_t = 1_000_000)]
    max_payload: usize,

    /// Comma-separated list of allowed origins, `host:port` with `*` for any in both places; `*` allows all.
    #[arg(long, value_name = "LIST", default_value = "*")]
    origins: String,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds is wanted, such as 25 or 0.5".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    match run(Flags::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("reference-app: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: Flags) -> anyhow::Result<()> {
    refuse_what_is_missing(&flags)?;
    let mut interrupted = signals()?;
    let metrics = install_metrics()?;
    let server = build(&flags)?;
    let socket = longwire::listen(flags.listen).with_context(|| format!("cannot listen on {}", flags.listen))?;
    let address = socket.local_addr()?;
    let policy = match flags.flash_policy {
        Some(flash) => {
            let policy = server.flash_policy(&Ports::new([address.port()])?);
            let listener = TcpListener::bind(flash).await.with_context(|| format!("cannot listen on {flash}"))?;
            Some(longwire_flash_policy::Server::from_listener(listener, policy))
        }
        None => None,
    };
    let serving = server.serve(socket);
    let serving = match metrics {
        Some(metrics) => serving.fallback(move |request| std::future::ready(answer(&metrics, request.uri().path()))),
        None => serving,
    };
    let serving = tokio::spawn(serving.run());
    if let Some(policy) = policy {
        tokio::spawn(policy.serve(std::future::pending()));
    }
    println!("listening on http://{address}");
    interrupted.recv().await;
    server.shutdown(Duration::from_secs(5)).await;
    serving.await??;
    Ok(())
}

/// Counters are made with the server, so what reads them comes first.
fn install_metrics() -> anyhow::Result<Option<PrometheusHandle>> {
    let wanted = std::env::var_os("LONGWIRE_METRICS").is_some_and(|value| value == "true");
    Ok(wanted.then(|| PrometheusBuilder::new().install_recorder()).transpose()?)
}

fn answer(metrics: &PrometheusHandle, path: &str) -> Response<ResponseBody> {
    if path == "/metrics" {
        return Response::new(ResponseBody::full(metrics.render()));
    }
    let mut response = Response::new(ResponseBody::full("Not found.\n"));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn refuse_what_is_missing(flags: &Flags) -> anyhow::Result<()> {
    if flags.redis.is_some() {
        bail!("--redis is not built in yet: this server runs on one node, in memory");
    }
    if flags.ping_interval.is_some() || flags.ping_timeout.is_some() {
        bail!("--ping-interval and --ping-timeout are for Engine.IO, which is not built in yet");
    }
    Ok(())
}

fn build(flags: &Flags) -> anyhow::Result<Server> {
    let rev1 = socketio_rev1::Config::default()
        .transports(["websocket", "flashsocket", "htmlfile", "xhr-polling", "jsonp-polling", "xhr-multipart"])
        .heartbeat_interval(flags.heartbeat_interval)
        .heartbeat_timeout(flags.heartbeat_timeout)
        .close_timeout(flags.close_timeout)
        .polling_duration(flags.polling_duration);
    let origins = match flags.origins.as_str() {
        "*" => Origins::any(),
        list => Origins::list(list.split(',').map(str::trim)).context("--origins")?,
    };
    let config = Config::default()
        .socketio_rev1(rev1)
        .origins(origins)
        .max_payload(flags.max_payload)
        .max_sessions(60_000)
        .max_pending_handshakes(60_000)
        .handshakes_per_second(u32::MAX);
    let builder = Server::builder(config).namespace(application("/")).namespace(application("/chat"));
    add_services(builder).build().map_err(|error: BuildError| error.into())
}

/// What the official suite of SockJS expects, and rooms for both families.
fn add_services(builder: ServerBuilder) -> ServerBuilder {
    let echo = || Service::new().on_message(async |session: Session, message: Payload| drop(session.send(message)));
    let close = Service::new().on_open(async |session: Session| session.close(3000, "Go away!"));
    let broadcast =
        Service::new().on_message(async |session: Session, Text(text): Text| session.everybody().send(text));
    let without_websocket = ["xhr-streaming", "eventsource", "htmlfile", "xhr-polling", "jsonp-polling"];
    let config = sockjs::Config::default;
    builder
        .sockjs("/echo", config().response_limit(4096), echo())
        .sockjs("/disabled_websocket_echo", config().response_limit(4096).transports(without_websocket), echo())
        .sockjs("/cookie_needed_echo", config().response_limit(4096).cookie(true), echo())
        .sockjs("/close", config(), close)
        .sockjs("/broadcast", config(), broadcast)
        .sockjs("/rooms", config(), Service::in_namespace("/"))
}

/// The handlers; results are dropped where the client has gone meanwhile.
fn application(name: &str) -> Namespace {
    Namespace::new(name)
        .on("echo", async |socket: Socket, args: Args| drop(socket.emit_args("echo", args)))
        .on("ack", async |ack: Ack, args: Args| drop(ack.send_args(args)))
        .on("ask", ask)
        .on("broadcast", async |socket: Socket, args: Args| socket.broadcast().emit_args("broadcast", args))
        .on("all", async |socket: Socket, args: Args| {
            let everybody = socket.io().of(socket.namespace());
            everybody.into_iter().for_each(|everybody| everybody.emit_args("all", args.clone()));
        })
        .on("join", async |socket: Socket, Data(room): Data<String>, ack: Ack| {
            let _ = socket.join(room.as_str());
            let _ = ack.send(&room);
        })
        .on("leave", async |socket: Socket, Data(room): Data<String>, ack: Ack| {
            socket.leave(&room);
            let _ = ack.send(&room);
        })
        .on("to-room", async |socket: Socket, all: Args, Data(room): Data<String>| {
            socket.to(room).emit_args("room", all);
        })
        .on("burst", async |socket: Socket, Data(count): Data<u32>| {
            for number in 0..count {
                if socket.emit("seq", &number).is_err() {
                    break;
                }
            }
        })
        .on("after", async |socket: Socket, Data(ms): Data<f64>, args: Args| {
            let pause = Duration::try_from_secs_f64(ms / 1000.0).unwrap_or_default();
            tokio::spawn(async move {
                tokio::time::sleep(pause).await;
                drop(socket.emit_args("after", args));
            });
        })
        .on("kick", async |socket: Socket| socket.disconnect())
        .on("kick-session", async |socket: Socket| socket.disconnect_session())
        .on("id", async |socket: Socket, ack: Ack| drop(ack.send(socket.id())))
        .on_text(async |socket: Socket, Text(text): Text| drop(socket.send(text)))
        .on_json(async |socket: Socket, Json(json): Json| drop(socket.relay_json(json)))
}

/// The answer is waited for outside the handler, so that a client which owes one can go on.
async fn ask(socket: Socket, args: Args) {
    let asked = socket.emit_args_with_ack("question", args);
    tokio::spawn(async move {
        if let Ok(answer) = asked.await {
            let _ = socket.emit_args("answered", answer);
        }
    });
}

/// Something arrives when the process is asked to end.
fn signals() -> anyhow::Result<tokio::sync::mpsc::Receiver<()>> {
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
            let (mut arrived, sender) = (signal(kind)?, sender.clone());
            tokio::spawn(async move {
                arrived.recv().await;
                let _ = sender.send(()).await;
            });
        }
    }
    #[cfg(not(unix))]
    tokio::spawn(async move {
        let _ = tokio::signal::ctrl_c().await;
        let _ = sender.send(()).await;
    });
    Ok(receiver)
}
