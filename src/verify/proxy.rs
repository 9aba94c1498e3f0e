//! Which proxy leads to an endpoint, as the usual environment variables say.

use std::ffi::OsString;

use crate::rule::Endpoint;

/// A proxy, and the variable that names it. Its address may hold a password.
#[derive(Clone)]
pub(super) struct Proxy {
    pub(super) variable: &'static str,
    pub(super) address: ureq::Proxy,
}

/// Where the proxy for HTTPS is named; the first that is set decides, and an empty one says that there is none. `HTTP_PROXY` is
/// not among them: it is for what is not encrypted, and no secret goes anywhere unencrypted but to this machine.
const VARIABLES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// Where the hosts are listed that no proxy is needed for.
const EXCEPTIONS: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// The proxy that leads to `endpoint`, if any does. None ever leads to this machine.
///
/// # Errors
/// The variable that decides is no proxy's URL: going round it could send a secret where its owner does not want it.
pub(super) fn choose(
    endpoint: &Endpoint,
    environment: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Option<Proxy>, String> {
    let first = |names: &[&'static str]| names.iter().find_map(|&name| Some((name, environment(name)?)));
    let exceptions = first(&EXCEPTIONS).map(|(_, list)| list.to_string_lossy().into_owned()).unwrap_or_default();
    if endpoint.is_loopback() || exceptions.split([',', ' ']).any(|entry| is_excepted(endpoint, entry.trim())) {
        return Ok(None);
    }
    let Some((name, url)) = first(&VARIABLES) else { return Ok(None) };
    if url.is_empty() {
        return Ok(None);
    }
    // Its value is not shown: it may hold a password.
    let unusable = || {
        format!(
            "the environment variable {name} is no URL of a proxy\n  help: write it as http://HOST:PORT, or unset it"
        )
    };
    let url = url.to_str().map(str::trim).ok_or_else(unusable)?;
    let address = ureq::Proxy::new(url).map_err(|_| unusable())?;
    Ok(Some(Proxy { variable: name, address }))
}

/// Whether an entry of the exceptions names the endpoint: its host, a domain that it is in, either with a port, or `*`.
fn is_excepted(endpoint: &Endpoint, entry: &str) -> bool {
    let host = endpoint.host().to_ascii_lowercase();
    let entry = entry.to_ascii_lowercase();
    let (name, port) = match entry.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, Some(port)),
        _ => (&*entry, None),
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let name = name.strip_prefix("*.").or_else(|| name.strip_prefix('.')).unwrap_or(name);
    let has_port = port.is_none_or(|port| port.parse() == Ok(endpoint.port()));
    let is_in = host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    name == "*" || !name.is_empty() && has_port && is_in
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(url: &str, variables: &[(&str, &str)]) -> Result<Option<String>, String> {
        let environment =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(*value));
        let proxy = choose(&Endpoint::parse(url).unwrap(), &environment)?;
        Ok(proxy.map(|proxy| format!("{}:{}", proxy.address.host(), proxy.address.port())))
    }

    #[test]
    fn the_environment_names_the_proxy() {
        const URL: &str = "https://api.example.com/verify";
        type Variables = &'static [(&'static str, &'static str)];
        let cases: &[(&str, Variables, Option<&str>)] = &[
            (URL, &[], None),
            (URL, &[("HTTPS_PROXY", "http://proxy:3128")], Some("proxy:3128")),
            (URL, &[("https_proxy", "proxy:3128")], Some("proxy:3128")),
            (URL, &[("https_proxy", "a:1"), ("HTTPS_PROXY", "b:2"), ("ALL_PROXY", "c:3")], Some("a:1")),
            (URL, &[("ALL_PROXY", "socks5h://c:1080")], Some("c:1080")),
            (URL, &[("https_proxy", ""), ("ALL_PROXY", "c:3")], None),
            (URL, &[("HTTP_PROXY", "http://a:1"), ("http_proxy", "http://a:1")], None),
            (URL, &[("HTTPS_PROXY", "a:1"), ("NO_PROXY", "other.com, example.com")], None),
            (URL, &[("HTTPS_PROXY", "a:1"), ("no_proxy", ".EXAMPLE.com")], None),
            (URL, &[("HTTPS_PROXY", "a:1"), ("no_proxy", "*.example.com:443")], None),
            (URL, &[("HTTPS_PROXY", "a:1"), ("no_proxy", "example.com:8443")], Some("a:1")),
            (URL, &[("HTTPS_PROXY", "a:1"), ("no_proxy", "ample.com,,.,com.")], Some("a:1")),
            (URL, &[("HTTPS_PROXY", "a:1"), ("no_proxy", "*")], None),
            ("https://[2001:db8::1]/", &[("HTTPS_PROXY", "a:1"), ("no_proxy", "2001:db8::1")], None),
            ("https://[2001:db8::1]/", &[("HTTPS_PROXY", "a:1"), ("no_proxy", "[2001:db8::1]:443")], None),
            ("https://localhost/", &[("HTTPS_PROXY", "a:1")], None),
            ("http://127.0.0.1/", &[("ALL_PROXY", "a:1"), ("HTTP_PROXY", "a:1")], None),
        ];
        for (url, variables, expected) in cases {
            assert_eq!(chosen(url, variables).unwrap().as_deref(), *expected, "{url} {variables:?}");
        }
    }

    #[test]
    fn a_proxy_that_is_none_is_an_error_that_keeps_its_password() {
        for value in ["http://user:hunter2@", "ftp://user:hunter2@proxy", "http://hunter2 proxy", "/hunter2"] {
            let error = chosen("https://api.example.com/", &[("HTTPS_PROXY", value)]).unwrap_err();
            assert!(error.contains("HTTPS_PROXY") && !error.contains("hunter2"), "{value}: {error}");
        }
    }
}
