//! A client that has no part in an attack: it asks for echoes as long as the attack goes on, and gets every one of them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::packet::event;
use crate::{Client, PATIENCE, Transport};

/// The pause between an echo and the next question.
const PAUSE: Duration = Duration::from_millis(20);

/// A client that is busy with itself.
#[derive(Debug)]
pub struct Bystander {
    /// Turns true when it shall stop.
    stop: watch::Sender<bool>,
    running: JoinHandle<(Client, Service)>,
}

/// What a bystander was served.
#[derive(Clone, Copy, Debug, Default)]
pub struct Service {
    /// How many echoes it got.
    pub echoes: usize,
    /// How long the slowest of them took.
    pub slowest: Duration,
}

impl Bystander {
    /// Lets a client come in, and waits for its first echo.
    pub async fn start(address: SocketAddr, transport: Transport) -> Self {
        let mut client = Client::open(address, transport).await;
        echo(&mut client, "first").await;
        let (stop, stopped) = watch::channel(false);
        Self { stop, running: tokio::spawn(run(client, stopped)) }
    }

    /// Stops it behind one more echo. Its session is still open.
    ///
    /// # Panics
    ///
    /// When an echo did not come.
    pub async fn stop(self) -> (Client, Service) {
        self.stop.send_replace(true);
        match self.running.await {
            Ok(ended) => ended,
            Err(error) => panic!("a bystander came to harm: {error}"),
        }
    }
}

async fn run(mut client: Client, mut stopped: watch::Receiver<bool>) -> (Client, Service) {
    let mut service = Service::default();
    loop {
        let is_last = *stopped.borrow();
        let asked = Instant::now();
        echo(&mut client, &format!("echo {}", service.echoes)).await;
        service.echoes += 1;
        service.slowest = service.slowest.max(asked.elapsed());
        if is_last {
            return (client, service);
        }
        let _ = tokio::time::timeout(PAUSE, stopped.wait_for(|stop| *stop)).await;
    }
}

/// Asks for one echo and waits for it, as a client with a heart does.
///
/// # Panics
///
/// When something else comes, or nothing.
pub async fn echo(client: &mut Client, text: &str) {
    let packet = event("", "echo", &json!([text]));
    let asked = Instant::now();
    client.send(&packet).await;
    loop {
        match client.packet().await {
            heartbeat if heartbeat == "2::" => client.send("2::").await,
            noop if noop == "8::" => assert!(asked.elapsed() < PATIENCE, "only noops, and no echo"),
            other => return assert_eq!(other, packet, "{:?}", client.transport),
        }
    }
}
