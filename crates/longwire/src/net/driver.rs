//! Drives one session: a state machine behind a lock, and the rule that whoever changes it drains it.
//!
//! The tasks that have sockets report through their [`Exchange`], handlers speak through [`Link`], the deadline queue calls
//! [`SessionHandle::deadline_reached`]. Each of them, under the lock, moves what the machine wants into the [`Slot`]s of its
//! exchanges and into the [`Inbox`]; nothing waits, writes, logs at length or calls a handler there. What is for a WebSocket
//! that has nothing else to write is written by whoever drained it, with the lock released ([`SessionHandle::settle`]).

use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use futures_channel::oneshot;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use longwire_codec::websocket::CloseCode;
use longwire_codec::{Bytes, Outbound, Payload};
use longwire_transport::{
    Body, Chunk, CloseReason, Delivery, Event, ExchangeId, Gone, Input, Output, SendError, Session, SessionId,
};
use parking_lot::{Mutex, MutexGuard};
use smallvec::SmallVec;
use tracing::{Instrument, Span, debug_span};

use super::inbox::Inbox;
use super::registry::Registry;
use super::slot::{Next, Slot};
use super::stream::Line;
use super::turn::{self, InTurns, Turn};
use crate::hub::{Begun, Client, Item, Link};

/// How often somebody who drained a session writes for it. What others send meanwhile may need as many writes again; behind
/// that it is up to the task that has the socket.
const MOST_WRITES: usize = 4;

/// A session with everything that drives it. What every write looks at stands first, here and in [`State`], so that a
/// broadcast fetches little memory for each receiver.
#[repr(C)]
pub(crate) struct SessionHandle {
    state: Mutex<State>,
    /// None for a session that only tells a client that it has none.
    client: Option<Arc<Client>>,
    registry: Weak<Registry>,
    id: SessionId,
    /// Everything that handlers log is logged within it.
    span: Span,
}

#[repr(C)]
struct State {
    machine: Box<dyn Session>,
    /// Already noted for the end of a handler's turn.
    deferred: bool,
    forgotten: bool,
    /// The earliest entry for this session in the deadline queue.
    armed: Option<Instant>,
    slots: SmallVec<[(ExchangeId, Arc<Slot>); 2]>,
    inbox: Inbox,
    last_exchange: u64,
    waiting_for_room: Vec<oneshot::Sender<()>>,
}

impl SessionHandle {
    /// A session for `machine`; `client` makes the hub's end of it.
    pub(super) fn new(
        id: SessionId,
        registry: &Arc<Registry>,
        machine: Box<dyn Session>,
        client: impl FnOnce(Weak<dyn Link>) -> Option<Arc<Client>>,
    ) -> Arc<Self> {
        let state = State {
            machine,
            slots: SmallVec::new(),
            last_exchange: 0,
            inbox: Inbox::new(registry.node().limits.inbox),
            armed: None,
            deferred: false,
            waiting_for_room: Vec::new(),
            forgotten: false,
        };
        let family = registry.protocol().name();
        Arc::new_cyclic(|this: &Weak<Self>| Self {
            span: debug_span!("session", %id, family),
            id,
            registry: Arc::downgrade(registry),
            client: client(this.clone() as Weak<dyn Link>),
            state: Mutex::new(state),
        })
    }

    pub(super) fn id(&self) -> &SessionId {
        &self.id
    }

    /// Brings a request to the session; [`Exchange::run_handlers`] has to follow. Gives the request back if the session has
    /// just been forgotten.
    pub(super) fn attach(
        self: &Arc<Self>,
        transport: &'static str,
        request: Request<Bytes>,
    ) -> Result<Exchange, Box<Request<Bytes>>> {
        let mut state = self.state.lock();
        if state.forgotten {
            return Err(Box::new(request));
        }
        if let Some(registry) = self.registry.upgrade() {
            registry.count_exchange(transport);
        }
        state.last_exchange += 1;
        let id = ExchangeId(state.last_exchange);
        let slot = Arc::new(Slot::default());
        state.slots.push((id, Arc::clone(&slot)));
        let now = Instant::now();
        state.machine.handle_input(now, Input::Attach { exchange: id, transport, request });
        self.settle(&mut state, now);
        drop(state);
        Ok(Exchange { session: Arc::clone(self), id, slot, outstanding: true, over: false })
    }

