//! Which pages may talk to the server: the allow-list of origins, and the CORS headers that follow from it.
//!
//! An entry is `host:port`, with `*` for any in either place, as in the `origins` option of socket.io 0.9. Three things differ
//! from that server on purpose: a port that is not written is 443 for `https` and `wss` (not 80), a host is compared as a whole
//! (its text search let `http://ple` in for `a.example`), and `*.example.org` means the hosts below `example.org`.
//!
//! `Origin` speaks for the page; the hybi drafts call it `Sec-WebSocket-Origin`; `Referer` stands in when there is neither. A
//! request without any of them comes from something that is no browser, or from a page that hides its address, and a list of
//! origins refuses it.

use http::HeaderMap;
use http::header::{self, HeaderName, HeaderValue};

/// The pages that may talk to the server.
///
/// ```
/// use http::{HeaderMap, HeaderValue, header};
/// use longwire_transport::origin::Origins;
///
/// let origins = Origins::list(["www.example.org:443", "*.example.org:*"])?;
/// let mut headers = HeaderMap::new();
/// headers.insert(header::ORIGIN, HeaderValue::from_static("https://www.example.org"));
/// assert!(origins.allow(&headers));
/// headers.insert(header::ORIGIN, HeaderValue::from_static("https://example.com"));
/// assert!(!origins.allow(&headers));
/// # Ok::<(), longwire_transport::origin::OriginError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins {
    /// Empty for any origin.
    list: Vec<Pattern>,
    without_origin: bool,
}

/// One entry of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    host: HostPattern,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum HostPattern {
    Any,
    /// In lower case.
    Exactly(Box<str>),
    /// The part behind the `*`, with its dot, in lower case.
    Below(Box<str>),
}

/// Why a text is no entry of a list of origins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// There is no port. For any port write `:*`.
    #[error("{0:?} has no port, write `{0}:*` for any")]
    NoPort(String),
    /// What stands behind the last colon is neither a port nor `*`.
    #[error("{0:?} has no valid port")]
    BadPort(String),
    /// The host is empty or cannot be one. Schemes and paths do not belong here.
    #[error("{0:?} has no valid host, `host:port` is wanted")]
    BadHost(String),
    /// The list has no entry, so that nobody could connect.
    #[error("the list of origins is empty")]
    Empty,
}

impl Origins {
    /// Any page, and everything that is no page. The default; a production server has a list.
    #[must_use]
    pub const fn any() -> Self {
        Self { list: Vec::new(), without_origin: true }
    }

    /// Pages of these hosts and ports only. `*` alone is short for `*:*`, which is the same as [`any`](Self::any).
    ///
    /// # Errors
    ///
    /// When an entry is not of the form `host:port`, or there is none.
    pub fn list<I>(entries: I) -> Result<Self, OriginError>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let mut list = Vec::new();
        for entry in entries {
            match Pattern::parse(entry.as_ref().trim())? {
                Pattern { host: HostPattern::Any, port: None } => return Ok(Self::any()),
                pattern => list.push(pattern),
            }
        }
        if list.is_empty() {
            return Err(OriginError::Empty);
        }
        Ok(Self { list, without_origin: false })
    }

    /// Whether a list lets requests in that name no origin at all, as programs that are no browsers send them. Off by default,
    /// since a page can withhold its `Referer`. Scripts ([`allow_script`](Self::allow_script)) have to name one regardless.
    #[must_use]
    pub const fn without_origin(mut self, allowed: bool) -> Self {
        self.without_origin = allowed;
        self
    }

    /// Whether every origin is allowed.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.list.is_empty()
    }

    /// The entries of the list; none if any origin is allowed.
    #[must_use]
    pub fn patterns(&self) -> &[Pattern] {
        &self.list
    }

    /// Whether a request with these headers may come in.
    #[must_use]
    pub fn allow(&self, headers: &HeaderMap) -> bool {
        match Source::of(headers) {
            _ if self.is_any() => true,
            Source::Page(origin) => self.contains(&origin),
            Source::Nowhere => self.without_origin,
            Source::Opaque | Source::Unreadable => false,
        }
    }

    /// The same for a request whose answer is a script, which a page of any origin can have run without the browser asking:
    /// whoever names no origin stays out of a list.
    #[must_use]
    pub fn allow_script(&self, headers: &HeaderMap) -> bool {
        self.is_any() || (self.allow(headers) && Source::of(headers) != Source::Nowhere)
    }

    /// The CORS headers for the answer to a request with these headers.
    #[must_use]
    pub fn cors(&self, headers: &HeaderMap) -> Cors {
        let Some(origin) = single(headers, &header::ORIGIN) else {
            let unnamed = !headers.contains_key(header::ORIGIN);
            return if unnamed && self.is_any() { Cors::Anyone } else { Cors::Nobody };
        };
        let echo = match Source::read(origin) {
            Source::Page(page) => self.is_any() || self.contains(&page),
            Source::Opaque => self.is_any(),
            Source::Nowhere | Source::Unreadable => false,
        };
        // A copy: the value shares the buffer that the whole request was read into, and a stream keeps it for long.
        let copy = HeaderValue::from_bytes(origin.as_bytes());
        copy.ok().filter(|_| echo).map_or(Cors::Nobody, Cors::Page)
    }

    fn contains(&self, origin: &PageOrigin<'_>) -> bool {
        self.list.iter().any(|pattern| pattern.matches(origin))
    }
}

