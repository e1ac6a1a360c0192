//! Requests of which a proxy and a server might disagree where they end, with a second request hidden behind.

use longwire_tests::{Attacked, Bounds, Request, Transport};

use crate::leave;

/// Would be answered, if anybody saw it as a request.
const HIDDEN: &str = "GET /socket.io/ HTTP/1.1\r\nHost: example.com\r\n\r\n";
const PLAIN: &str = "2::";
const CHUNKED: &str = "3\r\n2::\r\n0\r\n\r\n";

/// Posts with each of these headers, and a request hidden behind the body. One answer comes, then the connection ends.
async fn assert_last_of_their_connections(headers: &[(&str, &str)]) {
    let server = Attacked::start(&[]).await;
    let client = server.client(Transport::XhrPolling).await;
    for (header, body) in headers {
        for version in ["HTTP/1.1", "HTTP/1.0"] {
            let mut connection = server.connect().await;
            let target = client.transport.target(&client.id);
            let head = format!("POST {target} {version}\r\nHost: example.com\r\n{header}\r\n\r\n");
            connection.send(format!("{head}{body}{HIDDEN}")).await;
            assert_eq!(connection.response().await.status, 400, "{header:?} {version}");
            connection.assert_end().await;
        }
    }
    leave(client).await;
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn content_length_and_transfer_encoding_together() {
    assert_last_of_their_connections(&[
        ("Content-Length: 3\r\nTransfer-Encoding: chunked", CHUNKED),
        ("Transfer-Encoding: chunked\r\nContent-Length: 3", CHUNKED),
        ("Content-Length: 13\r\nTransfer-Encoding: chunked", CHUNKED),
        ("content-length: 0\r\ntransfer-encoding: chunked", CHUNKED),
        ("Content-Length: 3\r\nX: y\r\nTRANSFER-ENCODING:chunked", CHUNKED),
        ("Content-Length: 3\r\nTransfer-Encoding: identity", PLAIN),
        ("Content-Length: 3\r\nTransfer-Encoding: ", PLAIN),
        ("Content-Length: 3\r\nTransfer-Encoding: xchunked", PLAIN),
        ("Content-Length: 3\r\nTransfer-Encoding: \u{b}chunked", PLAIN),
    ])
    .await;
}

#[tokio::test]
async fn content_length_twice() {
    assert_last_of_their_connections(&[
        ("Content-Length: 3\r\nContent-Length: 4", PLAIN),
        ("Content-Length: 4\r\nContent-Length: 3", PLAIN),
        ("Content-Length: 3\r\nX: y\r\ncontent-length: 0", PLAIN),
        ("Content-Length: 3, 4", PLAIN),
        ("Content-Length: 3, 3", PLAIN),
        ("Content-Length: 3,", PLAIN),
        ("Content-Length: 3 3", PLAIN),
    ])
    .await;
}

#[tokio::test]
async fn content_length_with_a_sign_or_in_another_notation() {
    assert_last_of_their_connections(&[
        ("Content-Length: +3", PLAIN),
        ("Content-Length: -3", PLAIN),
        ("Content-Length: -0", PLAIN),
        ("Content-Length: 0x3", PLAIN),
        ("Content-Length: 3.0", PLAIN),
        ("Content-Length: 3e0", PLAIN),
        ("Content-Length: 3;", PLAIN),
        ("Content-Length: \"3\"", PLAIN),
        ("Content-Length: ٣", PLAIN),
        ("Content-Length: ", PLAIN),
        ("Content-Length: three", PLAIN),
    ])
    .await;
}

#[tokio::test]
async fn transfer_encoding_twice_or_of_another_kind() {
    assert_last_of_their_connections(&[
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", CHUNKED),
        ("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", CHUNKED),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", CHUNKED),
        ("Transfer-Encoding: chunked, chunked", CHUNKED),
        ("Transfer-Encoding: identity, chunked", CHUNKED),
        ("Transfer-Encoding: gzip, chunked", CHUNKED),
        ("Transfer-Encoding: chunked, identity", CHUNKED),
        ("Transfer-Encoding: ,chunked", CHUNKED),
        ("Transfer-Encoding: gzip", PLAIN),
        ("Transfer-Encoding: identity", PLAIN),
        ("Transfer-Encoding: xchunked", CHUNKED),
        ("Transfer-Encoding: chunked;q=1", CHUNKED),
        ("Transfer-Encoding: \"chunked\"", CHUNKED),
        ("Transfer-Encoding: ", PLAIN),
    ])
    .await;
}

#[tokio::test]
async fn headers_about_lengths_that_hide_in_others() {
    assert_last_of_their_connections(&[
        ("Content-Length : 3", PLAIN),
        (" Content-Length: 3", PLAIN),
        ("X: y\r\n Content-Length: 3", PLAIN),
        ("X: y\rContent-Length: 3", PLAIN),
        ("X: y\0\r\nContent-Length: 3", PLAIN),
        ("Content-Length: 3\0", PLAIN),
        (": 3\r\nContent-Length: 3", PLAIN),
        ("Transfer-Encoding : chunked", CHUNKED),
        ("Transfer-Encoding:\r\n chunked", CHUNKED),
        ("Transfer-Encoding\r\n: chunked", CHUNKED),
        ("Transfer-Encoding chunked", CHUNKED),
    ])
    .await;
}

#[tokio::test]
async fn chunks_that_are_none() {
    let chunks = [
        "3\n2::\n0\n\n",
        "3\r\n2::0\r\n\r\n",
        "3\r\n2::x\r\n0\r\n\r\n",
        "4\r\n2::\r\n0\r\n\r\n",
        " 3\r\n2::\r\n0\r\n\r\n",
        "+3\r\n2::\r\n0\r\n\r\n",
        "-3\r\n2::\r\n0\r\n\r\n",
        "3\r\n2::\r\n\r\n",
        "3;x\ny\r\n2::\r\n0\r\n\r\n",
        "\r\n2::\r\n0\r\n\r\n",
        "3\r\n2::\r\n0",
        "g\r\n2::\r\n0\r\n\r\n",
    ];
    let server = Attacked::start(&[]).await;
    let client = server.client(Transport::XhrPolling).await;
    for chunks in chunks {
        let mut connection = server.connect().await;
        let request = Request::new("POST", &client.transport.target(&client.id));
        let body = format!("{chunks}{HIDDEN}");
        connection.send(request.header("Transfer-Encoding", "chunked").body(body).to_bytes()).await;
        assert_eq!(connection.response().await.status, 400, "{chunks:?}");
        connection.assert_end().await;
    }
    leave(client).await;
    server.assert_unharmed(Bounds::SMALL).await;
}

/// What stands behind a body has no say in where it ends.
#[tokio::test]
async fn trailers_that_tell_another_length() {
    let server = Attacked::start(&[]).await;
    let client = server.client(Transport::XhrPolling).await;
    for (trailers, status) in [
        ("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n".to_owned(), 200),
        ("X: y\r\n".repeat(10_000), 400),
        (format!("X: {}\r\n", "y".repeat(100_000)), 400),
    ] {
        let mut connection = server.connect().await;
        let request = Request::new("POST", &client.transport.target(&client.id));
        let body = format!("3\r\n2::\r\n0\r\n{trailers}\r\n{HIDDEN}");
        let _ = connection.try_send(request.header("Transfer-Encoding", "chunked").body(body).to_bytes()).await;
        assert_eq!(connection.response().await.status, status);
        if status == 200 {
            connection.response().await.assert(200, "Welcome to socket.io.");
        } else {
            connection.assert_end().await;
        }
    }
    leave(client).await;
    server.assert_unharmed(Bounds::SMALL).await;
}
