#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod domain;
mod policy;
mod ports;
mod request;

pub use domain::{Domain, DomainError};
pub use policy::{Access, AccessError, Policy, PolicyBuilder};
pub use ports::{Ports, PortsError};
pub use request::{REQUEST, REQUEST_TIMEOUT, RequestMatcher, Verdict};
