//! The programs of the workspace, as whoever starts them sees them.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod reference_app;
