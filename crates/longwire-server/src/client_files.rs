//! The files of a real Socket.IO client, at the paths where the old server had them (`--client-dir`).
//!
//! `socket.io.js`, `socket.io.vX.Y.Z.js`, `socket.io+TRANSPORT+TRANSPORT.js`, both together, and
//! `static/flashsocket/WebSocketMain.swf` with its insecure twin (socket.io 0.9.19 `lib/static.js`).

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use longwire::Bytes;

use crate::web::File;

/// Where the protocol lives; the files are beside it.
const RESOURCE: &str = "/socket.io/";
const SCRIPT: &str = "application/javascript; charset=utf-8";
const FLASH: &str = "application/x-shockwave-flash";
const TRANSPORTS: [&str; 5] = ["websocket", "flashsocket", "htmlfile", "xhr-polling", "jsonp-polling"];

/// The files, read once.
#[derive(Debug)]
pub(crate) struct ClientFiles {
    script: Bytes,
    flash: Option<Bytes>,
    insecure_flash: Option<Bytes>,
}

impl ClientFiles {
    /// Reads them from a folder: that of the npm package, or its `dist`, or one with copies.
    pub(crate) fn load(folder: &Path) -> anyhow::Result<Self> {
        let read = |name: &str| -> anyhow::Result<Option<Bytes>> {
            let paths: [PathBuf; 3] =
                [folder.join(name), folder.join("dist").join(name), folder.join("lib/vendor/web-socket-js").join(name)];
            let Some(path) = paths.iter().find(|path| path.is_file()) else { return Ok(None) };
            let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            Ok(Some(bytes.into()))
        };
        let Some(script) = read("socket.io.js")? else {
            bail!("--client-dir {}: there is no socket.io.js, nor dist/socket.io.js", folder.display());
        };
        let (flash, insecure_flash) = (read("WebSocketMain.swf")?, read("WebSocketMainInsecure.swf")?);
        Ok(Self { script, flash, insecure_flash })
    }

    /// The file at a path; an error is the body of a 500, in the old server's words.
    pub(crate) fn find(&self, path: &str) -> Result<Option<File>, String> {
        let Some(name) = path.strip_prefix(RESOURCE) else { return Ok(None) };
        let flash = |bytes: &Option<Bytes>| {
            let bytes = bytes.clone()?;
            Some(File { content_type: FLASH, bytes, versioned: false })
        };
        match name {
            "static/flashsocket/WebSocketMain.swf" => Ok(flash(&self.flash)),
            "static/flashsocket/WebSocketMainInsecure.swf" => Ok(flash(&self.insecure_flash)),
            _ => match Name::parse(name) {
                Some(parsed) => self.script(&parsed).map(Some).ok_or_else(|| format!("Error serving static /{name}")),
                None => Ok(None),
            },
        }
    }

    fn script(&self, name: &Name<'_>) -> Option<File> {
        let bytes = match &name.transports {
            None => self.script.clone(),
            Some(wanted) => {
                let known: Vec<_> = TRANSPORTS.iter().filter(|one| wanted.contains(one)).collect();
                if known.is_empty() {
                    return None;
                }
                // The whole client, told to know these transports only.
                let mut script = self.script.to_vec();
                script.extend_from_slice(format!("\n;io.transports = {known:?};\n").as_bytes());
                script.into()
            }
        };
        Some(File { content_type: SCRIPT, bytes, versioned: name.versioned })
    }
}

/// What the name of a script asks for.
#[derive(Debug, PartialEq, Eq)]
struct Name<'a> {
    transports: Option<Vec<&'a str>>,
    versioned: bool,
}

impl<'a> Name<'a> {
    /// `socket.io[+TRANSPORT…][.vX.Y.Z].js`
    fn parse(name: &'a str) -> Option<Self> {
        let rest = name.strip_prefix("socket.io")?.strip_suffix(".js")?;
        let (transports, version) = match rest.split_once(".v") {
            Some((transports, version)) => (transports, Some(version)),
            None => (rest, None),
        };
        let is_version = |text: &str| {
            let parts: Vec<_> = text.split('.').collect();
            parts.len() == 3 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
        };
        let transports = match transports {
            "" => None,
            list => Some(list.strip_prefix('+')?.split('+').collect()),
        };
        version.is_none_or(is_version).then_some(Self { transports, versioned: version.is_some() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> ClientFiles {
        ClientFiles {
            script: Bytes::from_static(b"var io;"),
            flash: Some(Bytes::from_static(b"FWS")),
            insecure_flash: None,
        }
    }

    #[test]
    fn every_spelling_of_the_script_is_found() {
        for (name, versioned) in [
            ("socket.io.js", false),
            ("socket.io.v0.9.17.js", true),
            ("socket.io+websocket+xhr-polling.js", false),
            ("socket.io+websocket.v0.9.6.js", true),
        ] {
            let file = files().find(&format!("/socket.io/{name}")).unwrap().unwrap();
            assert_eq!((file.content_type, file.versioned), (SCRIPT, versioned), "{name}");
            assert!(file.bytes.starts_with(b"var io;"));
        }
    }

    #[test]
    fn a_bundle_knows_its_transports_only() {
        let file = files().find("/socket.io/socket.io+xhr-polling+websocket+smoke.js").unwrap().unwrap();
        assert_eq!(file.bytes, "var io;\n;io.transports = [\"websocket\", \"xhr-polling\"];\n");
        let error = files().find("/socket.io/socket.io+smoke.js").unwrap_err();
        assert_eq!(error, "Error serving static /socket.io+smoke.js");
    }

    #[test]
    fn other_names_are_nothing() {
        for name in ["socket.io.v1.js", "socket.io.v1.2.x.js", "socket.iojs", "socket.iowebsocket.js", "../x.js"] {
            assert!(files().find(&format!("/socket.io/{name}")).unwrap().is_none(), "{name}");
        }
        assert!(files().find("/socket.io/static/flashsocket/WebSocketMainInsecure.swf").unwrap().is_none());
        assert!(files().find("/socket.io/static/flashsocket/WebSocketMain.swf").unwrap().is_some());
    }
}
