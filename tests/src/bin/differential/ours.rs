//! What longwire makes of an input, in the words of the other side.

use longwire_codec::ByteString;
use longwire_codec::socketio_rev1::{Advice, Body, DecodeError, Limits, Packet, Reason, payload};
use serde_json::{Value, json};

use crate::generate::Input;

/// What longwire makes of an input, and why it is nothing.
pub(crate) struct Ours {
    /// The result; JSON that a packet holds stands in it as text.
    pub(crate) result: Value,
    pub(crate) refusal: Option<Refusal>,
}

/// Why an input is refused.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    Packet(DecodeError),
    Payload(payload::DecodeError),
}

impl Input {
    pub(crate) fn ours(&self) -> Ours {
        match self {
            Self::Packet(text) => Ours::of(decode(text).map(|packet| describe(&packet)).map_err(Refusal::Packet)),
            Self::Payload(body) => {
                let packets = payload::decode(&ByteString::from(body.as_str()), usize::MAX);
                Ours::of(packets.map(|packets| strings(&packets)).map_err(Refusal::Payload))
            }
            Self::Encode(packet) => Ours::of(Ok(json!(&*packet.encode()))),
            Self::EncodePayload(packets) => Ours::of(Ok(json!(&*payload::encode(packets)))),
        }
    }

    /// The line that asks the other side, which gets our result as well, to put both into one form.
    pub(crate) fn question(&self, ours: &Value) -> Value {
        match self {
            Self::Packet(text) => json!({ "kind": "packet", "text": text, "ours": ours }),
            Self::Payload(text) => json!({ "kind": "payload", "text": text, "ours": ours }),
            Self::Encode(packet) => json!({ "kind": "encode", "packet": describe_to_write(packet), "ours": ours }),
            Self::EncodePayload(packets) => json!({ "kind": "encodePayload", "packets": packets, "ours": ours }),
        }
    }
}

impl Ours {
    fn of(result: Result<Value, Refusal>) -> Self {
        match result {
            Ok(result) => Self { result, refusal: None },
            Err(refusal) => Self { result: Value::Null, refusal: Some(refusal) },
        }
    }
}

fn decode(text: &str) -> Result<Packet, DecodeError> {
    Packet::decode(&text.into(), Limits::default())
}

fn strings(packets: &[ByteString]) -> Value {
    packets.iter().map(|packet| Value::from(&**packet)).collect()
}

/// A packet as the parser of 0.9.19 describes one. There ids are text.
fn describe(packet: &Packet) -> Value {
    let mut described = fields(packet);
    if let Some(id) = packet.id {
        described["id"] = json!(id.number.to_string());
        described["ack"] = json!(if id.data { "data" } else { "receipt" });
    }
    if let Body::Ack { id, .. } = &packet.body {
        described["ackId"] = json!(id.to_string());
    }
    described
}

/// The same as its servers hand it to be written: ids are numbers.
fn describe_to_write(packet: &Packet) -> Value {
    let mut described = fields(packet);
    if let Some(id) = packet.id {
        described["id"] = json!(id.number);
        described["ack"] = if id.data { json!("data") } else { json!(true) };
    }
    described
}

fn fields(packet: &Packet) -> Value {
    let mut fields = match &packet.body {
        Body::Disconnect => json!({ "type": "disconnect" }),
        Body::Connect { query } => json!({ "type": "connect", "qs": &**query }),
        Body::Heartbeat => json!({ "type": "heartbeat" }),
        Body::Message(text) => json!({ "type": "message", "data": &**text }),
        Body::Json(json) => json!({ "type": "json", "dataJson": &**json }),
        Body::Event { name, args } => json!({ "type": "event", "name": &**name, "argsJson": args.as_json() }),
        Body::Ack { id, args } => json!({ "type": "ack", "ackId": id, "argsJson": args.as_json() }),
        Body::Error { reason, advice } => {
            json!({ "type": "error", "reason": reason.map_or("", reason_name), "advice": advice.map_or("", advice_name) })
        }
        Body::Noop => json!({ "type": "noop" }),
    };
    fields["endpoint"] = json!(&*packet.endpoint);
    fields
}

fn reason_name(reason: Reason) -> &'static str {
    match reason {
        Reason::TransportNotSupported => "transport not supported",
        Reason::ClientNotHandshaken => "client not handshaken",
        Reason::Unauthorized => "unauthorized",
    }
}

fn advice_name(advice: Advice) -> &'static str {
    match advice {
        Advice::Reconnect => "reconnect",
    }
}
