//! The programs of the workspace, as whoever starts them sees them.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod longwire_chat;
mod longwire_ends;
mod longwire_files;
mod longwire_settings;
mod reference_app;
mod reference_app_flags;
mod reference_app_sockjs;
mod scratch;

use std::process::Output;

/// Checks that a program has failed with a word about it, and with nothing else.
#[track_caller]
fn assert_refused(output: &Output, code: i32, first_line: &str) {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{errors}");
    let line = errors.lines().next().unwrap_or_default();
    assert!(line.contains(first_line), "{line:?} does not say {first_line:?}");
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
}
