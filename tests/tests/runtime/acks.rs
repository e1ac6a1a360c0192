//! Acknowledgements, both ways.

use std::time::Duration;

use longwire::{Ack, AckError, Args, Data, EmitError, Namespace, Server, Socket, State, Text};
use longwire_tests::server::config;
use longwire_tests::{Client, Tell, TestServer, Told, Transport, told};

type Answers = Tell<Result<String, AckError>>;

/// Asks the client and tells the test what came of it.
async fn ask(socket: Socket, Data(question): Data<String>, State(answers): State<Answers>) {
    let answer = match question.as_str() {
        "text" => socket.send_with_ack("a text").await,
        "soon" => socket.emit_with_ack_within("question", &question, Duration::from_millis(20)).await,
        _ => socket.emit_with_ack("question", &question).await,
    };
    answers.tell(answer.map(|args| args.as_json().to_owned()));
}

fn asking(name: &str) -> Namespace {
    Namespace::new(name).on("ask", ask)
}

async fn start(config: longwire::Config) -> (TestServer, Told<Result<String, AckError>>) {
    let (tell, told) = told();
    let builder = Server::builder(config).state::<Answers>(tell).namespace(asking("/")).namespace(asking("/chat"));
    (TestServer::start(builder).await, told)
}

async fn ask_for(client: &mut Client, endpoint: &str, question: &str) {
    client.send(&format!(r#"5::{endpoint}:{{"name":"ask","args":["{question}"]}}"#)).await;
}

#[tokio::test]
async fn a_client_gets_the_answer_it_asked_for() {
    let namespace = Namespace::new("/")
        .on("sum", async |Data(a): Data<i32>, Data(b): Data<i32>, ack: Ack| ack.send(&(a + b)).unwrap())
        .on("list", async |ack: Ack| ack.send(&(1, "two", [3])).unwrap())
        .on("relay", async |args: Args, ack: Ack| ack.send_args(args).unwrap())
        .on("none", async |ack: Ack| ack.send(&()).unwrap())
        .on("never", async |ack: Ack| drop(ack))
        .on("wanted", async |socket: Socket, ack: Ack| {
            socket.send(ack.is_wanted().to_string()).unwrap();
            // Answering nobody is no error.
            ack.send("answer").unwrap();
        })
        .on_text(async |Text(text): Text, ack: Ack| ack.send(&text.len()).unwrap())
        .on_json(async |Data(value): Data<Vec<u8>>, ack: Ack| ack.send(&value.len()).unwrap());
    let server = TestServer::start(Server::builder(config()).namespace(namespace)).await;
    for transport in Transport::KINDS {
        let mut client = server.client(transport).await;
        for (packet, answer) in [
            (r#"5:1+::{"name":"sum","args":[2,3]}"#, "6:::1+[5]"),
            (r#"5:2+::{"name":"list"}"#, r#"6:::2+[1,"two",[3]]"#),
            (r#"5:3+::{"name":"relay","args":[ {"b":1,"a":2} ]}"#, r#"6:::3+[ {"b":1,"a":2} ]"#),
            (r#"5:9007199254740991+::{"name":"none"}"#, "6:::9007199254740991"),
            ("3:4+::hello", "6:::4+[5]"),
            ("4:5+::[1,2]", "6:::5+[2]"),
            // Without a plus the library answers, and the handler has nothing to answer.
            ("3:6::hello", "6:::6"),
            (r#"5:7::{"name":"sum","args":[1,1]}"#, "6:::7"),
            (r#"5:8::{"name":"nobody handles this"}"#, "6:::8"),
        ] {
            client.send(packet).await;
            client.expect(&[answer]).await;
        }
        client.send(r#"5:9+::{"name":"never"}"#).await;
        client.send(r#"5:10+::{"name":"wanted"}"#).await;
        client.expect(&["3:::true", r#"6:::10+["answer"]"#]).await;
        client.send(r#"5:11::{"name":"wanted"}"#).await;
        client.expect(&["6:::11", "3:::false"]).await;
    }
}

#[tokio::test]
async fn an_answer_may_come_from_another_task_and_later() {
    let namespace = Namespace::new("/").on("slow", async |ack: Ack, socket: Socket| {
        tokio::spawn(async move {
            socket.send("meanwhile").unwrap();
            ack.send("done").unwrap();
        });
    });
    let server = TestServer::start(Server::builder(config()).namespace(namespace)).await;
    for transport in Transport::KINDS {
        let mut client = server.client(transport).await;
        client.send(r#"5:1+::{"name":"slow"}"#).await;
        client.expect(&["3:::meanwhile", r#"6:::1+["done"]"#]).await;
    }
}

#[tokio::test]
async fn the_server_asks_and_the_client_answers() {
    let (server, mut answers) = start(config()).await;
    for transport in Transport::KINDS {
        let mut client = server.client(transport).await;
        client.send("1::/chat").await;
        client.expect(&["1::/chat"]).await;
        let questions = [
            ("", r#"6:::ID+["A",1]"#, r#"["A",1]"#),
            ("", "6:::ID", "[]"),
            ("", "6:::ID+", "[]"),
            ("/chat", r#"6::/chat:ID+["A"]"#, r#"["A"]"#),
            // Native clients leave the endpoint out.
            ("/chat", "6:::ID+[2]", "[2]"),
        ];
        // One count for the whole session, whatever the endpoint.
        for (id, (endpoint, answer, expected)) in (1..).zip(questions) {
            ask_for(&mut client, endpoint, "why").await;
            client.expect(&[&format!(r#"5:{id}+:{endpoint}:{{"name":"question","args":["why"]}}"#)]).await;
            client.send(&answer.replace("ID", &id.to_string())).await;
            assert_eq!(answers.hear().await.unwrap(), expected);
        }
        ask_for(&mut client, "", "text").await;
        client.expect(&["3:6::a text"]).await;
        client.send("6:::6").await;
        assert_eq!(answers.hear().await.unwrap(), "[]");
    }
}

#[tokio::test]
async fn an_answer_counts_once_and_for_its_own_question() {
    let (server, mut answers) = start(config()).await;
    let mut client = server.client(Transport::WEBSOCKET).await;
    client.send("1::/chat").await;
    client.expect(&["1::/chat"]).await;
    ask_for(&mut client, "", "first").await;
    client.expect(&[r#"5:1+::{"name":"question","args":["first"]}"#]).await;
    client.send_all(&["6::/chat:1+[0]", "6:::2+[0]", "6:::1+5", "6:::1+\"text\"", "6:::1+[1]", "6:::1+[2]"]).await;
    assert_eq!(answers.hear().await.unwrap(), "[1]");
    ask_for(&mut client, "", "second").await;
    client.expect(&[r#"5:2+::{"name":"question","args":["second"]}"#]).await;
    client.send("6:::2+[3]").await;
    assert_eq!(answers.hear().await.unwrap(), "[3]");
    answers.assert_nothing();
}

#[tokio::test]
async fn a_client_that_does_not_answer_is_not_waited_for() {
    let (server, mut answers) = start(config().ack_timeout(Duration::from_millis(20))).await;
    for (transport, question) in
        [(Transport::WEBSOCKET, "why"), (Transport::XhrPolling, "why"), (Transport::HtmlFile, "soon")]
    {
        let mut client = server.client(transport).await;
        ask_for(&mut client, "", question).await;
        assert!(matches!(answers.hear().await, Err(AckError::Timeout)));
        // Too late is too late, and ends nothing.
        client.expect(&[&format!(r#"5:1+::{{"name":"question","args":["{question}"]}}"#)]).await;
        client.send("6:::1+[1]").await;
        ask_for(&mut client, "", question).await;
        assert!(matches!(answers.hear().await, Err(AckError::Timeout)));
    }
}

/// The handler that waits is what keeps the end of the session from being handled, so it has to hear of it first.
#[tokio::test]
async fn a_handler_that_waits_for_an_answer_hears_that_the_client_has_gone() {
    let (tell, mut gone) = told::<()>();
    let (answers, mut heard) = told();
    let namespace = asking("/").on_disconnect(async |State(tell): State<Tell<()>>| tell.tell(()));
    let builder = Server::builder(config().ack_timeout(Duration::from_secs(3600)));
    let server = TestServer::start(builder.state::<Answers>(answers).state(tell).namespace(namespace)).await;
    for transport in Transport::KINDS {
        let mut client = server.client(transport).await;
        ask_for(&mut client, "", "why").await;
        client.expect(&[r#"5:1+::{"name":"question","args":["why"]}"#]).await;
        client.send("0::").await;
        assert!(matches!(heard.hear().await, Err(AckError::Closed)));
        gone.hear().await;
        server.sessions(0).await;
    }
}

#[tokio::test]
async fn so_many_questions_wait_and_no_more() {
    let (tell, mut told) = told::<bool>();
    let namespace = Namespace::new("/").on("many", async |socket: Socket, State(tell): State<Tell<bool>>| {
        let first = socket.emit_with_ack("question", &1);
        let second = socket.emit_with_ack("question", &2);
        let third = socket.emit_with_ack("question", &3).await;
        tell.tell(matches!(third, Err(AckError::Emit(EmitError::TooManyAcks { limit: 2 }))));
        drop(first);
        // Whoever gives up makes room.
        tell.tell(socket.emit_with_ack("question", &4).await.is_ok());
        tell.tell(second.await.is_ok());
    });
    let server = TestServer::start(Server::builder(config().pending_acks(2)).state(tell).namespace(namespace)).await;
    let mut client = server.client(Transport::WEBSOCKET).await;
    client.send(r#"5:::{"name":"many"}"#).await;
    for (id, number) in [(1, 1), (2, 2), (3, 4)] {
        client.expect(&[&format!(r#"5:{id}+::{{"name":"question","args":[{number}]}}"#)]).await;
    }
    client.send_all(&["6:::3", "6:::2", "6:::1"]).await;
    for _ in 0..3 {
        assert!(told.hear().await);
    }
}
