//! The hub on its own: a session that only notes what it is told, and a clock that stands still.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant, SystemTime};

use futures_channel::oneshot;
use futures_util::FutureExt;
use longwire_codec::websocket::CloseCode;
use longwire_codec::{AckRequest, Args, Content, Event as NamedEvent, Outbound, Packet, WireFormat};
use longwire_transport::{CloseReason, Delivery, Event, PeerInfo, SendError, SessionId};
use parking_lot::Mutex;

use super::{
    Ack, Client, Data, Denied, DisconnectReason, EmitError, Handshake, Hub, Io, Item, Limits, Link, Namespace, Service,
    Socket, State, States,
};

/// A session that takes everything and forgets nothing.
struct Recorder {
    now: Instant,
    state: Mutex<Recorded>,
}

#[derive(Default)]
struct Recorded {
    sent: Vec<String>,
    /// Where the forms of what was sent stand in memory, as a WebSocket of SockJS has them.
    frames: Vec<usize>,
    closed: Option<CloseReason>,
    items: Vec<Item>,
    full: bool,
}

impl Link for Recorder {
    fn send(self: Arc<Self>, message: &Outbound, _: Delivery) -> Result<(), SendError> {
        let mut state = self.state.lock();
        if state.full {
            return Err(SendError::Full { queued: 1, limit: 1 });
        }
        state.frames.push(message.form(WireFormat::SOCKJS_WEBSOCKET).as_ptr().addr());
        let bytes = message.form(WireFormat::SOCKETIO_REV1_TEXT);
        state.sent.push(String::from_utf8(bytes.to_vec()).unwrap());
        Ok(())
    }

    fn send_or_wait(self: Arc<Self>, message: &Outbound) -> Result<Option<oneshot::Receiver<()>>, SendError> {
        self.send(message, Delivery::Reliable).map(|()| None)
    }

    fn close(self: Arc<Self>, reason: CloseReason) {
        self.state.lock().closed.get_or_insert(reason);
    }

    fn close_with(self: Arc<Self>, code: CloseCode, words: &str) {
        self.state.lock().sent.push(format!("{code} {words}"));
        self.close(CloseReason::Booted);
    }

    fn transport(&self) -> Option<&'static str> {
        Some("websocket")
    }

    fn enqueue(self: Arc<Self>, item: Item) {
        self.state.lock().items.push(item);
    }

    fn deadline_changed(self: Arc<Self>) {}

    fn now(&self) -> Instant {
        self.now
    }
}

/// What handlers noted, in order.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn add(&self, note: impl Into<String>) {
        self.0.lock().push(note.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock())
    }
}

/// A session and the hub's end of it.
struct Session {
    link: Arc<Recorder>,
    client: Arc<Client>,
}

impl Session {
    fn open(hub: &Arc<Hub>, id: &str) -> Self {
        Self::open_below(hub, id, "")
    }

    /// A session of the service below a prefix, if there is one.
    fn open_below(hub: &Arc<Hub>, id: &str, prefix: &str) -> Self {
        let link = Arc::new(Recorder { now: Instant::now(), state: Mutex::default() });
        let weak: Weak<dyn Link> = Arc::downgrade(&(Arc::clone(&link) as Arc<dyn Link>));
        let (head, ()) = http::Request::get("/socket.io/1/?user=anna").body(()).unwrap().into_parts();
        let peer = PeerInfo { address: ([127, 0, 0, 1], 5).into(), secure: false };
        let handshake = Arc::new(Handshake::new(&head, peer, SystemTime::UNIX_EPOCH));
        let service = hub.service(prefix).cloned();
        let client = Arc::new(Client::new(Arc::clone(hub), weak, SessionId::new(id), handshake, service));
        let session = Self { link, client };
        session.happens(Event::Open);
        session
    }

    /// Has the hub handle something; nothing in these tests waits.
    fn happens(&self, event: Event) {
        self.work();
        if !self.client.intercept(&event) {
            self.client.handle(Item::Event(event)).now_or_never().expect("a handler that waits for nothing");
        }
        self.work();
    }

    /// Does what was put behind the session's own events.
    fn work(&self) {
        let items = std::mem::take(&mut self.link.state.lock().items);
        for item in items {
            self.client.handle(item).now_or_never().expect("a handler that waits for nothing");
        }
    }

    fn says(&self, namespace: &str, content: Content) {
        self.happens(Event::Packet(Packet::new(namespace, content)));
    }

    fn emits(&self, namespace: &str, name: &str, args: &str, ack: AckRequest) {
        let args = Args::from_checked_json(args.into());
        self.says(namespace, Content::Event(NamedEvent { name: name.into(), args, ack }));
    }

    fn connects(&self, namespace: &str) {
        self.says(namespace, Content::Connect { query: "".into() });
    }

