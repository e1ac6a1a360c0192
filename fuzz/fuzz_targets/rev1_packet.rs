//! Packets of revision 1 and the wire forms of a text.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| longwire_fuzz::run("rev1_packet", data));
