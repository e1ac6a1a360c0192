//! Polls by script and posts by form: jsonp-polling (section 4.3).

use super::super::check::{Check, Difference, Outcome};
use super::super::client::{Connection, Request, Response};
use super::super::context::{Context, PATIENCE, show};
use super::super::target::Timer;
use super::session::{FENCE, Polling, form, handshake, json_string, packets_in, script};
use super::vectors::{self, Malformed};

pub(crate) fn checks() -> Vec<Check> {
    let mut checks = vec![
        Check::new("first-poll", "4.3", "the first poll is answered io.j[0](\"1::\");", first_poll),
        Check::new(
            "poll-headers",
            "4.3",
            "polls are text/javascript; charset=UTF-8, with X-XSS-Protection: 0",
            poll_headers,
        ),
        Check::new("nosniff", "10", "polls say X-Content-Type-Options: nosniff", nosniff),
        Check::new(
            "no-access-control",
            "4.3",
            "a script needs no Access-Control headers, and has none",
            no_access_control,
        ),
        Check::new("index-of-each-poll", "4.3", "each poll is answered with its own index", index_of_each_poll),
        Check::new("noop", "4.3", "an empty poll is answered 8:: after the polling duration", noop).waits(),
        Check::new("payload", "1.9", "several packets are a payload inside the string", payload),
        Check::new("post-answer", "4.1", "a POST is answered 200 1", post_answer),
        Check::new("post-answer-headers", "4.3", "a POST's answer says X-XSS-Protection: 0", post_answer_headers),
        Check::new("post-empty", "4.1", "an empty body is accepted and means nothing", post_empty),
        Check::new("post-line-ends", "4.3", "CR LF in the raw form is a line feed", post_line_ends),
        Check::new("post-event", "4.3", "an event is JSON inside JSON", post_event),
    ];
    checks.extend(INDEXES.iter().map(|(name, query, index)| {
        let about = format!("a poll with the query {query:?} is answered io.j[{index}](…);");
        Check::new(*name, "4.3", about, move |cx| index_is_used(cx, query, index))
    }));
    checks.extend(TEXTS.iter().map(|(name, text)| {
        Check::new(*name, "4.3", format!("{text:?} is escaped in the script"), move |cx| escaped(cx, text))
    }));
    checks.extend(
        FORMS.iter().map(|(name, about, body, packet)| {
            Check::new(*name, "4.3", *about, move |cx| form_is_read(cx, body, packet))
        }),
    );
    checks.extend(vectors::malformed("jsonp-body").filter_map(|(number, row)| {
        // Section 4.1 accepts an empty body on all transports.
        let input = row.input.as_deref().filter(|input| !input.is_empty())?;
        let name = format!("body-{}", vectors::name(number, &row.why));
        let verdict = match (row.strict.action.as_str(), row.strict.like.as_deref()) {
            ("accept", Some(like)) => format!("means {like}"),
            ("reject", _) => "is answered 400".to_owned(),
            (_, _) => "means nothing".to_owned(),
        };
        Some(Check::new(name, "4.3", format!("{input:?} {verdict}: {}", row.why), move |cx| body(cx, row, input)))
    }));
    checks
}

/// Queries, and the index that they ask for.
const INDEXES: &[(&str, &str, &str)] = &[
    ("index-0", "?t=1&i=0", "0"),
    ("index-5", "?t=1&i=5", "5"),
    ("index-12", "?i=12&t=1", "12"),
    ("index-9-digits", "?i=123456789", "123456789"),
    ("index-missing", "?t=1", "0"),
    ("index-no-query", "", "0"),
    ("index-empty", "?i=", "0"),
    ("index-10-digits", "?i=1234567890", "0"),
    ("index-script", "?i=alert(1)//", "0"),
    ("index-fraction", "?i=1.5", "0"),
    ("index-negative", "?i=-1", "0"),
    ("index-space", "?i=1%20", "0"),
    ("index-bracket", "?i=0](alert)//", "0"),
];