impl Default for Origins {
    fn default() -> Self {
        Self::any()
    }
}

impl Pattern {
    /// The host in lower case, with its leading `*` if it means the hosts below a name; `*` for any.
    #[must_use]
    pub fn host(&self) -> String {
        match &self.host {
            HostPattern::Any => "*".to_owned(),
            HostPattern::Exactly(host) => host.to_string(),
            HostPattern::Below(rest) => format!("*{rest}"),
        }
    }

    /// The port; none for any.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    fn parse(entry: &str) -> Result<Self, OriginError> {
        if entry == "*" {
            return Ok(Self { host: HostPattern::Any, port: None });
        }
        let (host, port) = entry
            .rsplit_once(':')
            .filter(|(host, _)| !host.starts_with('[') || host.ends_with(']'))
            .ok_or_else(|| OriginError::NoPort(entry.to_owned()))?;
        let port = match port {
            "*" => None,
            digits => Some(parse_port(digits).ok_or_else(|| OriginError::BadPort(entry.to_owned()))?),
        };
        let host = HostPattern::parse(host).ok_or_else(|| OriginError::BadHost(entry.to_owned()))?;
        Ok(Self { host, port })
    }

    fn matches(&self, origin: &PageOrigin<'_>) -> bool {
        let host = match &self.host {
            HostPattern::Any => true,
            HostPattern::Exactly(host) => host.eq_ignore_ascii_case(origin.host),
            HostPattern::Below(rest) => ends_below(origin.host, rest),
        };
        host && (self.port.is_none() || self.port == origin.port)
    }
}

impl HostPattern {
    fn parse(host: &str) -> Option<Self> {
        let lower = host.to_ascii_lowercase();
        match lower.strip_prefix('*') {
            Some("") => Some(Self::Any),
            Some(rest) => (rest.starts_with('.') && is_host(&rest[1..])).then(|| Self::Below(rest.into())),
            None => is_host(&lower).then(|| Self::Exactly(lower.into())),
        }
    }
}

/// What an answer says about who may read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cors {
    /// Nothing: the origin was refused, or is no origin.
    #[default]
    Nobody,
    /// Any page, without credentials: the request named no origin and any is allowed.
    Anyone,
    /// The page of this origin, with credentials.
    Page(HeaderValue),
}

impl Cors {
    /// Puts the headers into an answer. What was echoed also goes into `Vary`.
    pub fn apply(&self, headers: &mut HeaderMap) {
        let allowed = match self {
            Self::Nobody => return,
            Self::Anyone => HeaderValue::from_static("*"),
            Self::Page(origin) => {
                headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
                headers.append(header::VARY, HeaderValue::from_static("Origin"));
                origin.clone()
            }
        };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    }
}

/// Who a request speaks for.
#[derive(Debug, PartialEq, Eq)]
enum Source<'a> {
    /// Neither header.
    Nowhere,
    /// `null`: a page without an origin of its own (a sandbox, a local file, a redirect across origins).
    Opaque,
    Page(PageOrigin<'a>),
    /// Something that is no origin, or several.
    Unreadable,
}

/// An origin taken apart.
#[derive(Debug, PartialEq, Eq)]
struct PageOrigin<'a> {
    host: &'a str,
    /// None for a scheme without a default port.
    port: Option<u16>,
}

static SEC_WEBSOCKET_ORIGIN: HeaderName = HeaderName::from_static("sec-websocket-origin");

