//! hixie-76 and hixie-75: Safari 5, iOS 4 and 5, Opera 11, and everything that comes by Flash.

use longwire_codec::Bytes;
use longwire_codec::websocket::handshake::ReasonPhrase;
use longwire_transport::{Gone, PeerInfo, Protocol, Route};

use crate::harness::{SID, Sim, config, get, head, upgrade_76};

fn open(
    config: longwire_transport::socketio_rev1::Config,
    request: http::request::Builder,
) -> (Sim, longwire_transport::ExchangeId) {
    let mut sim = Sim::new(config);
    sim.auto_write = false;
    let exchange = sim.request(request.body(Bytes::new()).unwrap());
    (sim, exchange)
}

fn peer(secure: bool) -> PeerInfo {
    PeerInfo { address: ([127, 0, 0, 1], 5000).into(), secure }
}

fn location(config: longwire_transport::socketio_rev1::Config, request: http::request::Builder) -> String {
    let (sim, exchange) = open(config, request);
    sim.head(exchange).headers["sec-websocket-location"].to_str().unwrap().to_owned()
}

#[test]
fn the_head_is_that_of_draft_76() {
    for transport in ["websocket", "flashsocket"] {
        let (sim, exchange) = open(config(), upgrade_76(transport).header("sec-websocket-protocol", "sample"));
        let head = sim.head(exchange);
        assert_eq!(head.status, 101);
        assert_eq!(head.extensions.get::<ReasonPhrase>().unwrap().as_str(), "WebSocket Protocol Handshake");
        assert_eq!(head.headers["upgrade"], "WebSocket");
        assert_eq!(head.headers["connection"], "Upgrade");
        assert_eq!(head.headers["sec-websocket-origin"], "http://a.example");
        assert_eq!(head.headers["sec-websocket-protocol"], "sample");
        let location = format!("ws://example.com/socket.io/1/{transport}/{SID}?t=1&i=0");
        assert_eq!(head.headers["sec-websocket-location"], location.as_str());
    }
}

#[test]
fn nothing_is_said_before_the_nonce_has_come() {
    let (mut sim, exchange) = open(config(), upgrade_76("websocket"));
    sim.send("3:::x");
    assert!(sim.pieces(exchange).is_empty() && sim.events().is_empty());
    sim.written(exchange);
    assert_eq!(sim.pieces(exchange).concat(), b"\x001::\xff\x003:::x\xff");
    assert_eq!(sim.events(), ["open"]);
}

#[test]
fn a_nonce_that_never_comes_leaves_the_session_to_other_transports() {
    let (mut sim, exchange) = open(config(), upgrade_76("flashsocket"));
    sim.advance(10.0);
    sim.detach(exchange, Gone::TooSlow);
    let poll = sim.connect("xhr-polling");
    assert_eq!(sim.heard(poll), ["1::"]);
}

#[test]
fn a_session_ends_with_the_close_of_its_draft() {
    let (mut sim, exchange) = open(config(), upgrade_76("websocket"));
    sim.auto_write = true;
    sim.written(exchange);
    sim.say(exchange, "0::");
    assert_eq!(sim.pieces(exchange).concat(), b"\x001::\xff\x000::\xff\xff\x00");
}

#[test]
fn the_location_is_the_url_that_the_client_asked_for() {
    let secure = |secure| upgrade_76("websocket").extension(peer(secure));
    assert!(location(config(), secure(false)).starts_with("ws://"));
    assert!(location(config(), secure(true)).starts_with("wss://"));

    let follow = || config().match_origin_protocol(true);
    let from = |origin: &'static str| {
        let mut request = upgrade_76("websocket").extension(peer(false));
        request.headers_mut().unwrap().insert("origin", origin.parse().unwrap());
        request
    };
    assert!(location(config(), from("https://a.example")).starts_with("ws://"));
    assert!(location(follow(), from("https://a.example")).starts_with("wss://"));
    assert!(location(follow(), from("http://a.example")).starts_with("ws://"));
    assert!(location(follow(), from("null")).starts_with("ws://"), "then the connection decides");
}

#[test]
fn hixie_75_is_off_unless_switched_on() {
    let request = || {
        get("websocket")
            .header("upgrade", "WebSocket")
            .header("connection", "Upgrade")
            .header("origin", "http://a.example")
    };
    let sim = Sim::new(config());
    let Route::Answer(answer) = sim.protocol.route(&head(request())) else { panic!("a refusal") };
    assert_eq!(answer.status(), 400);

    let (mut sim, exchange) = open(config().hixie_75(true), request());
    assert!(sim.head(exchange).headers.contains_key("websocket-location"));
    sim.written(exchange);
    assert_eq!(sim.pieces(exchange).concat(), b"\x001::\xff");
}