    /// Resolves when the inbox has room for more of what the client says.
    pub(super) async fn room(&self) {
        std::future::poll_fn(|cx| self.poll_room(cx)).await;
    }

    pub(super) fn poll_room(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        if state.forgotten || state.inbox.has_room() {
            return Poll::Ready(());
        }
        state.inbox.wait_for_room(cx.waker());
        Poll::Pending
    }

    /// Called by the deadline queue with the time of the entry.
    pub(super) fn deadline_reached(self: &Arc<Self>, at: Instant, now: Instant) {
        {
            let mut state = self.state.lock();
            if state.armed != Some(at) {
                // An earlier entry took its place. Every entry that leads to another one has to be the only one that does,
                // or they would be ever more.
                return;
            }
            state.armed = None;
        }
        if let Some(client) = &self.client {
            client.handle_timeout(now);
        }
        let mut state = self.state.lock();
        state.machine.handle_timeout(now);
        self.arm(&mut state);
        self.settle_and_run(state, now);
    }

    /// Called when the turn of a handler that sent something is over.
    pub(super) fn end_of_turn(self: &Arc<Self>) {
        let mut state = self.state.lock();
        state.deferred = false;
        self.settle_and_run(state, Instant::now());
    }

    /// Ends the session in its protocol's words.
    pub(super) fn shut(self: &Arc<Self>, reason: CloseReason) {
        let mut state = self.state.lock();
        let now = Instant::now();
        state.machine.close(now, reason);
        self.settle_and_run(state, now);
    }

    /// Drains the machine, and writes what can be written at once. Says whether somebody should work on the inbox.
    fn settle(self: &Arc<Self>, state: &mut MutexGuard<'_, State>, mut now: Instant) -> bool {
        for round in 0..=MOST_WRITES {
            let Some((exchange, slot, chunk)) = self.drain(state, now, round < MOST_WRITES) else { break };
            // The slot is locked ahead of the release, so that nothing that others do to the exchange comes in between.
            let line = slot.line();
            if MutexGuard::unlocked(state, || line.write(chunk)) && state.slot(exchange).is_some() {
                now = Instant::now();
                state.machine.handle_input(now, Input::Written { exchange });
            }
        }
        self.arm_machine(state);
        state.inbox.is_idle_with_work()
    }

    /// The same, and sees to it that somebody works on the inbox.
    fn settle_and_run(self: &Arc<Self>, mut state: MutexGuard<'_, State>, now: Instant) {
        if self.settle(&mut state, now) {
            drop(state);
            self.run_inbox();
        }
    }

    /// Moves everything that the machine wants to where it is done. If the caller wants to write, it gets the first chunk that
    /// can be written at once, and has to drain again behind that.
    fn drain(&self, state: &mut State, now: Instant, wants_writes: bool) -> Option<Write> {
        while let Some(output) = state.machine.poll_output(now) {
            match output {
                Output::Respond { exchange, response } => {
                    let whole = matches!(response.body(), Body::Whole(_));
                    if let Some(slot) = state.slot(exchange) {
                        slot.respond(response);
                    }
                    debug_assert!(state.slot(exchange).is_some() || !whole, "a response to nobody");
                }
                Output::Write { exchange, chunk } => {
                    let Some(slot) = state.slot(exchange) else { continue };
                    if wants_writes && slot.has_line() {
                        return Some((exchange, Arc::clone(slot), chunk));
                    }
                    slot.write(chunk);
                }
                Output::Finish { exchange } => {
                    if let Some(slot) = state.slot(exchange) {
                        slot.finish();
                    }
                    state.slots.retain(|(id, _)| *id != exchange);
                }
                Output::Event(event) => self.event(state, event),
                Output::Forget => self.forget(state),
            }
        }
        None
    }