impl<'a> Source<'a> {
    fn of(headers: &'a HeaderMap) -> Self {
        for name in [&header::ORIGIN, &SEC_WEBSOCKET_ORIGIN] {
            if headers.contains_key(name) {
                return single(headers, name).map_or(Self::Unreadable, Self::read);
            }
        }
        if headers.contains_key(header::REFERER) {
            return single(headers, &header::REFERER).map_or(Self::Unreadable, Self::read_referer);
        }
        Self::Nowhere
    }

    fn read(value: &'a HeaderValue) -> Self {
        match value.to_str() {
            Ok("null") => Self::Opaque,
            Ok(text) => PageOrigin::parse(text).map_or(Self::Unreadable, Self::Page),
            Err(_) => Self::Unreadable,
        }
    }

    fn read_referer(value: &'a HeaderValue) -> Self {
        let Ok(text) = value.to_str() else { return Self::Unreadable };
        let Some((scheme, rest)) = text.split_once("://") else { return Self::Unreadable };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        // Browsers leave user and password out; who writes them in gets no say in the host.
        PageOrigin::parse(&text[..scheme.len() + 3 + authority.len()]).map_or(Self::Unreadable, Self::Page)
    }
}

impl<'a> PageOrigin<'a> {
    /// `scheme://host[:port]`. An empty host is a local file of an old web view (`file://`).
    fn parse(text: &'a str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
        if !is_scheme {
            return None;
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(parse_port(port)?)),
            _ => (authority, default_port(scheme)),
        };
        (host.is_empty() || is_host(host)).then_some(Self { host, port })
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    if scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("wss") {
        Some(443)
    } else if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("ws") {
        Some(80)
    } else {
        None
    }
}

/// A name, an IPv4 address or an IPv6 address in brackets, by its characters alone.
fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => {
            address.contains(':') && address.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
        }
        None => !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)),
    }
}

