//! The task of one connection.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::crowd::Crowd;
use crate::http::{Answers, Verdict as Answer};
use crate::websocket::{self, Verdict as Heard};

/// How much is read at once.
const READ_SIZE: usize = 16 << 10;

static ANSWERS: LazyLock<Answers> = LazyLock::new(Answers::default);

thread_local! {
    static BUFFERS: RefCell<Buffers> = RefCell::new(Buffers {
        read: vec![0; READ_SIZE].into(),
        echo: Vec::with_capacity(READ_SIZE),
        all: Vec::with_capacity(READ_SIZE),
    });
}

/// What all connections of a thread share, so that an idle one has none.
struct Buffers {
    read: Box<[u8]>,
    echo: Vec<u8>,
    all: Vec<u8>,
}

/// See the [module](self).
pub(crate) struct Connection {
    read: OwnedReadHalf,
    state: State,
    /// The beginning of a request or frame that is not whole yet.
    rest: Vec<u8>,
    crowd: Arc<Crowd>,
}

enum State {
    Http {
        write: OwnedWriteHalf,
        is_new: bool,
    },
    WebSocket {
        place: usize,
    },
    /// Everything was said; what is left is to wait for the other side's end.
    Over,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, crowd: Arc<Crowd>) -> Self {
        let (read, write) = stream.into_split();
        Self { read, state: State::Http { write, is_new: false }, rest: Vec::new(), crowd }
    }

    /// Handles what was read, joined with the rest of what came before.
    fn handle(&mut self, cx: &mut Context<'_>, bytes: &[u8], echo: &mut Vec<u8>, all: &mut Vec<u8>) -> io::Result<()> {
        let rest = std::mem::take(&mut self.rest);
        let joined;
        let bytes = if rest.is_empty() {
            bytes
        } else {
            joined = [&rest, bytes].concat();
            &joined
        };
        match &mut self.state {
            State::Http { is_new, .. } => match ANSWERS.answer(bytes, is_new, echo) {
                Answer::More => self.rest = bytes.to_vec(),
                Answer::Answered => self.say(echo)?,
                Answer::Upgraded => {
                    self.say(echo)?;
                    self.upgrade();
                }
                Answer::Unknown => return Err(unknown(bytes)),
            },
            State::WebSocket { place } => {
                let place = *place;
                let heard = websocket::take(bytes, echo, all);
                if !echo.is_empty() {
                    self.say(echo)?;
                }
                if !all.is_empty() {
                    self.crowd.tell(all)?;
                }
                match heard {
                    Heard::Open(taken) if taken == bytes.len() => {}
                    Heard::Open(taken) => self.rest = bytes[taken..].to_vec(),
                    Heard::Over => self.end(cx, place)?,
                    Heard::Unknown => return Err(unknown(bytes)),
                }
            }
            State::Over => {}
        }
        Ok(())
    }

    /// Writes to the client; what it asks for at once is less than the system takes at once.
    fn say(&self, bytes: &[u8]) -> io::Result<()> {
        if !bytes.is_empty() && self.read.as_ref().try_write(bytes)? < bytes.len() {
            return Err(io::Error::other("a client does not read"));
        }
        Ok(())
    }

    fn upgrade(&mut self) {
        if let State::Http { write, .. } = std::mem::replace(&mut self.state, State::Over) {
            self.state = State::WebSocket { place: self.crowd.enter(write) };
        }
    }

    fn end(&mut self, cx: &mut Context<'_>, place: usize) -> io::Result<()> {
        self.state = State::Over;
        match self.crowd.leave(place).map(|mut write| Pin::new(&mut write).poll_shutdown(cx)) {
            Some(Poll::Ready(result)) => result,
            Some(Poll::Pending) | None => Ok(()),
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, buffers: &mut Buffers) -> Poll<io::Result<()>> {
        loop {
            let mut buffer = ReadBuf::new(&mut buffers.read);
            ready!(Pin::new(&mut self.read).poll_read(cx, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            buffers.echo.clear();
            buffers.all.clear();
            self.handle(cx, buffer.filled(), &mut buffers.echo, &mut buffers.all)?;
        }
    }
}

impl Future for Connection {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let result = ready!(BUFFERS.with_borrow_mut(|buffers| self.poll_read(cx, buffers)));
        if let Err(error) = result {
            eprintln!("floor: {error}");
        }
        if let State::WebSocket { place } = self.state {
            drop(self.crowd.leave(place));
        }
        Poll::Ready(())
    }
}

fn unknown(bytes: &[u8]) -> io::Error {
    io::Error::other(format!("no answer is known to {:?}", String::from_utf8_lossy(bytes)))
}