    fn event(&self, state: &mut State, event: Event) {
        let Some(client) = &self.client else { return };
        if event == Event::Writable {
            for waiting in state.waiting_for_room.drain(..) {
                // Whoever waited may have given up.
                let _ = waiting.send(());
            }
            return;
        }
        if let (Event::Closed(reason), Some(registry)) = (&event, self.registry.upgrade()) {
            registry.count_closed(*reason);
        }
        if !client.intercept(&event) {
            state.inbox.push(Item::Event(event));
        }
    }

    fn forget(&self, state: &mut State) {
        state.forgotten = true;
        state.waiting_for_room.clear();
        for (_, slot) in state.slots.drain(..) {
            slot.finish();
        }
        if let (Some(registry), Some(_)) = (self.registry.upgrade(), &self.client) {
            registry.forget(&self.id, state.machine.remember_for());
        }
    }

    /// Enters the deadline queue for what the machine or the client has to do, if that is earlier than what stands there.
    fn arm(self: &Arc<Self>, state: &mut State) {
        if let Some(at) = self.client.as_ref().and_then(|client| client.poll_timeout()) {
            self.arm_at(state, at);
        }
        self.arm_machine(state);
    }

    /// The same for the machine alone: the client says itself when its deadline has moved.
    fn arm_machine(self: &Arc<Self>, state: &mut State) {
        if !state.forgotten
            && let Some(at) = state.machine.poll_timeout()
        {
            self.arm_at(state, at);
        }
    }

    fn arm_at(self: &Arc<Self>, state: &mut State, at: Instant) {
        if state.armed.is_none_or(|armed| at < armed)
            && let Some(registry) = self.registry.upgrade()
        {
            state.armed = Some(at);
            registry.node().deadlines.add(at, Arc::downgrade(self));
        }
    }

    /// Sees to it that somebody works on the inbox, if there is something in it.
    fn run_inbox(self: &Arc<Self>) {
        if self.state.lock().inbox.start() {
            self.spawn(self.work(None));
        }
    }

    /// The same, but begins here, as part of the task that has the client's connection: handlers that never wait, most of
    /// them, then cost no task.
    fn run_inbox_here(self: &Arc<Self>, cx: &mut Context<'_>) {
        if let Some(client) = &self.client
            && let Some(first) = self.first_item()
            && let Some(waits) = self.work_here(client, first, cx)
        {
            self.spawn(waits);
        }
    }

    /// Works on the inbox in one turn, as far as nothing waits. Gives back the rest of the work.
    fn work_here(self: &Arc<Self>, client: &Arc<Client>, first: Item, cx: &mut Context<'_>) -> Option<Work> {
        let _turn = Turn::begin();
        let _entered = self.span.enter();
        let mut next = Some(first);
        while let Some(item) = next {
            match client.begin(item) {
                Begun::Said(None) => {}
                Begun::Said(Some(mut call)) => {
                    if Pin::new(&mut call).poll(cx).is_pending() {
                        return Some(self.work(Some(Begun::Said(Some(call)))));
                    }
                }
                Begun::Other(item) => {
                    let mut work = self.work(Some(Begun::Other(item)));
                    return Pin::new(&mut work).poll(cx).is_pending().then_some(work);
                }
            }
            next = self.next_item();
        }
        None
    }

    /// Works on the inbox until it is empty, from an item on that was begun with.
    fn work(self: &Arc<Self>, begun: Option<Begun>) -> Work {
        let this = Arc::clone(self);
        let work = async move {
            let Some(client) = &this.client else { return };
            if let Some(begun) = begun {
                client.finish(begun).await;
            }
            while let Some(item) = this.next_item() {
                client.handle(item).await;
            }
        };
        InTurns(Box::pin(work.instrument(self.span.clone())))
    }

