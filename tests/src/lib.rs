//! Integration tests of longwire over real sockets.
