//! The sessions of one protocol by their ids, and the handshakes that wait for a first transport.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use longwire_transport::{CloseReason, Protocol, Refusal, SessionId};
use metrics::{Counter, Gauge};
use parking_lot::{Mutex, RwLock};
use tokio::runtime::Handle;

use super::deadlines::Deadlines;
use super::driver::SessionHandle;
use super::tally::{Counted, Tally};
use crate::hub::{ActiveService, Client, Handshake, Hub};

/// How long an unknown id is remembered, so that a client that asks for it again and again can be slowed down.
const UNKNOWN_TIME: Duration = Duration::from_secs(10);
/// How many unknown ids are remembered.
const UNKNOWN_COUNT: usize = 4096;
/// How many ids of sessions that are over are remembered.
const ENDED_COUNT: usize = 1 << 16;
/// Tables, so that sessions on different threads rarely wait for each other.
const SHARDS: usize = 16;

/// What the registries of all protocols share.
pub(crate) struct Node {
    pub(crate) hub: Arc<Hub>,
    pub(crate) limits: Limits,
    pub(crate) runtime: Handle,
    pub(crate) deadlines: Arc<Deadlines>,
    /// Sessions with a transport.
    pub(crate) sessions: Arc<Tally>,
    /// Connections, WebSockets, and handlers that run apart from them.
    pub(crate) tasks: Arc<Tally>,
    stopping: AtomicBool,
    rate: Mutex<Rate>,
}

/// What a node has room for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Sessions with a transport.
    pub(crate) sessions: usize,
    /// Answered handshakes without one.
    pub(crate) handshakes: usize,
    /// New sessions in one second.
    pub(crate) handshakes_per_second: u32,
    /// Things that a client may have said and no handler has taken yet. Behind that nothing more is read from it.
    pub(crate) inbox: usize,
}

/// The server is at one of its limits, or stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unavailable;

impl Node {
    pub(crate) fn new(hub: Arc<Hub>, limits: Limits, runtime: Handle) -> Self {
        let rate = Mutex::new(Rate { second: Instant::now(), count: 0 });
        Self {
            hub,
            limits,
            runtime,
            deadlines: Arc::new(Deadlines::new()),
            sessions: Arc::default(),
            tasks: Arc::default(),
            stopping: AtomicBool::new(false),
            rate,
        }
    }

    /// Whether one more client may come in now.
    pub(crate) fn admit(&self) -> Result<(), Unavailable> {
        let room = !self.is_stopping() && self.sessions.get() < self.limits.sessions;
        if room && self.rate.lock().take(Instant::now(), self.limits.handshakes_per_second) {
            Ok(())
        } else {
            Err(Unavailable)
        }
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// No new sessions from now on.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }
}

/// Counts events of the second that began last.
struct Rate {
    second: Instant,
    count: u32,
}

impl Rate {
    fn take(&mut self, now: Instant, limit: u32) -> bool {
        if now.duration_since(self.second) >= Duration::from_secs(1) {
            *self = Self { second: now, count: 0 };
        }
        self.count = self.count.saturating_add(1);
        self.count <= limit
    }
}

/// The sessions of one protocol.
pub(crate) struct Registry {
    protocol: Box<dyn Protocol>,
    /// What its sessions do with messages, where it knows no packets.
    service: Option<Arc<ActiveService>>,
    node: Arc<Node>,
    hasher: RandomState,
    shards: [Mutex<Sessions>; SHARDS],
    pending: Mutex<Pending>,
    unknown: Mutex<Unknown>,
    ended: Mutex<Ended>,
    opened: Counter,
    open: Gauge,
    handshakes: Gauge,
    unknown_requests: Counter,
    /// By transport; finding a counter by its labels costs an allocation or two, each time.
    exchanges: RwLock<Vec<(&'static str, Counter)>>,
}

type Sessions = HashMap<SessionId, (Arc<SessionHandle>, Counted)>;

/// Handshakes that were answered and wait for a transport, oldest first.
#[derive(Default)]
struct Pending {
    by_id: HashMap<SessionId, Arc<Handshake>>,
    by_age: VecDeque<(Instant, SessionId)>,
}

/// Ids that were asked for in vain a moment ago, by their hashes, oldest first.
#[derive(Default)]
struct Unknown {
    seen: HashMap<u64, Instant>,
    by_age: VecDeque<(Instant, u64)>,
}

/// Ids of sessions that are over and whose clients may not know it, by their hashes, with the time until which each is
/// remembered; oldest first, which is the order of these times as well, since a protocol remembers all for as long.
#[derive(Default)]
struct Ended {
    until: HashMap<u64, Instant>,
    by_age: VecDeque<(Instant, u64)>,
}

impl Registry {
    pub(crate) fn new(protocol: Box<dyn Protocol>, service: Option<Arc<ActiveService>>, node: Arc<Node>) -> Arc<Self> {
        let family = protocol.name();
        Arc::new(Self {
            node,
            hasher: RandomState::new(),
            shards: std::array::from_fn(|_| Mutex::default()),
            pending: Mutex::default(),
            unknown: Mutex::default(),
            ended: Mutex::default(),
            service,
            opened: metrics::counter!("longwire_sessions_opened_total", "family" => family),
            open: metrics::gauge!("longwire_sessions_open", "family" => family),
            handshakes: metrics::gauge!("longwire_handshakes_pending", "family" => family),
            unknown_requests: metrics::counter!("longwire_unknown_sessions_total", "family" => family),
            exchanges: RwLock::default(),
            protocol,
        })
    }

