//! Names that mean something to the language the old servers were written in, and events that only a server may raise.

use longwire_tests::bystander::echo;
use longwire_tests::packet::{event, event_with_id};
use longwire_tests::{Attacked, Bounds, Client, Request, Transport};
use serde_json::json;

use crate::leave;

const NAMES: [&str; 9] = [
    "__proto__",
    "constructor",
    "prototype",
    "hasOwnProperty",
    "toString",
    "valueOf",
    "isPrototypeOf",
    "__defineGetter__",
    "length",
];

#[tokio::test]
async fn names_of_the_prototype_as_session_id() {
    let server = Attacked::start(&[]).await;
    for (number, name) in NAMES.into_iter().enumerate() {
        let mut connection = server.connect().await;
        // An id that is asked for again within seconds is held; so every one has its turn by one kind of poll.
        let poll = if number % 2 == 0 { Transport::XhrPolling } else { Transport::JsonpPolling };
        let refusal = if number % 2 == 0 { "7:::1+0" } else { "io.j[7](\"7:::1+0\");" };
        connection.get(&poll.target(name)).await.assert(200, refusal);
        for transport in Transport::ALL {
            if !transport.polls() {
                let mut client = Client::join(server.address, transport, name).await;
                client.expect(&["7:::1+0"]).await;
                client.assert_end().await;
            }
            if let Transport::WebSocket(_) | Transport::FlashSocket = transport {
                continue;
            }
            let (goodbye, packet) =
                if transport == Transport::JsonpPolling { ("d=0%3A%3A", "d=3%3A%3A%3Ax") } else { ("0::", "3:::x") };
            assert_eq!(connection.post(&transport.target(name), packet).await.status, 400, "{transport:?} {name}");
            connection.post(&transport.target(name), goodbye).await.assert(200, "1");
        }
        connection.get(&format!("/socket.io/1//{name}/?disconnect=1")).await.assert(200, "");
        connection.get(&format!("/socket.io/1/{name}/x")).await.assert(400, "transport not supported");
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn names_of_the_prototype_as_endpoint() {
    let server = Attacked::start(&[]).await;
    for transport in Transport::ALL {
        let mut client = server.client(transport).await;
        for name in NAMES.into_iter().flat_map(|name| [name.to_owned(), format!("/{name}"), format!("/chat/{name}")]) {
            client.send(&format!("1::{name}")).await;
            client.expect(&[&format!("7::{name}:2")]).await;
            // Nobody is there to hear, acknowledge or leave.
            client.send(&format!("3:1:{name}:x")).await;
            client.send(&event_with_id("2+", &name, "ack", &json!([1]))).await;
            client.send(&format!("4::{name}:{{}}")).await;
            client.send(&format!("6::{name}:1+[]")).await;
            client.send(&format!("0::{name}")).await;
        }
        leave(client).await;
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn names_of_the_prototype_as_event() {
    let server = Attacked::start(&[]).await;
    for transport in Transport::ALL {
        let mut client = server.client(transport).await;
        for name in NAMES {
            client.send(&event("", name, &json!(["x"]))).await;
            client.send(&event_with_id("1+", "", name, &json!(["x"]))).await;
            client.send(&format!(r#"5:::{{"{name}":"echo","name":"{name}","__proto__":{{"name":"echo"}}}}"#)).await;
            // Who wants a receipt gets one, for any event.
            client.send(&event_with_id("2", "", name, &json!([]))).await;
            client.expect(&["6:::2"]).await;
        }
        leave(client).await;
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn names_of_the_prototype_as_room() {
    let server = Attacked::start(&[]).await;
    let mut other = server.client(Transport::WEBSOCKET).await;
    for transport in Transport::ALL {
        let mut client = server.client(transport).await;
        for room in NAMES {
            let news = json!([room, "news"]);
            let answer = format!(r#"6:::1+["{room}"]"#);
            // Nobody is in a room by its name alone.
            client.send(&event("", "to-room", &news)).await;
            client.send(&event_with_id("1+", "", "join", &json!([room]))).await;
            client.expect(&[&answer]).await;
            other.send(&event("", "to-room", &news)).await;
            client.expect(&[&event("", "room", &news)]).await;
            client.send(&event_with_id("1+", "", "leave", &json!([room]))).await;
            client.expect(&[&answer]).await;
            other.send(&event("", "to-room", &news)).await;
            echo(&mut other, "that was sent").await;
        }
        leave(client).await;
    }
    leave(other).await;
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn names_of_the_prototype_as_member_of_json_and_as_header_and_query() {
    let server = Attacked::start(&[]).await;
    for transport in Transport::ALL {
        let mut client = server.client(transport).await;
        for name in NAMES {
            let json = format!(r#"4:::{{"{name}":{{"{name}":null}}}}"#);
            client.send(&json).await;
            client.expect(&[&json]).await;
        }
        leave(client).await;
    }
    let mut connection = server.connect().await;
    for name in NAMES {
        let target = format!("/socket.io/1/?{name}=1&{name}[x]=2&jsonp={name}");
        let response = connection.request(&Request::get(&target).header(name, "x")).await;
        assert_eq!((response.status, response.header("Content-Type")), (200, Some("text/plain")), "{name}");
    }
    drop(connection);
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn reserved_events_from_a_client() {
    const RESERVED: [&str; 7] = ["connect", "disconnect", "open", "close", "error", "retry", "reconnect"];
    /// Names that libraries raise too. To this server they are names like any other.
    const ORDINARY: [&str; 8] = [
        "message",
        "connection",
        "newListener",
        "connect_failed",
        "reconnecting",
        "anything",
        "heartbeat",
        "disconnecting",
    ];
    let server = Attacked::start(&[]).await;
    for transport in Transport::ALL {
        let mut client = server.client(transport).await;
        client.send("1::/chat").await;
        client.expect(&["1::/chat"]).await;
        for endpoint in ["", "/chat"] {
            for name in RESERVED {
                client.send(&event(endpoint, name, &json!(["booted"]))).await;
                client.send(&event_with_id("1", endpoint, name, &json!([]))).await;
                client.send(&event_with_id("1+", endpoint, name, &json!([]))).await;
                let escaped = format!("\\u{:04x}{}", name.as_bytes()[0], &name[1..]);
                client.send(&event_with_id("1", endpoint, &escaped, &json!([]))).await;
            }
            for name in ORDINARY {
                client.send(&event(endpoint, name, &json!(["x"]))).await;
                client.send(&event_with_id("1", endpoint, name, &json!([]))).await;
                client.expect(&[&format!("6::{endpoint}:1")]).await;
            }
        }
        leave(client).await;
    }
    server.assert_unharmed(Bounds::SMALL).await;
}
