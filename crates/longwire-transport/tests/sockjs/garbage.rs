//! Requests and inputs that make no sense: nothing panics, and every exchange gets its end.

use http::{Method, Request};
use longwire_codec::{Bytes, Payload};
use longwire_transport::{Event, ExchangeId, Gone, Input, Output, Protocol, Refusal, Route, Session, SessionId};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::harness::{SID, Service, config, receiving};

#[test]
fn inputs_of_strangers_are_ignored() {
    let (mut service, stream) = Service::open(config(), "xhr_streaming");
    let stranger = ExchangeId(99);
    for input in [
        Input::Written { exchange: stranger },
        Input::Alive { exchange: stranger },
        Input::Message { exchange: stranger, payload: Payload::from("[\"x\"]") },
        Input::Detach { exchange: stranger, cause: Gone::Reset },
        Input::Written { exchange: stream },
        Input::Alive { exchange: stream },
    ] {
        service.input(0, input);
    }
    assert!(service.events().is_empty());
    service.send("a");
    assert_eq!(service.heard(stream), [r#"a["a"]"#]);
}

#[test]
fn transports_that_are_none_are_answered() {
    let mut service = Service::away(config());
    let exchange = service.attach(0, "no such transport", receiving(SID, "xhr"));
    assert_eq!(service.status(exchange), 404);
    let exchange = service.attach(0, "websocket", receiving(SID, "websocket"));
    assert_eq!(service.status(exchange), 404, "a WebSocket is a session of its own");
    let refusal = service.refuse(Refusal::Ended);
    let exchange = service.attach(refusal, "websocket", receiving(SID, "websocket"));
    assert_eq!(service.status(exchange), 404);
}

#[test]
fn a_request_that_sends_finds_no_session_that_nothing_opened() {
    use longwire_transport::Body;

    let service = Service::new(config());
    let mut session = service.protocol.open(service.now, &SessionId::new("x"));
    let request = Request::post("/echo/000/x/xhr_send").body(Bytes::from_static(b"[\"a\"]")).unwrap();
    session.handle_input(service.now, Input::Attach { exchange: ExchangeId(1), transport: "xhr-send", request });
    let Some(Output::Respond { response, .. }) = session.poll_output(service.now) else { panic!("an answer") };
    assert!(response.status() == 404 && matches!(response.body(), Body::Whole(_)));
    assert!(session.poll_output(service.now).is_none(), "nothing is told");
}

#[test]
fn a_refusal_that_nobody_attaches_to_does_not_stay() {
    let service = Service::new(config());
    let mut session: Box<dyn Session> = service.protocol.refuse(service.now, Refusal::Ended);
    let deadline = session.poll_timeout().expect("a deadline");
    assert!(session.poll_output(service.now).is_none());
    session.handle_timeout(deadline);
    assert!(matches!(session.poll_output(deadline), Some(Output::Forget)));
    assert!(session.poll_timeout().is_none() && session.poll_output(deadline).is_none());
}

fn request() -> impl Strategy<Value = Request<Bytes>> {
    let methods = prop_oneof![Just(Method::GET), Just(Method::POST), Just(Method::OPTIONS), Just(Method::HEAD)];
    let path = "(/echo)?(/(0|x\\.|abc|info|iframe|websocket|\\.html|%2e)?){0,4}/?(xhr|xhr_send|jsonp|htmlfile|websocket)?(\\?[a-c=&%(]{0,8})?";
    let names = prop_oneof![
        Just("origin"),
        Just("upgrade"),
        Just("connection"),
        Just("sec-websocket-version"),
        Just("sec-websocket-key"),
        Just("sec-websocket-key1"),
        Just("cookie"),
        Just("content-type"),
        Just("if-none-match"),
        Just("access-control-request-headers"),
    ];
    let values = prop_oneof![
        Just("websocket"),
        Just("Upgrade"),
        Just("13"),
        Just("JSESSIONID=\"a\""),
        Just("*"),
        Just("\u{e9}")
    ];
    let headers = vec((names, values), 0..5);
    (methods, path, headers, vec(any::<u8>(), 0..20)).prop_filter_map("no request", |(method, path, headers, body)| {
        let mut request = Request::builder().method(method).uri(if path.is_empty() { "/" } else { &path });
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.body(Bytes::from(body)).ok()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_answered(request in request(), cookie: bool) {
        let mut service = Service::new(config().cookie(cookie));
        let (head, body) = request.into_parts();
        if !matches!(service.protocol.route(&head), Route::NotMine) {
            let exchange = service.request(Request::from_parts(head, body));
            prop_assert!(service.is_answered(exchange));
        }
    }

    #[test]
    fn every_body_is_answered(path in prop_oneof![Just("xhr_send"), Just("jsonp_send")], body in vec(prop_oneof![any::<u8>(), Just(b'"'), Just(b'['), Just(b']')], 0..12)) {
        let mut service = Service::away(config());
        let exchange = service.post(path, body);
        prop_assert!(matches!(service.status(exchange), 200 | 204 | 500));
    }

    #[test]
    fn no_message_harms_anybody_else(text in r#"( ?[\[\]",a]|\\u|.){0,8}"#) {
        let mut session = Service::new(config()).protocol.open(Service::new(config()).now, &SessionId::new("x"));
        let now = Service::new(config()).now;
        let exchange = ExchangeId(1);
        session.handle_input(now, Input::Attach { exchange, transport: "websocket", request: receiving(SID, "websocket") });
        session.handle_input(now, Input::Written { exchange });
        session.handle_input(now, Input::Message { exchange, payload: Payload::from(text.as_str()) });
        let mut closed = false;
        while let Some(output) = session.poll_output(now) {
            closed |= matches!(output, Output::Event(Event::Closed(_)));
        }
        let is_good = longwire_codec::sockjs::decode::websocket(&text.as_str().into(), 10).is_ok();
        prop_assert_eq!(closed, !is_good);
    }
}