    fn told(&self) -> Vec<String> {
        std::mem::take(&mut self.link.state.lock().sent)
    }
}

fn limits() -> Limits {
    Limits {
        namespaces: 2,
        rooms: 2,
        pending_acks: 2,
        ack_timeout: Duration::from_secs(1),
        held_packets: 3,
        hold_time: Duration::from_secs(5),
        authorization_timeout: Duration::from_secs(1),
    }
}

fn hub(namespaces: Vec<Namespace>) -> (Arc<Hub>, Notes) {
    let (notes, mut states) = (Notes::default(), States::default());
    states.insert(notes.clone());
    let timer = Box::new(|_| std::future::pending().boxed());
    (Hub::new(namespaces, Vec::new(), states, limits(), timer).unwrap(), notes)
}

/// A namespace whose handlers note what they hear.
fn noting(name: &str) -> Namespace {
    Namespace::new(name)
        .on_connect(async |socket: Socket, State(notes): State<Notes>| notes.add(format!("+{}", socket.namespace())))
        .on("note", async |State(notes): State<Notes>, Data(text): Data<String>| notes.add(text))
        .on_text(async |State(notes): State<Notes>, Data(text): Data<String>| notes.add(text))
        .on_disconnect(async |socket: Socket, reason: DisconnectReason, State(notes): State<Notes>| {
            notes.add(format!("-{} {reason} {:?}", socket.namespace(), socket.rooms()));
        })
}

#[test]
fn one_message_is_encoded_once_for_all_of_both_families() {
    let timer = Box::new(|_| std::future::pending().boxed());
    let services = vec![("/rooms".into(), Service::in_namespace("/")), ("/alone".into(), Service::new())];
    let hub = Hub::new(vec![Namespace::new("/")], services, States::default(), limits(), timer).unwrap();
    let sessions = [("anna", ""), ("bert", "/rooms"), ("cleo", "/rooms"), ("dora", "/alone")];
    let sessions = sessions.map(|(id, prefix)| Session::open_below(&hub, id, prefix));
    Io::new(Arc::clone(&hub)).emit("news", &1);
    let frames = sessions.map(|session| std::mem::take(&mut session.link.state.lock().frames));
    let [anna, bert, cleo, dora] = &frames;
    assert_eq!((anna.len(), dora.len()), (1, 0));
    assert_eq!((anna, anna), (bert, cleo));
}

#[test]
fn a_namespace_opens_once_and_its_echo_is_repeated() {
    let (hub, notes) = hub(vec![noting("/"), noting("/chat")]);
    let anna = Session::open(&hub, "anna");
    anna.connects("/chat");
    anna.connects("/chat");
    assert_eq!(notes.take(), ["+", "+/chat"]);
    assert_eq!(anna.told(), ["1::/chat", "1::/chat"]);
}

#[test]
fn what_nobody_declared_is_refused_and_so_is_one_too_many() {
    let (hub, notes) = hub(vec![noting("/a"), noting("/b")]);
    let anna = Session::open(&hub, "anna");
    for name in ["/nosuch", "__proto__", "/", "/a", "/b"] {
        anna.connects(name);
    }
    assert_eq!(anna.told(), ["7::/nosuch:2", "7::__proto__:2", "7::/:2", "1::/a", "7::/b:2"]);
    assert_eq!(notes.take(), ["+/a"]);
}

#[test]
fn packets_ahead_of_their_namespace_wait_for_it_up_to_a_limit() {
    let (hub, notes) = hub(vec![noting("/chat")]);
    let anna = Session::open(&hub, "anna");
    for number in 1..=4 {
        anna.emits("/chat", "note", &format!("[\"{number}\"]"), AckRequest::Receipt(number));
    }
    assert!(anna.told().is_empty());
    anna.connects("/chat");
    assert_eq!(notes.take(), ["+/chat", "1", "2", "3"]);
    assert_eq!(anna.told(), ["1::/chat", "6::/chat:1", "6::/chat:2", "6::/chat:3"]);
}

#[test]
fn packets_that_waited_too_long_are_dropped() {
    let (hub, notes) = hub(vec![noting("/chat")]);
    let anna = Session::open(&hub, "anna");
    anna.emits("/chat", "note", "[\"late\"]", AckRequest::None);
    let deadline = anna.client.poll_timeout().unwrap();
    assert_eq!(deadline, anna.link.now + Duration::from_secs(5));
    anna.client.handle_timeout(deadline);
    assert_eq!(anna.client.poll_timeout(), None);
    anna.connects("/chat");
    assert_eq!(notes.take(), ["+/chat"]);
}

