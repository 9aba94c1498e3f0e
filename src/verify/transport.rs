//! What verifying needs of HTTP: one request and its answer. The only thing that tests swap, to fail in ways that no server
//! can bring about.

use std::fmt;

use crate::rule::Method;

/// How many bytes of an answer's body are read. An issuer's takes a few hundred.
pub(super) const MAX_BODY: usize = 64 << 10;

/// Sends requests to one endpoint.
pub(super) trait Transport: Send + Sync {
    /// Sends a request and reads the whole answer, up to [`MAX_BODY`]; follows no redirect.
    fn send(&self, request: &Request) -> Result<Answer, NoAnswer>;

    /// Ends all requests under way, and takes no more.
    fn abort(&self);
}

/// A request; its headers hold the secret.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) headers: Vec<(String, Vec<u8>)>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({}, {} headers)", self.method.name(), self.headers.len())
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The headers `Retry-After` and `Date`.
    pub(super) retry_after: Option<String>,
    pub(super) date: Option<String>,
    pub(super) body: Body,
}

/// That no whole answer came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoAnswer {
    /// The status, if so much came.
    pub(super) http_status: Option<u16>,
    /// The reason, as "the connection was refused".
    pub(super) reason: String,
    /// Whether the connection was closed before anything came: a connection that was kept open may have been closed at the
    /// very moment that it was used again.
    pub(super) was_closed: bool,
}

/// An answer's body. What it says is in no `Debug` output: it may be the secret, come back.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Body {
    Whole(Vec<u8>),
    /// It has more than [`MAX_BODY`] bytes.
    TooLarge,
    /// It did not come whole, for this reason.
    Broken(String),
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::Whole(body) => write!(f, "Whole({} bytes)", body.len()),
            Body::TooLarge => f.write_str("TooLarge"),
            Body::Broken(reason) => write!(f, "Broken({reason})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_a_request_nor_an_answer_shows_what_it_holds() {
        let secret = b"a made-up key";
        let request = Request { method: Method::Post, headers: vec![("Authorization".to_owned(), secret.to_vec())] };
        assert_eq!(format!("{request:?}"), "Request(POST, 1 headers)");
        let answer = Answer { status: 200, retry_after: None, date: None, body: Body::Whole(secret.to_vec()) };
        let shown = format!("{answer:?}");
        assert!(shown.contains("Whole(13 bytes)") && !shown.contains("made-up"), "{shown}");
        assert_eq!(format!("{:?}, {:?}", Body::TooLarge, Body::Broken("cut".to_owned())), "TooLarge, Broken(cut)");
    }
}
