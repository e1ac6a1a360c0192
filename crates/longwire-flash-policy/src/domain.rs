//! The `domain` attribute: which pages a rule is for.
//!
//! Flash compares this text with the host in the address of the movie and resolves no names. What it could not match
//! with any host is refused here, because it would fail silently in the player.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use thiserror::Error;

/// The longest host name of the domain name system, in bytes.
const MAX_LENGTH: usize = 253;

/// The hosts that one rule is for: `*`, one host, or a domain with all below it.
///
/// | written | means |
/// | --- | --- |
/// | `*` | movies from anywhere |
/// | `www.example` | movies from this host |
/// | `*.example` | movies from `example` and from every host below it |
/// | `192.0.2.1`, `[2001:db8::1]` | movies whose address is written with this number, not with a name |
///
/// Host names are kept in lower case. International names have to be given in Punycode.
///
/// The forms are those of the Flash security documentation (ActionScript 3.0 Developer's Guide, "Website controls
/// (policy files)").
///
/// ```
/// use longwire_flash_policy::{Domain, DomainError};
///
/// let domain: Domain = "*.Example".parse()?;
/// assert_eq!(domain.as_str(), "*.example");
/// assert_eq!("http://example".parse::<Domain>(), Err(DomainError::Character { offset: 4, found: ':' }));
/// # Ok::<(), DomainError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Domain(Box<str>);

impl Domain {
    /// Movies from anywhere, `*`.
    #[must_use]
    pub fn any() -> Self {
        Self("*".into())
    }

    /// Whether this is `*`.
    #[must_use]
    pub fn is_any(&self) -> bool {
        &*self.0 == "*"
    }

    /// The attribute's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Domain {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        if text.is_empty() {
            return Err(DomainError::Empty);
        }
        if text == "*" {
            return Ok(Self::any());
        }
        if text.len() > MAX_LENGTH {
            return Err(DomainError::TooLong { length: text.len() });
        }
        if let Some(address) = text.strip_prefix('[') {
            check_ipv6(address)?;
        } else if let Some(suffix) = text.strip_prefix("*.") {
            check_name(suffix, 2)?;
            if ends_in_number(suffix) {
                return Err(DomainError::WildcardAddress);
            }
        } else {
            check_name(text, 0)?;
            if ends_in_number(text) && text.parse::<Ipv4Addr>().is_err() {
                return Err(DomainError::Address);
            }
        }
        Ok(Self(text.to_ascii_lowercase().into()))
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text names no host that Flash could match. Offsets are in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DomainError {
    /// There is no text.
    #[error("the host is empty")]
    Empty,
    /// The text is longer than 253 bytes, the most that the domain name system allows.
    #[error("the host has {length} bytes, a name has 253 at most")]
    TooLong {
        /// Of the text.
        length: usize,
    },
    /// This character is in no host name: often that of a scheme, port or path, or of an international name.
    #[error("{found:?} at byte {offset} is in no host name (no scheme, port or path here, other scripts in Punycode)")]
    Character {
        /// Where it stands.
        offset: usize,
        /// What stands there.
        found: char,
    },
    /// A `*` is neither the whole text nor the first of several labels.
    #[error("`*` at byte {offset} is neither the whole host nor its first label")]
    Wildcard {
        /// Where it stands.
        offset: usize,
    },
    /// A label between dots is empty.
    #[error("an empty label at byte {offset}")]
    EmptyLabel {
        /// Where the label should begin.
        offset: usize,
    },
    /// The text ends in a number, or begins with a bracket, and is no IP address.
    #[error("neither an IPv4 address nor an IPv6 address in brackets")]
    Address,
    /// A `*` stands before a part of an IP address.
    #[error("an IP address takes no wildcard")]
    WildcardAddress,
}

/// Checks the labels of `name`, which begins `base` bytes into the text that offsets count in.
fn check_name(name: &str, base: usize) -> Result<(), DomainError> {
    let mut label_is_empty = true;
    for (at, found) in name.char_indices() {
        let offset = base + at;
        match found {
            '.' if label_is_empty => return Err(DomainError::EmptyLabel { offset }),
            '.' => label_is_empty = true,
            // Underscores are in no host name by the book, and in many on intranets.
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => label_is_empty = false,
            '*' => return Err(DomainError::Wildcard { offset }),
            _ => return Err(DomainError::Character { offset, found }),
        }
    }
    if label_is_empty { Err(DomainError::EmptyLabel { offset: base + name.len() }) } else { Ok(()) }
}

/// Checks what stands behind the opening bracket. A zone (`%eth0`) is no part of it.
fn check_ipv6(rest: &str) -> Result<(), DomainError> {
    match rest.strip_suffix(']').map(str::parse::<Ipv6Addr>) {
        Some(Ok(_)) => Ok(()),
        Some(Err(_)) | None => Err(DomainError::Address),
    }
}

/// Whether the last label is a number, in which case the whole can only be an IPv4 address.
fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    last.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hosts_that_flash_can_match() {
        for (text, kept) in [
            ("*", "*"),
            ("a", "a"),
            ("www.A-1.example", "www.a-1.example"),
            ("*.b.example", "*.b.example"),
            ("my_host", "my_host"),
            ("3com.example", "3com.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("192.0.2.1", "192.0.2.1"),
            ("[2001:DB8::1]", "[2001:db8::1]"),
        ] {
            assert_eq!(text.parse::<Domain>().as_ref().map(Domain::as_str), Ok(kept), "{text}");
        }
    }

    #[test]
    fn hosts_that_flash_cannot_match() {
        use DomainError::{Address, Character, Empty, EmptyLabel, Wildcard, WildcardAddress};
        for (text, error) in [
            ("", Empty),
            ("**", Wildcard { offset: 0 }),
            ("*example", Wildcard { offset: 0 }),
            ("www.*.example", Wildcard { offset: 4 }),
            ("*.*.example", Wildcard { offset: 2 }),
            ("10.0.*.1", Wildcard { offset: 5 }),
            ("*.0.0.1", WildcardAddress),
            ("10.0.0", Address),
            ("10.0.0.256", Address),
            ("[::1", Address),
            ("[::1%eth0]", Address),
            ("[example]", Address),
            ("::1", Character { offset: 0, found: ':' }),
            ("a b", Character { offset: 1, found: ' ' }),
            ("a.example/", Character { offset: 9, found: '/' }),
            ("*.b\u{fc}cher", Character { offset: 3, found: '\u{fc}' }),
            ("a\"/><x", Character { offset: 1, found: '"' }),
            (".example", EmptyLabel { offset: 0 }),
            ("*.", EmptyLabel { offset: 2 }),
            ("a..b", EmptyLabel { offset: 2 }),
            ("a.example.", EmptyLabel { offset: 10 }),
        ] {
            assert_eq!(text.parse::<Domain>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_name_has_at_most_253_bytes() {
        let label = "a.".repeat(126);
        assert!(format!("{label}b").parse::<Domain>().is_ok());
        assert_eq!(format!("{label}bc").parse::<Domain>(), Err(DomainError::TooLong { length: 254 }));
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_needs_no_escaping_and_is_accepted_again(text in "[*\\[a-zA-Z0-9.:<&\"\u{e4} -]{0,12}\\]?") {
            if let Ok(domain) = text.parse::<Domain>() {
                prop_assert!(domain.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b"*.-_:[]".contains(&b)));
                prop_assert_eq!(domain.as_str().parse::<Domain>(), Ok(domain.clone()));
            }
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = text.parse::<Domain>();
        }
    }
}
