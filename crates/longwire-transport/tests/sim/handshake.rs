//! Handshakes, refusals and odd requests, which need no session.

use http::{Method, Request};
use longwire_transport::socketio_rev1::{Config, ConfigError, DISCONNECT, Rev1};
use longwire_transport::{Chunk, Protocol, Rejection, Route, SessionId};

use crate::harness::{SID, body, config, head, seconds, upgrade, upgrade_76};

fn request(method: Method, target: &str) -> http::request::Builder {
    Request::builder().method(method).uri(target).header("host", "example.com")
}

fn protocol() -> Rev1 {
    Rev1::new(config()).unwrap()
}

/// The answer of the routes to a request that needs no session.
fn answer(protocol: &Rev1, request: http::request::Builder) -> http::Response<Chunk> {
    match protocol.route(&head(request)) {
        Route::Answer(answer) => answer,
        other => panic!("{other:?} is no answer"),
    }
}

fn status(protocol: &Rev1, method: Method, target: &str) -> u16 {
    answer(protocol, request(method, target)).status().as_u16()
}

fn joins(protocol: &Rev1, request: http::request::Builder) -> &'static str {
    match protocol.route(&head(request)) {
        Route::Join { id, transport, create: false } => {
            assert_eq!(id.as_str(), "abc");
            transport
        }
        other => panic!("{other:?} is no exchange of a session"),
    }
}

fn accepted(config: Config, request: http::request::Builder) -> http::Response<Chunk> {
    let (protocol, head) = (Rev1::new(config).unwrap(), head(request));
    assert!(matches!(protocol.route(&head), Route::Handshake));
    protocol.accept(&SessionId::new(SID), &head)
}

#[test]
fn a_handshake_tells_id_times_and_transports() {
    for (method, target) in [
        (Method::GET, "/socket.io/1/?t=1312877027739"),
        (Method::POST, "/socket.io/1/"),
        (Method::GET, "/socket.io/1"),
        (Method::GET, "/socket.io/1/websocket"),
        (Method::GET, "/socket.io/1/websocket/"),
        (Method::GET, "/socket.io/1/?user=J%C3%BCrgen&token=x"),
    ] {
        let response = accepted(config(), request(method, target));
        assert_eq!(response.status(), 200);
        assert_eq!(body(&response), format!("{SID}:60:60:websocket,flashsocket,htmlfile,xhr-polling,jsonp-polling"));
        assert_eq!(response.headers()["content-type"], "text/plain");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["access-control-allow-origin"], "*");
        assert_eq!(response.headers()["content-length"], response.body().len().to_string().as_str());
    }
}

#[test]
fn the_default_configuration_is_that_of_the_old_server() {
    let response = accepted(Config::default(), request(Method::GET, "/socket.io/1/"));
    assert_eq!(body(&response), format!("{SID}:60:60:websocket,htmlfile,xhr-polling,jsonp-polling"));
    assert_eq!(Rev1::default().open_limit(), seconds(30.0));
    assert_eq!(Rev1::default().name(), "socketio_rev1");
}

#[test]
fn fractions_of_a_second_are_told_rounded_up() {
    let config = config()
        .heartbeat_interval(seconds(0.1))
        .heartbeat_timeout(seconds(0.2))
        .close_timeout(seconds(1.5))
        .polling_duration(seconds(1.4))
        .transports(["xhr-polling", "websocket"]);
    let response = accepted(config, request(Method::GET, "/socket.io/1/"));
    assert_eq!(body(&response), format!("{SID}:1:2:websocket,xhr-polling"));
}

#[test]
fn an_origin_is_echoed_with_credentials() {
    for origin in ["http://a.example", "null"] {
        let response = accepted(config(), request(Method::GET, "/socket.io/1/").header("origin", origin));
        assert_eq!(response.headers()["access-control-allow-origin"], origin);
        assert_eq!(response.headers()["access-control-allow-credentials"], "true");
        assert_eq!(response.headers()["vary"], "Origin");
    }
    let response = accepted(config(), request(Method::GET, "/socket.io/1/").header("origin", "x\"<script>"));
    assert!(!response.headers().contains_key("access-control-allow-origin"));
}

#[test]
fn a_handshake_by_jsonp_is_a_script() {
    let jsonp = |target| accepted(config(), request(Method::GET, target).header("origin", "http://a.example"));
    let response = jsonp("/socket.io/1/?t=1&jsonp=12");
    let told = format!("{SID}:60:60:websocket,flashsocket,htmlfile,xhr-polling,jsonp-polling");
    assert_eq!(body(&response), format!("io.j[12](\"{told}\");"));
    assert_eq!(response.headers()["content-type"], "application/javascript");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert!(!response.headers().contains_key("access-control-allow-origin"));
    for target in ["/socket.io/1/?jsonp=alert(1)", "/socket.io/1/?jsonp=1234567890", "/socket.io/1/?jsonp="] {
        assert_eq!(body(&jsonp(target)), told, "{target}");
    }
}

