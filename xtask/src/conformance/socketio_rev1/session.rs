//! A client of revision 1, as far as most checks need one: a handshake, a session over polls, a session over a WebSocket.

use std::time::{Duration, Instant};

use super::super::check::{Failure, Outcome};
use super::super::client::{Connection, Dialect, Request, Response, WebSocket};
use super::super::context::{Context, PATIENCE, show};

/// The transports that the reference app announces, in its order.
pub(crate) const TRANSPORTS: &str = "websocket,flashsocket,htmlfile,xhr-polling,jsonp-polling";

/// What a handshake tells, word for word.
#[derive(Clone, Debug)]
pub(crate) struct Handshake {
    pub(crate) sid: String,
    pub(crate) heartbeat_timeout: String,
    pub(crate) close_timeout: String,
    pub(crate) transports: String,
}

impl Handshake {
    /// Reads the body of an answer, and makes its id known to the report.
    pub(crate) fn parse(cx: &Context, body: &str) -> Outcome<Self> {
        let mut fields = body.splitn(4, ':').map(str::to_owned);
        let (Some(sid), Some(heartbeat_timeout), Some(close_timeout), Some(transports)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Err(Failure::differs("SID:HEARTBEAT-TIMEOUT:CLOSE-TIMEOUT:TRANSPORTS", show(body.as_bytes())));
        };
        if sid.is_empty() {
            return Err(Failure::differs("a session id", show(body.as_bytes())));
        }
        cx.learn_id(&sid);
        Ok(Self { sid, heartbeat_timeout, close_timeout, transports })
    }

    /// The target of a request of this session.
    pub(crate) fn path(&self, transport: &str) -> String {
        path(transport, &self.sid)
    }
}

/// The target of a request of a session.
pub(crate) fn path(transport: &str, sid: &str) -> String {
    format!("/socket.io/1/{transport}/{sid}")
}

/// Makes a session that has no transport yet.
pub(crate) fn handshake(cx: &Context) -> Outcome<Handshake> {
    let response = Connection::open(cx)?.get(cx, "/socket.io/1/")?;
    handshake_in(cx, &response)
}

/// Reads a handshake's answer.
pub(crate) fn handshake_in(cx: &Context, response: &Response) -> Outcome<Handshake> {
    if response.status != 200 {
        return Err(Failure::differs("200 and a session", response));
    }
    Handshake::parse(cx, &response.text())
}

/// So long a packet is waited for, if polls end meanwhile.
const NOTHING_BUT_NOOPS: Duration = Duration::from_secs(3);

/// A session over xhr-polling or jsonp-polling, with one connection for polls and one for posts.
pub(crate) struct Polling<'a> {
    cx: &'a Context,
    jsonp: bool,
    pub(crate) handshake: Handshake,
    /// The target of its requests, to which queries may be added.
    pub(crate) path: String,
    pub(crate) polls: Connection,
    pub(crate) posts: Connection,
}

impl<'a> Polling<'a> {
    /// A session over xhr-polling that has got its `1::`.
    pub(crate) fn open(cx: &'a Context) -> Outcome<Self> {
        Self::open_by(cx, "xhr-polling")
    }

    /// The same over one of the two transports.
    pub(crate) fn open_by(cx: &'a Context, transport: &str) -> Outcome<Self> {
        let mut session = Self::issued(cx, transport)?;
        let opened = session.poll()?;
        if opened != "1::" {
            return Err(Failure::differs("1:: in answer to the first poll", show(opened.as_bytes())));
        }
        Ok(session)
    }

    /// A session without any request since its handshake.
    pub(crate) fn issued(cx: &'a Context, transport: &str) -> Outcome<Self> {
        let handshake = handshake(cx)?;
        let path = handshake.path(transport);
        let jsonp = transport == "jsonp-polling";
        Ok(Self { cx, jsonp, handshake, path, polls: Connection::open(cx)?, posts: Connection::open(cx)? })
    }

    /// Begins a poll.
    pub(crate) fn begin_poll(&mut self) -> Outcome {
        self.polls.send(Request::get(self.cx, &self.path).to_bytes())
    }

    /// The packet or payload in a poll's answer.
    pub(crate) fn end_poll(&mut self) -> Outcome<String> {
        let response = self.polls.response()?;
        if response.status != 200 {
            return Err(Failure::differs("200 in answer to a poll", &response));
        }
        let body = String::from_utf8(response.body);
        let body = body.map_err(|error| Failure::differs("a text", show(error.as_bytes())))?;
        if self.jsonp { script(&body).map(|(_, text)| text) } else { Ok(body) }
    }

    /// Polls once, and returns the packet or payload.
    pub(crate) fn poll(&mut self) -> Outcome<String> {
        self.begin_poll()?;
        self.end_poll()
    }

