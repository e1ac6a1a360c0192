//! The reader of RFC 6455 and the hybi drafts, cut into pieces.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| longwire_fuzz::run("websocket_rfc6455", data));