/// Texts that need escapes in a script, or must do without.
const TEXTS: &[(&str, &str)] = &[
    ("escape-quotes", "\"q\" 'q' \\ \\\\ \\\""),
    ("escape-controls", "\u{0}\u{1}\u{8}\t\n\u{b}\u{c}\r\u{1f}\u{7f}"),
    ("escape-line-separators", "a\u{2028}b\u{2029}c"),
    ("escape-end-of-script", "</script><script>alert(1)</script>"),
    ("escape-comment", "<!-- -->"),
    ("escape-slash", "a/b\\/c"),
    ("escape-non-ascii", "é€привет😀\u{10ffff}"),
    ("escape-delimiter", "\u{fffd}5\u{fffd}3:::a"),
    ("escape-call", "\");alert(1);(\""),
];

/// Forms as clients write them: name, what it is about, body, packet.
const FORMS: &[(&str, &str, &str, &str)] = &[
    ("form-json", "clients from 0.8.6 post a JSON string", "d=%223%3A%3A%3Ahello%22", "3:::hello"),
    ("form-raw", "clients up to 0.8.5 post the packet itself", "d=3%3A%3A%3Ahello", "3:::hello"),
    ("form-unescaped", "colons need no escape", "d=3:::hello", "3:::hello"),
    ("form-lower-case", "escapes may be in lower case", "d=%223%3a%3a%3ahello%22", "3:::hello"),
    ("form-other-fields", "other fields are ignored", "a=1&d=%223%3A%3A%3Ahello%22&x=y", "3:::hello"),
    ("form-plus", "a plus is a space", "d=3:::a+b%2Bc", "3:::a b+c"),
    ("form-utf8", "bytes are UTF-8", "d=%223%3A%3A%3A%E2%82%AC%F0%9F%98%80%22", "3:::€😀"),
    ("form-raw-utf8", "bytes need no escapes", "d=\"3:::€😀\"", "3:::€😀"),
    ("form-surrogates", "old JSON libraries escape in halves", "d=%223%3A%3A%3A%5Cud83d%5Cude00%22", "3:::😀"),
    ("form-json-line-feed", "line ends are escaped in JSON", "d=%223%3A%3A%3Aa%5Cnb%22", "3:::a\nb"),
];

fn open(cx: &Context) -> Outcome<Polling<'_>> {
    Polling::open_by(cx, "jsonp-polling")
}

/// The first poll of a new session, with a query.
fn first(cx: &Context, query: &str) -> Outcome<Response> {
    let path = handshake(cx)?.path("jsonp-polling");
    Connection::open(cx)?.get(cx, &(path + query))
}

fn first_poll(cx: &Context) -> Outcome {
    first(cx, "?t=1&i=0")?.expect(cx, 200, "io.j[0](\"1::\");")
}

fn poll_headers(cx: &Context) -> Outcome {
    let response = first(cx, "?t=1&i=0")?;
    response.expect_header(cx, "Content-Type", Some("text/javascript; charset=UTF-8"))?;
    response.expect_header(cx, "X-XSS-Protection", Some("0"))?;
    response.expect_header(cx, "Content-Length", Some("15"))
}

fn nosniff(cx: &Context) -> Outcome {
    first(cx, "?t=1&i=0")?.expect_header(cx, "X-Content-Type-Options", Some("nosniff"))
}

fn no_access_control(cx: &Context) -> Outcome {
    let path = handshake(cx)?.path("jsonp-polling");
    let request = Request::get(cx, &path).header("Origin", "http://a.example");
    let response = Connection::open(cx)?.request(&request)?;
    response.expect_status(cx, 200)?;
    response.expect_header(cx, "Access-Control-Allow-Origin", None)
}

fn index_is_used(cx: &Context, query: &str, index: &str) -> Outcome {
    first(cx, query)?.expect(cx, 200, &format!("io.j[{index}](\"1::\");"))
}

