//! Random inputs: packets and payloads by the grammar, the same with faults, and values to be written.

use longwire_codec::ByteString;
use longwire_codec::socketio_rev1::{AckId, Advice, Body, MAX_ID, Packet, Reason};
use longwire_codec::utf16;

use crate::json::{self, CHARACTERS};
use crate::random::Random;

/// One input for both sides.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// The text of a packet, to be read.
    Packet(String),
    /// A body, to be split into packets.
    Payload(String),
    /// A packet, to be written.
    Encode(Packet),
    /// Packets, to be joined to a body.
    EncodePayload(Vec<String>),
}

impl Input {
    /// The input of this number in the run of this seed.
    pub(crate) fn generate(seed: u64, index: u64) -> Self {
        let random = &mut Random::new(seed, index);
        match random.below(100) {
            0..55 => Self::Packet(faulty_packet(random)),
            55..75 => Self::Payload(faulty_payload(random)),
            75..90 => Self::Encode(value(random)),
            _ => Self::EncodePayload(random.several(4, faulty_packet)),
        }
    }
}

const ENDPOINTS: &[&str] =
    &["", "", "", "/chat", "/chat?a=b", "/é😀", "/a b\n", "__proto__", "chat", "/0", "\u{fffd}", "+1"];
const ARRAY_PROPERTIES: &[&str] = &["length", "constructor", "map", "__proto__", "toString"];

/// The text of a packet, with faults in two of five.
fn faulty_packet(random: &mut Random) -> String {
    let mut text = packet(random);
    if random.percent(40) {
        for _ in 0..=random.below(3) {
            text = mutated(random, &text);
        }
    }
    text
}

fn packet(random: &mut Random) -> String {
    let kind = random.below(9);
    let field = match random.below(100) {
        0 => random.pick(ARRAY_PROPERTIES).to_owned(),
        1 => random.pick(&["9", "", "33", "05", " 3", "3 ", "-1", "x"]).to_owned(),
        _ => kind.to_string(),
    };
    if field == "0" && random.percent(10) {
        return field;
    }
    let (id, endpoint, data) = (id_field(random), random.pick(ENDPOINTS), data(random, kind));
    let third = if data.is_empty() && random.percent(70) { "" } else { ":" };
    format!("{field}:{id}:{endpoint}{third}{data}")
}

fn id_field(random: &mut Random) -> String {
    let plus = random.pick(&["", "+"]);
    match random.below(20) {
        0..9 => String::new(),
        9 => plus.to_owned(),
        10 => random.pick(&["-1", "1.5", "+1", "0x1", "1e3", " 1", "１", "1++", "a"]).to_owned(),
        _ => id(random) + plus,
    }
}

fn id(random: &mut Random) -> String {
    match random.below(12) {
        0 => "0".to_owned(),
        1 => format!("{}{}", "0".repeat(1 + random.below(3)), random.below(100)),
        2 => (MAX_ID - 2 + random.below(5) as u64).to_string(),
        3 => (0..1 + random.below(40)).map(|_| random.pick(&['1', '9', '4', '0'])).collect(),
        _ => (1 + random.below(2000)).to_string(),
    }
}

fn data(random: &mut Random, kind: usize) -> String {
    match kind {
        1 => random.pick(&["", "", "?a=b", "?a=b:c", "a=b", "?"]).to_owned(),
        4 => any_json(random),
        5 => event(random),
        6 => ack(random),
        7 => error(random),
        // Noop, heartbeat and disconnect have none; what stands there is skipped.
        0 | 2 | 8 if random.percent(80) => String::new(),
        _ => json::text(random),
    }
}

fn any_json(random: &mut Random) -> String {
    if random.percent(10) { json::any_list(random) } else { json::any(random, 3) }
}

fn event(random: &mut Random) -> String {
    if random.percent(5) {
        return any_json(random);
    }
    let name = match random.below(30) {
        0 => String::new(),
        1 => format!("\"name\":{}", json::any(random, 1)),
        2 => "\"n\\u0061me\":\"escaped\"".to_owned(),
        _ => format!("\"name\":{}", json::string(&json::text(random))),
    };
    let args = match random.below(10) {
        0 | 1 => String::new(),
        2 => format!("\"args\":{}", json::any(random, 2)),
        _ => format!("\"args\":{}", json::any_list(random)),
    };
    let mut members = vec![name, args];
    if random.percent(5) {
        members.push(format!("\"name\":{}", json::any(random, 0)));
    }
    if random.percent(10) {
        members.push(format!("{}:{}", json::string(&json::text(random)), json::any(random, 2)));
    }
    if random.percent(30) {
        members.reverse();
    }
    members.retain(|member| !member.is_empty());
    format!("{{{}}}", members.join(","))
}

