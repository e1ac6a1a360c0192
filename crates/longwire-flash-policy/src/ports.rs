//! The `to-ports` attribute: which ports a rule opens.
//!
//! Ports are kept as sorted ranges that neither touch nor overlap, so that the same ports are always the same text.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use thiserror::Error;

const ALL: RangeInclusive<u16> = 1..=u16::MAX;

/// The ports that one rule opens, at least one.
///
/// Written as numbers and ranges between commas, or as `*`. Mind that Flash lets a policy that was served from port
/// 1024 or above open ports of 1024 and above only ([`Ports::lowest`]).
///
/// ```
/// use longwire_flash_policy::{Ports, PortsError};
///
/// let ports: Ports = "8080-8082,80,8083".parse()?;
/// assert_eq!(ports.to_string(), "80,8080-8083");
/// assert_eq!(ports, Ports::new([80, 8080, 8081, 8082, 8083])?);
/// assert_eq!("80,0".parse::<Ports>(), Err(PortsError::NotAPort { offset: 3 }));
/// # Ok::<(), PortsError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ports(Box<[RangeInclusive<u16>]>);

impl Ports {
    /// All ports, `*`.
    #[must_use]
    pub fn any() -> Self {
        Self([ALL].into())
    }

    /// The ports of a list, such as those that a server listens on. Order and repetition do not matter.
    ///
    /// # Errors
    ///
    /// When the list is empty ([`PortsError::Missing`]) or holds port 0 ([`PortsError::NotAPort`], whose offset counts
    /// in ports).
    pub fn new(ports: impl IntoIterator<Item = u16>) -> Result<Self, PortsError> {
        let ranges: Vec<_> = ports.into_iter().map(|port| port..=port).collect();
        match ranges.iter().position(|range| *range.start() == 0) {
            Some(offset) => Err(PortsError::NotAPort { offset }),
            None if ranges.is_empty() => Err(PortsError::Missing { offset: 0 }),
            None => Ok(Self::merge(ranges)),
        }
    }

    /// Whether these are all ports.
    #[must_use]
    pub fn is_any(&self) -> bool {
        *self.0 == [ALL]
    }

    /// Whether `port` is among them.
    #[must_use]
    pub fn contains(&self, port: u16) -> bool {
        self.0.iter().any(|range| range.contains(&port))
    }

    /// The lowest of them. When it is below 1024, the policy has to be served from a port below 1024 to open it.
    #[must_use]
    pub fn lowest(&self) -> u16 {
        self.0.first().map_or(0, |range| *range.start())
    }

    /// Parses `text`, which begins `base` bytes into the text that offsets count in.
    pub(crate) fn parse_at(text: &str, base: usize) -> Result<Self, PortsError> {
        if text == "*" {
            return Ok(Self::any());
        }
        let mut ranges = Vec::new();
        let mut offset = base;
        for item in text.split(',') {
            ranges.push(parse_range(item, offset)?);
            offset += item.len() + 1;
        }
        Ok(Self::merge(ranges))
    }

    /// Sorts ranges and joins those that overlap or touch.
    fn merge(mut ranges: Vec<RangeInclusive<u16>>) -> Self {
        ranges.sort_unstable_by_key(|range| *range.start());
        let mut merged: Vec<RangeInclusive<u16>> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match merged.last_mut() {
                Some(last) if *range.start() <= last.end().saturating_add(1) => {
                    *last = *last.start()..=(*last.end()).max(*range.end());
                }
                Some(_) | None => merged.push(range),
            }
        }
        Self(merged.into())
    }
}

impl FromStr for Ports {
    type Err = PortsError;

    fn from_str(text: &str) -> Result<Self, PortsError> {
        Self::parse_at(text, 0)
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_any() {
            return f.write_str("*");
        }
        for (index, range) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            write!(f, "{}", range.start())?;
            if range.start() < range.end() {
                write!(f, "-{}", range.end())?;
            }
        }
        Ok(())
    }
}

/// Why a text or list names no ports. Offsets are in bytes for a text, in ports for a list.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PortsError {
    /// No port where one should stand.
    #[error("no port at byte {offset}")]
    Missing {
        /// Where it should stand.
        offset: usize,
    },
    /// Not a number from 1 to 65535.
    #[error("no port number from 1 to 65535 at byte {offset}")]
    NotAPort {
        /// Where the number begins.
        offset: usize,
    },
    /// A range that ends below its begin.
    #[error("the range at byte {offset} ends below its begin")]
    Reversed {
        /// Where the range begins.
        offset: usize,
    },
    /// A `*` in company: alone it means all ports, so that nothing can be added to it.
    #[error("`*` at byte {offset} has to stand alone")]
    Wildcard {
        /// Where it stands.
        offset: usize,
    },
}

