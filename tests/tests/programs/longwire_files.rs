//! What `longwire` serves beside the protocol: the demo page, client files, counters.

use longwire_tests::{Connection, Program, Request, Response, Transport};

use crate::scratch::Scratch;

async fn start(arguments: &[&str]) -> Program {
    Program::start(Program::longwire(&["--listen=127.0.0.1:0", "--log=off"]).args(arguments)).await
}

async fn get(connection: &mut Connection, target: &str, content_type: &str) -> Response {
    let response = connection.get(target).await;
    assert_eq!((response.status, response.header("Content-Type")), (200, Some(content_type)), "{target}");
    assert_eq!(response.header("X-Content-Type-Options"), Some("nosniff"));
    response
}

/// What a page or script asks for: the text between the quotes behind each `marker`.
fn references<'a>(text: &'a str, marker: &'a str) -> impl Iterator<Item = &'a str> {
    let quotes = ['"', '\''];
    text.split(marker).skip(1).filter_map(move |rest| rest.strip_prefix(quotes)?.split(quotes).next())
}

#[tokio::test]
async fn the_page_and_everything_it_loads_is_there() {
    let program = start(&[]).await;
    let mut connection = program.connect().await;
    let page = get(&mut connection, "/", "text/html; charset=utf-8").await;
    assert!(page.header("Content-Security-Policy").is_some_and(|policy| policy.contains("default-src 'none'")));
    let mut scripts = Vec::new();
    for reference in references(page.text(), "href=").chain(references(page.text(), "src=")) {
        let target = format!("/{}", reference.trim_start_matches(['.', '/']));
        let content_type = match target.rsplit('.').next().unwrap() {
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            "js" => {
                scripts.push(target);
                continue;
            }
            other => panic!("{other} in {target}"),
        };
        get(&mut connection, &target, content_type).await;
    }
    // Modules load modules.
    assert!(!scripts.is_empty());
    let mut seen = scripts.clone();
    while let Some(script) = scripts.pop() {
        let text = get(&mut connection, &script, "text/javascript; charset=utf-8").await.text().to_owned();
        let folder = script.rsplit_once('/').unwrap().0.to_owned();
        for module in references(&text, "from ") {
            let mut path: Vec<&str> = folder.split('/').collect();
            for part in module.split('/') {
                match part {
                    "." => {}
                    ".." => drop(path.pop()),
                    name => path.push(name),
                }
            }
            let target = path.join("/");
            if !seen.contains(&target) {
                seen.push(target.clone());
                scripts.push(target);
            }
        }
    }
    assert!(seen.len() > 5, "{seen:?}");
}

#[tokio::test]
async fn files_are_known_again_and_other_things_are_refused() {
    let program = start(&[]).await;
    let mut connection = program.connect().await;
    let tag = connection.get("/style.css").await.header("ETag").unwrap().to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    let request = Request::get("/style.css").header("If-None-Match", &tag);
    let response = connection.request(&request).await;
    assert_eq!((response.status, response.body.len()), (304, 0));

    connection.send(Request::new("HEAD", "/style.css").to_bytes()).await;
    let head = connection.head().await;
    assert!(head.header("Content-Length").unwrap().parse::<usize>().unwrap() > 1000);
    let response = connection.post("/style.css", "").await;
    assert_eq!((response.status, response.header("Allow")), (405, Some("GET, HEAD")));
    for target in ["/nothing", "/index.html/..", "/../Cargo.toml", "/js/", "/metrics", "/socket.io/socket.io.js"] {
        connection.get(target).await.assert(404, "Not found.\n");
    }
}

#[tokio::test]
async fn client_files_are_served_where_the_old_server_had_them() {
    const SCRIPT: &str = "application/javascript; charset=utf-8";
    const FLASH: &str = "application/x-shockwave-flash";
    let folder = Scratch::new();
    folder.write("dist/socket.io.js", "var io = {};");
    folder.write("dist/WebSocketMain.swf", b"CWS\x0a");
    folder.write("lib/vendor/web-socket-js/WebSocketMainInsecure.swf", b"CWS\x0b");
    let program = start(&[&format!("--client-dir={}", folder.path())]).await;
    let mut connection = program.connect().await;

    for (target, suffix, versioned) in [
        ("/socket.io/socket.io.js", "", false),
        ("/socket.io/socket.io.js?t=1", "", false),
        ("/socket.io/socket.io.v0.9.17.js", "", true),
        (
            "/socket.io/socket.io+websocket+xhr-polling.js",
            "\n;io.transports = [\"websocket\", \"xhr-polling\"];\n",
            false,
        ),
        ("/socket.io/socket.io+jsonp-polling.v0.9.6.js", "\n;io.transports = [\"jsonp-polling\"];\n", true),
    ] {
        let response = get(&mut connection, target, SCRIPT).await;
        assert_eq!(response.text(), format!("var io = {{}};{suffix}"), "{target}");
        let caching = response.header("Cache-Control").unwrap();
        assert_eq!(caching.contains("max-age=315360000"), versioned, "{target}: {caching}");
        assert_eq!(response.header("Expires").is_some(), versioned);
    }
    let flash = "/socket.io/static/flashsocket/WebSocketMain";
    assert_eq!(get(&mut connection, &format!("{flash}.swf"), FLASH).await.body, b"CWS\x0a");
    assert_eq!(get(&mut connection, &format!("{flash}Insecure.swf"), FLASH).await.body, b"CWS\x0b");
    let bogus = connection.get("/socket.io/socket.io+bogus.js").await;
    bogus.assert(500, "Error serving static /socket.io+bogus.js");
    for target in ["/socket.io/socket.io.v1.js", "/socket.io/static/flashsocket/nope.swf"] {
        assert_ne!(connection.get(target).await.status, 200, "{target}");
    }
    // The protocol is where it was.
    connection.get("/socket.io/").await.assert(200, "Welcome to socket.io.");
}

#[tokio::test]
async fn counters_are_served_when_that_is_wanted() {
    let program = start(&["--metrics"]).await;
    let mut client = program.client(Transport::WEBSOCKET).await;
    client.send(r#"5:::{"name":"typing"}"#).await;
    client.send("3::/nowhere:x").await;
    client.send("1::").await;
    client.expect(&["1::"]).await;
    let mut connection = program.connect().await;
    let metrics = get(&mut connection, "/metrics", "text/plain; version=0.0.4").await.text().to_owned();
    for line in [
        "longwire_sessions_opened_total{family=\"socketio_rev1\"} 1",
        "longwire_sessions_open{family=\"socketio_rev1\"} 1",
        "longwire_packets_handled_total 1",
        "longwire_packets_unclaimed_total 1",
    ] {
        assert!(metrics.lines().any(|one| one == line), "{line} is not in\n{metrics}");
    }
    client.send("0::").await;
    client.expect(&["0::"]).await;
    client.assert_end().await;
    let metrics = get(&mut connection, "/metrics", "text/plain; version=0.0.4").await.text().to_owned();
    assert!(
        metrics.contains("longwire_sessions_closed_total{family=\"socketio_rev1\",reason=\"booted\"} 1"),
        "{metrics}"
    );
    assert!(metrics.contains("longwire_sessions_open{family=\"socketio_rev1\"} 0"), "{metrics}");
}