    /// Polls until there is something, and returns the packets.
    pub(crate) fn packets(&mut self) -> Outcome<Vec<String>> {
        let end = Instant::now() + NOTHING_BUT_NOOPS;
        loop {
            let packets = packets_in(&self.poll()?)?;
            if packets != ["8::"] {
                return Ok(packets);
            }
            if Instant::now() > end {
                return Err(Failure::differs("a packet", "nothing but noops"));
            }
        }
    }

    /// Polls until a packet comes, and returns it with all before it.
    pub(crate) fn packets_until(&mut self, last: &str) -> Outcome<Vec<String>> {
        let mut packets = Vec::new();
        while packets.last().is_none_or(|packet| packet != last) {
            let more = self.packets().map_err(|failure| behind(failure, &packets))?;
            packets.extend(more);
        }
        Ok(packets)
    }

    /// Posts a body.
    pub(crate) fn post(&mut self, body: impl Into<Vec<u8>>) -> Outcome<Response> {
        self.posts.post(self.cx, &self.path, body)
    }

    /// Posts packets, as one packet or as a payload, and demands that they are taken.
    pub(crate) fn send(&mut self, packets: &[&str]) -> Outcome {
        let body = payload(packets);
        let response = self.post(if self.jsonp { form(&json_string(&body)) } else { body })?;
        if response.status == 200 && response.body == b"1" {
            return Ok(());
        }
        Err(Failure::differs("200 \"1\" in answer to a POST", &response))
    }
}

/// A session over a WebSocket that has got its `1::`. It answers heartbeats.
pub(crate) struct Socket {
    pub(crate) handshake: Handshake,
    pub(crate) websocket: WebSocket,
}

impl Socket {
    pub(crate) fn open(cx: &Context) -> Outcome<Self> {
        Self::open_in(cx, Dialect::Rfc6455)
    }

    /// In some dialect of WebSocket.
    pub(crate) fn open_in(cx: &Context, dialect: Dialect) -> Outcome<Self> {
        let handshake = handshake(cx)?;
        let websocket = WebSocket::open(cx, &handshake.path("websocket"), dialect)?;
        let mut socket = Self { handshake, websocket };
        match socket.packet()?.as_str() {
            "1::" => Ok(socket),
            other => Err(Failure::differs("1:: behind the WebSocket's handshake", show(other.as_bytes()))),
        }
    }

    /// On a further endpoint.
    pub(crate) fn open_on(cx: &Context, endpoint: &str) -> Outcome<Self> {
        let mut socket = Self::open(cx)?;
        socket.connect(endpoint)?;
        Ok(socket)
    }

    /// Connects an endpoint.
    pub(crate) fn connect(&mut self, endpoint: &str) -> Outcome {
        let packet = format!("1::{endpoint}");
        self.send(&packet)?;
        let answer = self.packet()?;
        if answer == packet { Ok(()) } else { Err(Failure::differs(&packet, show(answer.as_bytes()))) }
    }

    pub(crate) fn send(&mut self, packet: &str) -> Outcome {
        self.websocket.send(packet)
    }

    /// The next packet that is no heartbeat. Heartbeats do not prolong the wait for it.
    pub(crate) fn packet(&mut self) -> Outcome<String> {
        let until = Instant::now() + PATIENCE;
        loop {
            let packet = self.websocket.text()?;
            if packet != "2::" {
                return Ok(packet);
            }
            if Instant::now() > until {
                return Err(Failure::differs("a packet", "silence"));
            }
            self.send("2::")?;
        }
    }

    /// All packets up to and including one.
    pub(crate) fn packets_until(&mut self, last: &str) -> Outcome<Vec<String>> {
        let mut packets = Vec::new();
        while packets.last().is_none_or(|packet| packet != last) {
            let packet = self.packet().map_err(|failure| behind(failure, &packets))?;
            packets.push(packet);
        }
        Ok(packets)
    }

    /// All packets that come before the echo of a text which is sent now: the answers to everything sent before.
    pub(crate) fn answers(&mut self) -> Outcome<Vec<String>> {
        self.send(FENCE)?;
        let mut packets = self.packets_until(FENCE)?;
        packets.pop();
        Ok(packets)
    }
}

/// Reads what is missing from a list of packets that has to be as long as another one: an application may answer on a way of its
/// own, which a fence does not wait for.
pub(crate) fn await_missing(socket: &mut Socket, seen: &mut Vec<String>, expected: usize) -> Outcome {
    while seen.len() < expected {
        match socket.packet() {
            Ok(packet) => seen.push(packet),
            // The list tells more than the silence.
            Err(Failure::Differs { .. }) => return Ok(()),
            Err(failure @ Failure::NotRun(_)) => return Err(failure),
        }
    }
    Ok(())
}

/// A text that nothing else sends; its echo tells that everything before it has been seen to.
pub(crate) const FENCE: &str = "3:::the fence";

