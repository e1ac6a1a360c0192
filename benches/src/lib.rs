//! Benchmarks and load programs of longwire.
