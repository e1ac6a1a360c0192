//! The policy that Flash asks for ahead of every connection: on the HTTP port itself, and on a port of its own (section 5).

use std::net::SocketAddr;
use std::time::Duration;

use super::super::check::{Check, Difference, Failure, Outcome};
use super::super::client::{Connection, Request};
use super::super::context::{Context, show};
use super::session::handshake_in;

pub(crate) fn checks() -> Vec<Check> {
    let mut checks = Vec::new();
    for (place, port, flags) in PLACES {
        let check = |name: &str, about: &str, run: fn(&Context, Port) -> Outcome| {
            let about = format!("{about} ({place})");
            Check::new(format!("{place}-{name}"), "5", about, move |cx| run(cx, port)).with_flags(flags)
        };
        checks.extend([
            check("answer", "<policy-file-request/> and NUL is answered by a policy, NUL and the end", answer),
            check("document", "the policy is an XML document that Flash reads", document),
            check("domains", "any origin is allowed, so the domain is * and it is the only one", domains),
            check("ports", "the ports are those that HTTP is served on", ports),
            check("not-master-only", "no site-control forbids the policies of other ports", no_site_control),
            check("in-pieces", "the request may come in pieces", in_pieces),
            check("without-nul", "the request may end without NUL, by the end of what is sent", without_nul),
        ]);
    }
    checks.push(
        Check::new("inline-incomplete", "5", "a request that stays incomplete is given up after 3 s", incomplete)
            .waits(),
    );
    checks.push(Check::new("inline-silent", "5", "a connection that says nothing is left alone", silent).waits());
    checks.push(Check::new("inline-garbage", "5", "what only begins like the request gets no policy", garbage));
    checks.push(Check::new("inline-http-goes-on", "5", "HTTP is served on the same port", http_goes_on));
    checks.push(
        Check::new("alone-silent", "5", "a client that sends nothing gets the policy within 3 s", alone_silent)
            .with_flags(&FLAGS)
            .waits(),
    );
    checks.push(
        Check::new("inline-list-of-origins", "5", "one element for each allowed host", |cx| listed(cx, Port::Inline))
            .with_flags(&["--origins", "a.example:80,b.example:*"]),
    );
    checks.push(
        Check::new("alone-list-of-origins", "5", "one element for each allowed host", |cx| listed(cx, Port::Alone))
            .with_flags(&["--origins", "a.example:80,b.example:*", "--flash-policy", "127.0.0.1:FREE_PORT"]),
    );
    checks
}

/// Which port is asked.
#[derive(Clone, Copy, Debug)]
enum Port {
    /// That of HTTP.
    Inline,
    /// That of the stand-alone policy server.
    Alone,
}

const FLAGS: [&str; 2] = ["--flash-policy", "127.0.0.1:FREE_PORT"];
const PLACES: [(&str, Port, &[&str]); 2] = [("inline", Port::Inline, &[]), ("alone", Port::Alone, &FLAGS)];
const REQUEST: &[u8] = b"<policy-file-request/>\0";

fn connect(cx: &Context, port: Port) -> Outcome<Connection> {
    match port {
        Port::Inline => Connection::open(cx),
        Port::Alone => Connection::open_at(cx, alone(cx)?),
    }
}

fn alone(cx: &Context) -> Outcome<SocketAddr> {
    cx.target.flash_policy.ok_or_else(|| Failure::NotRun("nobody told where the policy server is".to_owned()))
}

/// The policy, without the NUL behind it.
fn policy(cx: &Context, port: Port) -> Outcome<String> {
    let mut connection = connect(cx, port)?;
    connection.send(REQUEST)?;
    policy_from(&mut connection)
}

fn policy_from(connection: &mut Connection) -> Outcome<String> {
    let answer = connection.rest()?;
    let text = answer.strip_suffix(b"\0").and_then(|text| String::from_utf8(text.to_vec()).ok());
    text.filter(|text| !text.is_empty() && !text.contains('\0'))
        .ok_or_else(|| Failure::differs("a policy, NUL and the end", format!("{} and the end", show(&answer))))
}

/// The `allow-access-from` elements: their domains and ports.
fn elements(policy: &str) -> Vec<(String, String)> {
    let attribute = |element: &str, name: &str| {
        let (_, behind) = element.split_once(&format!("{name}=\""))?;
        behind.split_once('"').map(|(value, _)| value.to_owned())
    };
    let elements = policy.split("<allow-access-from ").skip(1).filter_map(|rest| rest.split_once('>'));
    elements
        .map(|(element, _)| (attribute(element, "domain"), attribute(element, "to-ports")))
        .map(|(domain, ports)| (domain.unwrap_or_default(), ports.unwrap_or_default()))
        .collect()
}

