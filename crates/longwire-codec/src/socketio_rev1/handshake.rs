//! The handshake response.
