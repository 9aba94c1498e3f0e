//! Where a secret may be sent: an HTTPS address, or one on this machine.

use std::fmt;
use std::net::IpAddr;

use http::Uri;
use http::uri::Scheme;

/// An address that a secret may be sent to: HTTPS, or loopback, and with no secret of its own in it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    uri: Uri,
}

/// Why an address is none that a secret may be sent to. Says nothing of the address itself, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndpointError {
    /// What is wrong with it, as "is not https".
    pub fault: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

impl EndpointError {
    const fn new(fault: &'static str, remedy: &'static str) -> Self {
        EndpointError { fault, remedy }
    }
}

const NO_URL: EndpointError = EndpointError::new("is no URL", "write it as https://HOST/PATH");
const NOT_HTTPS: EndpointError = EndpointError::new(
    "is not https",
    "a secret may only travel encrypted: https://…, or http:// to an address of this machine, as http://127.0.0.1:8080/…",
);
const USER_INFO: EndpointError =
    EndpointError::new("holds a user name or password", "take it out; the secret itself is all that is sent");
const FRAGMENT: EndpointError = EndpointError::new("has a `#`", "take it out, with what follows: it is never sent");

impl Endpoint {
    /// Takes a URL as an address.
    ///
    /// # Errors
    /// It is no URL, neither HTTPS nor loopback, or holds a user name, a password or a fragment.
    pub fn parse(url: &str) -> Result<Self, EndpointError> {
        if url.contains('#') {
            return Err(FRAGMENT);
        }
        let endpoint = Endpoint { uri: url.parse().map_err(|_| NO_URL)? };
        let (Some(scheme), Some(authority)) = (endpoint.uri.scheme(), endpoint.uri.authority()) else {
            return Err(NO_URL);
        };
        if authority.as_str().contains('@') {
            return Err(USER_INFO);
        }
        // The parser lets ports pass that are none, and text between an address in brackets and its port.
        let port = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
        let is_port = |port: &str| {
            port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
        };
        if authority.host().is_empty() || !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
            return Err(NO_URL);
        }
        let is_allowed = *scheme == Scheme::HTTPS || *scheme == Scheme::HTTP && endpoint.is_loopback();
        if is_allowed { Ok(endpoint) } else { Err(NOT_HTTPS) }
    }

    /// The address as HTTP needs it.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The address without its query, for a person.
    pub fn address(&self) -> String {
        let scheme = if self.is_encrypted() { "https" } else { "http" };
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        format!("{scheme}://{authority}{}", self.uri.path())
    }

    /// The host, without brackets around an IPv6 address.
    pub fn host(&self) -> &str {
        self.uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
    }

    /// The port, given or usual.
    pub fn port(&self) -> u16 {
        self.uri.port_u16().unwrap_or(if self.is_encrypted() { 443 } else { 80 })
    }

    /// Whether it is HTTPS.
    pub fn is_encrypted(&self) -> bool {
        self.uri.scheme() == Some(&Scheme::HTTPS)
    }

    /// Whether its host is this machine by name: `localhost`, `127.0.0.0/8` or `::1`, and nothing that only looks like it.
    pub fn is_loopback(&self) -> bool {
        self.host().eq_ignore_ascii_case("localhost")
            || self.host().parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// The host alone: a path or query may hold what is nobody's business.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.host())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({})", self.host())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_goes_to_https_or_to_this_machine() {
        for (url, host, port) in [
            ("https://api.example.com/v1/verify", "api.example.com", 443),
            ("HTTPS://api.example.com:8443/v1?a=b", "api.example.com", 8443),
            ("https://[2001:db8::1]/", "2001:db8::1", 443),
            ("http://127.0.0.1:8080/x", "127.0.0.1", 8080),
            ("http://127.9.9.9", "127.9.9.9", 80),
            ("http://[::1]:1/", "::1", 1),
            ("http://localhost:3000/", "localhost", 3000),
            ("http://LOCALHOST/", "LOCALHOST", 80),
        ] {
            let endpoint = Endpoint::parse(url).unwrap_or_else(|error| panic!("{url}: {error:?}"));
            assert_eq!((endpoint.host(), endpoint.port()), (host, port), "{url}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for (url, expected) in [
            ("http://api.example.com/", NOT_HTTPS),
            ("http://127.0.0.1.example.com/", NOT_HTTPS),
            ("http://localhost.example.com/", NOT_HTTPS),
            ("http://127.1/", NOT_HTTPS),
            ("http://2130706433/", NOT_HTTPS),
            ("http://0.0.0.0/", NOT_HTTPS),
            ("http://[::]/", NOT_HTTPS),
            ("http://[::ffff:10.0.0.1]/", NOT_HTTPS),
            ("ftp://127.0.0.1/", NOT_HTTPS),
            ("file:///etc/passwd", NO_URL),
            ("https://user@api.example.com/", USER_INFO),
            ("https://user:pass@api.example.com/", USER_INFO),
            ("http://127.0.0.1@evil.example/", USER_INFO),
            ("http://127.0.0.1#@evil.example/", FRAGMENT),
            ("https://", NO_URL),
            ("https:///path", NO_URL),
            ("https://host:port/", NO_URL),
            ("https://host:99999/", NO_URL),
            ("https://host:0/", NO_URL),
            ("https://host:/", NO_URL),
            ("https://host:+443/", NO_URL),
            ("http://[::1]evil.example:80/", NO_URL),
            ("http://[::1/", NO_URL),
            ("api.example.com/v1", NO_URL),
            ("/v1", NO_URL),
            ("*", NO_URL),
            ("", NO_URL),
            ("https://a b/", NO_URL),
            ("https://a\r\nHost: b/", NO_URL),
        ] {
            assert_eq!(Endpoint::parse(url), Err(expected), "{url}");
        }
    }

    #[test]
    fn only_the_host_is_shown() {
        let endpoint = Endpoint::parse("https://api.example.com:8443/v1?token=abc").unwrap();
        assert_eq!(format!("{endpoint} {endpoint:?}"), "api.example.com Endpoint(api.example.com)");
    }
}
