//! How a secret's issuer says whether it still works: one request, and what its answer means. Checked here, so that whatever
//! asks can rely on it.

use std::collections::BTreeMap;

use regex::bytes::Regex;
use serde_json::Value;
use toml::Spanned;

use super::endpoint::Endpoint;
use super::place::{At, build, check_length, parse};
use super::schema::RawVerify;
use crate::fault::Fault;

/// Stands for the secret in the value of a header.
const SECRET: &str = "{secret}";

/// The fields of an answer that say whose secret it is: the user, then which of their keys.
const MAX_OWNER_FIELDS: usize = 2;

/// How a secret's issuer says whether it still works.
#[derive(Debug, Clone)]
pub struct Verify {
    /// The HTTP method.
    pub method: Method,
    /// Where to ask.
    pub endpoint: Endpoint,
    /// Headers to send, as name and value; [`Verify::fill`] puts the secret in.
    pub headers: Vec<(String, String)>,
    /// Statuses that mean the secret works.
    pub active: Vec<u16>,
    /// Statuses that mean it no longer does.
    pub inactive: Vec<u16>,
    /// What the JSON body of an active answer of the 200s has to say, so that a proxy's login page is not taken for one.
    pub expect: BTreeMap<String, Value>,
    /// The fields of that body that say whose secret it is: the user, then which of their keys.
    pub owner: Vec<String>,
    /// All of the above but where to ask, as one text: rules with the same text ask the same and understand it the same way.
    pub alike: String,
    /// A shorter secret that the beginning of this one may be, with text glued to it.
    pub part: Option<Regex>,
}

/// The methods that a request may have: those that change nothing, and POST without a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
}

impl Method {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
        }
    }
}

impl Verify {
    /// A header's value with the secret put in.
    pub fn fill(value: &str, secret: &[u8]) -> Vec<u8> {
        let mut parts = value.split(SECRET).map(str::as_bytes);
        let mut filled = parts.next().unwrap_or_default().to_vec();
        for part in parts {
            filled.extend_from_slice(secret);
            filled.extend_from_slice(part);
        }
        filled
    }

    /// The shorter secret that `secret` begins with, if it may be one with text glued to it.
    pub fn part_of<'s>(&self, secret: &'s [u8]) -> Option<&'s [u8]> {
        let found = self.part.as_ref()?.find(secret)?;
        (found.start() == 0 && found.end() < secret.len()).then_some(&secret[..found.end()])
    }
}

/// Checks a table.
///
/// # Errors
/// The first fault found, with its line.
pub(super) fn compile(at: &At<'_>, raw: &Spanned<RawVerify>) -> Result<Verify, Fault> {
    let place = raw.span().start;
    let raw = raw.as_ref();
    let method = match &*raw.method {
        "GET" => Method::Get,
        "POST" => Method::Post,
        _ => {
            return Err(at.fault(Some(place), "its `verify.method` is neither GET nor POST", "write method = \"GET\""));
        }
    };
    let url_fault =
        |fault: &str, remedy: &str| at.fault(Some(raw.url.span().start), format!("its `verify.url` {fault}"), remedy);
    if raw.url.as_ref().contains(SECRET) {
        let remedy = "put it in a header: a URL is written to logs on its way";
        return Err(url_fault("holds the secret", remedy));
    }
    let endpoint = Endpoint::parse(raw.url.as_ref()).map_err(|error| url_fault(error.fault, error.remedy))?;
    let headers = check_headers(at, place, &raw.headers)?;
    check_statuses(at, &raw.active, &raw.inactive)?;
    if raw.owner.len() > MAX_OWNER_FIELDS {
        let remedy = "name the field of the user, then that of the key";
        return Err(at.fault(Some(place), "its `verify.owner` names more than two fields", remedy));
    }
    let (active, inactive) = (raw.active.as_ref().clone(), raw.inactive.as_ref().clone());
    Ok(Verify {
        alike: format!("{method:?} {headers:?} {active:?} {inactive:?} {:?} {:?}", raw.expect, raw.owner),
        method,
        endpoint,
        headers,
        active,
        inactive,
        expect: raw.expect.clone(),
        owner: raw.owner.clone(),
        part: raw.part.as_ref().map(|part| check_part(at, part)).transpose()?,
    })
}

fn check_part(at: &At<'_>, part: &Spanned<String>) -> Result<Regex, Fault> {
    let regex = build(at, part, part.as_ref())?;
    check_length(at, part, &parse(at, part)?)?;
    Ok(regex)
}

fn check_headers(
    at: &At<'_>,
    place: usize,
    headers: &BTreeMap<String, Spanned<String>>,
) -> Result<Vec<(String, String)>, Fault> {
    // What HTTP itself writes: another value would make the request another one.
    const OURS: [&str; 7] = ["connection", "content-length", "expect", "host", "te", "transfer-encoding", "upgrade"];
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    for (name, value) in headers {
        let fault = |message: String, remedy: &str| at.fault(Some(value.span().start), message, remedy);
        if name.is_empty() || !name.chars().all(is_token) {
            return Err(fault(
                "a header in `verify` has no usable name".into(),
                "as in Authorization = \"Bearer {secret}\"",
            ));
        }
        if OURS.contains(&&*name.to_ascii_lowercase()) {
            return Err(fault(format!("the header `{name}` in `verify` is not for a rule to set"), "take it out"));
        }
        if !value.as_ref().bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            let message = format!("the header `{name}` in `verify` holds what no header can");
            return Err(fault(message, "use printable ASCII characters"));
        }
    }
    if !headers.values().any(|value| value.as_ref().contains(SECRET)) {
        let remedy = "say where it goes, as in headers = { Authorization = \"Bearer {secret}\" }";
        return Err(at.fault(Some(place), "no header in `verify` holds `{secret}`", remedy));
    }
    Ok(headers.iter().map(|(name, value)| (name.clone(), value.as_ref().clone())).collect())
}

fn check_statuses(at: &At<'_>, active: &Spanned<Vec<u16>>, inactive: &Spanned<Vec<u16>>) -> Result<(), Fault> {
    for (name, statuses) in [("active", active), ("inactive", inactive)] {
        let fault = |message: String, remedy: &str| Err(at.fault(Some(statuses.span().start), message, remedy));
        if statuses.as_ref().is_empty() {
            return fault(format!("its `verify.{name}` names no status"), "as in active = [200] and inactive = [401]");
        }
        let may_mean_it = |status: u16| (200..300).contains(&status) || (400..500).contains(&status) && status != 429;
        if let Some(status) = statuses.as_ref().iter().find(|&&status| !may_mean_it(status)) {
            let remedy = "an answer of the 200s or 400s but for 429 does; redirects are not followed, and the rest is tried again";
            return fault(format!("in `verify`, status {status} says nothing about a secret"), remedy);
        }
    }
    if let Some(status) = active.as_ref().iter().find(|status| inactive.as_ref().contains(status)) {
        let message = format!("in `verify`, status {status} is both active and inactive");
        return Err(at.fault(Some(active.span().start), message, "leave it in one of the two lists"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_goes_where_its_place_is() {
        for (value, expected) in [
            ("Bearer {secret}", &b"Bearer k\xff"[..]),
            ("{secret}", b"k\xff"),
            ("a{secret}b{secret}", b"ak\xffbk\xff"),
            ("none {other}", b"none {other}"),
        ] {
            assert_eq!(Verify::fill(value, b"k\xff"), expected, "{value}");
        }
    }
}
