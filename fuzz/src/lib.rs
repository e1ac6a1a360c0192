//! What the fuzz targets run.
//!
//! The bodies are in a module of their own so that an ordinary test, `tests/tests/fuzz_corpus.rs`, runs the same code over
//! the committed corpora.

mod bodies;

/// Runs the body of a target.
///
/// # Panics
///
/// When there is no such target, or when the input shows a fault.
pub fn run(target: &str, data: &[u8]) {
    let body = bodies::TARGETS.iter().find(|(name, _)| *name == target).expect("a target of the table").1;
    body(data);
}