#[test]
fn nothing_waits_for_a_namespace_that_was_left_or_refused() {
    let closed = Namespace::new("/closed").authorize(async |_| Err(Denied::Unauthorized));
    let failing = Namespace::new("/failing").authorize(async |_| Err(Denied::Failed));
    let (hub, notes) = hub(vec![noting("/"), noting("/chat"), closed, failing]);
    let anna = Session::open(&hub, "anna");
    anna.connects("/chat");
    anna.says("/chat", Content::Disconnect);
    anna.connects("/closed");
    anna.connects("/failing");
    assert_eq!(anna.told(), ["1::/chat", "7::/closed:2", "7::/failing"]);
    for name in ["/chat", "/closed", "/failing"] {
        anna.emits(name, "note", "[\"x\"]", AckRequest::Receipt(1));
    }
    assert_eq!(anna.client.poll_timeout(), None);
    assert!(anna.told().is_empty());
    anna.connects("/chat");
    assert_eq!(notes.take(), ["+", "+/chat", "-/chat packet []", "+/chat"]);
}

#[test]
fn a_receipt_goes_out_ahead_of_what_the_handler_says() {
    let echo = Namespace::default().on("echo", async |socket: Socket| drop(socket.emit("echo", &())));
    let (hub, _) = hub(vec![echo]);
    let anna = Session::open(&hub, "anna");
    anna.emits("", "echo", "[]", AckRequest::Receipt(7));
    assert_eq!(anna.told(), ["6:::7", r#"5:::{"name":"echo"}"#]);
}

#[test]
fn events_of_the_library_do_not_come_from_clients() {
    let any = Namespace::default().on_other(async |State(notes): State<Notes>| notes.add("heard"));
    let (hub, notes) = hub(vec![any]);
    let anna = Session::open(&hub, "anna");
    for name in super::client::RESERVED_EVENTS {
        anna.emits("", name, "[]", AckRequest::None);
    }
    assert!(notes.take().is_empty());
    anna.emits("", "message", "[]", AckRequest::None);
    assert_eq!(notes.take(), ["heard"]);
}

#[test]
fn arguments_are_taken_in_order_and_wrong_ones_reach_no_handler() {
    let namespace = Namespace::default()
        .on("add", async |ack: Ack, Data(a): Data<u32>, Data(b): Data<u32>, rest: Args| {
            let _ = ack.send(&(a + b, rest.as_json()));
        })
        .on("try", async |State(notes): State<Notes>, number: Result<Data<u32>, super::ExtractError>| {
            notes.add(number.map_or_else(|error| error.to_string(), |number| number.to_string()));
        });
    let (hub, notes) = hub(vec![namespace]);
    let anna = Session::open(&hub, "anna");
    anna.emits("", "add", r#"[1, 2,"x", [3]]"#, AckRequest::Answer(1));
    anna.emits("", "add", r#"[1,"2"]"#, AckRequest::Answer(2));
    anna.emits("", "add", "[1]", AckRequest::Answer(3));
    assert_eq!(anna.told(), [r#"6:::1+[3,"[\"x\", [3]]"]"#]);
    anna.emits("", "try", "[]", AckRequest::None);
    anna.emits("", "try", "[{}]", AckRequest::None);
    anna.emits("", "try", "[5]", AckRequest::None);
    assert_eq!(notes.take(), ["an argument is missing", "an argument is of another type", "5"]);
}

#[test]
fn a_handler_can_wait_for_an_answer_that_comes_out_of_turn() {
    let ask = Namespace::default().on("ask", async |socket: Socket, State(notes): State<Notes>| {
        let answer = socket.emit_with_ack("question", &"why").await;
        notes.add(answer.map_or_else(|error| error.to_string(), |args| args.as_json().to_owned()));
    });
    let (hub, notes) = hub(vec![ask]);
    let anna = Session::open(&hub, "anna");
    let ask = |name: &str| {
        let event = NamedEvent { name: name.into(), args: Args::EMPTY, ack: AckRequest::None };
        let item = Item::Event(Event::Packet(Packet::new("", Content::Event(event))));
        Box::pin(anna.client.handle(item))
    };
    let mut handling = ask("ask");
    assert!((&mut handling).now_or_never().is_none());
    assert_eq!(anna.told(), [r#"5:1+::{"name":"question","args":["why"]}"#]);
    anna.says("", Content::Ack { id: 1, args: Args::from_serialize(&"because").unwrap() });
    handling.now_or_never().unwrap();
    assert_eq!(notes.take(), [r#"["because"]"#]);

    let mut handling = ask("ask");
    assert!((&mut handling).now_or_never().is_none());
    anna.client.handle_timeout(anna.client.poll_timeout().unwrap());
    handling.now_or_never().unwrap();
    assert_eq!(notes.take(), ["the client did not answer in time"]);
}

#[test]
fn a_dropped_question_is_forgotten_and_questions_are_limited() {
    let (hub, _) = hub(vec![]);
    let anna = Session::open(&hub, "anna");
    let socket = super::Io::new(hub).sockets().remove(0);
    let questions = [socket.emit_with_ack("a", &()), socket.emit_with_ack("b", &())];
    let third = socket.emit_with_ack("c", &()).now_or_never().unwrap();
    assert!(matches!(third, Err(super::AckError::Emit(EmitError::TooManyAcks { limit: 2 }))));
    drop(questions);
    assert_eq!(anna.client.poll_timeout(), None);
}

#[test]
fn rooms_reach_their_members_once_and_end_with_them() {
    let (hub, notes) = hub(vec![noting("/")]);
    let io = super::Io::new(Arc::clone(&hub));
    let [anna, bert, carl] = ["anna", "bert", "carl"].map(|id| Session::open(&hub, id));
    let find = |id: &str| io.sockets().into_iter().find(|socket| socket.id() == id).unwrap();
    let [a, b] = ["anna", "bert"].map(find);
    for (socket, room) in [(&a, "x"), (&a, "y"), (&b, "x"), (&a, "x")] {
        socket.join(room).unwrap();
    }
    assert!(matches!(a.join("z"), Err(EmitError::TooManyRooms { limit: 2 })));

    io.to("x").to("y").emit("hi", &1);
    assert_eq!((anna.told().len(), bert.told().len(), carl.told().len()), (1, 1, 0));
    a.to("x").emit("hi", &2);
    assert_eq!((anna.told().len(), bert.told().len()), (0, 1));
    io.everybody().except(&a).emit("hi", &3);
    assert_eq!((anna.told().len(), bert.told().len(), carl.told().len()), (0, 1, 1));

    notes.take();
    anna.happens(Event::Closed(CloseReason::SocketEnd));
    assert_eq!(notes.take(), [r#"- socket end ["x", "y"]"#]);
    assert_eq!(io.to("y").sockets(), []);
    b.leave("x");
    assert_eq!(hub.namespace("").unwrap().members.read().rooms(), 0);
    assert!(matches!(a.join("x"), Err(EmitError::Disconnected)));
}

#[test]
fn a_client_whose_queue_is_full_is_disconnected_unless_asked_otherwise() {
    let (hub, _) = hub(vec![]);
    let anna = Session::open(&hub, "anna");
    let io = super::Io::new(hub);
    let socket = io.sockets().remove(0);
    anna.link.state.lock().full = true;
    assert!(matches!(socket.try_emit("x", &()), Err(EmitError::Send(SendError::Full { .. }))));
    assert_eq!(anna.link.state.lock().closed, None);
    io.emit("x", &());
    assert_eq!(anna.link.state.lock().closed, Some(CloseReason::Backlog));
}

#[test]
fn a_socket_can_be_put_out_with_a_reason_of_its_own() {
    let (hub, notes) = hub(vec![noting("/"), noting("/chat")]);
    let anna = Session::open(&hub, "anna");
    anna.connects("/chat");
    anna.told();
    let io = super::Io::new(hub);
    let chat = io.of("/chat").unwrap().sockets().remove(0);
    chat.disconnect_with(DisconnectReason::Other("bored".into()));
    chat.disconnect();
    assert_eq!(anna.told(), ["0::/chat"]);
    assert!(matches!(chat.emit("x", &()), Err(EmitError::Disconnected)));

    io.sockets().remove(0).disconnect_with(DisconnectReason::Other("closing time".into()));
    assert_eq!(anna.link.state.lock().closed, Some(CloseReason::Booted));
    anna.happens(Event::Closed(CloseReason::Booted));
    assert_eq!(notes.take(), ["+", "+/chat", "-/chat bored []", "- closing time []"]);
}

#[test]
fn a_handler_that_panics_ends_nothing_but_itself() {
    let namespace = noting("/").on("panic", async || panic!("on purpose"));
    let (hub, notes) = hub(vec![namespace]);
    let anna = Session::open(&hub, "anna");
    notes.take();
    anna.emits("", "panic", "[]", AckRequest::None);
    anna.emits("", "note", "[\"still here\"]", AckRequest::None);
    assert_eq!(notes.take(), ["still here"]);
}

#[test]
fn a_missing_state_is_found_when_the_server_is_built() {
    let namespace = Namespace::default().on("x", async |State(_): State<String>| ());
    let timer = Box::new(|_| std::future::pending().boxed());
    let error = Hub::new(vec![namespace], Vec::new(), States::default(), limits(), timer).unwrap_err();
    assert!(error.to_string().contains("String"), "{error}");
}

#[test]
fn a_handler_that_could_never_be_called_is_found_too() {
    let namespace = Namespace::default().on("disconnect", async || ());
    let timer = Box::new(|_| std::future::pending().boxed());
    let error = Hub::new(vec![namespace], Vec::new(), States::default(), limits(), timer).unwrap_err();
    assert_eq!(error, super::NamespaceError::ReservedEvent { event: "disconnect".into() });
}