fn index_of_each_poll(cx: &Context) -> Outcome {
    let path = handshake(cx)?.path("jsonp-polling");
    let mut connection = Connection::open(cx)?;
    connection.get(cx, &format!("{path}?i=3"))?.expect(cx, 200, "io.j[3](\"1::\");")?;
    Connection::open(cx)?.post(cx, &path, form(&json_string("3:::x")))?.expect_status(cx, 200)?;
    connection.get(cx, &format!("{path}?i=4"))?.expect(cx, 200, "io.j[4](\"3:::x\");")
}

fn noop(cx: &Context) -> Outcome {
    let duration = cx.timer(Timer::PollingDuration)?;
    let mut session = open(cx)?;
    session.begin_poll()?;
    session.polls.expect_silence(duration * 6 / 10)?;
    session.polls.set_patience(duration + PATIENCE);
    cx.same("the poll", "8::", session.end_poll()?.as_str())
}

fn payload(cx: &Context) -> Outcome {
    let mut session = open(cx)?;
    session.send(&["3:::😀", "3:::b"])?;
    let mut packets = session.packets()?;
    while packets.len() < 2 {
        packets.extend(session.packets()?);
    }
    cx.same("packets", vec!["3:::😀", "3:::b"], packets)
}

fn post_answer(cx: &Context) -> Outcome {
    let mut session = open(cx)?;
    session.post(form(&json_string("3:::x")))?.expect(cx, 200, "1")
}

fn post_answer_headers(cx: &Context) -> Outcome {
    let mut session = open(cx)?;
    let response = session.post(form(&json_string("3:::x")))?;
    response.expect_header(cx, "Content-Type", Some("text/plain; charset=UTF-8"))?;
    response.expect_header(cx, "X-XSS-Protection", Some("0"))
}

fn post_empty(cx: &Context) -> Outcome {
    let mut session = open(cx)?;
    session.post("")?.expect(cx, 200, "1")?;
    session.send(&[FENCE])?;
    cx.same("packets", vec![FENCE], session.packets_until(FENCE)?)
}

fn post_line_ends(cx: &Context) -> Outcome {
    form_is_read(cx, "d=3%3A%3A%3Aa%0D%0Ab", "3:::a\nb")
}

