#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod domain;
mod policy;
mod ports;
mod request;
#[cfg(feature = "tokio")]
mod server;

pub use domain::{Domain, DomainError};
pub use policy::{Access, AccessError, Policy, PolicyBuilder};
pub use ports::{Ports, PortsError};
pub use request::{REQUEST, REQUEST_TIMEOUT, RequestMatcher, Verdict};
#[cfg(feature = "tokio")]
pub use server::Server;
