//! One connection, from accept to close.
//!
//! Three steps: wait for the request, send the answer, and take in what else arrives. The last is there because closing
//! a socket with unread bytes resets the connection, and a reset can take the answer away from its reader.

use std::io;
use std::pin::pin;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::{Policy, RequestMatcher, Verdict};

/// How many bytes are taken in behind the answer, at most.
const MAX_DRAINED: usize = 16 * 1024;

/// How long answer and draining take, at most. What the system has of the answer by then it still delivers.
const LINGER: Duration = Duration::from_secs(1);

/// For the request, and for what is thrown away.
type Buffer = [u8; 64];

/// Answers a client and closes, within `timeout`.
///
/// It may have to hurry. When `evicted` completes, the connection ends at once, with the answer sent if that takes no
/// waiting. When `stopped` does, only the wait for the request ends.
pub(super) async fn answer<S>(
    mut stream: S,
    policy: &Policy,
    timeout: Duration,
    evicted: impl Future<Output = ()>,
    stopped: impl Future<Output = ()>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let opened = Instant::now();
    let mut evicted = pin!(evicted);
    let mut buffer = [0; 64];
    tokio::select! {
        biased;
        request = read_request(&mut stream, &mut buffer) => {
            if request.is_err() {
                return;
            }
        }
        () = evicted.as_mut() => {
            // A deadline in the past allows one attempt, and a fresh socket has room for more than a policy.
            let _ = timeout_at(opened, stream.write_all(policy.as_bytes())).await;
            return;
        }
        () = stopped => {}
        // What is left of the time is for the answer.
        () = sleep_until(opened + timeout * 11 / 12) => {}
    }
    let deadline = (opened + timeout).min(Instant::now() + LINGER);
    tokio::select! {
        biased;
        _ = timeout_at(deadline, finish(&mut stream, policy, &mut buffer)) => {}
        () = evicted => {}
    }
}

/// Returns when there is nothing left to wait for: a request, something else, or the end of input.
async fn read_request(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Buffer) -> io::Result<()> {
    let mut matcher = RequestMatcher::new();
    loop {
        let length = stream.read(buffer).await?;
        if length == 0 || matcher.push(&buffer[..length]) != Verdict::NeedMore {
            return Ok(());
        }
    }
}

