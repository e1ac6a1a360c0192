//! One WebSocket, and the others that hear what is for all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

/// The default is 128 KiB for each connection.
const READ_BUFFER: usize = 4 << 10;
/// How much may wait for a client that is slow to read.
const MOST_WAITING: usize = 1024;

/// Every open WebSocket's queue.
#[derive(Debug, Default)]
pub(crate) struct Crowd(Mutex<Queues>);

#[derive(Debug, Default)]
struct Queues {
    last: u64,
    of: HashMap<u64, mpsc::Sender<Utf8Bytes>>,
}

impl Crowd {
    fn enter(&self, queue: mpsc::Sender<Utf8Bytes>) -> u64 {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queues.last += 1;
        let id = queues.last;
        queues.of.insert(id, queue);
        id
    }

    fn leave(&self, id: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).of.remove(&id);
    }

    /// A client whose queue is full misses it.
    fn tell(&self, text: &Utf8Bytes) {
        let queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queues.of.values().for_each(|queue| drop(queue.try_send(text.clone())));
    }
}

/// Runs one WebSocket to its end.
pub(crate) async fn run(upgrade: OnUpgrade, crowd: Arc<Crowd>) {
    let Ok(upgraded) = upgrade.await else { return };
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
    let websocket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await;
    let (queue, for_all) = mpsc::channel(MOST_WAITING);
    let id = crowd.enter(queue);
    // A client that goes away is not an error.
    let _ = talk(websocket, for_all, &crowd).await;
    crowd.leave(id);
}

async fn talk(
    mut websocket: WebSocketStream<TokioIo<Upgraded>>,
    mut for_all: mpsc::Receiver<Utf8Bytes>,
    crowd: &Crowd,
) -> Result<(), Error> {
    websocket.send(Message::text("1::")).await?;
    loop {
        tokio::select! {
            heard = websocket.next() => match heard.transpose()? {
                Some(Message::Text(text)) if text.as_str() == "0::" => {
                    websocket.send(Message::text("0::")).await?;
                    return websocket.close(None).await;
                }
                Some(Message::Text(text)) if text.starts_with(r#"5:::{"name":"all""#) => crowd.tell(&text),
                Some(Message::Text(text)) => websocket.send(Message::Text(text)).await?,
                Some(_) => {}
                None => return Ok(()),
            },
            Some(text) = for_all.recv() => {
                websocket.feed(Message::Text(text)).await?;
                // What waits leaves together.
                while let Ok(text) = for_all.try_recv() {
                    websocket.feed(Message::Text(text)).await?;
                }
                websocket.flush().await?;
            }
        }
    }
}
