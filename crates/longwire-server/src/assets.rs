//! The files of the demo page, built into the program.

/// A file with what a browser has to know of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asset {
    /// Its path, as URLs have it.
    pub(crate) path: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) bytes: &'static [u8],
}

macro_rules! assets {
    ($($path:literal: $content_type:expr, $file:literal;)*) => {
        &[$(Asset { path: $path, content_type: $content_type, bytes: include_bytes!(concat!("../demo/", $file)) }),*]
    };
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// All of them.
pub(crate) const ASSETS: &[Asset] = assets! {
    "/": HTML, "index.html";
    "/style.css": CSS, "style.css";
    "/favicon.svg": "image/svg+xml", "favicon.svg";
    "/js/chat.js": SCRIPT, "js/chat.js";
    "/js/checks.js": SCRIPT, "js/checks.js";
    "/js/dom.js": SCRIPT, "js/dom.js";
    "/js/families.js": SCRIPT, "js/families.js";
    "/js/line.js": SCRIPT, "js/line.js";
    "/js/log.js": SCRIPT, "js/log.js";
    "/js/picker.js": SCRIPT, "js/picker.js";
    "/js/socketio-rev1.js": SCRIPT, "js/socketio-rev1.js";
    "/js/view.js": SCRIPT, "js/view.js";
    "/js/wires.js": SCRIPT, "js/wires.js";
    "/js/socketio-rev1/codec.js": SCRIPT, "js/socketio-rev1/codec.js";
    "/js/socketio-rev1/htmlfile.js": SCRIPT, "js/socketio-rev1/htmlfile.js";
    "/js/socketio-rev1/http.js": SCRIPT, "js/socketio-rev1/http.js";
    "/js/socketio-rev1/jsonp-polling.js": SCRIPT, "js/socketio-rev1/jsonp-polling.js";
    "/js/socketio-rev1/websocket.js": SCRIPT, "js/socketio-rev1/websocket.js";
    "/js/socketio-rev1/xhr-multipart.js": SCRIPT, "js/socketio-rev1/xhr-multipart.js";
    "/js/socketio-rev1/xhr-polling.js": SCRIPT, "js/socketio-rev1/xhr-polling.js";
};
