//! xhr-polling and jsonp-polling: a GET for every answer.

use std::collections::VecDeque;

use longwire_codec::ByteString;
use longwire_codec::socketio_rev1::payload;

use super::{INDEX, of_page};
use crate::{Connection, Request};

/// More packets than any test sends at once.
const MOST_PACKETS: usize = 100_000;

/// A client that polls.
#[derive(Debug)]
pub(super) struct Polling {
    pub(super) connection: Connection,
    target: String,
    /// Came with an answer and were not asked for yet.
    packets: VecDeque<String>,
    asked: bool,
}

impl Polling {
    pub(super) fn new(connection: Connection, target: String) -> Self {
        Self { connection, target, packets: VecDeque::new(), asked: false }
    }

    /// Sends the next GET, unless one is under way.
    pub(super) async fn ask(&mut self) {
        if !std::mem::replace(&mut self.asked, true) {
            self.connection.send(of_page(Request::get(&self.target)).to_bytes()).await;
        }
    }

    pub(super) async fn next(&mut self) -> String {
        loop {
            if let Some(packet) = self.packets.pop_front() {
                return packet;
            }
            self.ask().await;
            let response = self.connection.response().await;
            self.asked = false;
            assert_eq!(response.status, 200, "{response:?}");
            let text = ByteString::from(undress(response.text(), self.target.contains("/jsonp-polling/")));
            let packets = payload::decode(&text, MOST_PACKETS).expect("a payload");
            self.packets.extend(packets.iter().map(ToString::to_string));
        }
    }
}

/// The payload in the body of an answer.
fn undress(body: &str, is_script: bool) -> String {
    if !is_script {
        return body.to_owned();
    }
    let call = format!("io.j[{INDEX}](");
    let argument = body.strip_prefix(&call).and_then(|rest| rest.strip_suffix(");"));
    let argument = argument.unwrap_or_else(|| panic!("{body:?} does not call {call}"));
    serde_json::from_str(argument).expect("a string as its argument")
}

/// The form that jsonp-polling posts: its one field is a JSON string, as clients from 0.8.6 on write it.
pub(super) fn form(payload: &str) -> String {
    let quoted = serde_json::to_string(payload).expect("a string");
    let mut form = b"d=".to_vec();
    for byte in quoted.bytes() {
        if byte.is_ascii_alphanumeric() {
            form.push(byte);
        } else {
            let digit = |number: u8| b"0123456789ABCDEF"[usize::from(number)];
            form.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    String::from_utf8(form).expect("nothing but ASCII")
}
