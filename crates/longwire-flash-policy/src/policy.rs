//! The policy document and its builder.
//!
//! The document is made once and shared. It is one line in the words of socket.io 0.9.19 (policyfile 0.0.4
//! `lib/server.js`), and then a NUL, which that server left out: the Flash manuals ask for it.

use std::fmt::{self, Write as _};
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

use crate::{Domain, DomainError, Ports, PortsError};

const HEAD: &str = "<?xml version=\"1.0\"?>\
    <!DOCTYPE cross-domain-policy SYSTEM \"http://www.macromedia.com/xml/dtds/cross-domain-policy.dtd\">\
    <cross-domain-policy>";
const MASTER_ONLY: &str = "<site-control permitted-cross-domain-policies=\"master-only\"/>";
const TAIL: &str = "</cross-domain-policy>";

/// A finished answer: the policy document and the NUL behind it. Cloning shares the bytes.
///
/// ```
/// use longwire_flash_policy::{Domain, Policy, Ports};
///
/// let policy = Policy::for_hosts(["a.example".parse()?, "*.b.example".parse()?], &Ports::new([80, 8080])?);
/// assert!(policy.document().contains(r#"<allow-access-from domain="a.example" to-ports="80,8080"/>"#));
/// assert_eq!(policy.as_bytes().last(), Some(&0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Policy(Arc<str>);

impl Policy {
    /// A builder of a policy that lets nobody in yet.
    #[must_use]
    pub fn builder() -> PolicyBuilder {
        PolicyBuilder::default()
    }

    /// The policy of a server that answers on `ports` and lets the pages of `hosts` use it.
    ///
    /// One rule a host, in the order given, each host once. When any host may ([`Domain::any`] is among them), there is
    /// that one rule. Without hosts the policy lets nobody in.
    #[must_use]
    pub fn for_hosts(hosts: impl IntoIterator<Item = Domain>, ports: &Ports) -> Self {
        let mut kept: Vec<Domain> = Vec::new();
        for host in hosts {
            if host.is_any() {
                kept = vec![host];
                break;
            }
            if !kept.contains(&host) {
                kept.push(host);
            }
        }
        kept.into_iter().fold(Self::builder(), |policy, host| policy.allow(Access::new(host, ports.clone()))).build()
    }

    /// What to send: the document and the NUL.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The document alone.
    #[must_use]
    pub fn document(&self) -> &str {
        self.0.trim_end_matches('\0')
    }
}

impl AsRef<[u8]> for Policy {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Policy").field(&self.document()).finish()
    }
}

/// Collects the rules of a [`Policy`].
///
/// ```
/// use longwire_flash_policy::Policy;
///
/// let policy = Policy::builder()
///     .master_only(true)
///     .allow("*.example:80,8080-8083".parse()?)
///     .allow("partner.example:443".parse()?)
///     .build();
/// # Ok::<(), longwire_flash_policy::AccessError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct PolicyBuilder {
    master_only: bool,
    rules: Vec<Access>,
}

impl PolicyBuilder {
    /// Adds a rule. Flash lets a movie in when any rule does.
    #[must_use]
    pub fn allow(mut self, access: Access) -> Self {
        self.rules.push(access);
        self
    }

    /// Forbids policies on all other ports of the host, the one that an HTTP port answers inline too. Off by default.
    ///
    /// It counts in the policy of port 843 only; Flash ignores it elsewhere.
    #[must_use]
    pub fn master_only(mut self, on: bool) -> Self {
        self.master_only = on;
        self
    }

    /// Writes the document.
    #[must_use]
    pub fn build(self) -> Policy {
        let mut text = String::from(HEAD);
        // The document type wants it ahead of the rules.
        if self.master_only {
            text.push_str(MASTER_ONLY);
        }
        for access in &self.rules {
            access.write(&mut text);
        }
        text.push_str(TAIL);
        text.push('\0');
        Policy(text.into())
    }
}

/// One rule: movies from these hosts may connect to these ports.
///
/// Parsed from `HOST:PORTS`, as in the old server's option `origins`: `*:*`, `a.example:80`, `[2001:db8::1]:80,8080-8083`.
///
/// ```
/// use longwire_flash_policy::{Access, AccessError, Domain, Ports};
///
/// let access: Access = "a.example:80".parse()?;
/// assert_eq!(access, Access::new("a.example".parse::<Domain>()?, "80".parse::<Ports>()?));
/// assert_eq!("a.example".parse::<Access>(), Err(AccessError::NoPorts));
/// # Ok::<(), AccessError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    domain: Domain,
    ports: Ports,
    secure: Option<bool>,
}

impl Access {
    /// A rule that says nothing about `secure`.
    #[must_use]
    pub fn new(domain: Domain, ports: Ports) -> Self {
        Self { domain, ports, secure: None }
    }

    /// Writes the attribute `secure`: with `true`, only movies that came over HTTPS are let in; with `false`, those that
    /// came over HTTP too, even to a server that is meant for HTTPS. Left out by default, as the old servers did.
    #[must_use]
    pub fn secure(mut self, secure: bool) -> Self {
        self.secure = Some(secure);
        self
    }

