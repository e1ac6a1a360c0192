//! The golden vectors of SockJS: frames and their escapes, what clients send, and the dress of each transport.

use longwire_codec::query::Query;
use longwire_codec::sockjs::decode::{self, DecodeError, Messages};
use longwire_codec::sockjs::{Callback, Dress, Frame, jsonp};
use longwire_codec::{ByteString, Bytes, Outbound, Payload, WireFormat};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    frames: Vec<FrameVector>,
    halves: Vec<Half>,
    close_frames: Vec<CloseFrame>,
    decode: Vec<Body>,
    wrap: Vec<Wrap>,
}

#[derive(Deserialize)]
struct FrameVector {
    name: String,
    messages: Vec<String>,
    frame: String,
}

#[derive(Deserialize)]
struct Half {
    name: String,
    utf16: Vec<u16>,
    frame: String,
}

#[derive(Deserialize)]
struct CloseFrame {
    code: u16,
    reason: String,
    frame: String,
}

#[derive(Deserialize)]
struct Body {
    transports: Vec<String>,
    body: String,
    messages: Option<Vec<String>>,
    error: Option<String>,
    close: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Wrap {
    frame: String,
    xhr: String,
    eventsource: String,
    htmlfile: String,
    jsonp: String,
    websocket: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/sockjs-frames.json")).expect("vectors are JSON")
}

fn shared(messages: &[String]) -> Vec<Outbound> {
    messages.iter().map(|message| Payload::from(message.as_str()).into()).collect()
}

#[test]
fn frames() {
    let frames = vectors().frames;
    assert!(frames.len() > 100);
    for FrameVector { name, messages, frame } in frames {
        let as_frame = Messages::from_iter(messages.iter().map(|message| ByteString::from(message.as_str())));
        assert_eq!(Frame::Messages(as_frame.clone()).encode(), frame, "{name}");
        assert_eq!(Frame::decode(&frame.as_str().into(), 100), Ok(Frame::Messages(as_frame)), "{name}");
        let messages = shared(&messages);
        assert_eq!(Dress::Line.join(&messages), format!("{frame}\n"), "{name}");
        if let [message] = &messages[..] {
            let websocket = message.form(WireFormat::SOCKJS_WEBSOCKET);
            assert!(websocket.ends_with(frame.as_bytes()), "{name}");
            assert_eq!(message.form(WireFormat::SOCKJS_HIXIE), &[b"\0", frame.as_bytes(), b"\xff"].concat());
        }
    }
}

#[test]
fn halves_of_pairs_come_back_as_replacement_characters() {
    for Half { name, utf16, frame } in vectors().halves {
        let escaped = frame.strip_prefix('a').unwrap();
        let text = String::from_utf16_lossy(&utf16);
        let read = decode::messages(&escaped.into(), 1).expect(&name);
        assert_eq!(Vec::from_iter(read.clone()), [text.as_str()], "{name}");
        let back = Frame::Messages(read).encode();
        assert_eq!(serde_json::from_str::<[String; 1]>(&back[1..]).unwrap(), [text], "{name}");
    }
}

#[test]
fn close_frames() {
    for CloseFrame { code, reason, frame } in vectors().close_frames {
        let close = Frame::Close { code, reason: reason.into() };
        assert_eq!(close.encode(), frame);
        assert_eq!(Frame::decode(&frame.into(), 0), Ok(close));
    }
}

#[test]
fn what_clients_send() {
    let mut decoded = 0;
    for vector in vectors().decode {
        for transport in &vector.transports {
            let read = match transport.as_str() {
                "websocket" => decode::websocket(&vector.body.as_str().into(), 100),
                "xhr_send" | "jsonp_send (text/plain)" => decode::messages(&vector.body.as_str().into(), 100),
                "jsonp_send (application/x-www-form-urlencoded)" => decode::form(vector.body.as_bytes(), 100),
                other => panic!("{other} is no transport"),
            };
            let read = read.map(|messages| messages.iter().map(ToString::to_string).collect::<Vec<_>>());
            match (&vector.messages, &vector.error, &vector.close) {
                (Some(messages), None, None) => assert_eq!(read.as_ref(), Ok(messages), "{}", vector.body),
                (None, Some(error), None) => {
                    assert_eq!(
                        read.as_ref().err().and_then(DecodeError::answer),
                        Some(error.as_str()),
                        "{}",
                        vector.body
                    );
                }
                (None, None, Some(_)) => assert!(read.is_err(), "{}", vector.body),
                other => panic!("{other:?} expects nothing or too much"),
            }
            decoded += 1;
        }
    }
    assert!(decoded > 50);
}

#[test]
fn dresses() {
    let callback = Callback::parse(Query::new("c=cb")).unwrap();
    for wrap in vectors().wrap {
        let call = |call: Bytes| [jsonp::opening(&callback), call].concat();
        let Wrap { frame, xhr, eventsource, htmlfile, jsonp, websocket } = wrap;
        assert_eq!(websocket, frame, "a WebSocket has the bare frame");
        assert_eq!(Dress::Line.wrap(&frame), xhr);
        assert_eq!(Dress::Event.wrap(&frame), eventsource);
        assert_eq!(Dress::Script.wrap(&frame), htmlfile);
        assert_eq!(call(Dress::Call.wrap(&frame)), jsonp.as_bytes());
        let Ok(Frame::Messages(messages)) = Frame::decode(&frame.as_str().into(), 100) else { continue };
        let messages: Vec<Outbound> = messages.into_iter().map(|message| Payload::from(message).into()).collect();
        assert_eq!(Dress::Line.join(&messages), xhr);
        assert_eq!(Dress::Event.join(&messages), eventsource);
        assert_eq!(Dress::Script.join(&messages), htmlfile);
        assert_eq!(call(Dress::Call.join(&messages)), jsonp.as_bytes());
    }
}
