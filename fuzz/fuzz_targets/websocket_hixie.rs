//! The reader of the hixie dialects, cut into pieces.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| longwire_fuzz::run("websocket_hixie", data));
