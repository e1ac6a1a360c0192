//! What a client says: the bodies of its POSTs and the messages of its WebSocket.
//!
//! A bad body costs that request only, and is answered before anything else is looked at. A bad message on a WebSocket ends
//! the session, because the client would never hear of it otherwise. Nothing of either is delivered.

use std::time::Instant;

use bytes::Bytes;
use http::request::Parts;
use longwire_codec::Payload;
use longwire_codec::sockjs::decode;

use super::closing::Farewell;
use super::sender::{self, Sender};
use super::session::{Phase, SockJsSession};
use super::transport::Wire;
use crate::{CloseReason, Event, ExchangeId, Output};

impl SockJsSession {
    /// A sending request. The answer stands behind the messages: a client that reads it knows that they have their place.
    pub(super) fn post(&mut self, exchange: ExchangeId, sender: &dyn Sender, head: &Parts, body: Bytes) {
        let response = match sender.read(head, body, self.config.messages_at_once) {
            Err(error) => sender::refused(sender, &self.config, head, error),
            Ok(_) if matches!(self.phase, Phase::Connecting | Phase::Over) => {
                sender::unknown_session(sender, &self.config, head)
            }
            Ok(messages) => {
                for message in messages {
                    self.deliver(Payload::Text(message));
                }
                sender::taken(sender, &self.config, head)
            }
        };
        self.respond_whole(exchange, response);
    }

    /// A message on the WebSocket.
    pub(super) fn message(&mut self, now: Instant, exchange: ExchangeId, payload: Payload) {
        let Some(receiver) = self.receiver.as_ref().filter(|receiver| receiver.exchange == exchange) else { return };
        let wire = receiver.transport.wire();
        self.sign_of_life(exchange);
        if wire == Wire::Raw {
            return self.deliver(payload);
        }
        let Payload::Text(text) = payload else {
            return self.end_with(now, CloseReason::ParseError, Farewell::BINARY);
        };
        match decode::websocket(&text, self.config.messages_at_once) {
            Ok(messages) => {
                for message in messages {
                    self.deliver(Payload::Text(message));
                }
            }
            Err(decode::DecodeError::TooMany { .. }) => self.end(now, CloseReason::PayloadLimit),
            Err(_) => self.end_with(now, CloseReason::ParseError, Farewell::BROKEN_FRAMING),
        }
    }

    fn deliver(&mut self, message: Payload) {
        if self.phase == Phase::Live {
            self.output(Output::Event(Event::Message(message)));
        }
    }
}
