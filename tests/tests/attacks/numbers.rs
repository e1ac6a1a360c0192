//! Numbers without end, and numbers that wrap around, in every place where a client may write one.

use longwire_tests::client::handshake;
use longwire_tests::packet::event;
use longwire_tests::{Attacked, Bounds, Connection, Dialect, Request, Transport};
use serde_json::json;

use crate::{assert_nothing_comes_of, leave};

/// The digits of a number that no integer of ours can hold. Fits into a request head.
fn endless() -> String {
    "9".repeat(8000)
}

/// 2⁶⁴ + `number`, which is `number` to whoever adds up digits in 64 bits.
fn wrapping(number: u128) -> u128 {
    (1 << 64) + number
}

#[tokio::test]
async fn endless_digits_in_packet_types_and_ids() {
    let server = Attacked::start(&[]).await;
    let digits = "7".repeat(100_000);
    let packets = [
        format!("{digits}::"),
        format!("3{digits}:::x"),
        format!("0:{digits}:"),
        format!("1:{digits}:"),
        format!("1:{digits}:/chat"),
        format!("2:{digits}:"),
        format!("3:{digits}::x"),
        format!("4:{digits}::1"),
        format!(r#"5:{digits}::{{"name":"echo"}}"#),
        format!(r#"5:{digits}+::{{"name":"ack"}}"#),
        format!("6:::{digits}"),
        format!("6:::{digits}+[1]"),
        format!("6:{digits}::1+[1]"),
    ];
    assert_nothing_comes_of(&server, &Transport::ALL, &packets).await;
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn endless_digits_in_reasons_and_advice_of_errors() {
    let server = Attacked::start(&[]).await;
    let digits = "0".repeat(100_000);
    let packets = [
        format!("7:::{digits}"),
        format!("7:::{digits}+{digits}"),
        format!("7:::1+{digits}"),
        format!("7::/chat:2{digits}"),
    ];
    assert_nothing_comes_of(&server, &Transport::ALL, &packets).await;
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn endless_digits_in_json() {
    let server = Attacked::start(&[]).await;
    let digits = "9".repeat(100_000);
    let packets = [
        format!("4:::{digits}"),
        format!("4:::-{digits}"),
        format!("4:::1e{digits}"),
        "4:::1e309".to_owned(),
        format!(r#"5:::{{"name":"echo","args":[{digits}]}}"#),
        format!(r#"5:1+::{{"name":"ack","args":[-1E+{digits}]}}"#),
        format!(r#"5:::{{"name":"after","args":[{digits}]}}"#),
    ];
    assert_nothing_comes_of(&server, &Transport::ALL, &packets).await;
    // What a double can hold comes back as it was written.
    let mut client = server.client(Transport::WEBSOCKET).await;
    for number in [format!("0.{digits}"), format!("1e-{digits}"), "12345678901234567890".to_owned()] {
        let packet = format!("4:::{number}");
        client.send(&packet).await;
        client.expect(&[&packet]).await;
    }
    leave(client).await;
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn ids_beyond_two_to_the_53() {
    const LARGEST: u128 = (1 << 53) - 1;
    let server = Attacked::start(&[]).await;
    let ids = [1 << 53, (1 << 53) + 1, 1 << 63, (1 << 64) - 1, 1 << 64, wrapping(1), wrapping(LARGEST), 1 << 127];
    let packets: Vec<String> = ids.iter().flat_map(|id| [format!("3:{id}::x"), format!("3:{id}+::x")]).collect();
    assert_nothing_comes_of(&server, &Transport::ALL, &packets).await;
    for transport in Transport::ALL {
        let mut client = server.client(transport).await;
        client.send(&format!("3:{LARGEST}::x")).await;
        client.expect(&[&format!("6:::{LARGEST}"), "3:::x"]).await;
        // Only the id that was given out answers the question.
        client.send(&event("", "ask", &json!([]))).await;
        client.expect(&[r#"5:1+::{"name":"question"}"#]).await;
        for id in [0, 2, 1 << 32, 1 << 53, 1 << 64, wrapping(1)] {
            client.send(&format!(r#"6:::{id}+["forged"]"#)).await;
        }
        client.send(r#"6:::1+["answer"]"#).await;
        client.expect(&[&event("", "answered", &json!(["answer"]))]).await;
        leave(client).await;
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn endless_digits_as_index_of_a_script() {
    let server = Attacked::start(&[]).await;
    let mut connection = server.connect().await;
    for digits in [endless(), "1234567890".to_owned(), wrapping(1).to_string(), format!("{}1", "0".repeat(8000))] {
        let response = connection.get(&format!("/socket.io/1/?jsonp={digits}")).await;
        assert_eq!((response.status, response.header("Content-Type")), (200, Some("text/plain")));
        let id = response.text().split(':').next().unwrap();
        let target = format!("/socket.io/1/jsonp-polling/{id}?i={digits}");
        connection.get(&target).await.assert(200, "io.j[0](\"1::\");");
        connection.post(&target, "d=0%3A%3A").await.assert(200, "1");
    }
    drop(connection);
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn endless_digits_in_a_path() {
    let server = Attacked::start(&[]).await;
    let mut connection = server.connect().await;
    let response = connection.get(&format!("/socket.io/{}/", endless())).await;
    response.assert(500, "Protocol version not supported.");
    let response = connection.get(&format!("/socket.io/{}/", wrapping(1))).await;
    response.assert(500, "Protocol version not supported.");
    connection.get(&format!("/socket.io/1/{}/x", endless())).await.assert(400, "transport not supported");
    connection.get(&format!("/socket.io/1/xhr-polling/{}", endless())).await.assert(200, "7:::1+0");
    drop(connection);
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn endless_digits_in_a_content_length() {
    let server = Attacked::start(&[]).await;
    let mut client = server.client(Transport::XhrPolling).await;
    let target = client.transport.target(&client.id);
    for (length, status) in [
        (endless(), 400),
        (wrapping(5).to_string(), 400),
        (u64::MAX.to_string(), 431),
        ((u64::MAX - 2).to_string(), 413),
        (i64::MAX.to_string(), 413),
        ("1000001".to_owned(), 413),
        (format!("{}5", "0".repeat(8000)), 200),
    ] {
        let mut connection = server.connect().await;
        let request = Request::new("POST", &target).header("Content-Length", &length).body("3:::x");
        let response = connection.request(&request).await;
        assert_eq!(response.status, status, "{length}");
    }
    client.expect(&["3:::x"]).await;
    leave(client).await;
    server.assert_unharmed(Bounds::SMALL).await;
}

/// Sends a body in chunks of which the first line is `size`, and gives back the status.
async fn chunked(mut connection: Connection, target: &str, size: &str) -> u16 {
    let request = Request::new("POST", target).header("Transfer-Encoding", "chunked");
    connection.send(request.body(format!("{size}\r\n3:::x\r\n0\r\n\r\n")).to_bytes()).await;
    connection.finish().await;
    connection.response().await.status
}

#[tokio::test]
async fn endless_digits_in_the_size_of_a_chunk() {
    let server = Attacked::start(&[]).await;
    let mut client = server.client(Transport::XhrPolling).await;
    let target = client.transport.target(&client.id);
    for (size, status) in [
        ("f".repeat(100_000), 400),
        // 2⁶⁴ + 5.
        ("10000000000000005".to_owned(), 400),
        ("ffffffffffffffff".to_owned(), 400),
        ("7fffffffffffffff".to_owned(), 400),
        ("-5".to_owned(), 400),
        ("0x5".to_owned(), 400),
        (format!("{}5", "0".repeat(100_000)), 200),
        (format!("5;{}", "x".repeat(100_000)), 400),
        (format!("5;{}", "x".repeat(100)), 200),
    ] {
        assert_eq!(chunked(server.connect().await, &target, &size).await, status, "{size}");
    }
    client.expect(&["3:::x", "3:::x"]).await;
    leave(client).await;
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn endless_digits_in_the_length_of_a_frame() {
    let server = Attacked::start(&[]).await;
    for transport in [Transport::XhrPolling, Transport::JsonpPolling, Transport::HtmlFile, Transport::XhrMultipart] {
        let mut client = server.client(transport).await;
        let digits = "9".repeat(100_000);
        for length in [digits.as_str(), "18446744073709551615", &wrapping(5).to_string(), "-5", "5.0", "٥"] {
            let response = client.post(&format!("\u{fffd}{length}\u{fffd}3:::x")).await;
            assert_eq!(response.status, 400, "{transport:?} {length}");
        }
        client.post(&format!("\u{fffd}{}5\u{fffd}3:::x", "0".repeat(100_000))).await.assert(200, "1");
        client.expect(&["3:::x"]).await;
        leave(client).await;
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn endless_digits_in_a_websocket_handshake() {
    let server = Attacked::start(&[]).await;
    for name in ["websocket", "flashsocket"] {
        let id = handshake(server.address, "").await;
        let target = format!("/socket.io/1/{name}/{id}");
        let mut connection = server.connect().await;
        for version in [endless(), wrapping(13).to_string(), format!("{}13", "0".repeat(8000)), "-13".to_owned()] {
            let request = replaced(Dialect::Rfc6455, &target, "Version: 13", &format!("Version: {version}"));
            assert_eq!(request_raw(&mut connection, &request).await, 426, "{version}");
        }
        // 2³² + 829309203, times its five spaces.
        let wrapping = "25621382 4 9 5 4 ".to_owned();
        for key in [format!("{} 5", endless()), wrapping] {
            let request = replaced(Dialect::Hixie76, &target, "4 @1  46546xW%0l 1 5", &key);
            assert_eq!(request_raw(&mut connection, &request).await, 400, "{key}");
        }
        connection.get(&format!("/socket.io/1/xhr-polling/{id}")).await.assert(200, "1::");
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

fn replaced(dialect: Dialect, target: &str, from: &str, to: &str) -> String {
    let request = String::from_utf8(dialect.request(target).to_bytes()).unwrap();
    assert!(request.contains(from));
    request.replace(from, to)
}

async fn request_raw(connection: &mut Connection, request: &str) -> u16 {
    connection.send(request).await;
    connection.response().await.status
}