/// One to five digits, at most 65535.
fn parse_port(digits: &str) -> Option<u16> {
    let is_number = digits.len() <= 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

/// Whether `host` has at least one label ahead of `rest`, which starts with its dot.
fn ends_below(host: &str, rest: &str) -> bool {
    let Some(split) = host.len().checked_sub(rest.len()) else { return false };
    split > 0 && host.is_char_boundary(split) && host[split..].eq_ignore_ascii_case(rest)
}

/// The value of a header that is there exactly once.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    fn allows(list: &[&str], origin: &'static str) -> bool {
        Origins::list(list).unwrap().allow(&headers(&[("origin", origin)]))
    }

    #[test]
    fn host_and_port_have_to_match() {
        let list = ["a.example:80", "b.example:*", "*:8443", "[::1]:80"];
        for origin in [
            "http://a.example",
            "http://a.example:80",
            "HTTP://A.Example",
            "https://a.example:80",
            "ws://a.example",
            "http://b.example",
            "https://b.example:9999",
            "https://whoever.example:8443",
            "http://[::1]",
            "chrome-extension://b.example",
        ] {
            assert!(allows(&list, origin), "{origin} is on the list");
        }
        for origin in [
            "https://a.example",
            "http://a.example:8080",
            "http://evil-a.example",
            "http://a.example.evil",
            "http://ple",
            "http://[::2]",
            "file://",
            "null",
            "a.example:80",
            "http://a.example:80:80",
            "http://a.example, http://evil.example",
            "http://evil.example http://a.example",
            "http://evil.example@a.example",
            "",
        ] {
            assert!(!allows(&list, origin), "{origin} is not on the list");
        }
    }

    #[test]
    fn a_star_label_means_the_hosts_below() {
        let list = ["*.b.example:*"];
        assert!(allows(&list, "https://x.b.example"));
        assert!(allows(&list, "https://x.y.B.example:7"));
        assert!(!allows(&list, "https://b.example"));
        assert!(!allows(&list, "https://.b.example:x"));
        assert!(!allows(&list, "https://xb.example"));
    }

    #[test]
    fn https_without_a_port_is_443() {
        assert!(allows(&["a.example:443"], "https://a.example"));
        assert!(!allows(&["a.example:80"], "https://a.example"));
    }

    #[test]
    fn the_referer_stands_in_for_the_origin() {
        let origins = Origins::list(["a.example:80"]).unwrap();
        assert!(origins.allow(&headers(&[("referer", "http://a.example/page?at=http://evil.example/#x")])));
        assert!(!origins.allow(&headers(&[("referer", "http://evil.example/?http://a.example")])));
        assert!(!origins.allow(&headers(&[("referer", "http://evil.example?x=://a.example")])));
        assert!(!origins.allow(&headers(&[("referer", "http://a.example/"), ("origin", "http://evil.example")])));
        assert!(origins.allow(&headers(&[("sec-websocket-origin", "http://a.example")])));
    }

    #[test]
    fn who_names_no_origin_stays_out_of_a_list() {
        let nothing = headers(&[]);
        let origins = Origins::list(["a.example:80"]).unwrap();
        assert!(!origins.allow(&nothing));
        let lenient = origins.without_origin(true);
        assert!(lenient.allow(&nothing));
        assert!(!lenient.allow_script(&nothing));
        assert!(lenient.allow_script(&headers(&[("referer", "http://a.example/")])));
        assert!(!lenient.allow(&headers(&[("origin", "null")])));
        assert!(Origins::any().allow_script(&nothing));
    }

    #[test]
    fn cors_echoes_valid_origins_only() {
        let any = Origins::any();
        let page = |origin| Cors::Page(HeaderValue::from_static(origin));
        assert_eq!(any.cors(&headers(&[("origin", "http://a.example")])), page("http://a.example"));
        assert_eq!(any.cors(&headers(&[("origin", "file://")])), page("file://"));
        assert_eq!(any.cors(&headers(&[("origin", "null")])), page("null"));
        assert_eq!(any.cors(&headers(&[])), Cors::Anyone);
        assert_eq!(any.cors(&headers(&[("referer", "http://a.example/")])), Cors::Anyone);
        assert_eq!(any.cors(&headers(&[("origin", "x")])), Cors::Nobody);
        assert_eq!(any.cors(&headers(&[("origin", "http://a"), ("origin", "http://b")])), Cors::Nobody);

        let list = Origins::list(["a.example:80"]).unwrap();
        assert_eq!(list.cors(&headers(&[("origin", "http://a.example")])), page("http://a.example"));
        assert_eq!(list.cors(&headers(&[("origin", "http://b.example")])), Cors::Nobody);
        assert_eq!(list.cors(&headers(&[("origin", "null")])), Cors::Nobody);
        assert_eq!(list.cors(&headers(&[])), Cors::Nobody);
    }

    #[test]
    fn echoed_origins_vary() {
        let mut answer = HeaderMap::new();
        Origins::any().cors(&headers(&[("origin", "http://a.example")])).apply(&mut answer);
        assert_eq!(answer["access-control-allow-origin"], "http://a.example");
        assert_eq!(answer["access-control-allow-credentials"], "true");
        assert_eq!(answer["vary"], "Origin");

        let mut answer = HeaderMap::new();
        Cors::Anyone.apply(&mut answer);
        assert_eq!(answer["access-control-allow-origin"], "*");
        assert_eq!(answer.len(), 1);
    }

    #[test]
    fn faulty_entries_are_named() {
        let error = |entry: &str| Origins::list([entry]).unwrap_err();
        assert_eq!(error("a.example"), OriginError::NoPort("a.example".to_owned()));
        assert_eq!(error("[::1]"), OriginError::NoPort("[::1]".to_owned()));
        assert_eq!(error("a.example:"), OriginError::BadPort("a.example:".to_owned()));
        assert_eq!(error("a.example:65536"), OriginError::BadPort("a.example:65536".to_owned()));
        assert_eq!(error("http://a.example:80"), OriginError::BadHost("http://a.example:80".to_owned()));
        assert_eq!(error(":80"), OriginError::BadHost(":80".to_owned()));
        assert_eq!(error("a*.example:80"), OriginError::BadHost("a*.example:80".to_owned()));
        assert_eq!(Origins::list([""; 0]), Err(OriginError::Empty));
        assert_eq!(Origins::list(["a.example:80", "*"]), Ok(Origins::any()));
        assert_eq!(Origins::list(["*:*"]), Ok(Origins::any()));
    }

    #[test]
    fn entries_can_be_read_back() {
        let origins = Origins::list(["A.example:80", "*.b.example:*", "*:1"]).unwrap();
        let entries: Vec<_> = origins.patterns().iter().map(|pattern| (pattern.host(), pattern.port())).collect();
        let expected = [("a.example", Some(80)), ("*.b.example", None), ("*", Some(1))];
        assert_eq!(entries, expected.map(|(host, port)| (host.to_owned(), port)));
    }
}
