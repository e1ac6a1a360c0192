//! Flash socket policies.
