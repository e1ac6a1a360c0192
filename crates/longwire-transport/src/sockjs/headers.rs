//! Headers that many answers have: for caches, for pages of other origins, and the cookie for load balancers.

use std::time::{Duration, SystemTime};

use http::header::{self, HeaderName};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

use super::config::Config;
use crate::origin::{Cors, Origins};

pub(super) const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=UTF-8");
pub(super) const SCRIPT: HeaderValue = HeaderValue::from_static("application/javascript; charset=UTF-8");
pub(super) const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=UTF-8");

/// What may be kept is kept for a year.
const YEAR: Duration = Duration::from_secs(31_536_000);

/// Keeps an answer out of every cache. POSTs too: iOS 6 caches their answers.
pub(super) fn no_cache(headers: &mut HeaderMap) {
    const NO_CACHE: &str = "no-store, no-cache, no-transform, must-revalidate, max-age=0";
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(NO_CACHE));
}

/// Lets caches keep an answer for a year.
pub(super) fn cache(date: SystemTime, headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000"));
    let expires = HeaderValue::try_from(http_date(date + YEAR)).expect("a date is a header value");
    headers.insert(header::EXPIRES, expires);
}

/// Which page may read an answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Readers {
    cors: Cors,
    /// What the request asks to be allowed.
    allowed_headers: Option<HeaderValue>,
}

impl Readers {
    /// Reads from a request who may. Where every origin is allowed, whatever stands in `Origin` is repeated, `null` included:
    /// the official suite asks as `test`.
    pub(super) fn of(origins: &Origins, headers: &HeaderMap) -> Self {
        let cors = if origins.is_any() {
            headers.get(header::ORIGIN).and_then(copy).map_or(Cors::Anyone, Cors::Page)
        } else {
            origins.cors(headers)
        };
        let allowed_headers = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).filter(|asked| !asked.is_empty());
        Self { cors, allowed_headers: allowed_headers.and_then(copy) }
    }

    /// Puts the headers into an answer.
    pub(super) fn apply(&self, headers: &mut HeaderMap) {
        self.cors.apply(headers);
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
        if let Some(allowed) = self.allowed_headers.as_ref().filter(|_| self.cors != Cors::Nobody) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed.clone());
        }
    }
}

/// The cookie that a request is answered with, if cookies are on: its own `JSESSIONID`, or `dummy`.
pub(super) fn cookie(config: &Config, head: &Parts) -> Option<HeaderValue> {
    const NAME: &[u8] = b"JSESSIONID=";
    if !config.cookie {
        return None;
    }
    let cookies =
        head.headers.get_all(header::COOKIE).iter().flat_map(|cookies| cookies.as_bytes().split(|b| *b == b';'));
    let sent = cookies.map(<[u8]>::trim_ascii).find_map(|cookie| cookie.strip_prefix(NAME));
    let is_value = |value: &&[u8]| !value.is_empty() && value.iter().all(|byte| is_cookie_octet(*byte));
    let value = sent.filter(is_value).unwrap_or(b"dummy");
    HeaderValue::from_bytes(&[NAME, value, b"; path=/"].concat()).ok()
}

/// What RFC 6265 lets a cookie value hold.
const fn is_cookie_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')
}

/// A copy: the value shares the buffer that the whole request was read into, and a held poll keeps it for long.
fn copy(value: &HeaderValue) -> Option<HeaderValue> {
    HeaderValue::from_bytes(value.as_bytes()).ok()
}

/// The value of a header that is there, as text.
pub(super) fn text_of<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// A date as RFC 9110 has it: `Sun, 06 Nov 1994 08:49:37 GMT`. Before 1970 it is the first second of that year.
fn http_date(date: SystemTime) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    let seconds = date.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, time) = (seconds / 86_400, seconds % 86_400);
    // Counted from 1 March of the year 0, so that a leap day is the last of its year; an era has 400 years.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = (march_month + 2) % 12;
    let year = era * 400 + year_of_era + u64::from(month < 2);

    let (weekday, month) = (DAYS[(days % 7) as usize], MONTHS[month as usize]);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, date) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
            (1_798_675_200, "Thu, 31 Dec 2026 00:00:00 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ] {
            assert_eq!(http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)), date);
        }
        assert_eq!(http_date(SystemTime::UNIX_EPOCH - YEAR), "Thu, 01 Jan 1970 00:00:00 GMT");
    }

    #[test]
    fn a_cookie_holds_nothing_that_ends_it() {
        let answered = |cookies: &[&'static str]| {
            let (mut head, ()) = http::Request::new(()).into_parts();
            for cookie in cookies {
                head.headers.append(header::COOKIE, HeaderValue::from_static(cookie));
            }
            let cookie = cookie(&Config::default().cookie(true), &head).unwrap();
            cookie.to_str().unwrap().to_owned()
        };
        assert_eq!(answered(&[]), "JSESSIONID=dummy; path=/");
        assert_eq!(answered(&["JSESSIONID=abcdef"]), "JSESSIONID=abcdef; path=/");
        assert_eq!(answered(&["a=b", "x=y; JSESSIONID=n1.abc ;z"]), "JSESSIONID=n1.abc; path=/");
        for bad in
            ["JSESSIONID=", "JSESSIONID=a,b", "JSESSIONID=a b", "JSESSIONID=\"a\"", "jsessionid=a", "XJSESSIONID=a"]
        {
            assert_eq!(answered(&[bad]), "JSESSIONID=dummy; path=/", "{bad}");
        }
        let (head, ()) = http::Request::new(()).into_parts();
        assert_eq!(cookie(&Config::default(), &head), None);
    }
}