    pub(crate) fn protocol(&self) -> &dyn Protocol {
        &*self.protocol
    }

    pub(crate) fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// Remembers a handshake until its first transport comes. Those that waited too long go.
    pub(crate) fn expect(&self, id: SessionId, handshake: Handshake) -> Result<(), Unavailable> {
        let now = Instant::now();
        let mut pending = self.pending.lock();
        pending.expire(now, self.protocol.open_limit());
        let room = pending.by_id.len() < self.node.limits.handshakes;
        if room {
            pending.compact();
            pending.by_age.push_back((now, id.clone()));
            pending.by_id.insert(id, Arc::new(handshake));
        }
        self.handshakes.set(pending.by_id.len() as f64);
        if room { Ok(()) } else { Err(Unavailable) }
    }

    /// The session of that id; the first request behind a handshake makes it.
    pub(crate) fn join(self: &Arc<Self>, id: &SessionId) -> Option<Arc<SessionHandle>> {
        if let Some(session) = self.get(id) {
            return Some(session);
        }
        let handshake = {
            let mut pending = self.pending.lock();
            pending.expire(Instant::now(), self.protocol.open_limit());
            let handshake = pending.by_id.remove(id);
            self.handshakes.set(pending.by_id.len() as f64);
            handshake
        };
        match handshake {
            Some(handshake) => Some(self.open(id, handshake)),
            // Another request may have taken the handshake just before this one looked.
            None => self.get(id),
        }
    }

    /// Makes the session of an id that nobody has.
    pub(crate) fn open(self: &Arc<Self>, id: &SessionId, handshake: Arc<Handshake>) -> Arc<SessionHandle> {
        let mut shard = self.shard(id).lock();
        if let Some((session, _)) = shard.get(id) {
            return Arc::clone(session);
        }
        let machine = self.protocol.open(Instant::now(), id);
        let (hub, service) = (Arc::clone(&self.node.hub), self.service.clone());
        let session = SessionHandle::new(id.clone(), self, machine, |link| {
            Some(Arc::new(Client::new(hub, link, id.clone(), handshake, service)))
        });
        shard.insert(id.clone(), (Arc::clone(&session), self.node.sessions.count()));
        self.opened.increment(1);
        self.open.increment(1);
        session
    }

    /// Whether a session of that id is over, and its client may not know it.
    pub(crate) fn has_ended(&self, id: &SessionId) -> bool {
        self.ended.lock().has(self.hasher.hash_one(id), Instant::now())
    }

    /// A session for one request only, which tells the client that there is none.
    pub(crate) fn refuse(self: &Arc<Self>, id: &SessionId) -> Arc<SessionHandle> {
        self.unknown_requests.increment(1);
        let (hash, now) = (self.hasher.hash_one(id), Instant::now());
        let why = if self.ended.lock().has(hash, now) {
            Refusal::Ended
        } else {
            Refusal::UnknownSession { again: self.unknown.lock().seen_again(hash, now) }
        };
        let machine = self.protocol.refuse(now, why);
        SessionHandle::new(id.clone(), self, machine, |_| None)
    }

    /// Called by a session that is over and was made by [`open`](Self::open).
    pub(super) fn forget(&self, id: &SessionId, remember_for: Duration) {
        if !remember_for.is_zero() {
            // Ahead of its end, so that no request in between finds neither.
            self.ended.lock().note(self.hasher.hash_one(id), Instant::now(), remember_for);
        }
        let forgotten = self.shard(id).lock().remove(id);
        if forgotten.is_some() {
            self.open.decrement(1);
        }
    }

    pub(super) fn count_exchange(&self, transport: &'static str) {
        if let Some((_, counter)) = self.exchanges.read().iter().find(|(name, _)| *name == transport) {
            return counter.increment(1);
        }
        let counter =
            metrics::counter!("longwire_exchanges_total", "family" => self.protocol.name(), "transport" => transport);
        counter.increment(1);
        self.exchanges.write().push((transport, counter));
    }

    pub(super) fn count_closed(&self, reason: CloseReason) {
        let (family, reason) = (self.protocol.name(), reason.to_string());
        metrics::counter!("longwire_sessions_closed_total", "family" => family, "reason" => reason).increment(1);
    }

