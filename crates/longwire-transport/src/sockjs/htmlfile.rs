//! htmlfile: an endless page in a hidden frame, one script element a frame.
//!
//! The page that holds the frame names the object to call. No header tells which page that is, so a list of origins switches
//! this off.

use bytes::Bytes;
use http::{HeaderMap, header};
use longwire_codec::sockjs::{Dress, htmlfile};

use super::headers;
use super::transport::{Dressing, Lifetime, Transport, Wire};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct HtmlFile;

impl Transport for HtmlFile {
    fn name(&self) -> &'static str {
        "htmlfile"
    }

    fn path(&self) -> &'static str {
        "htmlfile"
    }

    fn lifetime(&self) -> Lifetime {
        Lifetime::Stream
    }

    fn wire(&self) -> Wire {
        Wire::Http(Dress::Script)
    }

    fn tells_origin(&self) -> bool {
        false
    }

    fn longest_callback(&self) -> Option<usize> {
        Some(usize::MAX)
    }

    fn dress(&self, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_TYPE, headers::HTML);
    }

    fn prelude(&self, dressing: &Dressing) -> Bytes {
        // Without a callback a request never gets here.
        dressing.callback.as_ref().map(htmlfile::prelude).unwrap_or_default()
    }
}
