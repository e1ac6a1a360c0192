//! Streams end in good order when they have carried enough, and the session goes on with the next.

use longwire_tests::sockjs::{Client, Transport};

use crate::{echo, patient, serve};

#[tokio::test]
async fn a_stream_ends_exactly_behind_the_frame_that_reaches_the_limit() {
    let server = serve(patient().response_limit(4096), echo()).await;
    let mut client = Client::open(server.address, "/echo", Transport::XhrStreaming).await;
    let message = "x".repeat(128);
    // 31 frames of 134 bytes and the two of `o`.
    for _ in 0..31 {
        client.send(&[&message]).await;
        assert_eq!(client.next().await, Some(format!("a[\"{message}\"]")));
    }
    assert_eq!(client.next().await, None);
    // On the same connection.
    client.send(&[&message]).await;
    client.expect(&[&message]).await;
}

#[tokio::test]
async fn no_message_is_lost_between_two_streams() {
    let server = serve(patient().response_limit(1000), echo()).await;
    for transport in [Transport::XhrStreaming, Transport::EventSource, Transport::HtmlFile] {
        let mut client = Client::open(server.address, "/echo", transport).await;
        let many: Vec<String> = (0..200).map(|number| format!("{number:0200}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        client.send(&many).await;
        client.expect(&many).await;
    }
}
