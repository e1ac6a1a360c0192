//! Whatever arrives, nothing panics, every request is answered, and the session keeps its promises.

use http::{Method, Request, Version};
use longwire_codec::{Bytes, Payload};
use longwire_transport::origin::Origins;
use longwire_transport::socketio_rev1::Config;
use longwire_transport::{Input, Protocol, Rejection, Route};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::harness::{SID, Sim, config, seconds};

/// A request that may be one of ours, nearly.
#[derive(Clone, Debug)]
struct Odd {
    method: Method,
    target: String,
    version: Version,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
}

fn odd() -> impl Strategy<Value = Odd> {
    let method = prop_oneof![4 => Just(Method::GET), 3 => Just(Method::POST), 1 => Just(Method::OPTIONS), 1 => Just(Method::PUT)];
    let transport = prop_oneof![
        Just("xhr-polling"),
        Just("jsonp-polling"),
        Just("htmlfile"),
        Just("xhr-multipart"),
        Just("websocket"),
        Just("flashsocket"),
        Just(""),
        Just("x"),
    ];
    let target = prop_oneof![
        8 => (transport, words(&["?", "i=", "jsonp=", "disconnect", "t", "&", "=", "1", "%"])).prop_map(|(name, query)| format!("/socket.io/1/{name}/{SID}{query}")),
        2 => words(&["/", "1", "2", "%", "a", "?", "jsonp=", "EIO"]).prop_map(|rest| format!("/socket.io{rest}")),
    ];
    let version = prop_oneof![6 => Just(Version::HTTP_11), 1 => Just(Version::HTTP_10), 1 => Just(Version::HTTP_2)];
    let value = prop_oneof![
        vec(0x20_u8..0x7f, 0..30),
        vec(0x80_u8..=0xff, 0..5),
        Just(b"websocket".to_vec()),
        Just(b"Upgrade".to_vec()),
        Just(b"13".to_vec()),
        Just(b"dGhlIHNhbXBsZSBub25jZQ==".to_vec()),
        Just(b"12998 5 Y3 1  .P00".to_vec()),
        Just(b"http://a.example".to_vec()),
        Just(b"null".to_vec()),
    ];
    let name = prop_oneof![
        Just("origin"),
        Just("referer"),
        Just("upgrade"),
        Just("connection"),
        Just("host"),
        Just("sec-websocket-version"),
        Just("sec-websocket-key"),
        Just("sec-websocket-key1"),
        Just("sec-websocket-key2"),
        Just("sec-websocket-origin"),
        Just("access-control-request-headers"),
    ];
    let body = prop_oneof![
        2 => vec(any::<u8>(), 0..40),
        4 => words(&["d=", "\u{fffd}", "3", "5", "::", ":", "/", "+", "?", "{", "}", "\"", "%22", "&", "0::"]).prop_map(String::into_bytes),
    ];
    (method, target, version, vec((name, value), 0..8), body).prop_map(|(method, target, version, headers, body)| Odd {
        method,
        target,
        version,
        headers,
        body,
    })
}

/// A few of these words, in any order.
fn words(list: &'static [&'static str]) -> impl Strategy<Value = String> {
    vec(prop::sample::select(list), 0..8).prop_map(|words| words.concat())
}

/// Something that is nearly a packet.
fn message() -> impl Strategy<Value = String> {
    words(&[
        "0",
        "1",
        "3",
        "5",
        "6",
        "7",
        "8",
        ":",
        "::",
        "+",
        "/chat",
        "?",
        "{\"name\":",
        "\"x\"}",
        "[",
        "\u{fffd}",
        "9999999999999999999",
    ])
}

impl Odd {
    fn build(self) -> Option<Request<Bytes>> {
        let mut request = Request::builder().method(self.method).uri(self.target).version(self.version);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request.body(self.body.into()).ok()
    }
}

fn configs() -> impl Strategy<Value = Config> {
    let listed = Origins::list(["a.example:80"]).unwrap().without_origin(true);
    prop_oneof![
        Just(config()),
        Just(config().origins(listed).hixie_75(true).match_origin_protocol(true)),
        Just(config().grace(seconds(5.0)).payload_packets(3).backlog_packets(4)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_answered(config in configs(), requests in vec((odd(), 0.0..10.0_f64), 1..15)) {
        let mut sim = Sim::new(config);
        for (request, time) in requests {
            let Some(request) = request.build() else { continue };
            let (head, body) = request.into_parts();
            for why in [Rejection::Unavailable, Rejection::TooLarge] {
                sim.protocol.reject(&head, why);
            }
            if let Route::Join { transport, .. } = sim.protocol.route(&head) {
                if sim.is_forgotten() {
                    break;
                }
                sim.attach(transport, Request::from_parts(head, body));
            }
            sim.advance(time);
        }
        // Nobody gives a sign of life, so nothing may stay; the harness sees to it that no request is left hanging.
        sim.advance(200.0);
        assert!(sim.is_forgotten(), "{sim:?}");
    }

    #[test]
    fn every_message_is_survived(messages in vec(message(), 1..30)) {
        let (mut sim, exchange) = Sim::open(config(), "websocket");
        for message in messages {
            if sim.is_forgotten() {
                break;
            }
            sim.say(exchange, &message);
        }
    }

    #[test]
    fn a_session_that_is_over_says_nothing_more(request in odd(), text in ".{0,10}") {
        let (mut sim, exchange) = Sim::open(config(), "websocket");
        sim.say(exchange, "0::");
        prop_assert!(sim.is_forgotten());
        if let Some(request) = request.build() {
            let exchange = longwire_transport::ExchangeId(77);
            sim.input(Input::Attach { exchange, transport: "xhr-polling", request });
        }
        sim.input(Input::Message { exchange, payload: Payload::from(text) });
        sim.input(Input::Written { exchange });
        sim.advance(100.0);
    }
}
