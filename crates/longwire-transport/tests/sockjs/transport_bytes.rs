//! Each transport to the byte: preludes, dresses and headers.

use crate::harness::{Service, config};

/// Opens a session, sends a message that needs every escape, and gives back the pieces as text.
fn exchange(path: &str) -> (Service, longwire_transport::ExchangeId, Vec<String>) {
    let (mut service, receiver) = Service::open(config(), path);
    service.send("\"</script>%41\u{2028}");
    let pieces = service.pieces(receiver).iter().map(|piece| String::from_utf8(piece.to_vec()).unwrap());
    let pieces = pieces.collect();
    (service, receiver, pieces)
}

#[test]
fn xhr_polling() {
    let (service, poll, pieces) = exchange("xhr");
    assert_eq!(pieces, ["a[\"\\\"</script>%41\\u2028\"]\n"]);
    assert_eq!(service.header(poll, "content-type"), Some("application/javascript; charset=UTF-8"));
}

#[test]
fn xhr_streaming() {
    let (service, stream, pieces) = exchange("xhr_streaming");
    assert_eq!(pieces, [&*format!("{}\n", "h".repeat(2048)), "o\n", "a[\"\\\"</script>%41\\u2028\"]\n"]);
    assert_eq!(service.header(stream, "content-type"), Some("application/javascript; charset=UTF-8"));
}

#[test]
fn eventsource() {
    let (service, stream, pieces) = exchange("eventsource");
    assert_eq!(pieces, ["\r\n", "data: o\r\n\r\n", "data: a[\"\\\"</script>%2541\\u2028\"]\r\n\r\n"]);
    assert_eq!(service.header(stream, "content-type"), Some("text/event-stream"));
}

#[test]
fn htmlfile() {
    let (service, stream, pieces) = exchange("htmlfile");
    let [page, open, message] = &pieces[..] else { panic!("{pieces:?}") };
    assert!(page.len() > 1024 && page.starts_with("<!doctype html>\n<html><head>\n"), "{page}");
    assert!(page.trim_end().ends_with(
        "  <script>\n    document.domain = document.domain;\n    var c = parent.cb;\n    \
        c.start();\n    function p(d) {c.message(d);};\n    window.onload = function() {c.stop();};\n  </script>"
    ));
    assert_eq!(open, "<script>\np(\"o\");\n</script>\r\n");
    let escaped = r#"a[\"\\\"\u003c/script>%41\\u2028\"]"#;
    assert_eq!(*message, format!("<script>\np(\"{escaped}\");\n</script>\r\n"));
    assert_eq!(service.header(stream, "content-type"), Some("text/html; charset=UTF-8"));
}

#[test]
fn jsonp_polling() {
    let (service, poll, pieces) = exchange("jsonp");
    let escaped = r#"a[\"\\\"</script>%41\\u2028\"]"#;
    assert_eq!(pieces.concat(), format!("/**/cb(\"{escaped}\");\r\n"));
    assert_eq!(service.header(poll, "content-type"), Some("application/javascript; charset=UTF-8"));
    assert_eq!(service.header(poll, "x-content-type-options"), Some("nosniff"));
}

#[test]
fn jsonp_send() {
    let mut service = Service::away(config());
    let exchange = service.post("jsonp_send", "[]");
    assert_eq!((service.status(exchange), &*service.body(exchange)), (200, "ok"));
    assert_eq!(service.header(exchange, "content-length"), Some("2"));
    assert_eq!(service.header(exchange, "content-type"), Some("text/plain; charset=UTF-8"));
}
