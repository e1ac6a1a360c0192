//! Sessions of revision 1, driven by arbitrary inputs and a jumping clock.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| longwire_fuzz::run("rev1_session", data));
