//! The reference application: what it does for every event, on every transport, on both of its namespaces.

use longwire_tests::packet::{event, event_with_id};
use longwire_tests::{Client, Program, Transport};
use serde_json::{Value, json};

/// A client on a namespace of the application.
struct Peer {
    client: Client,
    endpoint: &'static str,
}

impl Peer {
    async fn open(app: &Program, transport: Transport, endpoint: &'static str) -> Self {
        let mut client = app.client(transport).await;
        if !endpoint.is_empty() {
            let connect = format!("1::{endpoint}");
            client.send(&connect).await;
            client.expect(&[&connect]).await;
        }
        Self { client, endpoint }
    }

    async fn emit(&mut self, name: &str, args: Value) {
        self.client.send(&event(self.endpoint, name, &args)).await;
    }

    async fn emit_with_ack(&mut self, id: u64, name: &str, args: Value) {
        self.client.send(&event_with_id(&format!("{id}+"), self.endpoint, name, &args)).await;
    }

    async fn expect_event(&mut self, name: &str, args: Value) {
        let expected = event(self.endpoint, name, &args);
        self.client.expect(&[&expected]).await;
    }

    async fn expect_ack(&mut self, id: u64, args: &str) {
        let expected = format!("6::{}:{id}{args}", self.endpoint);
        self.client.expect(&[&expected]).await;
    }

    /// The session was ended. Whether a poll was under way when that happened is nothing that this client knows: if not, it
    /// is told that there is no such session.
    async fn expect_goodbye(&mut self) {
        let goodbye = self.client.packet().await;
        let is_late = self.client.transport.polls() && goodbye == "7:::1+0";
        assert!(is_late || goodbye == "0::", "{goodbye} on {:?}", self.client.transport);
        if !is_late {
            self.client.assert_end().await;
        }
    }

    /// Shows that nothing else came, by something that comes behind it.
    async fn expect_nothing(&mut self) {
        self.emit("echo", json!(["nothing came before"])).await;
        self.expect_event("echo", json!(["nothing came before"])).await;
    }
}

