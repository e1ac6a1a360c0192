//! Bodies of POSTs on jsonp-polling.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| longwire_fuzz::run("rev1_jsonp_body", data));