fn parse_range(item: &str, offset: usize) -> Result<RangeInclusive<u16>, PortsError> {
    if let Some(at) = item.find('*') {
        return Err(PortsError::Wildcard { offset: offset + at });
    }
    let Some((start, end)) = item.split_once('-') else {
        let port = parse_port(item, offset)?;
        return Ok(port..=port);
    };
    let range = parse_port(start, offset)?..=parse_port(end, offset + start.len() + 1)?;
    if range.is_empty() { Err(PortsError::Reversed { offset }) } else { Ok(range) }
}

fn parse_port(text: &str, offset: usize) -> Result<u16, PortsError> {
    if text.is_empty() {
        return Err(PortsError::Missing { offset });
    }
    // `u16::from_str` takes a plus sign, too.
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| is_number && *port != 0).ok_or(PortsError::NotAPort { offset })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_same_ports_are_the_same_text() {
        for (text, kept) in [
            ("*", "*"),
            ("1-65535", "*"),
            ("2-65535,1", "*"),
            ("80", "80"),
            ("080", "80"),
            ("65535", "65535"),
            ("80-80", "80"),
            ("80,8080-8083", "80,8080-8083"),
            ("8083,8080,8082,80,8081", "80,8080-8083"),
            ("100-200,150-160", "100-200"),
            ("100-200,150-250,251", "100-251"),
            ("1-2,4-5", "1-2,4-5"),
        ] {
            assert_eq!(text.parse::<Ports>().map(|ports| ports.to_string()), Ok(kept.to_owned()), "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_ports() {
        use PortsError::{Missing, NotAPort, Reversed, Wildcard};
        for (text, error) in [
            ("", Missing { offset: 0 }),
            ("80,", Missing { offset: 3 }),
            (",80", Missing { offset: 0 }),
            ("80-", Missing { offset: 3 }),
            ("-80", Missing { offset: 0 }),
            ("0", NotAPort { offset: 0 }),
            ("80,65536", NotAPort { offset: 3 }),
            ("1-99999", NotAPort { offset: 2 }),
            ("80, 81", NotAPort { offset: 3 }),
            ("+80", NotAPort { offset: 0 }),
            ("1-2-3", NotAPort { offset: 2 }),
            ("http", NotAPort { offset: 0 }),
            ("\u{661}", NotAPort { offset: 0 }),
            ("80,8083-8080", Reversed { offset: 3 }),
            ("80,*", Wildcard { offset: 3 }),
            ("**", Wildcard { offset: 0 }),
        ] {
            assert_eq!(text.parse::<Ports>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_list_of_ports() {
        assert_eq!(Ports::new([8080, 80, 80]).map(|ports| ports.to_string()), Ok("80,8080".to_owned()));
        assert_eq!(Ports::new([80, 0]), Err(PortsError::NotAPort { offset: 1 }));
        assert_eq!(Ports::new([]), Err(PortsError::Missing { offset: 0 }));
    }

    #[test]
    fn the_lowest_port_decides_from_where_a_policy_may_come() {
        assert_eq!("8080,443,1024-2000".parse::<Ports>().unwrap().lowest(), 443);
        assert_eq!(Ports::any().lowest(), 1);
    }

    proptest! {
        #[test]
        fn the_text_names_exactly_the_ports_of_the_list(list in prop::collection::vec(1..40_u16, 1..20)) {
            let ports = Ports::new(list.iter().copied()).unwrap();
            let model: BTreeSet<u16> = list.into_iter().collect();
            let reparsed: Ports = ports.to_string().parse().unwrap();
            prop_assert_eq!(&reparsed, &ports);
            for port in 0..50 {
                prop_assert_eq!(ports.contains(port), model.contains(&port));
            }
            prop_assert_eq!(Some(&ports.lowest()), model.first());
        }

        #[test]
        fn no_text_panics(text in "[0-9,*a-]{0,12}|.*") {
            if let Ok(ports) = text.parse::<Ports>() {
                prop_assert_eq!(ports.to_string().parse(), Ok(ports));
            }
        }
    }
}