#[test]
fn refusals_have_their_status_and_text() {
    let rejected = |target, why| {
        let head = head(request(Method::GET, target).header("origin", "http://a.example"));
        protocol().reject(&head, why)
    };
    for (why, status, text) in [
        (Rejection::Unauthorized, 403, "handshake unauthorized"),
        (Rejection::AuthorizationFailed, 500, "handshake error"),
        (Rejection::Unavailable, 503, "service unavailable"),
    ] {
        let plain = rejected("/socket.io/1/", why);
        assert_eq!((plain.status().as_u16(), body(&plain).as_str()), (status, text));
        assert_eq!(plain.headers()["access-control-allow-origin"], "http://a.example");
        assert_eq!(plain.headers().contains_key("retry-after"), status == 503);

        let script = rejected("/socket.io/1/?jsonp=3", why);
        assert_eq!(script.status(), 200);
        assert_eq!(body(&script), format!("io.j[3](new Error(\"{text}\"));"));
        assert_eq!(script.headers()["content-type"], "application/javascript");
    }
    for (why, status) in [(Rejection::TooLarge, 413), (Rejection::TooSlow, 408), (Rejection::BadBody, 400)] {
        let response = rejected("/socket.io/1/xhr-polling/abc?jsonp=3", why);
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["connection"], "close", "the body is not read to its end");
        assert_eq!(response.headers()["access-control-allow-origin"], "http://a.example");
    }
}

#[test]
fn odd_requests_get_the_answers_of_the_old_server() {
    let protocol = protocol();
    let get = |target| answer(&protocol, request(Method::GET, target));
    for target in ["/socket.io", "/socket.io/", "/socket.io/abc/", "/socket.io/1/a/b/c"] {
        assert_eq!((get(target).status().as_u16(), body(&get(target)).as_str()), (200, "Welcome to socket.io."));
    }
    let unsupported = get("/socket.io/2/?t=1");
    assert_eq!((unsupported.status().as_u16(), body(&unsupported).as_str()), (500, "Protocol version not supported."));
    assert_eq!(get("/socket.io/01/").status(), 500);
    assert_eq!(get("/socket.io/1/carrier-pigeon/abc").status(), 400);
}

#[test]
fn what_belongs_to_others_is_left_to_them() {
    let protocol = protocol();
    for target in [
        "/",
        "/chat",
        "/socket.ioXYZ/1/",
        "/socket.io/?EIO=4&transport=polling",
        "/socket.io/1/?EIO=3",
        "/socket.io/socket.io.js",
        "/socket.io/socket.io.v0.9.19.js",
        "/socket.io/socket.io+websocket.js",
        "/socket.io/static/flashsocket/WebSocketMain.swf",
    ] {
        assert!(matches!(protocol.route(&head(request(Method::GET, target))), Route::NotMine), "{target}");
    }
    let elsewhere = Rev1::new(config().resource("/app/12/socket.io")).unwrap();
    assert!(matches!(elsewhere.route(&head(request(Method::GET, "/app/12/socket.io/1/"))), Route::Handshake));
    assert!(matches!(elsewhere.route(&head(request(Method::GET, "/socket.io/1/"))), Route::NotMine));
}

#[test]
fn exchanges_are_routed_to_their_session_and_transport() {
    let protocol = protocol();
    for (method, target, transport) in [
        (Method::GET, "/socket.io/1/xhr-polling/abc?t=1", "xhr-polling"),
        (Method::GET, "/socket.io/1/xhr-polling/abc/?t1312200250539", "xhr-polling"),
        (Method::POST, "/socket.io/1/xhr-polling/abc", "xhr-polling"),
        (Method::GET, "/socket.io/1/htmlfile/abc", "htmlfile"),
        (Method::GET, "/socket.io/1/jsonp-polling/abc?i=0", "jsonp-polling"),
        (Method::GET, "/socket.io/1/xhr-multipart/abc", "xhr-multipart"),
        (Method::GET, "/socket.io/1//abc/?disconnect=1", DISCONNECT),
        (Method::POST, "/socket.io/1/websocket/abc?disconnect", DISCONNECT),
    ] {
        assert_eq!(joins(&protocol, request(method, target)), transport, "{target}");
    }
    let websocket = |request: http::request::Builder| request.uri("/socket.io/1/websocket/abc");
    assert_eq!(joins(&protocol, websocket(upgrade("websocket"))), "websocket");
    assert_eq!(joins(&protocol, websocket(upgrade_76("websocket"))), "websocket");
    assert_eq!(joins(&protocol, upgrade_76("x").uri("/socket.io/1/flashsocket/abc")), "flashsocket");
}

