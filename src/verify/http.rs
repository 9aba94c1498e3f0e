//! The transport outside of tests: HTTP by ureq, TLS by rustls with the platform's certificates.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustls::CertificateError;
use ureq::http::{Error as HttpError, HeaderName, HeaderValue, Request as HttpRequest, Response, Version};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Error};

use crate::rule::{Endpoint, Method};

use super::Options;
use super::proxy::Proxy;
use super::transport::{Answer, Body, MAX_BODY, NoAnswer, Request, Transport};

/// How many bytes the head of an answer may have.
const MAX_HEAD: usize = 32 << 10;

/// How long a server is given to see that a connection is over before another is opened. The connections that we have open are
/// never more than are wanted; without this courtesy, a server that closes after each answer would count some twice.
const PARTING: Duration = Duration::from_millis(10);

/// Sends requests to one endpoint. Connections are kept open and used again until the first that fails or has an answer that is not
/// plain HTTP: what may follow it on its connection must not be taken for the answer to the next request, about another secret. From then on each
/// request has a connection of its own.
pub(super) struct Http {
    endpoint: Endpoint,
    keeping: Agent,
    closing: Agent,
    is_odd: AtomicBool,
    timeout: Duration,
    /// The variable that names the proxy, if there is one.
    proxy: Option<&'static str>,
}

impl Http {
    /// Makes ready; connects to nothing yet.
    pub(super) fn new(endpoint: &Endpoint, proxy: Option<Proxy>, options: &Options) -> Self {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let agent = |kept: usize| {
            Agent::config_builder()
                .https_only(endpoint.is_encrypted())
                .proxy(proxy.as_ref().map(|proxy| proxy.address.clone()))
                .max_redirects(0)
                .http_status_as_error(false)
                .timeout_global(Some(options.timeout))
                .max_idle_connections(kept)
                .max_idle_connections_per_host(kept)
                .max_response_header_size(MAX_HEAD)
                .user_agent(concat!("gridleaks/", env!("CARGO_PKG_VERSION")))
                .accept("application/json")
                .tls_config(tls.clone())
                .build()
                .new_agent()
        };
        Http {
            endpoint: endpoint.clone(),
            keeping: agent(options.threads),
            closing: agent(0),
            is_odd: AtomicBool::new(false),
            timeout: options.timeout,
            proxy: proxy.as_ref().map(|proxy| proxy.variable),
        }
    }

    fn no_answer(&self, error: &Error) -> NoAnswer {
        let (reason, was_closed) = self.reason(error);
        let by_proxy = self.proxy.map(|name| format!(", by way of the proxy that {name} names"));
        NoAnswer { http_status: None, reason: reason + &by_proxy.unwrap_or_default(), was_closed }
    }

    /// What went wrong, and whether the connection was closed before anything came.
    fn reason(&self, error: &Error) -> (String, bool) {
        let (reason, was_closed) = match error {
            Error::Timeout(_) => return self.too_late(),
            Error::Io(error) => return self.io_reason(error),
            Error::Rustls(error) => (tls_reason(error), false),
            Error::Tls(_) | Error::TlsRequired => ("the TLS handshake failed", false),
            Error::HostNotFound => ("its name cannot be resolved", false),
            Error::ConnectProxyFailed(_) => ("the proxy did not connect to it", false),
            Error::LargeResponseHeader(..) => ("the head of its answer is too large", false),
            Error::Protocol(_) => ("its answer is not HTTP", false),
            Error::Http(_) => ("the request cannot be made", false),
            _ => ("the connection failed", false),
        };
        (reason.to_owned(), was_closed)
    }

