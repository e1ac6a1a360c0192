//! SockJS over real sockets, in this process: one file a behaviour.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod backpressure;
mod closing;
mod ended_ids;
mod endpoints;
mod handlers;
mod heartbeats;
mod prefixes;
mod response_limit;
mod rooms;
mod second_receiver;
mod shutdown;
mod transports;

use std::time::Duration;

use longwire::sockjs::{Config, Service, Session};
use longwire::{Payload, Server, ServerBuilder};
use longwire_tests::server::config;
use longwire_tests::{Tell, TestServer};

/// Settings with times so long that no test meets them by chance.
fn patient() -> Config {
    Config::default().heartbeat_delay(Duration::from_secs(30)).disconnect_delay(Duration::from_secs(600))
}

/// Sends every message back.
fn echo() -> Service {
    Service::new().on_message(async |session: Session, message: Payload| drop(session.send(message)))
}

/// A server with revision 1 that nothing is on so far.
fn builder() -> ServerBuilder {
    Server::builder(config())
}

/// A server with a service below `/echo`.
async fn serve(config: Config, service: Service) -> TestServer {
    TestServer::start(builder().sockjs("/echo", config, service)).await
}

/// Tells why sessions closed.
fn telling(service: Service, tell: Tell<String>) -> Service {
    service.on_close(move |reason: longwire::DisconnectReason| {
        tell.tell(reason.to_string());
        std::future::ready(())
    })
}
