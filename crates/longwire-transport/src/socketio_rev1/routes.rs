//! Where a request belongs, by method, target and headers alone.
//!
//! The origin is checked on every request, not only on the handshake as in socket.io 0.9.19. What is wrong with a request by
//! its head is answered here, ahead of its session, so that it cannot do the session any harm: a proxy that takes `Upgrade` out
//! of a request spoils that request and nothing else.

use http::request::Parts;
use http::{Method, header};
use longwire_codec::socketio_rev1::jsonp;
use longwire_codec::socketio_rev1::path::{self, Resource};

use super::config::Config;
use super::transport::{self, Lifetime, Transport};
use super::{DISCONNECT, answers};
use crate::http_parts::query_of;
use crate::{Route, SessionId};

/// Says where a request belongs.
pub(super) fn route(config: &Config, resource: &Resource, head: &Parts) -> Route {
    let route = path_of(resource, head);
    match route {
        path::Route::NotMine | path::Route::Static { .. } => return Route::NotMine,
        // A success would say that a tunnel begins behind it.
        _ if head.method == Method::CONNECT => return Route::Answer(answers::bad_method(config, head)),
        path::Route::Welcome => return Route::Answer(answers::welcome(config, head)),
        path::Route::UnsupportedRevision => return Route::Answer(answers::unsupported_revision(config, head)),
        path::Route::Handshake { .. } | path::Route::Transport { .. } | path::Route::Disconnect { .. } => {}
        _ => return Route::NotMine,
    }
    if !is_allowed(config, &route, head) {
        return Route::Answer(answers::bad_origin(config, head, is_handshake(&route)));
    }
    if head.method == Method::OPTIONS {
        return Route::Answer(answers::preflight(config, head));
    }
    if head.method != Method::GET && head.method != Method::POST {
        return Route::Answer(answers::bad_method(config, head));
    }
    if let path::Route::Transport { name, id } = route {
        route_transport(config, name, id, head)
    } else if asks_for_websocket(head) {
        // An upgrade is no handshake, and even less the end of a session.
        Route::Answer(answers::bad_request(config, head, "no websocket here"))
    } else if let path::Route::Disconnect { id } = route {
        join(id, DISCONNECT)
    } else {
        Route::Handshake
    }
}

/// Whether a request is a handshake, by its target.
pub(super) fn asks_for_session(resource: &Resource, head: &Parts) -> bool {
    is_handshake(&path_of(resource, head))
}

/// The callback index of a handshake by JSONP.
pub(super) fn jsonp_index(head: &Parts) -> Option<jsonp::Index> {
    jsonp::Index::parse(&query_of(head).get("jsonp")?)
}

fn route_transport(config: &Config, name: &str, id: &str, head: &Parts) -> Route {
    let Some(transport) = transport::find(name).filter(|transport| config.serves(*transport)) else {
        return Route::Answer(answers::bad_request(config, head, "transport not supported"));
    };
    match transport.lifetime() {
        Lifetime::WebSocket => match config.upgrades().handshake(head) {
            Ok(_) => join(id, transport.name()),
            Err(error) => Route::Answer(answers::bad_upgrade(&error)),
        },
        Lifetime::Poll | Lifetime::Stream if asks_for_websocket(head) => {
            Route::Answer(answers::bad_request(config, head, "no websocket here"))
        }
        Lifetime::Poll | Lifetime::Stream => join(id, transport.name()),
    }
}

fn join(id: &str, transport: &'static str) -> Route {
    Route::Join { id: SessionId::new(id), transport, create: false }
}

fn path_of<'a>(resource: &Resource, head: &'a Parts) -> path::Route<'a> {
    resource.route(head.uri.path(), query_of(head))
}

fn is_handshake(route: &path::Route<'_>) -> bool {
    matches!(route, path::Route::Handshake { .. })
}

/// Whether the page that makes this request may. Scripts are checked more strictly: a page can run one from anywhere and hide
/// where it comes from.
fn is_allowed(config: &Config, route: &path::Route<'_>, head: &Parts) -> bool {
    let is_script = if let path::Route::Transport { name, .. } = route {
        transport::find(name).is_some_and(Transport::answers_scripts)
    } else {
        is_handshake(route) && jsonp_index(head).is_some()
    };
    if is_script { config.origins.allow_script(&head.headers) } else { config.origins.allow(&head.headers) }
}

/// Whether `Upgrade` names WebSocket. Other protocols there (`h2c`) are offers that a server may ignore.
fn asks_for_websocket(head: &Parts) -> bool {
    let offers = head.headers.get_all(header::UPGRADE).iter();
    offers
        .flat_map(|offers| offers.as_bytes().split(|byte| *byte == b','))
        .any(|offer| offer.trim_ascii().eq_ignore_ascii_case(b"websocket"))
}