    fn io_reason(&self, error: &io::Error) -> (String, bool) {
        use io::ErrorKind as Kind;
        if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return (tls_reason(error).to_owned(), false);
        }
        let (reason, was_closed) = match error.kind() {
            Kind::TimedOut | Kind::WouldBlock => return self.too_late(),
            Kind::ConnectionRefused => ("the connection was refused", false),
            Kind::ConnectionReset | Kind::ConnectionAborted | Kind::UnexpectedEof | Kind::BrokenPipe => {
                ("the connection was closed", true)
            }
            Kind::NetworkUnreachable | Kind::HostUnreachable | Kind::NetworkDown | Kind::AddrNotAvailable => {
                ("the network is unreachable", false)
            }
            Kind::PermissionDenied => ("the system does not allow the connection", false),
            // The standard library gives name resolution no kind of its own.
            _ if error.to_string().starts_with("failed to lookup address") => ("its name cannot be resolved", false),
            _ => ("the connection failed", false),
        };
        (reason.to_owned(), was_closed)
    }

    fn too_late(&self) -> (String, bool) {
        (format!("it took longer than {} s", self.timeout.as_secs_f64()), false)
    }

    fn answer(&self, mut response: Response<ureq::Body>) -> Answer {
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (retry_after, date) = (header("retry-after"), header("date"));
        let is_framed = header("content-length").is_some() != header("transfer-encoding").is_some();
        let closes = header("connection").is_some_and(|value| value.to_ascii_lowercase().contains("close"));
        let may_have_body = !matches!(response.status().as_u16(), ..200 | 204 | 205 | 304);
        let is_plain = response.version() == Version::HTTP_11 && is_framed && may_have_body && !closes;
        let body = match response.body_mut().with_config().limit(MAX_BODY as u64).read_to_vec() {
            Ok(body) => Body::Whole(body),
            Err(Error::BodyExceedsLimit(_)) => Body::TooLarge,
            Err(error) => Body::Broken(self.no_answer(&error).reason),
        };
        let status = response.status().as_u16();
        drop(response);
        if !(is_plain && matches!(body, Body::Whole(_))) {
            self.is_odd.store(true, Ordering::Relaxed);
        }
        self.part();
        Answer { status, retry_after, date, body }
    }

    /// Gives the server time to see that a connection is over, where it is.
    fn part(&self) {
        if self.is_odd.load(Ordering::Relaxed) {
            std::thread::sleep(PARTING);
        }
    }
}

impl Transport for Http {
    fn send(&self, request: &Request) -> Result<Answer, NoAnswer> {
        let mut builder = HttpRequest::builder().method(request.method.name()).uri(self.endpoint.uri().clone());
        for (name, value) in &request.headers {
            let unusable = |error: HttpError| self.no_answer(&Error::Http(error));
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| unusable(error.into()))?;
            let mut value = HeaderValue::from_bytes(value).map_err(|error| unusable(error.into()))?;
            value.set_sensitive(true);
            builder = builder.header(name, value);
        }
        let agent = if self.is_odd.load(Ordering::Relaxed) { &self.closing } else { &self.keeping };
        let sent = match request.method {
            Method::Get => builder.body(()).map_err(Error::Http).and_then(|request| agent.run(request)),
            Method::Post => builder.body("").map_err(Error::Http).and_then(|request| agent.run(request)),
        };
        sent.map(|response| self.answer(response)).map_err(|error| {
            self.is_odd.store(true, Ordering::Relaxed);
            self.part();
            self.no_answer(&error)
        })
    }

    fn abort(&self) {
        self.keeping.clone().shutdown();
        self.closing.clone().shutdown();
    }
}

/// What is wrong with a TLS connection, in our words: a certificate's own may hold anything.
fn tls_reason(error: &rustls::Error) -> &'static str {
    use CertificateError as Certificate;
    match error {
        rustls::Error::InvalidCertificate(error) => match error {
            Certificate::Expired | Certificate::ExpiredContext { .. } => "its certificate has expired",
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => "its certificate is not valid yet",
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                "its certificate is for another name"
            }
            Certificate::UnknownIssuer => "its certificate is from nobody whom this system trusts",
            Certificate::Revoked => "its certificate was revoked",
            _ => "its certificate is not valid",
        },
        rustls::Error::AlertReceived(_) => "it refused the TLS handshake",
        rustls::Error::General(text) if text.contains("No CA certificates") => {
            "this system has no certificates to trust (package ca-certificates, or SSL_CERT_FILE)"
        }
        _ => "the TLS handshake failed",
    }
}

#[cfg(test)]
mod tests;
