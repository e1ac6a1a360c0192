//! hixie76