fn post_event(cx: &Context) -> Outcome {
    let body =
        "d=%225%3A%3A%3A%7B%5C%22name%5C%22%3A%5C%22echo%5C%22%2C%5C%22args%5C%22%3A%5B%5C%22hello%21%5C%22%5D%7D%22";
    form_is_read(cx, body, r#"5:::{"name":"echo","args":["hello!"]}"#)
}

/// Posts a form, and demands the packet that comes back.
fn form_is_read(cx: &Context, body: &str, packet: &str) -> Outcome {
    let mut session = open(cx)?;
    let request = Request::post(cx, &session.path, body).header("Content-Type", "application/x-www-form-urlencoded");
    session.posts.request(&request)?.expect(cx, 200, "1")?;
    cx.same("packets", vec![packet], session.packets()?)
}

/// Posts a text, and demands that it comes back as a script that browsers of the time could read.
fn escaped(cx: &Context, text: &str) -> Outcome {
    let mut session = open(cx)?;
    let packet = format!("3:::{text}");
    session.post(form(&json_string(&packet)))?.expect(cx, 200, "1")?;
    session.begin_poll()?;
    let response = session.polls.response()?;
    let body = response.text();
    cx.saw(show(body.as_bytes()));
    let (_, seen) = script(&body)?;
    cx.same("the string", packet.as_str(), seen.as_str())
}

fn body(cx: &Context, row: &Malformed, input: &str) -> Outcome {
    let mut session = open(cx)?;
    let request = Request::post(cx, &session.path, input).header("Content-Type", "application/x-www-form-urlencoded");
    let response = session.posts.request(&request)?;
    let expected = match (row.strict.action.as_str(), row.strict.like.as_deref()) {
        ("reject", _) => {
            response.expect_status(cx, 400)?;
            Vec::new()
        }
        ("accept", Some(like)) => {
            response.expect(cx, 200, "1")?;
            packets_in(like)?.into_iter().filter(|packet| packet != "2::").collect()
        }
        (_, _) => {
            response.expect(cx, 200, "1")?;
            Vec::new()
        }
    };
    session.send(&[FENCE])?;
    let mut seen = session.packets_until(FENCE)?;
    seen.pop();
    cx.same("packets", expected, seen)
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("nosniff", "X-Content-Type-Options: None", NO_SNIFF),
    Difference::of_socketio_09("post-answer-headers", "X-XSS-Protection: None", "it sends the header only when there is an Origin"),
    Difference::of_socketio_09("post-empty", "the end of the connection", NO_STRING).deadly(),
    Difference::of_socketio_09("post-line-ends", "the end of the connection", NO_STRING).deadly(),
    Difference::of_socketio_09("index-10-digits", r#"200 "io.j[1234567890](\"1::\");""#, "it takes any number of digits"),
    Difference::of_socketio_09("escape-line-separators", r#""io.j[0](\"3:::a\u{2028}b\u{2029}c\");""#, "it leaves them raw, which is a syntax error in every browser of the time"),
    Difference::of_socketio_09("form-raw", "the end of the connection", NO_STRING).deadly(),
    Difference::of_socketio_09("form-unescaped", "the end of the connection", NO_STRING).deadly(),
    Difference::of_socketio_09("form-plus", "the end of the connection", NO_STRING).deadly(),
    Difference::of_socketio_09("body-001-clients-0-7-0-to-0-8-5-and-the-blog", "the end of the connection", NO_STRING).deadly(),
    Difference::of_socketio_09("body-002-raw-heartbeat-of-an-old-client", "the end of the connection", NO_STRING).deadly(),
    Difference::of_socketio_09("body-003-raw-framed-payload-of-an-old-client", "the end of the connection", NO_STRING).deadly(),
    Difference::of_socketio_09("body-004-no-d-field", r#"200 "1""#, NO_STRING).deadly(),
    Difference::of_socketio_09("body-006-empty-d-field", r#"200 "1""#, NO_STRING).deadly(),
    Difference::of_socketio_09("body-007-d-without-value", r#"200 "1""#, NO_STRING).deadly(),
    Difference::of_socketio_09("body-008-json-but-not-a-string-0-9-19-throws", r#"200 "1""#, NO_STRING).deadly(),
    Difference::of_socketio_09("body-009-json-null-nothing-happens", r#"200 "1""#, NO_STRING),
    Difference::of_socketio_09("body-010-json-true-0-9-19-throws-and-the", r#"200 "1""#, NO_STRING).deadly(),
    Difference::of_socketio_09("body-011-json-object-0-9-19-throws-and-the", r#"200 "1""#, NO_STRING).deadly(),
    Difference::of_socketio_09("body-012-json-array-0-9-19-throws-and-the", r#"200 "1""#, NO_STRING).deadly(),
    Difference::of_socketio_09("body-013-starts-as-a-json-string-and-is-not", r#"200 "1""#, NO_STRING).deadly(),
    Difference::of_socketio_09("body-014-two-d-fields", r#"200 "1""#, NO_STRING).deadly(),
    Difference::of_socketio_09("body-015-broken-percent-escape", r#"200 "1""#, NO_STRING).deadly(),
    Difference::of_socketio_09("body-020-not-utf-8-0-9-19-delivers-u-fffd", r#"200 "1""#, "it decodes what is no UTF-8 to U+FFFD, and answers before it has looked"),
    Difference::of_socketio_09("body-021-json-without-the-form", r#"200 "1""#, NO_STRING).deadly(),
    Difference::of_socketio_09("body-022-no-form", r#"200 "1""#, NO_STRING).deadly(),
];

// Why, in several rows.
const NO_SNIFF: &str = "the header is younger than it";
// Why, in several rows.
const NO_STRING: &str = "it takes nothing but a JSON string: its error goes into an answered poll, which ends the process on Node.js of today";