fn answer(cx: &Context, port: Port) -> Outcome {
    let policy = policy(cx, port)?;
    cx.saw(show(policy.as_bytes()));
    Ok(())
}

fn document(cx: &Context, port: Port) -> Outcome {
    let policy = policy(cx, port)?;
    let policy = policy.trim();
    let opens = policy.starts_with("<?xml version=\"1.0\"?>") && policy.contains("<cross-domain-policy>");
    cx.that(
        "<?xml …<cross-domain-policy>…",
        opens && policy.ends_with("</cross-domain-policy>"),
        show(policy.as_bytes()),
    )
}

fn domains(cx: &Context, port: Port) -> Outcome {
    let elements = elements(&policy(cx, port)?);
    let domains: Vec<_> = elements.iter().map(|(domain, _)| domain.as_str()).collect();
    cx.same("domains", vec!["*"], domains)
}

fn ports(cx: &Context, port: Port) -> Outcome {
    let expected = cx.target.address.port().to_string();
    let elements = elements(&policy(cx, port)?);
    let good = !elements.is_empty() && elements.iter().all(|(_, ports)| *ports == expected);
    let seen = elements.first().map(|(_, ports)| ports.as_str()).unwrap_or_default();
    cx.that("the HTTP port", good, if good { "the HTTP port" } else { seen })
}

fn no_site_control(cx: &Context, port: Port) -> Outcome {
    let policy = policy(cx, port)?;
    cx.that("no master-only", !policy.contains("master-only"), "a policy")
}

fn in_pieces(cx: &Context, port: Port) -> Outcome {
    let mut connection = connect(cx, port)?;
    for piece in REQUEST.chunks(8) {
        connection.expect_quiet()?;
        connection.send(piece)?;
    }
    policy_from(&mut connection)?;
    cx.saw("a policy");
    Ok(())
}

fn without_nul(cx: &Context, port: Port) -> Outcome {
    let mut connection = connect(cx, port)?;
    connection.send(&REQUEST[..REQUEST.len() - 1])?;
    connection.finish();
    policy_from(&mut connection)?;
    cx.saw("a policy");
    Ok(())
}

fn garbage(cx: &Context) -> Outcome {
    policy(cx, Port::Inline)?;
    let mut connection = connect(cx, Port::Inline)?;
    connection.try_send(b"<policy-file-reqxxxx/>\0");
    let answer = connection.rest()?;
    let refused = !answer.windows(5).any(|window| window == b"allow");
    cx.that("no policy, and the end", refused, if refused { "no policy" } else { "a policy" })
}

fn incomplete(cx: &Context) -> Outcome {
    let mut connection = connect(cx, Port::Inline)?;
    connection.send(b"<policy-file")?;
    connection.expect_silence(Duration::from_millis(1500))?;
    connection.expect_end()
}

fn silent(cx: &Context) -> Outcome {
    let mut connection = connect(cx, Port::Inline)?;
    connection.expect_silence(Duration::from_millis(4000))?;
    let response = connection.request(&Request::get(cx, "/socket.io/1/"))?;
    handshake_in(cx, &response)?;
    cx.saw("silence, then a handshake");
    Ok(())
}

fn http_goes_on(cx: &Context) -> Outcome {
    answer(cx, Port::Inline)?;
    handshake_in(cx, &Connection::open(cx)?.get(cx, "/socket.io/1/")?)?;
    cx.saw("a handshake");
    Ok(())
}

fn alone_silent(cx: &Context) -> Outcome {
    let mut connection = connect(cx, Port::Alone)?;
    connection.expect_silence(Duration::from_millis(1000))?;
    policy_from(&mut connection)?;
    cx.saw("a policy");
    Ok(())
}

fn listed(cx: &Context, port: Port) -> Outcome {
    let elements = elements(&policy(cx, port)?);
    let domains: Vec<_> = elements.iter().map(|(domain, _)| domain.as_str()).collect();
    cx.same("domains", vec!["a.example", "b.example"], domains)
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("inline-ports", "*", "it allows Flash to reach every port of the host"),
    Difference::of_socketio_09("inline-in-pieces", "the end of the connection", "its host answers a policy request only when it comes whole: Node.js has taken this over since 0.10").sometimes(),
    Difference::of_socketio_09("inline-incomplete", "the end of the connection", "its host answers a policy request only when it comes whole: Node.js has taken this over since 0.10"),
    Difference::of_socketio_09("inline-list-of-origins", r#"domains: ["*"]"#, "its host always allows everybody, as 0.9.19 itself does when origins is a single text"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_in_a_policy() {
        let policy = "<a><allow-access-from domain=\"*\" to-ports=\"80\"/><allow-access-from domain=\"b\"/></a>";
        let pair = |domain: &str, ports: &str| (domain.to_owned(), ports.to_owned());
        assert_eq!(elements(policy), [pair("*", "80"), pair("b", "")]);
    }
}
