//! The matcher of Flash policy requests, cut into pieces.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| longwire_fuzz::run("flash_policy_request", data));
