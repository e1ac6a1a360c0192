//! Why a request gets no WebSocket, and what it is answered.

use http::header::{CONNECTION, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderName, HeaderValue, Response, StatusCode};

use crate::websocket::hixie76::KeyError;

/// Why a request is no WebSocket handshake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// It does not ask for a WebSocket. Often a proxy took the headers away, and the client comes back with another
    /// transport.
    #[error("the request asks for no websocket")]
    NotAnUpgrade,
    /// It does, but not by GET.
    #[error("the method of a websocket handshake is not GET")]
    Method,
    /// A header is there twice that must be there once.
    #[error("the header {0} is repeated")]
    Repeated(HeaderName),
    /// A version that nobody here speaks.
    #[error("unknown websocket version")]
    UnknownVersion,
    /// A key of RFC 6455 without a version, so it could be any draft.
    #[error("a websocket key without a version")]
    MissingVersion,
    /// No `Sec-WebSocket-Key`, or only one of the two keys of hixie-76.
    #[error("the websocket key is missing")]
    MissingKey,
    /// `Sec-WebSocket-Key` is not sixteen bytes in base64.
    #[error("the websocket key is not sixteen bytes in base64")]
    BadKey,
    /// A key of hixie-76 hides no number.
    #[error("Sec-WebSocket-Key{key} cannot be answered")]
    BadHixieKey {
        /// Which one, 1 or 2.
        key: u8,
        /// What is wrong with it.
        source: KeyError,
    },
    /// A hixie request without `Host`, which its answer has to repeat.
    #[error("the host header is missing")]
    MissingHost,
    /// A hixie request for a target that cannot be repeated in a header. The `http` crate lets none such pass, but does
    /// not promise it.
    #[error("the target of the request fits in no header")]
    BadTarget,
    /// The request speaks hixie-75, which is switched off. [`Handshake::parse`](super::Handshake::parse) never says so;
    /// it is for the caller who decides.
    #[error("hixie-75 is switched off")]
    Hixie75,
}

impl HandshakeError {
    /// The status to refuse the request with: 426 when another version would do, else 400.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::UnknownVersion | Self::MissingVersion => StatusCode::UPGRADE_REQUIRED,
            Self::NotAnUpgrade
            | Self::Method
            | Self::Repeated(_)
            | Self::MissingKey
            | Self::BadKey
            | Self::BadHixieKey { .. }
            | Self::MissingHost
            | Self::BadTarget
            | Self::Hixie75 => StatusCode::BAD_REQUEST,
        }
    }

    /// Status and headers of the refusal. A 426 names the versions that are spoken here.
    #[must_use]
    pub fn refusal(&self) -> Response<()> {
        let mut response = Response::new(());
        *response.status_mut() = self.status();
        if self.status() == StatusCode::UPGRADE_REQUIRED {
            let headers = response.headers_mut();
            headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
            headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13, 8, 7"));
        }
        response
    }
}
