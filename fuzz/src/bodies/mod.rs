//! One function a target: it takes any bytes and panics when something that always has to hold does not.

mod packets;
mod requests;
mod session;
mod websocket;

/// Takes any bytes.
pub(crate) type Target = fn(&[u8]);

/// Every target with its body. Corpora and files of targets have the same names.
pub(crate) const TARGETS: &[(&str, Target)] = &[
    ("flash_policy_request", requests::flash_policy_request),
    ("request_head", requests::request_head),
    ("rev1_handshake", requests::rev1_handshake),
    ("rev1_jsonp_body", packets::rev1_jsonp_body),
    ("rev1_packet", packets::rev1_packet),
    ("rev1_path", requests::rev1_path),
    ("rev1_payload", packets::rev1_payload),
    ("rev1_session", session::rev1_session),
    ("websocket_hixie", websocket::hixie),
    ("websocket_rfc6455", websocket::rfc6455),
];