    /// Handlers may be woken up by threads that know no runtime, so ours is named. A server that stops waits for them.
    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Some(registry) = self.registry.upgrade() {
            let node = registry.node();
            let counted = node.tasks.count();
            node.runtime.spawn(async move {
                work.await;
                drop(counted);
            });
        }
    }

    fn first_item(&self) -> Option<Item> {
        self.item_if(Inbox::start)
    }

    fn next_item(&self) -> Option<Item> {
        self.item_if(|_| true)
    }

    fn item_if(&self, wanted: impl FnOnce(&mut Inbox) -> bool) -> Option<Item> {
        let mut wake: Vec<Waker> = Vec::new();
        let item = {
            let inbox = &mut self.state.lock().inbox;
            if wanted(inbox) { inbox.next(&mut wake) } else { None }
        };
        wake.into_iter().for_each(Waker::wake);
        item
    }

    /// Behind a send: the end of the turn drains, or we do.
    fn sent(self: Arc<Self>, mut state: MutexGuard<'_, State>) {
        if state.deferred {
            return;
        }
        if turn::defer(&self) {
            state.deferred = true;
            return;
        }
        self.settle_and_run(state, Instant::now());
    }
}

/// Works on the inbox of a session.
type Work = InTurns<BoxFuture<'static, ()>>;

/// A chunk for a WebSocket whose line is in its slot.
type Write = (ExchangeId, Arc<Slot>, Chunk);

impl Link for SessionHandle {
    fn send(self: Arc<Self>, message: &Outbound, delivery: Delivery) -> Result<(), SendError> {
        let this = Arc::clone(&self);
        let mut state = this.state.lock();
        state.machine.send(Instant::now(), message, delivery)?;
        self.sent(state);
        Ok(())
    }

    fn send_or_wait(self: Arc<Self>, message: &Outbound) -> Result<Option<oneshot::Receiver<()>>, SendError> {
        let this = Arc::clone(&self);
        let mut state = this.state.lock();
        match state.machine.send(Instant::now(), message, Delivery::Reliable) {
            Err(SendError::Full { .. }) => {
                let (room, waiting) = oneshot::channel();
                state.waiting_for_room.retain(|room| !room.is_canceled());
                state.waiting_for_room.push(room);
                Ok(Some(waiting))
            }
            Err(error) => Err(error),
            Ok(()) => {
                self.sent(state);
                Ok(None)
            }
        }
    }

    fn close(self: Arc<Self>, reason: CloseReason) {
        let this = Arc::clone(&self);
        let mut state = this.state.lock();
        state.machine.close(Instant::now(), reason);
        self.sent(state);
    }

    fn close_with(self: Arc<Self>, code: CloseCode, words: &str) {
        let this = Arc::clone(&self);
        let mut state = this.state.lock();
        state.machine.close_with(Instant::now(), code, words);
        self.sent(state);
    }

    fn transport(&self) -> Option<&'static str> {
        self.state.lock().machine.transport()
    }

    fn enqueue(self: Arc<Self>, item: Item) {
        self.state.lock().inbox.push(item);
        self.run_inbox();
    }

    fn deadline_changed(self: Arc<Self>) {
        let mut state = self.state.lock();
        self.arm(&mut state);
    }

    fn now(&self) -> Instant {
        Instant::now()
    }
}

impl std::fmt::Debug for SessionHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionHandle").field("id", &self.id).finish_non_exhaustive()
    }
}

/// One request or WebSocket of a session, in the hands of the task that has the connection. Dropping it tells the session
/// that it is gone.
#[derive(Debug)]
pub(super) struct Exchange {
    session: Arc<SessionHandle>,
    id: ExchangeId,
    slot: Arc<Slot>,
    /// Something was handed out that is not reported as taken yet; the response to begin with.
    outstanding: bool,
    over: bool,
}

impl Exchange {
    /// The answer; nothing if the session ended without one. Cancel safe.
    pub(super) async fn response(&self) -> Option<Response<Body>> {
        std::future::poll_fn(|cx| self.slot.poll_response(cx)).await
    }

    /// What to do next on a stream or WebSocket. Once it is done, [`taken`](Self::taken) says so.
    pub(super) fn poll_next(&mut self, cx: &Context<'_>) -> Poll<Next> {
        self.poll_next_or_lend(cx, &mut None)
    }

