//! Acknowledgements in both directions: the answer a client asked for, and the answers asked of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use futures_channel::oneshot;
use longwire_codec::{Args, ByteString, Content, Packet};
use longwire_transport::Delivery;
use serde::Serialize;

use super::{Client, EmitError};

/// The answer that a client asked for with an event or message. As an argument of a handler.
///
/// Dropping it answers nothing, and it may be kept and answered later, by any task. If the client wants no answer, sending one
/// does nothing. A handler with several of them gets the answer in the first.
///
/// ```
/// use longwire::{Ack, Data, Namespace};
///
/// // socket.emit('add', 1, 2, (sum) => …)
/// let namespace = Namespace::default().on("add", async |Data(a): Data<i64>, Data(b): Data<i64>, ack: Ack| {
///     let _ = ack.send(&a.saturating_add(b));
/// });
/// # drop(namespace);
/// ```
#[derive(Debug)]
pub struct Ack {
    wanted: Option<Wanted>,
}

#[derive(Debug)]
struct Wanted {
    client: Arc<Client>,
    namespace: ByteString,
    id: u64,
}

impl Ack {
    pub(crate) fn new(client: Arc<Client>, namespace: ByteString, id: u64) -> Self {
        Self { wanted: Some(Wanted { client, namespace, id }) }
    }

    pub(crate) const fn unwanted() -> Self {
        Self { wanted: None }
    }

    /// Whether the client asked for an answer.
    #[must_use]
    pub const fn is_wanted(&self) -> bool {
        self.wanted.is_some()
    }

    /// Answers with `args`: a tuple or array is a list of arguments, any other value is one.
    ///
    /// # Errors
    ///
    /// When `args` cannot be written as JSON, or the session does not take it: it is over, or its queue is full, which
    /// disconnects nobody here.
    pub fn send<T: Serialize + ?Sized>(self, args: &T) -> Result<(), EmitError> {
        match self.wanted {
            Some(_) => self.send_args(Args::from_serialize(args)?),
            None => Ok(()),
        }
    }

    /// Answers with arguments that are written already, for example those of the event.
    ///
    /// # Errors
    ///
    /// When the session does not take it.
    pub fn send_args(self, args: Args) -> Result<(), EmitError> {
        let Some(Wanted { client, namespace, id }) = self.wanted else { return Ok(()) };
        client.send(&Packet::new(namespace, Content::Ack { id, args }).into(), Delivery::Reliable)
    }
}

/// Why there is no answer from a client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AckError {
    /// The question could not be sent.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// No answer came in time.
    #[error("the client did not answer in time")]
    Timeout,
    /// The session ended first.
    #[error("the session ended before the client answered")]
    Closed,
}

/// The questions of one session that wait for an answer. Ids count from 1 for the whole session, since some clients answer
/// without naming the namespace.
#[derive(Debug)]
pub(super) struct PendingAcks {
    last_id: u64,
    waiting: BTreeMap<u64, Pending>,
}

#[derive(Debug)]
struct Pending {
    namespace: ByteString,
    deadline: Instant,
    answer: oneshot::Sender<Result<Args, AckError>>,
}

/// A question's number, and where its answer arrives.
pub(super) type Asked = (u64, oneshot::Receiver<Result<Args, AckError>>);

impl PendingAcks {
    pub(super) const fn new() -> Self {
        Self { last_id: 0, waiting: BTreeMap::new() }
    }

    pub(super) fn ask(&mut self, namespace: ByteString, deadline: Instant, limit: usize) -> Result<Asked, EmitError> {
        if self.waiting.len() >= limit {
            return Err(EmitError::TooManyAcks { limit });
        }
        let (answer, receiver) = oneshot::channel();
        self.last_id += 1;
        self.waiting.insert(self.last_id, Pending { namespace, deadline, answer });
        Ok((self.last_id, receiver))
    }

    /// Takes an answer; one for another namespace, an unknown or an answered question is ignored.
    pub(super) fn answer(&mut self, namespace: &str, id: u64, args: Args) {
        if self.waiting.get(&id).is_some_and(|pending| namespace.is_empty() || pending.namespace == namespace)
            && let Some(pending) = self.waiting.remove(&id)
        {
            // The asking side may have given up; then nobody wants to know.
            let _ = pending.answer.send(Ok(args));
        }
    }

    pub(super) fn forget(&mut self, id: u64) {
        self.waiting.remove(&id);
    }

    pub(super) fn expire(&mut self, now: Instant) {
        let late = |(id, pending): (&u64, &Pending)| (pending.deadline <= now).then_some(*id);
        let late: Vec<u64> = self.waiting.iter().filter_map(late).collect();
        for pending in late.iter().filter_map(|id| self.waiting.remove(id)) {
            let _ = pending.answer.send(Err(AckError::Timeout));
        }
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.waiting.values().map(|pending| pending.deadline).min()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn questions(count: usize) -> (PendingAcks, Vec<Asked>, Instant) {
        let now = Instant::now();
        let mut acks = PendingAcks::new();
        let asked =
            (1..=count).map(|n| acks.ask("/chat".into(), now + Duration::from_secs(n as u64), 3).unwrap()).collect();
        (acks, asked, now)
    }

    #[test]
    fn ids_count_from_one_and_answers_find_their_question() {
        let (mut acks, mut asked, _) = questions(2);
        assert_eq!((asked[0].0, asked[1].0), (1, 2));
        acks.answer("/chat", 2, Args::EMPTY);
        assert!(matches!(asked[1].1.try_recv(), Ok(Some(Ok(_)))));
        assert!(matches!(asked[0].1.try_recv(), Ok(None)));
    }

    #[test]
    fn an_answer_is_taken_once_and_only_from_its_namespace_or_from_none() {
        let (mut acks, mut asked, _) = questions(2);
        acks.answer("/other", 1, Args::EMPTY);
        assert!(matches!(asked[0].1.try_recv(), Ok(None)));
        acks.answer("", 1, Args::EMPTY);
        assert!(matches!(asked[0].1.try_recv(), Ok(Some(Ok(_)))));
        acks.answer("", 1, Args::EMPTY);
        assert_eq!(acks.waiting.len(), 1);
    }

    #[test]
    fn questions_expire_at_their_deadline_and_are_bounded() {
        let (mut acks, mut asked, now) = questions(3);
        assert!(matches!(acks.ask("".into(), now, 3), Err(EmitError::TooManyAcks { limit: 3 })));
        acks.expire(now + Duration::from_secs(2));
        assert!(matches!(asked[1].1.try_recv(), Ok(Some(Err(AckError::Timeout)))));
        assert!(matches!(asked[2].1.try_recv(), Ok(None)));
        assert_eq!(acks.next_deadline(), Some(now + Duration::from_secs(3)));
    }
}
