//! What requests are answered with: the bytes of the reference application, but for the date, which stands still.
//!
//! A bare responder that keeps connections alive: it does not wait until there is something to tell. What a poll is answered
//! with would be said in the POST that comes with it; here the poll's own time stamp has the digits in which messages differ.

use longwire_benches::messages::{DIGITS, packet};

/// The path of polls and POSTs up to the session id.
const POLLING: &[u8] = b" /socket.io/1/xhr-polling/";
const WEBSOCKET: &[u8] = b"GET /socket.io/1/websocket/";
const HANDSHAKE: &[u8] = b"GET /socket.io/1/?";
/// As long as those of the reference application.
const ID: &str = "floor-floor-floor-floor-flo";
/// Where the last eight digits of the time stamp stand in a poll.
const STAMP: usize = "GET".len() + POLLING.len() + ID.len() + "?t=13300".len();
/// The digits of a poll that is not to be answered.
const HELD: &[u8] = b"99999999";
/// Where the digits stand in the body of an answer.
const NUMBER: usize = r#"5:::{"name":"echo","args":[""#.len();

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=UTF-8\r\nCache-Control: no-store\r\n\
    Access-Control-Allow-Credentials: true\r\nVary: Origin\r\nAccess-Control-Allow-Origin: http://www.example.org\r\n";
const UPGRADE: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-Websocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
const DATE: &str = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

/// All answers.
#[derive(Debug)]
pub(crate) struct Answers {
    handshake: Vec<u8>,
    greeting: Vec<u8>,
    poll: Vec<u8>,
    /// Where the digits of a message stand in it.
    number: usize,
    post: Vec<u8>,
    upgrade: Vec<u8>,
}

/// What is to be done with a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is not all there.
    More,
    Answered,
    Upgraded,
    Unknown,
}

impl Default for Answers {
    fn default() -> Self {
        let response = |extra: &str, body: &str| {
            format!("{HEAD}{extra}Content-Length: {}\r\n{DATE}\r\n{body}", body.len()).into_bytes()
        };
        let session = format!("{ID}:60:60:websocket,flashsocket,htmlfile,xhr-polling,jsonp-polling");
        let plain = HEAD.replace("; charset=UTF-8", "");
        let upgrade = format!("{UPGRADE}{DATE}\r\n");
        let body = packet("echo", 0);
        let poll = response("", &body);
        Self {
            handshake: format!("{plain}Content-Length: {}\r\n{DATE}\r\n{session}", session.len()).into_bytes(),
            greeting: response("", "1::"),
            number: poll.len() - body.len() + NUMBER,
            poll,
            post: response("X-Xss-Protection: 0\r\n", "1"),
            upgrade: [upgrade.as_bytes(), b"\x81\x031::"].concat(),
        }
    }
}

impl Answers {
    /// Answers one request. `is_new` says whether the last one was a handshake, so that the next poll opens the session.
    pub(crate) fn answer(&self, request: &[u8], is_new: &mut bool, out: &mut Vec<u8>) -> Verdict {
        if request.starts_with(b"POST") {
            if !request.ends_with(b"\"]}") {
                return Verdict::More;
            }
            out.extend_from_slice(&self.post);
            return Verdict::Answered;
        }
        if !request.ends_with(b"\r\n\r\n") {
            return Verdict::More;
        }
        if request[3..].starts_with(POLLING) {
            self.poll(request, is_new, out);
        } else if request.starts_with(HANDSHAKE) {
            *is_new = true;
            out.extend_from_slice(&self.handshake);
        } else if request.starts_with(WEBSOCKET) {
            out.extend_from_slice(&self.upgrade);
            return Verdict::Upgraded;
        } else {
            return Verdict::Unknown;
        }
        Verdict::Answered
    }

    fn poll(&self, request: &[u8], is_new: &mut bool, out: &mut Vec<u8>) {
        let digits = &request[STAMP..STAMP + DIGITS];
        if std::mem::take(is_new) {
            out.extend_from_slice(&self.greeting);
        } else if digits != HELD {
            let number = out.len() + self.number;
            out.extend_from_slice(&self.poll);
            out[number..number + DIGITS].copy_from_slice(digits);
        }
    }
}