    /// The same on a WebSocket, whose line the session has while there is nothing to do.
    pub(super) fn poll_next_or_lend(&mut self, cx: &Context<'_>, line: &mut Option<Line>) -> Poll<Next> {
        let next = self.slot.poll_next(cx, line);
        self.outstanding = matches!(next, Poll::Ready(Next::Write(_)));
        next
    }

    /// What the session has said so far on a WebSocket that ends here. It is never reported as taken, so this is only for an
    /// end behind which no session goes on, as it is when the peer broke the protocol.
    pub(super) fn take_last_write(&self) -> Option<Chunk> {
        self.slot.take_write()
    }

    /// Takes the line back, and with it what has to be written ahead of everything else.
    pub(super) fn reclaim(&mut self, line: &mut Option<Line>) -> Option<Chunk> {
        let chunk = self.slot.reclaim(line);
        self.outstanding |= chunk.is_some();
        chunk
    }

    /// Takes back what the session has said and nobody has begun to write: its peer listens no more.
    pub(super) fn withdraw(&self) {
        self.slot.withdraw();
    }

    /// What was handed out last, if anything, is with the socket.
    pub(super) fn taken(&mut self, cx: &mut Context<'_>) {
        if std::mem::take(&mut self.outstanding) && self.input(Input::Written { exchange: self.id }) {
            self.run_handlers(cx);
        }
    }

    /// The whole response is with the socket.
    pub(super) fn complete(&mut self, cx: &mut Context<'_>) {
        self.over = true;
        self.taken(cx);
        self.session.state.lock().slots.retain(|(id, _)| *id != self.id);
    }

    /// The session has ended it; nothing is said to the session any more.
    pub(super) fn finished(&mut self) {
        self.over = true;
    }

    /// A message has arrived; handlers hear of it when [`run_handlers`](Self::run_handlers) is called. Says whether the client
    /// may say more.
    pub(super) fn message(&self, payload: Payload) -> bool {
        let mut state = self.session.state.lock();
        if state.slot(self.id).is_some() {
            let now = Instant::now();
            state.machine.handle_input(now, Input::Message { exchange: self.id, payload });
            // Nothing is written here: what the session answers by itself leaves behind the handlers of what came before.
            self.session.drain(&mut state, now, false);
            self.session.arm_machine(&mut state);
        }
        state.forgotten || state.inbox.has_room()
    }

    /// Bytes have come on a WebSocket that make no message: the client is alive.
    pub(super) fn alive(&self) {
        self.input(Input::Alive { exchange: self.id });
    }

    /// Runs the handlers for what has come in by this exchange. Whoever has the exchange does so ahead of its answer: a client
    /// that reads `1::` is on its namespace then, and in the rooms that its connect handler joined.
    pub(super) fn run_handlers(&self, cx: &mut Context<'_>) {
        self.session.run_inbox_here(cx);
    }

    pub(super) fn session_id(&self) -> &SessionId {
        self.session.id()
    }

    /// Whether the session is done with it and nothing more is to be written.
    pub(super) fn is_finished(&self) -> bool {
        self.slot.is_finished()
    }

    /// Whether the client may say more.
    pub(super) fn poll_room(&self, cx: &Context<'_>) -> Poll<()> {
        self.session.poll_room(cx)
    }

    /// It is gone, and how.
    pub(super) fn detach(&mut self, cause: Gone) {
        if !std::mem::replace(&mut self.over, true) {
            self.input(Input::Detach { exchange: self.id, cause });
            self.session.state.lock().slots.retain(|(id, _)| *id != self.id);
            self.session.run_inbox();
        }
    }

    /// Says something to the session, unless it is done with this exchange.
    fn input(&self, input: Input) -> bool {
        let mut state = self.session.state.lock();
        let known = state.slot(self.id).is_some();
        if known {
            let now = Instant::now();
            state.machine.handle_input(now, input);
            self.session.settle(&mut state, now);
        }
        known
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.detach(Gone::Ended);
    }
}

impl State {
    fn slot(&self, exchange: ExchangeId) -> Option<&Arc<Slot>> {
        self.slots.iter().find(|(id, _)| *id == exchange).map(|(_, slot)| slot)
    }
}
