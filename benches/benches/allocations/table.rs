//! One line for each thing that was counted: `NAME ALLOCATIONS BYTES`, for one item on average.

use std::io::{self, Write};

use allocation_counter::{AllocationInfo, measure};

/// How often each thing is done; what happens once only, such as the growth of a buffer that stays, disappears in that.
const ROUNDS: u64 = 100;

pub(crate) fn heading(out: &mut impl Write, what: &str) -> io::Result<()> {
    writeln!(out, "{what:<44} {:>12} {:>12}", "allocations", "bytes")
}

/// Does something many times and writes what one of them asks for.
pub(crate) fn asked(out: &mut impl Write, name: &str, mut once: impl FnMut()) -> io::Result<()> {
    once();
    let counted = measure(|| (0..ROUNDS).for_each(|_| once()));
    line(out, name, counted.count_total as f64, counted.bytes_total as f64, ROUNDS)
}

/// Writes what was asked for, for each of `items`.
pub(crate) fn asked_for_each(out: &mut impl Write, name: &str, counted: AllocationInfo, items: u64) -> io::Result<()> {
    line(out, name, counted.count_total as f64, counted.bytes_total as f64, items)
}

/// Writes what is still there, for each of `items`.
pub(crate) fn kept_for_each(out: &mut impl Write, name: &str, counted: AllocationInfo, items: u64) -> io::Result<()> {
    line(out, name, counted.count_current as f64, counted.bytes_current as f64, items)
}

fn line(out: &mut impl Write, name: &str, allocations: f64, bytes: f64, items: u64) -> io::Result<()> {
    let items = items as f64;
    writeln!(out, "{name:<44} {:>12.2} {:>12.1}", allocations / items, bytes / items)
}