/// Adds what came before a failure to what was seen.
fn behind(failure: Failure, packets: &[String]) -> Failure {
    match failure {
        Failure::Differs { expected, seen } if !packets.is_empty() => {
            Failure::Differs { expected, seen: format!("{seen} behind {packets:?}") }
        }
        other @ (Failure::Differs { .. } | Failure::NotRun(_)) => other,
    }
}

/// The index and the text of `io.j[INDEX]("TEXT");`.
pub(crate) fn script(body: &str) -> Outcome<(String, String)> {
    let broken = || Failure::differs("io.j[INDEX](STRING);", show(body.as_bytes()));
    let rest = body.strip_prefix("io.j[").and_then(|rest| rest.strip_suffix(");")).ok_or_else(broken)?;
    let (index, literal) = rest.split_once("](").ok_or_else(broken)?;
    // JSON takes what breaks a script: line separators end a string literal in every browser of the time.
    if literal.contains(['\u{2028}', '\u{2029}']) || !index.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(broken());
    }
    let text = serde_json::from_str(literal).map_err(|_| broken())?;
    Ok((index.to_owned(), text))
}

/// A text as a JSON string.
pub(crate) fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A form with the one field `d`, every byte that is no letter or digit escaped.
pub(crate) fn form(value: &str) -> String {
    let escape = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    value.bytes().fold("d=".to_owned(), |form, byte| form + &escape(byte))
}

/// Packets as one body: a single one bare, several framed with their lengths in UTF-16 units.
pub(crate) fn payload(packets: &[&str]) -> String {
    match packets {
        [packet] => (*packet).to_owned(),
        several => several.iter().map(|packet| frame(packet)).collect(),
    }
}

/// A packet with its length in UTF-16 units.
pub(crate) fn frame(packet: &str) -> String {
    format!("\u{fffd}{}\u{fffd}{packet}", packet.encode_utf16().count())
}

/// The packets of a body.
pub(crate) fn packets_in(body: &str) -> Outcome<Vec<String>> {
    let broken = || Failure::differs("a packet or a payload", show(body.as_bytes()));
    if !body.starts_with('\u{fffd}') {
        return Ok(vec![body.to_owned()]);
    }
    let (mut packets, mut rest) = (Vec::new(), body);
    while !rest.is_empty() {
        let (length, behind) =
            rest.strip_prefix('\u{fffd}').and_then(|rest| rest.split_once('\u{fffd}')).ok_or_else(broken)?;
        let digits = !length.is_empty() && length.bytes().all(|digit| digit.is_ascii_digit());
        let length: usize = if digits { length.parse().map_err(|_| broken())? } else { return Err(broken()) };
        let end = utf16_end(behind, length).ok_or_else(broken)?;
        packets.push(behind[..end].to_owned());
        rest = &behind[end..];
    }
    Ok(packets)
}

/// Where so many UTF-16 units of a text end, if that is the end of a character.
fn utf16_end(text: &str, units: usize) -> Option<usize> {
    let mut left = units;
    for (at, character) in text.char_indices() {
        if left == 0 {
            return Some(at);
        }
        left = left.checked_sub(character.len_utf16())?;
    }
    (left == 0).then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_count_utf16_units() {
        assert_eq!(payload(&["3:::x"]), "3:::x");
        let both = payload(&["3:::😀", "3:::€"]);
        assert_eq!(both, "\u{fffd}6\u{fffd}3:::😀\u{fffd}5\u{fffd}3:::€");
        assert_eq!(packets_in(&both).expect("it is a payload"), ["3:::😀", "3:::€"]);
    }

    #[test]
    fn delimiters_inside_a_packet_are_skipped() {
        let packets = ["3:::\u{fffd}5\u{fffd}3:::a", "3::"];
        assert_eq!(packets_in(&payload(&packets)).expect("it is a payload"), packets);
    }

    #[test]
    fn scripts_have_an_index_and_a_string() {
        let read = |body| script(body).ok();
        assert_eq!(read(r#"io.j[12]("3:::\"€\"");"#), Some(("12".to_owned(), "3:::\"€\"".to_owned())));
        for body in ["io.j[0](1);", "io.j[x](\"\");", "io.j[0](\"\u{2028}\");", "io.j[0](\"\")", "alert(1)"] {
            assert_eq!(read(body), None, "{body:?}");
        }
    }

    #[test]
    fn forms_are_escaped() {
        assert_eq!(form("\"3:::é+\""), "d=%223%3A%3A%3A%C3%A9%2B%22");
    }

    #[test]
    fn broken_payloads_are_failures() {
        for body in
            ["\u{fffd}", "\u{fffd}5", "\u{fffd}9\u{fffd}3:::a", "\u{fffd}5\u{fffd}3:::😀", "\u{fffd}+5\u{fffd}3:::a"]
        {
            assert!(packets_in(body).is_err(), "{body:?}");
        }
        assert!(packets_in("\u{fffd}5\u{fffd}3:::a\u{fffd}").is_err());
    }
}
