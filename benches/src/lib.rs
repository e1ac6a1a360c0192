//! Benchmarks of longwire, and the parts that they are made of.
//!
#![doc = include_str!("../README.md")]

pub mod client;
pub mod machine;
pub mod messages;
pub mod requests;
pub mod samples;
pub mod server;

use std::time::Duration;

use criterion::Criterion;

/// Criterion with the settings of all benchmarks here; flags on the command line override them.
///
/// A second and a half for each measurement: all of them together stay below three minutes on two cores.
#[must_use]
pub fn criterion() -> Criterion {
    Criterion::default()
        .without_plots()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(40)
        .nresamples(20_000)
        .configure_from_args()
}