/// Sends the answer and its end, then waits for the client to close.
async fn finish<S>(stream: &mut S, policy: &Policy, buffer: &mut Buffer) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    stream.write_all(policy.as_bytes()).await?;
    stream.shutdown().await?;
    let mut drained = 0;
    while drained < MAX_DRAINED {
        match stream.read(buffer).await? {
            0 => break,
            length => drained += length,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;
    use tokio::time::{Instant, sleep};

    use super::*;
    use crate::REQUEST;

    // The clock of these tests is paused: it moves only when nobody has anything else to do, and then exactly to the
    // next deadline.
    const TIMEOUT: Duration = Duration::from_secs(3);
    const WAIT: Duration = Duration::from_millis(2750);

    fn policy() -> Policy {
        Policy::builder().allow("a.example:80".parse().unwrap()).build()
    }

    fn open(pipe: usize) -> (DuplexStream, JoinHandle<Duration>) {
        open_until(pipe, pending(), pending())
    }

    /// The client's end of a connection with `pipe` bytes in flight, and how long the server's end will have lasted.
    fn open_until(
        pipe: usize,
        evicted: impl Future<Output = ()> + Send + 'static,
        stopped: impl Future<Output = ()> + Send + 'static,
    ) -> (DuplexStream, JoinHandle<Duration>) {
        let (client, server) = duplex(pipe);
        let lasted = tokio::spawn(async move {
            let opened = Instant::now();
            answer(server, &policy(), TIMEOUT, evicted, stopped).await;
            opened.elapsed()
        });
        (client, lasted)
    }

    /// Reads to the end; tells what came, and how long it took.
    async fn read(client: &mut DuplexStream) -> (Vec<u8>, Duration) {
        let began = Instant::now();
        let mut received = Vec::new();
        client.read_to_end(&mut received).await.unwrap();
        (received, began.elapsed())
    }

    fn answered_after(wait: Duration) -> (Vec<u8>, Duration) {
        (policy().as_bytes().to_vec(), wait)
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_is_answered_at_once() {
        let (mut client, lasted) = open(1024);
        client.write_all(REQUEST).await.unwrap();
        assert_eq!(read(&mut client).await, answered_after(Duration::ZERO));
        drop(client);
        assert_eq!(lasted.await.unwrap(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_in_two_pieces_is_waited_for() {
        for cut in 1..REQUEST.len() {
            let (mut client, _) = open(1024);
            client.write_all(&REQUEST[..cut]).await.unwrap();
            sleep(Duration::from_secs(2)).await;
            assert!(tokio::time::timeout(Duration::ZERO, client.read_u8()).await.is_err(), "answered {cut} bytes");
            client.write_all(&REQUEST[cut..]).await.unwrap();
            assert_eq!(read(&mut client).await, answered_after(Duration::ZERO));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_input_stands_in_for_the_nul() {
        let (mut client, lasted) = open(1024);
        client.write_all(&REQUEST[..22]).await.unwrap();
        client.shutdown().await.unwrap();
        assert_eq!(read(&mut client).await, answered_after(Duration::ZERO));
        assert_eq!(lasted.await.unwrap(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn half_a_request_and_none_are_answered_at_the_end_of_the_wait() {
        for length in [0, 1, 10, 22] {
            let (mut client, lasted) = open(1024);
            client.write_all(&REQUEST[..length]).await.unwrap();
            assert_eq!(read(&mut client).await, answered_after(WAIT));
            // The client keeps its side open.
            assert_eq!(lasted.await.unwrap(), TIMEOUT);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_byte_a_second_does_not_prolong_the_wait() {
        let (client, lasted) = open(1024);
        let (mut reader, mut writer) = tokio::io::split(client);
        let drip = tokio::spawn(async move {
            for byte in REQUEST {
                let _ = writer.write_u8(*byte).await;
                sleep(Duration::from_secs(1)).await;
            }
        });
        let mut received = Vec::new();
        reader.read_to_end(&mut received).await.unwrap();
        assert_eq!(received, policy().as_bytes());
        assert_eq!(lasted.await.unwrap(), TIMEOUT);
        drip.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn anything_else_is_answered_at_once() {
        for garbage in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\0", b"<policy-file-request />\0", &[0xff; 600]] {
            let (mut client, _) = open(1024);
            client.write_all(garbage).await.unwrap();
            assert_eq!(read(&mut client).await, answered_after(Duration::ZERO));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_behind_the_answer_is_taken_in_up_to_a_bound() {
        let (mut client, lasted) = open(1024);
        let sent = client.write_all(&vec![b'x'; MAX_DRAINED]).await;
        assert!(sent.is_ok());
        let rest = client.write_all(&[b'x'; 4096]).await;
        assert_eq!(rest.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert_eq!(lasted.await.unwrap(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_nothing_is_left() {
        let (mut client, lasted) = open(32);
        client.write_all(REQUEST).await.unwrap();
        assert_eq!(lasted.await.unwrap(), LINGER);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_never_closes_is_left() {
        let (mut client, lasted) = open(1024);
        sleep(Duration::from_secs(1)).await;
        client.write_all(REQUEST).await.unwrap();
        assert_eq!(read(&mut client).await, answered_after(Duration::ZERO));
        assert_eq!(lasted.await.unwrap(), Duration::from_secs(1) + LINGER);
    }

    #[tokio::test(start_paused = true)]
    async fn an_evicted_client_that_was_silent_is_answered_at_once() {
        let (evict, evicted) = oneshot::channel::<()>();
        let (mut client, lasted) = open_until(1024, async { evicted.await.unwrap() }, pending());
        sleep(Duration::from_secs(1)).await;
        evict.send(()).unwrap();
        assert_eq!(read(&mut client).await, answered_after(Duration::ZERO));
        assert_eq!(lasted.await.unwrap(), Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_evicted_client_that_was_answered_is_not_waited_for() {
        let (evict, evicted) = oneshot::channel::<()>();
        let (mut client, lasted) = open_until(1024, async { evicted.await.unwrap() }, pending());
        client.write_all(REQUEST).await.unwrap();
        assert_eq!(read(&mut client).await, answered_after(Duration::ZERO));
        evict.send(()).unwrap();
        assert_eq!(lasted.await.unwrap(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn at_shutdown_a_silent_client_is_answered_at_once() {
        let (stop, stopped) = oneshot::channel::<()>();
        let (mut client, lasted) = open_until(1024, pending(), async { stopped.await.unwrap() });
        sleep(Duration::from_secs(1)).await;
        stop.send(()).unwrap();
        assert_eq!(read(&mut client).await, answered_after(Duration::ZERO));
        drop(client);
        assert_eq!(lasted.await.unwrap(), Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_is_gone_ends_the_connection() {
        let (client, lasted) = open(1024);
        drop(client);
        assert_eq!(lasted.await.unwrap(), Duration::ZERO);
    }
}