async fn everywhere(check: impl AsyncFn(&Program, Transport, &'static str)) {
    let app = Program::reference_app(&[]).await;
    for transport in Transport::ALL {
        for endpoint in ["", "/chat"] {
            check(&app, transport, endpoint).await;
        }
    }
}

#[tokio::test]
async fn echo_comes_back() {
    everywhere(async |app, transport, endpoint| {
        let mut peer = Peer::open(app, transport, endpoint).await;
        for args in
            [json!([]), json!(["hello!"]), json!([1, null, {"a": ["€", "😀", "\u{2028}", "</script>"]}, "q\"\\\n"])]
        {
            peer.emit("echo", args.clone()).await;
            peer.expect_event("echo", args).await;
        }
    })
    .await;
}

#[tokio::test]
async fn ack_acknowledges_with_its_arguments() {
    everywhere(async |app, transport, endpoint| {
        let mut peer = Peer::open(app, transport, endpoint).await;
        peer.emit_with_ack(7, "ack", json!(["a", {"b": 1}])).await;
        peer.expect_ack(7, r#"+["a",{"b":1}]"#).await;
        peer.emit_with_ack(8, "ack", json!([])).await;
        peer.expect_ack(8, "").await;
        // Without the plus sign it is the library that answers; without an id nobody does.
        peer.client.send(&event_with_id("9", endpoint, "ack", &json!([1]))).await;
        peer.expect_ack(9, "").await;
        peer.emit("ack", json!([1])).await;
        peer.expect_nothing().await;
    })
    .await;
}

#[tokio::test]
async fn ask_asks_back_and_answers_with_the_answer() {
    everywhere(async |app, transport, endpoint| {
        let mut peer = Peer::open(app, transport, endpoint).await;
        for id in 1..3 {
            peer.emit("ask", json!(["who?"])).await;
            let question = event_with_id(&format!("{id}+"), endpoint, "question", &json!(["who?"]));
            peer.client.expect(&[&question]).await;
            peer.client.send(&format!(r#"6::{endpoint}:{id}+["A","B"]"#)).await;
            peer.expect_event("answered", json!(["A", "B"])).await;
        }
        // An answer counts once.
        peer.client.send(&format!(r#"6::{endpoint}:1+["A","B"]"#)).await;
        peer.expect_nothing().await;
    })
    .await;
}

#[tokio::test]
async fn an_open_question_holds_nothing_up() {
    everywhere(async |app, transport, endpoint| {
        let mut peer = Peer::open(app, transport, endpoint).await;
        for id in 1..3 {
            peer.emit("ask", json!(["who?"])).await;
            let question = event_with_id(&format!("{id}+"), endpoint, "question", &json!(["who?"]));
            peer.client.expect(&[&question]).await;
            peer.expect_nothing().await;
        }
        for id in [2, 1] {
            peer.client.send(&format!("6::{endpoint}:{id}+[{id}]")).await;
            peer.expect_event("answered", json!([id])).await;
        }
    })
    .await;
}

#[tokio::test]
async fn broadcast_reaches_all_others_of_the_namespace() {
    let app = Program::reference_app(&[]).await;
    let mut crowd = Vec::new();
    for transport in Transport::ALL {
        for endpoint in ["", "/chat"] {
            crowd.push(Peer::open(&app, transport, endpoint).await);
        }
    }
    for sender in 0..crowd.len() {
        let (endpoint, args) = (crowd[sender].endpoint, json!(["from", sender]));
        crowd[sender].emit("broadcast", args.clone()).await;
        let expected = event(endpoint, "broadcast", &args);
        for (index, peer) in crowd.iter_mut().enumerate() {
            // Whoever is on another namespace is on the default one as well.
            if index != sender && (endpoint.is_empty() || peer.endpoint == endpoint) {
                peer.client.expect(&[&expected]).await;
            }
        }
    }
    for peer in &mut crowd {
        peer.expect_nothing().await;
    }
}

#[tokio::test]
async fn all_reaches_the_sender_too() {
    everywhere(async |app, transport, endpoint| {
        let mut sender = Peer::open(app, transport, endpoint).await;
        let mut other = Peer::open(app, Transport::WEBSOCKET, endpoint).await;
        let mut elsewhere = Peer::open(app, Transport::XhrPolling, "").await;
        sender.emit("all", json!([1, "two"])).await;
        sender.expect_event("all", json!([1, "two"])).await;
        other.expect_event("all", json!([1, "two"])).await;
        if endpoint.is_empty() {
            elsewhere.expect_event("all", json!([1, "two"])).await;
        }
        elsewhere.expect_nothing().await;
    })
    .await;
}

#[tokio::test]
async fn rooms_are_joined_left_and_spoken_to() {
    everywhere(async |app, transport, endpoint| {
        let room = format!("room of {transport:?} {endpoint}");
        let joined = format!("+[{}]", json!(room));
        let mut inside = Peer::open(app, transport, endpoint).await;
        let mut sender = Peer::open(app, Transport::WEBSOCKET, endpoint).await;
        let mut outside = Peer::open(app, Transport::XhrPolling, endpoint).await;
        for peer in [&mut inside, &mut sender] {
            peer.emit_with_ack(1, "join", json!([room])).await;
            peer.expect_ack(1, &joined).await;
        }
        sender.emit("to-room", json!([room, "hi", 1])).await;
        inside.expect_event("room", json!([room, "hi", 1])).await;

        inside.emit_with_ack(2, "leave", json!([room])).await;
        inside.expect_ack(2, &joined).await;
        sender.emit("to-room", json!([room, "again"])).await;
        for peer in [&mut sender, &mut inside, &mut outside] {
            peer.expect_nothing().await;
        }
        // One need not be in a room to speak to it.
        outside.emit("to-room", json!([room])).await;
        sender.expect_event("room", json!([room])).await;
    })
    .await;
}

#[tokio::test]
async fn a_burst_comes_whole_and_in_order() {
    everywhere(async |app, transport, endpoint| {
        let mut peer = Peer::open(app, transport, endpoint).await;
        peer.emit("burst", json!([300])).await;
        for number in 0..300 {
            peer.expect_event("seq", json!([number])).await;
        }
    })
    .await;
}

#[tokio::test]
async fn after_a_while_the_event_comes() {
    everywhere(async |app, transport, endpoint| {
        let mut peer = Peer::open(app, transport, endpoint).await;
        // The later one is asked for first: the server does not wait for one before the other.
        peer.emit("after", json!([600_000, "when nobody is here"])).await;
        peer.emit("after", json!([0, "soon"])).await;
        peer.expect_event("after", json!(["soon"])).await;
        peer.emit("after", json!([40, "late", 1])).await;
        peer.expect_event("after", json!(["late", 1])).await;
    })
    .await;
}

#[tokio::test]
async fn kick_ends_the_namespace_and_with_the_default_one_the_session() {
    everywhere(async |app, transport, endpoint| {
        let mut peer = Peer::open(app, transport, endpoint).await;
        peer.emit("kick", json!([])).await;
        if endpoint.is_empty() {
            peer.expect_goodbye().await;
        } else {
            peer.client.expect(&["0::/chat"]).await;
            peer.emit("echo", json!(["nobody there"])).await;
            peer.endpoint = "";
            peer.expect_nothing().await;
        }
    })
    .await;
}

#[tokio::test]
async fn kick_session_ends_the_session_from_any_namespace() {
    everywhere(async |app, transport, endpoint| {
        let mut peer = Peer::open(app, transport, endpoint).await;
        peer.emit("kick-session", json!([])).await;
        peer.expect_goodbye().await;
    })
    .await;
}

#[tokio::test]
async fn id_is_the_session_id() {
    everywhere(async |app, transport, endpoint| {
        let mut peer = Peer::open(app, transport, endpoint).await;
        peer.emit_with_ack(1, "id", json!([])).await;
        let id = format!("+[{}]", json!(peer.client.id));
        peer.expect_ack(1, &id).await;
    })
    .await;
}

#[tokio::test]
async fn texts_and_json_messages_come_back() {
    everywhere(async |app, transport, endpoint| {
        let mut peer = Peer::open(app, transport, endpoint).await;
        for text in ["hello", "", "a:b:c", "line\nbreaks\r\n", "€😀\u{2028}\u{fffd}", "</script>\\/"] {
            peer.client.send(&format!("3::{endpoint}:{text}")).await;
            // An empty text is written without its colon.
            let data = if text.is_empty() { String::new() } else { format!(":{text}") };
            peer.client.expect(&[&format!("3::{endpoint}{data}")]).await;
        }
        for value in [r#"{"a":1}"#, "[1,[2]]", r#""text""#, "null", "-1.5e3", r#"{"b":1,"a":2}"#] {
            peer.client.send(&format!("4::{endpoint}:{value}")).await;
            peer.client.expect(&[&format!("4::{endpoint}:{value}")]).await;
        }
    })
    .await;
}