    /// Where movies are let in from.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Where they may connect to.
    #[must_use]
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    fn write(&self, text: &mut String) {
        text.push_str("<allow-access-from");
        write_attribute(text, "domain", self.domain.as_str());
        write_attribute(text, "to-ports", &self.ports.to_string());
        if let Some(secure) = self.secure {
            write_attribute(text, "secure", if secure { "true" } else { "false" });
        }
        text.push_str("/>");
    }
}

impl FromStr for Access {
    type Err = AccessError;

    fn from_str(text: &str) -> Result<Self, AccessError> {
        // The last colon: an IPv6 address has some of its own.
        let Some((domain, ports)) = text.rsplit_once(':').filter(|_| !text.ends_with(']')) else {
            return Err(AccessError::NoPorts);
        };
        Ok(Self::new(domain.parse()?, Ports::parse_at(ports, domain.len() + 1)?))
    }
}

/// Writes `HOST:PORTS`. `secure` is no part of it.
impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.domain, self.ports)
    }
}

/// Why a text is no `HOST:PORTS`. Offsets count from its begin.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AccessError {
    /// There is no colon behind the host. For all ports, write `HOST:*`.
    #[error("no ports behind the host (`:*` means all)")]
    NoPorts,
    /// What stands ahead of the colon is no host.
    #[error(transparent)]
    Domain(#[from] DomainError),
    /// What stands behind the colon are no ports.
    #[error(transparent)]
    Ports(#[from] PortsError),
}

/// Writes ` name="value"`, escaped, so that no value can end its attribute.
fn write_attribute(text: &mut String, name: &str, value: &str) {
    let _ = write!(text, " {name}=\"");
    for character in value.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&apos;"),
            _ => text.push(character),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(policy: &Policy) -> &str {
        policy.document().strip_prefix(HEAD).unwrap().strip_suffix(TAIL).unwrap()
    }

    #[test]
    fn one_element_a_rule_in_order() {
        let policy = Policy::builder()
            .allow("b.example:80".parse().unwrap())
            .allow("*.a.example:8080-8083,443".parse().unwrap())
            .build();
        assert_eq!(
            rules(&policy),
            "<allow-access-from domain=\"b.example\" to-ports=\"80\"/>\
             <allow-access-from domain=\"*.a.example\" to-ports=\"443,8080-8083\"/>"
        );
    }

    #[test]
    fn the_nul_stands_behind_the_document_once() {
        let policy = Policy::builder().build();
        assert!(policy.document().ends_with("</cross-domain-policy>"));
        assert_eq!(policy.as_bytes(), format!("{}\0", policy.document()).as_bytes());
        assert_eq!(policy.as_bytes().iter().filter(|byte| **byte == 0).count(), 1);
    }

    #[test]
    fn master_only_stands_ahead_of_the_rules() {
        let policy = Policy::builder().allow("*:80".parse().unwrap()).master_only(true).build();
        assert_eq!(
            rules(&policy),
            "<site-control permitted-cross-domain-policies=\"master-only\"/>\
             <allow-access-from domain=\"*\" to-ports=\"80\"/>"
        );
    }

    #[test]
    fn secure_is_written_only_when_set() {
        for (secure, written) in [(None, ""), (Some(true), " secure=\"true\""), (Some(false), " secure=\"false\"")] {
            let mut access: Access = "a:80".parse().unwrap();
            if let Some(secure) = secure {
                access = access.secure(secure);
            }
            let policy = Policy::builder().allow(access).build();
            assert_eq!(rules(&policy), format!("<allow-access-from domain=\"a\" to-ports=\"80\"{written}/>"));
        }
    }

    #[test]
    fn a_host_has_one_rule_and_any_host_is_the_only_rule() {
        let hosts = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<Domain>>();
        let ports = Ports::new([80]).unwrap();
        assert_eq!(
            rules(&Policy::for_hosts(hosts(&["a", "b", "A"]), &ports)),
            "<allow-access-from domain=\"a\" to-ports=\"80\"/><allow-access-from domain=\"b\" to-ports=\"80\"/>"
        );
        assert_eq!(
            rules(&Policy::for_hosts(hosts(&["a", "*", "b"]), &ports)),
            "<allow-access-from domain=\"*\" to-ports=\"80\"/>"
        );
        assert_eq!(rules(&Policy::for_hosts([], &ports)), "");
    }

    #[test]
    fn host_and_ports_from_one_text() {
        for text in ["*:*", "a.example:80", "*.a:80,8080-8083", "[::1]:843", "192.0.2.1:*"] {
            assert_eq!(text.parse::<Access>().map(|access| access.to_string()), Ok(text.to_owned()));
        }
        for (text, error) in [
            ("", AccessError::NoPorts),
            ("a.example", AccessError::NoPorts),
            ("[::1]", AccessError::NoPorts),
            (":80", DomainError::Empty.into()),
            ("http://a:80", DomainError::Character { offset: 4, found: ':' }.into()),
            ("a:", PortsError::Missing { offset: 2 }.into()),
            ("a:80,x", PortsError::NotAPort { offset: 5 }.into()),
            ("a:80/", PortsError::NotAPort { offset: 2 }.into()),
        ] {
            assert_eq!(text.parse::<Access>(), Err(error), "{text}");
        }
    }

    #[test]
    fn no_value_ends_its_attribute() {
        let mut text = String::new();
        write_attribute(&mut text, "domain", "a\"'/><&b");
        assert_eq!(text, " domain=\"a&quot;&apos;/&gt;&lt;&amp;b\"");
    }
}
