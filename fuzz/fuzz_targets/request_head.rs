//! Request heads: the WebSocket handshakes of all dialects, and the routes of revision 1.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| longwire_fuzz::run("request_head", data));
