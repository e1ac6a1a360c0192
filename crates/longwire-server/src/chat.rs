//! The demo chat: who is on the wire, what they say, and over which transport. The page (`demo/js/chat.js`) describes the
//! events.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use longwire::{Ack, BuildError, Config, Data, Namespace, Server, Socket, State};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// Messages that a newcomer is shown.
const HISTORY: usize = 30;
/// Longest nickname and text, in characters; the page asks for less.
const LONGEST_NICK: usize = 24;
const LONGEST_TEXT: usize = 1000;
/// Longest key of a message, in bytes.
const LONGEST_KEY: usize = 64;
const FAMILY: &str = "socketio-rev1";

/// The server with the chat on its default namespace.
pub(crate) fn build(config: Config) -> Result<Server, BuildError> {
    let chat = Namespace::default()
        .on("join", join)
        .on("say", say)
        .on("mark", async |ack: Ack| drop(ack.send(&())))
        .on("rtt", rtt)
        .on("typing", typing)
        .on_disconnect(left);
    Server::builder(config).namespace(chat).state(Room::default()).build()
}

/// Everybody and what was said. Sockets know their visitor by an id of its own, since a session id is a secret.
#[derive(Clone, Debug, Default)]
struct Room(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    last_id: AtomicU64,
    visitors: Mutex<BTreeMap<u64, Visitor>>,
    history: Mutex<VecDeque<Said>>,
}

#[derive(Clone, Debug, Serialize)]
struct Visitor {
    id: String,
    nick: String,
    transport: &'static str,
    rtt: Option<u32>,
    family: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct Said {
    id: String,
    nick: String,
    transport: &'static str,
    text: String,
    at: u64,
    key: String,
}

#[derive(Debug, Deserialize)]
struct Wish {
    nick: String,
}

#[derive(Debug, Serialize)]
struct Welcome {
    id: String,
    visitors: Vec<Visitor>,
    history: VecDeque<Said>,
}

/// The number of a socket's visitor.
#[derive(Clone, Copy, Debug)]
struct Number(u64);

fn number(socket: &Socket) -> Option<u64> {
    socket.data(|data| data.get::<Number>().map(|number| number.0))
}

async fn join(socket: Socket, State(room): State<Room>, Data(wish): Data<Wish>, ack: Ack) {
    let nick = shorten(wish.nick.trim(), LONGEST_NICK);
    let nick = if nick.is_empty() { "anonymous".to_owned() } else { nick };
    let number = number(&socket).unwrap_or_else(|| room.0.last_id.fetch_add(1, Ordering::Relaxed) + 1);
    socket.data(|data| data.insert(Number(number)));
    let visitor = Visitor { id: number.to_string(), nick, transport: socket.transport(), rtt: None, family: FAMILY };
    let visitors = {
        let mut visitors = room.0.visitors.lock();
        visitors.insert(number, visitor.clone());
        visitors.values().cloned().collect()
    };
    let history = room.0.history.lock().clone();
    // Whoever has gone again meanwhile hears nothing, and leaves in its turn.
    let _ = ack.send(&Welcome { id: visitor.id.clone(), visitors, history });
    socket.broadcast().emit("visitor", &visitor);
}

async fn say(socket: Socket, State(room): State<Room>, Data(text): Data<String>, Data(key): Data<String>) {
    let Some(number) = number(&socket) else { return };
    let (id, nick) = match room.0.visitors.lock().get(&number) {
        Some(visitor) => (visitor.id.clone(), visitor.nick.clone()),
        None => return,
    };
    if text.trim().is_empty() || key.len() > LONGEST_KEY {
        return;
    }
    let text = shorten(&text, LONGEST_TEXT);
    let said = Said { id, nick, transport: socket.transport(), text, at: milliseconds(), key };
    // Under the lock, so that the history has the order in which everybody heard it.
    let mut history = room.0.history.lock();
    history.push_back(said.clone());
    if history.len() > HISTORY {
        history.pop_front();
    }
    socket.io().emit("said", &said);
}

async fn rtt(socket: Socket, State(room): State<Room>, Data(ms): Data<f64>) {
    let changed = number(&socket).and_then(|number| {
        let mut visitors = room.0.visitors.lock();
        let visitor = visitors.get_mut(&number)?;
        // A figure that a browser made up; what is no number becomes 0.
        visitor.rtt = Some(ms.clamp(0.0, 600_000.0).round() as u32);
        visitor.transport = socket.transport();
        Some(visitor.clone())
    });
    if let Some(visitor) = changed {
        socket.io().everybody().volatile().emit("visitor", &visitor);
    }
}

async fn typing(socket: Socket) {
    if let Some(number) = number(&socket) {
        socket.broadcast().volatile().emit("typing", &Id { id: number.to_string() });
    }
}

async fn left(socket: Socket, State(room): State<Room>) {
    let Some(number) = number(&socket) else { return };
    if room.0.visitors.lock().remove(&number).is_some() {
        socket.broadcast().emit("left", &Id { id: number.to_string() });
    }
}

#[derive(Debug, Serialize)]
struct Id {
    id: String,
}

fn shorten(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

fn milliseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
