//! Settings that clients could not live with.

use longwire_transport::origin::Origins;
use longwire_transport::sockjs::{Config, ConfigError};

use crate::harness::{config, seconds};

#[test]
fn faulty_settings_are_named() {
    for prefix in ["", "/", "echo", "/echo/", "/echo?x", "/e cho"] {
        assert_eq!(config().prefix(prefix).check(), Err(ConfigError::BadPrefix(prefix.to_owned())));
    }
    for url in ["", "sockjs.js", "/a\"b", "javascript:x"] {
        assert_eq!(config().client_url(url).check(), Err(ConfigError::BadClientUrl(url.to_owned())));
    }
    for url in ["", "/n3", "n3.example", "http://", "http://n3.example/", "ws://n3.example"] {
        assert_eq!(config().base_url(url).check(), Err(ConfigError::BadBaseUrl(url.to_owned())));
    }
    let unknown = Err(ConfigError::UnknownTransport("raw-websocket".to_owned()));
    assert_eq!(config().transports(["websocket", "raw-websocket"]).check(), unknown);
    assert_eq!(config().transports([""; 0]).check(), Err(ConfigError::NoTransports));
    let listed = config().origins(Origins::list(["a.example:80"]).unwrap());
    assert_eq!(listed.transports(["jsonp-polling", "htmlfile"]).check(), Err(ConfigError::NoTransports));
    let rare = config().heartbeat_delay(seconds(35.0));
    assert_eq!(rare.check(), Err(ConfigError::HeartbeatTooRare { delay: seconds(35.0) }));
    assert_eq!(rare.transports(["websocket"]).check(), Ok(()), "only JSONP clients give up");
}

#[test]
fn nothing_is_zero() {
    let zero = seconds(0.0);
    for config in [
        config().heartbeat_delay(zero),
        config().pong_timeout(zero),
        config().disconnect_delay(zero),
        config().farewell_limit(zero),
        config().retry_after(zero),
        config().disconnect_delay(std::time::Duration::MAX),
        config().remember_for(std::time::Duration::MAX),
    ] {
        assert!(matches!(config.check(), Err(ConfigError::BadTime { .. })));
    }
    for config in [
        config().response_limit(0),
        config().backlog_bytes(0),
        config().backlog_messages(0),
        config().messages_at_once(0),
    ] {
        assert!(matches!(config.check(), Err(ConfigError::BadLimit { .. })));
    }
    assert_eq!(Config::default().check(), Ok(()));
}
