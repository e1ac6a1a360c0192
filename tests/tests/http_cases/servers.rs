//! The servers that the captures were made with, as far as this one has the same settings.

use std::net::SocketAddr;
use std::time::Duration;

use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use longwire::{
    Ack, Args, Config, Denied, DisconnectReason, Handshake, Json, Namespace, NamespaceRequest, Origins, ResponseBody,
    Server, Socket, State, Text, socketio_rev1,
};
use longwire_flash_policy::Ports;
use longwire_tests::{Tell, TestServer, Told, told};
use tokio::net::TcpListener;

use super::format::Case;

/// What a case is replayed against.
pub(crate) struct Running {
    pub(crate) server: TestServer,
    /// Where the connections of the case go.
    pub(crate) address: SocketAddr,
    /// Reasons of disconnects on the default namespace.
    pub(crate) disconnects: Told<String>,
}

/// Starts the server of a case.
pub(crate) async fn start(case: &Case) -> Running {
    let (tell, disconnects) = told::<String>();
    let mut builder = Server::builder(config(case)).state(tell);
    for name in ["/", "/chat", "/other", "/private", "/err"] {
        builder = builder.namespace(namespace(name));
    }
    let builder = builder.authorize(async |handshake: Handshake| match handshake.query("token").as_deref() {
        Some("bad") => Err(Denied::Unauthorized),
        Some("err") => Err(Denied::Failed),
        _ => Ok(handshake),
    });
    let server = TestServer::start_with(builder, |serve| serve.fallback(application)).await;
    let mut address = server.address;
    if case.name.starts_with("policy-standalone") {
        let policy = server.server.flash_policy(&Ports::new([address.port()]).unwrap());
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        address = socket.local_addr().unwrap();
        let policies = longwire_flash_policy::Server::from_listener(socket, policy);
        tokio::spawn(policies.serve(std::future::pending()));
    }
    Running { server, address, disconnects }
}

fn config(case: &Case) -> Config {
    let default = socketio_rev1::Config::default();
    let short = default
        .clone()
        .transports(["websocket", "flashsocket", "htmlfile", "xhr-polling", "jsonp-polling"])
        .polling_duration(Duration::from_secs(1))
        .heartbeat_interval(Duration::from_secs(1))
        .heartbeat_timeout(Duration::from_secs(2))
        .close_timeout(Duration::from_secs(3));
    let config = Config::default();
    match (case.server.as_str(), case.name.as_str()) {
        (_, "policy-origins") => {
            config.socketio_rev1(short).origins(Origins::list(["a.example:80", "*.b.example:*"]).unwrap())
        }
        ("short" | "policy", _) => config.socketio_rev1(short),
        ("origins", _) => {
            config.socketio_rev1(default).origins(Origins::list(["a.example:80", "b.example:*"]).unwrap())
        }
        // There is no way to switch heartbeats off, and files are not this server's.
        ("default" | "heartbeats-off" | "etag", _) => config.socketio_rev1(default),
        (other, _) => panic!("there is no server {other}"),
    }
}

/// The handlers of the capture server.
fn namespace(name: &'static str) -> Namespace {
    Namespace::new(name)
        .authorize(move |_: NamespaceRequest| async move {
            match name {
                "/private" => Err(Denied::Unauthorized),
                "/err" => Err(Denied::Failed),
                _ => Ok(()),
            }
        })
        .on_text(async |socket: Socket, Text(text): Text| socket.send(text).unwrap())
        .on_json(async |socket: Socket, Json(json): Json| socket.relay_json(json).unwrap())
        .on("echo", async |socket: Socket, args: Args| socket.emit_args("echo", args).unwrap())
        .on("ack", async |ack: Ack, args: Args| ack.send_args(args).unwrap())
        .on("ask", async |socket: Socket, args: Args| {
            if let Ok(answer) = socket.emit_args_with_ack("question", args).await {
                socket.emit_args("answered", answer).unwrap();
            }
        })
        .on("kick", async |socket: Socket| socket.disconnect())
        .on_disconnect(async |socket: Socket, reason: DisconnectReason, State(tell): State<Tell<String>>| {
            if socket.namespace().is_empty() {
                tell.tell(reason.to_string());
            }
        })
}

/// What the application around the capture server answered.
async fn application(_: Request<Incoming>) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::full("app 404"));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().insert("content-type", HeaderValue::from_static("text/plain"));
    response
}
