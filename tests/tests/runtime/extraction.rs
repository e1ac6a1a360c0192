//! What handlers can take as arguments, and what happens when it is not there.

use std::sync::Arc;

use longwire::{
    Ack, Args, BuildError, Data, DisconnectReason, EventContext, EventName, ExtractError, FromEvent, Handshake,
    Happening, Io, Json, Namespace, NamespaceError, Server, Socket, State, Text,
};
use longwire_tests::server::config;
use longwire_tests::{Tell, TestServer, Transport, told};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Point {
    x: i32,
    #[serde(default)]
    y: i32,
}

type Log = State<Tell<String>>;

async fn serve(namespace: Namespace) -> (TestServer, longwire_tests::Told<String>) {
    let (tell, told) = told::<String>();
    (TestServer::start(Server::builder(config()).state(tell).namespace(namespace)).await, told)
}

#[tokio::test]
async fn arguments_are_taken_in_order_and_args_takes_the_rest() {
    let namespace = Namespace::new("/")
        .on("point", async |State(log): Log, Data(name): Data<String>, Data(point): Data<Point>, rest: Args| {
            log.tell(format!("{name} {} {} {}", point.x, point.y, rest.as_json()));
        })
        .on("all", async |State(log): Log, all: Args, Data(first): Data<u8>, rest: Args| {
            log.tell(format!("{} {first} {}", all.as_json(), rest.as_json()));
        })
        .on("optional", async |State(log): Log, first: Result<Data<u8>, ExtractError>| {
            log.tell(match first {
                Ok(Data(number)) => format!("{number}"),
                Err(ExtractError::Missing) => "missing".to_owned(),
                Err(error) => error.to_string(),
            });
        })
        .on("nullable", async |State(log): Log, Data(value): Data<Option<u8>>| log.tell(format!("{value:?}")));
    let (server, mut log) = serve(namespace).await;
    let mut client = server.client(Transport::WEBSOCKET).await;
    for (event, expected) in [
        (r#"{"name":"point","args":["a",{"x":1,"y":2},3,[4]]}"#, "a 1 2 [3,[4]]"),
        (r#"{"name":"point","args":["b",{"x":-1}]}"#, "b -1 0 []"),
        (r#"{"args":[7,"rest"],"name":"all","more":1}"#, r#"[7,"rest"] 7 ["rest"]"#),
        (r#"{"name":"optional","args":[8]}"#, "8"),
        (r#"{"name":"optional"}"#, "missing"),
        (r#"{"name":"optional","args":["x"]}"#, "an argument is of another type"),
        (r#"{"name":"nullable","args":[null]}"#, "None"),
        // One value in place of the list is one argument, as some clients of the time write it.
        (r#"{"name":"optional","args":9}"#, "9"),
    ] {
        client.send(&format!("5:::{event}")).await;
        assert_eq!(log.hear().await, expected, "{event}");
    }
}

#[tokio::test]
async fn a_handler_whose_arguments_are_not_there_does_not_run() {
    let namespace = Namespace::new("/")
        .on("number", async |State(log): Log, Data(number): Data<u8>| log.tell(format!("number {number}")))
        .on("two", async |State(log): Log, _: Data<u8>, _: Data<u8>| log.tell("two"))
        .on("text", async |State(log): Log, _: Text| log.tell("an event is no text"))
        .on("reason", async |State(log): Log, _: DisconnectReason| log.tell("an event is no end"))
        .on_connect(async |State(log): Log, _: Args| log.tell("a connect has no arguments"))
        .on_text(async |State(log): Log, _: Json| log.tell("a text is no json"))
        .on_json(async |State(log): Log, _: Data<Point>| log.tell("a point"));
    let (server, mut log) = serve(namespace).await;
    let mut client = server.client(Transport::WEBSOCKET).await;
    client
        .send_all(&[
            r#"5:1+::{"name":"number","args":[256]}"#,
            r#"5:2+::{"name":"number"}"#,
            r#"5:::{"name":"two","args":[1]}"#,
            r#"5:::{"name":"text","args":["x"]}"#,
            r#"5:::{"name":"reason"}"#,
            "3:::text",
            r#"4:::{"y":1}"#,
            r#"4:::{"x":1}"#,
            r#"5:::{"name":"number","args":[255]}"#,
        ])
        .await;
    assert_eq!(log.hear().await, "a point");
    assert_eq!(log.hear().await, "number 255");
}

#[tokio::test]
async fn messages_come_as_text_as_json_or_as_data() {
    let namespace = Namespace::new("/")
        .on_text(async |State(log): Log, Text(text): Text, Data(same): Data<String>, happening: Seen| {
            assert_eq!(*text, *same);
            log.tell(format!("{text} {}", happening.0));
        })
        .on_json(async |State(log): Log, Json(json): Json, value: Result<Data<Point>, ExtractError>, args: Args| {
            log.tell(format!("{json} {} {}", value.is_ok(), args.as_json()));
        });
    let (server, mut log) = serve(namespace).await;
    let mut client = server.client(Transport::XhrPolling).await;
    for (packet, expected) in [
        ("3:::a:b", "a:b text"),
        ("3:::\"quoted\"", "\"quoted\" text"),
        (r#"4:::{"x":1, "y":2}"#, r#"{"x":1, "y":2} true []"#),
        ("4:::7", "7 false []"),
    ] {
        client.send(packet).await;
        assert_eq!(log.hear().await, expected);
    }
}

/// An argument of an application's own.
struct Seen(&'static str);

impl FromEvent for Seen {
    fn from_event(context: &mut EventContext) -> Result<Self, ExtractError> {
        assert!(context.socket().is_connected());
        Ok(Self(match context.happening() {
            Happening::Text(_) => "text",
            Happening::Event { .. } => "event",
            Happening::Connect | Happening::Json(_) | Happening::Disconnect(_) | _ => {
                return Err(ExtractError::Kind("things of that kind"));
            }
        }))
    }
}

#[tokio::test]
async fn everything_of_a_kind_can_be_taken_together() {
    #[expect(clippy::too_many_arguments, reason = "eight are what a handler can have")]
    async fn eight(
        socket: Socket,
        io: Io,
        handshake: Arc<Handshake>,
        EventName(name): EventName,
        State(log): Log,
        Seen(kind): Seen,
        ack: Ack,
        args: Args,
    ) {
        assert_eq!((io.count("/"), handshake.query("t").as_deref()), (1, Some("1")));
        log.tell(format!("{name} {kind} {} {}", args.as_json(), socket.transport()));
        ack.send(&*name).unwrap();
    }
    let (server, mut log) = serve(Namespace::new("/").on_other(eight)).await;
    let mut client = server.client(Transport::HtmlFile).await;
    client.send(r#"5:1+::{"name":"whatever","args":[1]}"#).await;
    assert_eq!(log.hear().await, "whatever event [1] htmlfile");
    client.expect(&[r#"6:::1+["whatever"]"#]).await;
}

#[tokio::test]
async fn events_find_their_handler_by_name() {
    let namespace = Namespace::new("/")
        .on("known", async |State(log): Log| log.tell("replaced"))
        .on("known", async |State(log): Log| log.tell("known"))
        .on("message", async |State(log): Log| log.tell("an event of the name message"))
        .on_other(async |State(log): Log, EventName(name): EventName| log.tell(format!("other: {name}")))
        .on_text(async |State(log): Log| log.tell("a message"));
    let (server, mut log) = serve(namespace).await;
    let mut client = server.client(Transport::WEBSOCKET).await;
    for name in ["connect", "disconnect", "open", "close", "error", "retry", "reconnect"] {
        client.send(&format!(r#"5:::{{"name":"{name}"}}"#)).await;
    }
    for name in ["known", "message", "__proto__", "Known"] {
        client.send(&format!(r#"5:::{{"name":"{name}"}}"#)).await;
    }
    client.send("3:::x").await;
    for expected in ["known", "an event of the name message", "other: __proto__", "other: Known", "a message"] {
        assert_eq!(log.hear().await, expected);
    }
}

#[tokio::test]
async fn a_state_that_nobody_gave_is_noticed_when_the_server_is_built() {
    let wanting = || {
        Namespace::new("/").on("x", async |_: State<u64>| {}).on("y", async |_: Result<State<u64>, ExtractError>| {})
    };
    let missing = Server::builder(config()).state(7_u32).namespace(wanting()).build();
    let Err(BuildError::Namespace(missing)) = missing else { panic!("{missing:?}") };
    assert_eq!(missing, NamespaceError::MissingState { type_name: "u64" });
    assert!(missing.to_string().contains("State<u64>"), "{missing}");
    assert!(Server::builder(config()).state(7_u64).namespace(wanting()).build().is_ok());
}

#[test]
fn a_server_needs_a_runtime() {
    assert!(matches!(Server::builder(config()).build(), Err(BuildError::NoRuntime)));
}