#[test]
fn other_methods_are_told_which_ones_there_are() {
    for target in ["/socket.io/1/", "/socket.io/1/xhr-polling/abc", "/socket.io/1//abc/?disconnect"] {
        for method in [Method::PUT, Method::DELETE, Method::HEAD, Method::PATCH] {
            let response = answer(&protocol(), request(method, target));
            assert_eq!(response.status(), 405);
            assert_eq!(response.headers()["allow"], "GET, POST, OPTIONS");
        }
    }
}

#[test]
fn a_preflight_is_answered_everywhere() {
    for target in ["/socket.io/1/", "/socket.io/1/xhr-polling/abc", "/socket.io/1/websocket/abc"] {
        let asked = request(Method::OPTIONS, target)
            .header("origin", "http://a.example")
            .header("access-control-request-headers", "x-token, content-type");
        let response = answer(&protocol(), asked);
        assert_eq!(response.status(), 204);
        assert!(response.body().is_empty());
        assert_eq!(response.headers()["access-control-allow-origin"], "http://a.example");
        assert_eq!(response.headers()["access-control-allow-credentials"], "true");
        assert_eq!(response.headers()["access-control-allow-methods"], "GET, POST, OPTIONS");
        assert_eq!(response.headers()["access-control-allow-headers"], "x-token, content-type");
    }
}

#[test]
fn an_upgrade_where_none_belongs_is_answered_400() {
    let protocol = protocol();
    for transport in ["xhr-polling", "htmlfile", "jsonp-polling", "xhr-multipart"] {
        assert_eq!(answer(&protocol, upgrade(transport)).status(), 400);
    }
    for target in ["/socket.io/1/", "/socket.io/1/websocket/abc?disconnect=1"] {
        let upgrade = request(Method::GET, target).header("upgrade", "websocket");
        assert_eq!(answer(&protocol, upgrade).status(), 400, "{target}");
    }
    let h2c = request(Method::GET, "/socket.io/1/xhr-polling/abc").header("upgrade", "h2c");
    assert_eq!(joins(&protocol, h2c), "xhr-polling");
}

#[test]
fn a_websocket_request_without_what_it_needs_is_answered_without_its_session() {
    let protocol = protocol();
    assert_eq!(status(&protocol, Method::GET, "/socket.io/1/websocket/abc"), 400);
    assert_eq!(status(&protocol, Method::POST, "/socket.io/1/websocket/abc"), 400);
    let bare = |version: &str| {
        request(Method::GET, "/socket.io/1/websocket/abc")
            .header("upgrade", "websocket")
            .header("connection", "Upgrade")
            .header("sec-websocket-version", version)
    };
    assert_eq!(answer(&protocol, bare("13")).status(), 400, "no key");
    let unknown = answer(&protocol, bare("14").header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="));
    assert_eq!(unknown.status(), 426);
    assert_eq!(unknown.headers()["sec-websocket-version"], "13, 8, 7");
}

#[test]
fn disabled_transports_are_not_served() {
    let protocol = Rev1::new(Config::default()).unwrap();
    for transport in ["flashsocket", "xhr-multipart"] {
        assert_eq!(status(&protocol, Method::GET, &format!("/socket.io/1/{transport}/abc")), 400);
    }
}

#[test]
fn settings_that_clients_cannot_live_with_are_refused() {
    let check = |config: Config| config.check().unwrap_err();
    let (interval, limit) = (seconds(15.0), seconds(15.0));
    let too_rare = ConfigError::HeartbeatTooRare { interval, limit };
    assert_eq!(check(config().heartbeat_interval(interval).heartbeat_timeout(limit)), too_rare);
    let config_of_the_blog_post = config().heartbeat_timeout(limit).close_timeout(seconds(25.0));
    assert!(matches!(check(config_of_the_blog_post), ConfigError::HeartbeatTooRare { .. }));
    assert!(matches!(check(config().close_timeout(seconds(25.0))), ConfigError::HeartbeatTooRare { .. }));
    let too_long = ConfigError::PollTooLong { duration: seconds(60.0), limit: seconds(60.0) };
    assert_eq!(check(config().polling_duration(seconds(60.0))), too_long);
    assert_eq!(check(config().open_limit(seconds(0.0))), ConfigError::BadTime { what: "open limit" });
    assert_eq!(check(config().close_timeout(seconds(3e6))), ConfigError::BadTime { what: "close timeout" });
    assert_eq!(check(config().json_depth(0)), ConfigError::BadLimit { what: "depth of JSON" });
    assert_eq!(check(config().transports(["x"])), ConfigError::UnknownTransport("x".to_owned()));
    assert_eq!(check(config().transports(["xhr-multipart"])), ConfigError::NoTransports);
    for path in ["", "/", "socket.io", "/socket.io/", "/a?b", "/a b"] {
        assert_eq!(check(config().resource(path)), ConfigError::BadResource(path.to_owned()));
    }
    assert!(Rev1::new(config().resource("/")).is_err());
    assert!(config().heartbeat_interval(seconds(0.5)).heartbeat_timeout(seconds(0.6)).check().is_ok());
}
