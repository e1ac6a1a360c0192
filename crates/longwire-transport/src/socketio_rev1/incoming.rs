//! What a client says: the bodies of its POSTs and the messages of its WebSocket.
//!
//! A session answers what concerns the session (the default endpoint, heartbeats) and hands everything else up. A body that is
//! no payload counts for nothing as a whole; a text that is no packet counts for nothing alone. Neither ends the session,
//! as in socket.io 0.9.19.

use std::time::Instant;

use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use longwire_codec::socketio_rev1::{AckId, Body, Limits, Packet, payload};
use longwire_codec::{Args, ByteString, Outbound, Payload};

use super::answers;
use super::session::{Phase, Rev1Session, Timer};
use super::transport::{BodyError, Transport, post_answer};
use super::writing::CONNECTED;
use crate::{CloseReason, Event, ExchangeId, Output};

impl Rev1Session {
    /// A POST: read, answered, delivered. Its transport says how to read the body and has no say otherwise: the receiver stays.
    pub(super) fn post(
        &mut self,
        now: Instant,
        exchange: ExchangeId,
        transport: &'static dyn Transport,
        head: &Parts,
        body: Bytes,
    ) {
        let cors = self.config.origins.cors(&head.headers);
        let packets = read_post(transport, body, self.config.payload_packets);
        let status = if packets.is_ok() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        self.respond_whole(exchange, post_answer(transport, &cors, status));
        self.sign_of_life();
        for packet in packets.unwrap_or_default() {
            self.receive(now, &packet);
        }
    }

    /// A message on a WebSocket. Only the receiver is listened to.
    pub(super) fn message(&mut self, now: Instant, exchange: ExchangeId, payload: &Payload) {
        let is_receiver = self.receiver.as_ref().is_some_and(|receiver| receiver.exchange == exchange);
        if !is_receiver {
            return;
        }
        self.sign_of_life();
        match payload {
            Payload::Text(text) => self.receive(now, text),
            Payload::Binary(_) => self.end(now, CloseReason::ParseError),
        }
    }

    /// A request that ends the session, whatever its state. A browser sends it when the page goes, with nobody left to hear
    /// the answer.
    pub(super) fn disconnect_request(&mut self, now: Instant, exchange: ExchangeId, head: &Parts) {
        let cors = self.config.origins.cors(&head.headers);
        self.respond_whole(exchange, answers::disconnected(&cors));
        self.end(now, CloseReason::Booted);
    }

    fn receive(&mut self, now: Instant, text: &ByteString) {
        if self.is_ending() {
            return;
        }
        let limits = Limits { json_depth: self.config.json_depth };
        let Ok(packet) = Packet::decode(text, limits) else { return };
        match &packet.body {
            Body::Heartbeat | Body::Noop | Body::Error { .. } => {}
            Body::Disconnect if packet.endpoint.is_empty() => self.end(now, CloseReason::Booted),
            Body::Connect { .. } => self.receive_connect(now, packet),
            Body::Disconnect | Body::Message(_) | Body::Json(_) | Body::Event { .. } | Body::Ack { .. } => {
                self.deliver(now, packet);
            }
        }
    }

    /// Opens an endpoint. The default one is open already and only echoed; an id is acknowledged ahead of the echo.
    fn receive_connect(&mut self, now: Instant, packet: Packet) {
        // A query may be glued to the endpoint; the answer never carries one.
        let endpoint: ByteString = packet.endpoint.split('?').next().unwrap_or_default().into();
        if let Some(AckId { number, .. }) = packet.id {
            let body = Body::Ack { id: number, args: Args::EMPTY };
            self.answer(now, &Payload::from(Packet::new(endpoint.clone(), body).encode()).into());
        }
        if !endpoint.is_empty() {
            self.deliver(now, packet);
        } else if self.announced.is_some() {
            self.answer(now, &CONNECTED);
        }
    }

    fn deliver(&mut self, now: Instant, packet: Packet) {
        if self.is_ending() {
            return;
        }
        // Who posts to a session is there, even ahead of its first GET; `1::` still waits for that.
        if self.phase == Phase::Issued {
            self.go_live();
            self.timers.set(Timer::CloseTimeout, now + self.config.close_timeout);
        }
        if let Some(packet) = packet.into_neutral() {
            self.output(Output::Event(Event::Packet(packet)));
        }
    }

    /// Queues what the session says by itself. A client that asks for more of it than it takes is dropped.
    fn answer(&mut self, now: Instant, message: &Outbound) {
        if self.outbox.push(message).is_err() {
            self.end(now, CloseReason::Backlog);
        }
    }
}

/// The packets in the body of a POST.
pub(super) fn read_post(
    transport: &dyn Transport,
    body: Bytes,
    max_packets: usize,
) -> Result<Vec<ByteString>, BodyError> {
    let body = transport.read_body(body)?;
    payload::decode(&body, max_packets).map_err(|_| BodyError)
}
