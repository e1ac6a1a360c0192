//! The golden data of revision 1, which the codec's tests use too: packets, payloads and malformed input with what is
//! demanded of a server that gets it.

use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A packet, on the wire and taken apart.
#[derive(Deserialize)]
pub(crate) struct Packet {
    pub(crate) wire: String,
    pub(crate) packet: Value,
    pub(crate) note: String,
    /// `both`, `decode-only` or `encode-only`.
    pub(crate) direction: String,
}

/// Several packets in one body.
#[derive(Deserialize)]
pub(crate) struct Payload {
    pub(crate) wire: String,
    pub(crate) packets: Vec<String>,
    pub(crate) note: String,
    pub(crate) direction: String,
}

/// Input that is not as it should be.
#[derive(Deserialize)]
pub(crate) struct Malformed {
    /// `packet`, `payload`, `jsonp-body`, `websocket-frame` or `http-request`.
    pub(crate) layer: String,
    /// Of the last two layers only.
    pub(crate) name: Option<String>,
    /// Text; the frames, which are bytes, have checks of their own.
    pub(crate) input: Option<String>,
    pub(crate) why: String,
    pub(crate) strict: Verdict,
}

/// What a server has to do with malformed input.
#[derive(Deserialize)]
pub(crate) struct Verdict {
    pub(crate) action: String,
    /// With `accept`: the input means the same as this.
    #[serde(rename = "as")]
    pub(crate) like: Option<String>,
}

macro_rules! vectors {
    ($name:literal) => {
        include_str!(concat!("../../../../crates/longwire-codec/tests/vectors/socketio-1-", $name, ".json"))
    };
}

pub(crate) static PACKETS: LazyLock<Vec<Packet>> = LazyLock::new(|| read(vectors!("packets")));
pub(crate) static PAYLOADS: LazyLock<Vec<Payload>> = LazyLock::new(|| read(vectors!("payloads")));
static MALFORMED: LazyLock<Vec<Malformed>> = LazyLock::new(|| read(vectors!("malformed")));

/// The malformed input of one layer, numbered.
pub(crate) fn malformed(layer: &'static str) -> impl Iterator<Item = (usize, &'static Malformed)> {
    MALFORMED.iter().filter(move |row| row.layer == layer).enumerate()
}

fn read<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).expect("the vectors of this project are as described")
}

/// A name for the row of a table: its number and the beginning of a text, as far as it can be typed.
pub(crate) fn name(number: usize, text: &str) -> String {
    const LONGEST: usize = 40;
    let mut name = format!("{:03}", number + 1);
    for word in text.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        if name.len() + word.len() > LONGEST {
            break;
        }
        name.push('-');
        name.push_str(&word.to_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_are_read() {
        assert!(PACKETS.len() > 100 && PAYLOADS.len() > 20);
        for layer in ["packet", "payload", "jsonp-body", "websocket-frame", "http-request"] {
            assert!(malformed(layer).count() > 10, "{layer}");
        }
    }

    #[test]
    fn names_can_be_typed() {
        assert_eq!(name(6, "the type is \"x\", no digit"), "007-the-type-is-x-no-digit");
        assert_eq!(name(0, &"word ".repeat(20)).len(), 38);
    }
}
