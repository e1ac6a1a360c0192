//! The listener over real sockets.
//!
//! Where an answer must not depend on the timeout, the timeout is an hour; nothing here measures that something is fast,
//! except that it comes at all.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use longwire_flash_policy::{Policy, REQUEST, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout};

const HOUR: Duration = Duration::from_secs(3600);

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(30);

fn policy() -> Policy {
    Policy::builder().allow("*.example:80,8080-8083".parse().unwrap()).master_only(true).build()
}

async fn bind() -> Server {
    Server::bind("127.0.0.1:0", policy()).await.unwrap().timeout(HOUR)
}

fn start(server: Server) -> (SocketAddr, JoinHandle<()>) {
    let address = server.local_addr().unwrap();
    (address, tokio::spawn(server.serve(pending())))
}

async fn connect(address: SocketAddr) -> TcpStream {
    let client = TcpStream::connect(address).await.unwrap();
    client.set_nodelay(true).unwrap();
    client
}

async fn read_answer(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut received = Vec::new();
    timeout(PATIENCE, client.read_to_end(&mut received)).await.expect("an answer")?;
    Ok(received)
}

async fn assert_answered(client: &mut TcpStream) {
    assert_eq!(read_answer(client).await.unwrap(), policy().as_bytes());
}

async fn assert_unanswered(client: &TcpStream) {
    assert!(timeout(Duration::from_millis(50), client.readable()).await.is_err());
}

#[tokio::test]
async fn a_request_in_pieces() {
    let (address, _) = start(bind().await);
    for cut in [1, 10, 22] {
        let mut client = connect(address).await;
        client.write_all(&REQUEST[..cut]).await.unwrap();
        assert_unanswered(&client).await;
        client.write_all(&REQUEST[cut..]).await.unwrap();
        assert_answered(&mut client).await;
    }
    let mut client = connect(address).await;
    for byte in REQUEST {
        client.write_u8(*byte).await.unwrap();
    }
    assert_answered(&mut client).await;
}

#[tokio::test]
async fn a_request_without_its_nul() {
    let (address, _) = start(bind().await);
    let mut client = connect(address).await;
    client.write_all(&REQUEST[..22]).await.unwrap();
    assert_unanswered(&client).await;
    client.shutdown().await.unwrap();
    assert_answered(&mut client).await;
}

#[tokio::test]
async fn silence_is_answered_and_ended() {
    let (address, _) = start(bind().await.timeout(Duration::from_millis(240)));
    let began = Instant::now();
    let mut client = connect(address).await;
    assert_answered(&mut client).await;
    assert!(began.elapsed() >= Duration::from_millis(220));
    // The socket is gone although this side is still open: sooner or later a write is refused.
    let refused = async {
        while client.write_all(b"x").await.is_ok() {
            tokio::task::yield_now().await
        }
    };
    timeout(PATIENCE, refused).await.unwrap();
}

#[tokio::test]
async fn no_reset_comes_with_the_answer() {
    let (address, _) = start(bind().await);
    let mut client = connect(address).await;
    client.write_all(&[b'x'; 4096]).await.unwrap();
    timeout(PATIENCE, client.readable()).await.unwrap().unwrap();
    // The answer is there; a closed socket would answer each of these with a reset.
    for _ in 0..3 {
        client.write_all(&[b'x'; 1024]).await.unwrap();
        tokio::task::yield_now().await;
    }
    client.shutdown().await.unwrap();
    assert_answered(&mut client).await;
}

#[tokio::test]
async fn a_thousand_at_once() {
    // With its defaults: each has to be done before the timeout of three seconds cuts it off.
    let server = Server::bind("127.0.0.1:0", policy()).await.unwrap();
    let (address, _) = start(server);
    let mut clients = JoinSet::new();
    for _ in 0..1000 {
        clients.spawn(async move {
            let mut client = connect(address).await;
            client.write_all(REQUEST).await.unwrap();
            assert_answered(&mut client).await;
        });
    }
    assert_eq!(timeout(PATIENCE, clients.join_all()).await.unwrap().len(), 1000);
}

#[tokio::test]
async fn a_full_table_answers_and_closes_the_oldest() {
    let (address, _) = start(bind().await.max_connections(3));
    let mut silent = Vec::new();
    for _ in 0..3 {
        silent.push(connect(address).await);
    }
    for oldest in 0..3 {
        assert_unanswered(&silent[oldest]).await;
        silent.push(connect(address).await);
        assert_answered(&mut silent[oldest]).await;
    }
    let mut client = connect(address).await;
    client.write_all(REQUEST).await.unwrap();
    assert_answered(&mut client).await;
}

#[tokio::test]
async fn far_more_clients_than_places_are_all_answered() {
    let (address, _) = start(bind().await.max_connections(8));
    let mut clients = JoinSet::new();
    for _ in 0..500 {
        clients.spawn(async move {
            let mut client = connect(address).await;
            client.write_all(REQUEST).await.unwrap();
            // The request may arrive when the answer has been sent and the connection closed. Then a reset follows the
            // answer, but nothing of it is missing.
            let mut received = vec![0; policy().as_bytes().len()];
            client.read_exact(&mut received).await.unwrap();
            assert_eq!(received, policy().as_bytes());
        });
    }
    assert_eq!(timeout(PATIENCE, clients.join_all()).await.unwrap().len(), 500);
}

#[tokio::test]
async fn clients_that_vanish_leave_their_places() {
    let (address, serving) = start(bind().await.max_connections(2));
    for _ in 0..200 {
        drop(connect(address).await);
    }
    let mut client = connect(address).await;
    client.write_all(REQUEST).await.unwrap();
    assert_answered(&mut client).await;
    assert!(!serving.is_finished());
}

#[tokio::test]
async fn shutdown_answers_the_silent_and_ends() {
    let server = bind().await;
    let address = server.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(server.serve(async { stopped.await.unwrap() }));
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(connect(address).await);
    }
    // Accepted in order: when this one has its answer, the others are being served.
    let mut last = connect(address).await;
    last.write_all(REQUEST).await.unwrap();
    assert_answered(&mut last).await;
    drop(last);

    stop.send(()).unwrap();
    for client in &mut clients {
        assert_answered(client).await;
    }
    drop(clients);
    timeout(PATIENCE, serving).await.unwrap().unwrap();
    assert_eq!(TcpStream::connect(address).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn dropping_the_server_lets_connections_end() {
    let (address, serving) = start(bind().await);
    let mut client = connect(address).await;
    client.write_all(&REQUEST[..10]).await.unwrap();
    let mut other = connect(address).await;
    other.write_all(REQUEST).await.unwrap();
    assert_answered(&mut other).await;
    serving.abort();
    assert_answered(&mut client).await;
}

#[tokio::test]
async fn a_port_in_use_is_an_error() {
    let server = bind().await;
    let error = Server::bind(server.local_addr().unwrap(), policy()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
}

#[tokio::test]
async fn a_listener_from_elsewhere() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, _) = start(Server::from_listener(listener, policy()).timeout(Duration::MAX));
    let mut client = connect(address).await;
    client.write_all(REQUEST).await.unwrap();
    assert_answered(&mut client).await;
}
