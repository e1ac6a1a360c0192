//! What ended the process of 0.9 servers: bodies, upgrades, acks and names that nobody had thought of (sections 9 and 10).

use super::super::check::{Check, Difference, Outcome};
use super::super::client::{Connection, Dialect, Request};
use super::super::context::Context;
use super::known_faults::alive;
use super::session::{Polling, Socket, path};
use super::why::{ACK_ENDS_IT, JSONP_ENDS_IT, MEMBERS, UPGRADE_ENDS_IT};

pub(crate) fn checks() -> Vec<Check> {
    let mut checks: Vec<_> = ENDING
        .iter()
        .map(|(name, about, transport, method, body)| {
            Check::new(*name, "9", format!("{about} does not end the server"), move |cx| {
                survives(cx, transport, method, body)
            })
        })
        .collect();
    checks.extend(NAMES.iter().map(|name| {
        let about = format!("a session, endpoint, event and room called {name} end nothing");
        Check::new(format!("called-{}", name.trim_matches('_')), "9", about, move |cx| called(cx, name))
    }));
    checks
}

/// What ended 0.9.19: name, about, transport, method, body.
const ENDING: &[(&str, &str, &str, &str, &str)] = &[
    ("jsonp-body-number", "#609: a jsonp body d=5", "jsonp-polling", "POST", "d=5"),
    ("jsonp-body-object", "#885: a jsonp body d={}", "jsonp-polling", "POST", "d={}"),
    ("jsonp-body-null", "#902: a jsonp body d=null", "jsonp-polling", "POST", "d=null"),
    ("jsonp-body-cut", "#967: a jsonp body that is cut", "jsonp-polling", "POST", "d=%22abc"),
    ("jsonp-body-escape", "a jsonp body with a broken escape", "jsonp-polling", "POST", "d=%22%5Cu12%22"),
    ("jsonp-body-empty", "a jsonp body without d", "jsonp-polling", "POST", "x=1"),
    ("upgrade-on-polling", "an upgrade on a polling path", "xhr-polling", "UPGRADE", ""),
    ("upgrade-on-htmlfile", "an upgrade on a page's path", "htmlfile", "UPGRADE", ""),
    ("ack-with-a-string", "an ack with a string for data", "xhr-polling", "POST", "6:::1+\"text\""),
    ("ack-with-a-number", "an ack with a number for data", "xhr-polling", "POST", "6:::1+5"),
    ("event-that-is-null", "an event that is null", "xhr-polling", "POST", "5:::null"),
];

/// Names that objects of JavaScript have already.
const NAMES: [&str; 5] = ["__proto__", "constructor", "toString", "hasOwnProperty", "length"];

fn survives(cx: &Context, transport: &str, method: &str, body: &str) -> Outcome {
    // One question stands open, so that an ack has something to answer.
    let mut session = Polling::open(cx)?;
    session.send(&[r#"5:::{"name":"ask","args":["?"]}"#])?;
    session.packets()?;
    let target = session.handshake.path(transport);
    let request = match method {
        "UPGRADE" => Dialect::Rfc6455.request(cx, &target),
        _ => Request::post(cx, &target, body).header("Content-Type", "application/x-www-form-urlencoded"),
    };
    let mut connection = Connection::open(cx)?;
    connection.send(request.to_bytes())?;
    // Whatever it says, it must say something.
    connection.head()?;
    alive(cx)
}

fn called(cx: &Context, name: &str) -> Outcome {
    Connection::open(cx)?.get(cx, &path("xhr-polling", name))?.expect_status(cx, 200)?;
    let mut socket = Socket::open(cx)?;
    for packet in [
        format!("1::{name}"),
        format!("3::{name}:x"),
        format!("0::{name}"),
        format!(r#"5:::{{"name":"{name}","args":[{{"{name}":1}}]}}"#),
        format!(r#"5:::{{"name":"join","args":["{name}"]}}"#),
        format!(r#"5:::{{"name":"to-room","args":["{name}",1]}}"#),
        format!(r#"5:::{{"name":"leave","args":["{name}"]}}"#),
    ] {
        socket.send(&packet)?;
    }
    socket.expect_answers(cx, &[&format!("7::{name}:2")])?;
    alive(cx)
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("jsonp-body-number", "the end of the connection", JSONP_ENDS_IT).deadly(),
    Difference::of_socketio_09("jsonp-body-object", "the end of the connection", JSONP_ENDS_IT).deadly(),
    Difference::of_socketio_09("jsonp-body-cut", "the end of the connection", JSONP_ENDS_IT).deadly(),
    Difference::of_socketio_09("jsonp-body-escape", "the end of the connection", JSONP_ENDS_IT).deadly(),
    Difference::of_socketio_09("jsonp-body-empty", "the end of the connection", JSONP_ENDS_IT).deadly(),
    Difference::of_socketio_09("upgrade-on-polling", "the end of the connection", UPGRADE_ENDS_IT).deadly(),
    Difference::of_socketio_09("upgrade-on-htmlfile", "the end of the connection", UPGRADE_ENDS_IT).deadly(),
    Difference::of_socketio_09("ack-with-a-string", "the end of the connection", ACK_ENDS_IT).deadly(),
    Difference::of_socketio_09("ack-with-a-number", "the end of the connection", ACK_ENDS_IT).deadly(),
    Difference::of_socketio_09("called-proto", "the end of the connection", MEMBERS).deadly(),
    Difference::of_socketio_09("called-constructor", "the end of the connection", MEMBERS).deadly(),
    Difference::of_socketio_09("called-toString", "the end of the connection", MEMBERS).deadly(),
    Difference::of_socketio_09("called-hasOwnProperty", "the end of the connection", MEMBERS).deadly(),
    Difference::of_socketio_09("called-length", "the end of the connection", MEMBERS).deadly(),
];