fn ack(random: &mut Random) -> String {
    let id = if random.percent(3) { String::new() } else { id(random) };
    match random.below(12) {
        0..4 => id,
        4 => format!("{id}+"),
        5 => format!("{id}{}", random.pick(&["x", " ", "[1]", "[", "++[]", "\n", "-[]"])),
        6 => format!("{id}+{}", json::any(random, 1)),
        7 => format!("{id}+{}\n{}", random.pick(&["", " ", "["]), json::any_list(random)),
        _ => format!("{id}+{}", json::any_list(random)),
    }
}

fn error(random: &mut Random) -> String {
    let code = |random: &mut Random| match random.below(10) {
        0..8 => random.pick(&["", "0", "1", "2"]).to_owned(),
        8 => random.pick(&["3", "00", "-1", "undefined", " 1"]).to_owned(),
        _ => random.pick(ARRAY_PROPERTIES).to_owned(),
    };
    let reason = code(random);
    match random.below(4) {
        0 => reason,
        1 => format!("{reason}+{}+{}", code(random), code(random)),
        _ => format!("{reason}+{}", code(random)),
    }
}

/// The text with one fault.
fn mutated(random: &mut Random, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let at = random.below(characters.len() + 1);
    let end = (at + 1 + random.below(4)).min(characters.len());
    match random.below(10) {
        0 => characters.truncate(at),
        1 => drop(characters.drain(at.min(end)..end)),
        2 => drop(characters.drain(..at)),
        3 => characters.splice(at.., packet(random).chars()).for_each(drop),
        4 => characters.splice(at..at, packet(random).chars()).for_each(drop),
        5 => {
            // A flipped bit of a byte that stays ASCII.
            if let Some(character) = characters.get_mut(at).filter(|character| character.is_ascii()) {
                *character = char::from(*character as u8 ^ (1 << random.below(7)));
            }
        }
        6 => {
            let copied: Vec<char> = characters[at.min(end)..end].to_vec();
            characters.splice(at..at, copied).for_each(drop);
        }
        7 => {
            if let Some(character) = characters.get_mut(at) {
                *character = random.pick(&['0', '1', '5', '9', ':', '+']);
            }
        }
        _ => characters.insert(at, random.pick(CHARACTERS)),
    }
    characters.into_iter().collect()
}

/// A body, with faults in two of five.
fn faulty_payload(random: &mut Random) -> String {
    if random.percent(8) {
        return if random.percent(30) { String::new() } else { faulty_packet(random) };
    }
    let faulty = random.percent(40);
    let mut body = String::new();
    for _ in 0..=random.below(4) {
        let packet = faulty_packet(random);
        let units = utf16::len(&packet);
        let length = if faulty { wrong_length(random, &packet, units) } else { units.to_string() };
        body.push_str(&format!("\u{fffd}{length}\u{fffd}{packet}"));
    }
    body.push_str(random.pick(&["", "", "", "", "\n", "\r\n"]));
    if faulty && random.percent(30) {
        body = mutated(random, &body);
    }
    body
}

/// A length that is wrong, or right in an odd spelling, or just right.
fn wrong_length(random: &mut Random, packet: &str, units: usize) -> String {
    match random.below(16) {
        0 => packet.len().to_string(),
        1 => packet.chars().count().to_string(),
        2 => (units + 1 + random.below(3)).to_string(),
        3 => units.saturating_sub(1 + random.below(2)).to_string(),
        4 => format!("00{units}"),
        5 => format!("+{units}"),
        6 => format!("{units:#x}"),
        7 => format!("{units}.5"),
        8 => format!(" {units} "),
        9 => random.pick(&["", "-1", "0", "NaN", "1e1", "99999999999999999999", "Infinity"]).to_owned(),
        _ => units.to_string(),
    }
}

/// A packet to be written, with JSON as `JSON.stringify` writes it.
fn value(random: &mut Random) -> Packet {
    let body = match random.below(9) {
        0 => Body::Disconnect,
        1 => Body::Connect { query: random.pick(&["", "?a=b", "?a=b:c"]).into() },
        2 => Body::Heartbeat,
        3 => Body::Message(json::text(random).into()),
        4 => Body::Json(json::plain(random, 3).into()),
        5 => Body::Event { name: json::text(random).into(), args: args(random) },
        6 => Body::Ack { id: random.below(3000) as u64, args: args(random) },
        7 => Body::Error {
            reason: random.pick(&[
                None,
                Some(Reason::TransportNotSupported),
                Some(Reason::ClientNotHandshaken),
                Some(Reason::Unauthorized),
            ]),
            advice: random.pick(&[None, Some(Advice::Reconnect)]),
        },
        _ => Body::Noop,
    };
    let number = if random.percent(90) { 1 + random.below(3000) as u64 } else { random.pick(&[0, MAX_ID]) };
    let id = random.percent(50).then(|| AckId { number, data: random.percent(50) });
    let endpoint = if random.percent(5) { "/with:colon" } else { random.pick(ENDPOINTS) };
    Packet { endpoint: ByteString::from(endpoint), id, body }
}

fn args(random: &mut Random) -> longwire_codec::Args {
    longwire_codec::Args::from_checked_json(json::plain_list(random).into())
}
