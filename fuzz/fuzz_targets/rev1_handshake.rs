//! Bodies of handshake responses of revision 1.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| longwire_fuzz::run("rev1_handshake", data));