    fn get(&self, id: &SessionId) -> Option<Arc<SessionHandle>> {
        self.shard(id).lock().get(id).map(|(session, _)| Arc::clone(session))
    }

    /// Ends all sessions.
    pub(crate) fn close_all(&self, reason: CloseReason) {
        *self.pending.lock() = Pending::default();
        self.handshakes.set(0);
        for shard in &self.shards {
            let sessions: Vec<_> = shard.lock().values().map(|(session, _)| Arc::clone(session)).collect();
            for session in sessions {
                session.shut(reason);
            }
        }
    }

    fn shard(&self, id: &SessionId) -> &Mutex<Sessions> {
        // The tables take the low bits of another hash of the same id.
        let at = self.hasher.hash_one(id) as usize % SHARDS;
        &self.shards[at]
    }
}

impl Pending {
    fn expire(&mut self, now: Instant, limit: Duration) {
        while let Some((since, id)) = self.by_age.front() {
            if now.duration_since(*since) < limit {
                break;
            }
            self.by_id.remove(id);
            self.by_age.pop_front();
        }
    }

    /// Forgets the age of handshakes that found their transport, when those are most.
    fn compact(&mut self) {
        if self.by_age.len() > 1024 + 2 * self.by_id.len() {
            self.by_age.retain(|(_, id)| self.by_id.contains_key(id));
        }
    }
}

impl Unknown {
    /// Notes an id, and says whether it was noted a moment ago.
    fn seen_again(&mut self, id: u64, now: Instant) -> bool {
        while let Some((since, oldest)) = self.by_age.front().copied() {
            if now.duration_since(since) < UNKNOWN_TIME && self.by_age.len() < UNKNOWN_COUNT {
                break;
            }
            self.by_age.pop_front();
            if self.seen.get(&oldest) == Some(&since) {
                self.seen.remove(&oldest);
            }
        }
        self.by_age.push_back((now, id));
        self.seen.insert(id, now).is_some()
    }
}

impl Ended {
    fn note(&mut self, id: u64, now: Instant, remember_for: Duration) {
        self.expire(now, ENDED_COUNT - 1);
        self.by_age.push_back((now + remember_for, id));
        self.until.insert(id, now + remember_for);
    }

    fn has(&mut self, id: u64, now: Instant) -> bool {
        self.expire(now, ENDED_COUNT);
        self.until.contains_key(&id)
    }

    /// Forgets what was remembered for long enough, and the oldest of what is more than `most`.
    fn expire(&mut self, now: Instant, most: usize) {
        while let Some((until, id)) = self.by_age.front().copied() {
            if now < until && self.by_age.len() <= most {
                return;
            }
            self.by_age.pop_front();
            if self.until.get(&id) == Some(&until) {
                self.until.remove(&id);
            }
        }
        // A crowd of long ago is no reason to keep room for the next one.
        *self = Self::default();
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").field("protocol", &self.protocol).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_ended_are_remembered_as_long_as_they_shall_be_and_not_without_bound() {
        let (mut ended, start) = (Ended::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        ended.note(1, start, Duration::from_secs(60));
        ended.note(2, after(10), Duration::from_secs(60));
        ended.note(1, after(20), Duration::from_secs(60));
        assert!(ended.has(1, after(65)) && ended.has(2, after(65)) && !ended.has(3, after(65)));
        assert!(ended.has(1, after(75)) && !ended.has(2, after(75)));
        assert!(!ended.has(1, after(80)) && ended.by_age.capacity() == 0);
        for id in 0..2 * ENDED_COUNT as u64 {
            ended.note(id, after(100), Duration::from_secs(60));
        }
        assert_eq!((ended.until.len(), ended.by_age.len()), (ENDED_COUNT, ENDED_COUNT));
        let newest = 2 * ENDED_COUNT as u64 - 1;
        assert!(!ended.has(0, after(101)) && ended.has(newest, after(101)), "the oldest makes room");
    }

    #[test]
    fn unknown_ids_are_remembered_for_a_while_and_not_without_bound() {
        let (mut unknown, start) = (Unknown::default(), Instant::now());
        assert!(!unknown.seen_again(1, start));
        assert!(unknown.seen_again(1, start + UNKNOWN_TIME / 2));
        assert!(!unknown.seen_again(1, start + UNKNOWN_TIME * 2));
        for id in 0..2 * UNKNOWN_COUNT as u64 {
            unknown.seen_again(id, start + UNKNOWN_TIME * 2);
            assert!(unknown.seen.len() <= UNKNOWN_COUNT && unknown.by_age.len() <= UNKNOWN_COUNT);
        }
        assert!(!unknown.seen_again(0, start + UNKNOWN_TIME * 2), "the oldest makes room");
    }
}
