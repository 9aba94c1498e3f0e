//! The transport outside of tests: HTTP by ureq, TLS by rustls with the platform's certificates.

use std::error::Error as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::CertificateError;
use ureq::http::{HeaderName, HeaderValue, Request as HttpRequest, Response, Version};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Error, Proxy};

use crate::rule::{Endpoint, Method};

use super::Options;
use super::transport::{Answer, Body, Failure, MAX_BODY, Request, Transport};

/// How many bytes the head of an answer may have.
const MAX_HEAD: usize = 32 << 10;

/// How long a server is given to see that a connection is over before another is opened: without it, a server that closes after
/// each answer would see more at once than are wanted.
const PARTING: Duration = Duration::from_millis(10);

/// Sends requests to one endpoint over connections that are kept open.
pub(super) struct Http {
    endpoint: Endpoint,
    agent: Agent,
    timeout: Duration,
}

impl Http {
    /// Makes ready; connects to nothing yet.
    pub(super) fn new(endpoint: &Endpoint, proxy: Option<Proxy>, options: &Options) -> Self {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Agent::config_builder()
            .https_only(endpoint.is_encrypted())
            .proxy(proxy)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(options.timeout))
            .max_idle_connections(options.threads)
            .max_idle_connections_per_host(options.threads)
            .max_response_header_size(MAX_HEAD)
            .user_agent(concat!("gridleaks/", env!("CARGO_PKG_VERSION")))
            .accept("application/json")
            .tls_config(tls)
            .build();
        Http { endpoint: endpoint.clone(), agent: config.new_agent(), timeout: options.timeout }
    }

    fn failure(&self, error: &Error) -> Failure {
        let (reason, was_closed) = match error {
            Error::Timeout(_) => return self.too_late(),
            Error::Io(error) => return self.io_failure(error),
            Error::Rustls(error) => (tls_reason(error), false),
            Error::Tls(_) | Error::TlsRequired => ("the TLS handshake failed", false),
            Error::HostNotFound => ("its name cannot be resolved", false),
            Error::ConnectProxyFailed(_) => ("the proxy did not connect to it", false),
            Error::LargeResponseHeader(..) => ("the head of its answer is too large", false),
            Error::Protocol(_) => ("its answer is not HTTP", false),
            Error::Http(_) => ("the secret holds what no header can", false),
            _ => ("the connection failed", false),
        };
        Failure { reason: reason.to_owned(), was_closed }
    }

    fn io_failure(&self, error: &io::Error) -> Failure {
        use io::ErrorKind as Kind;
        if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Failure { reason: tls_reason(error).to_owned(), was_closed: false };
        }
        let (reason, was_closed) = match error.kind() {
            Kind::TimedOut | Kind::WouldBlock => return self.too_late(),
            Kind::ConnectionRefused => ("the connection was refused", false),
            Kind::ConnectionReset | Kind::ConnectionAborted | Kind::UnexpectedEof | Kind::BrokenPipe => {
                ("the connection was closed before it answered", true)
            }
            Kind::NetworkUnreachable | Kind::HostUnreachable | Kind::NetworkDown | Kind::AddrNotAvailable => {
                ("the network is unreachable", false)
            }
            Kind::PermissionDenied => ("the system does not allow the connection", false),
            // The standard library gives name resolution no kind of its own.
            _ if error.to_string().starts_with("failed to lookup address") => ("its name cannot be resolved", false),
            _ => ("the connection failed", false),
        };
        Failure { reason: reason.to_owned(), was_closed }
    }

    fn too_late(&self) -> Failure {
        Failure { reason: format!("it took longer than {} s", self.timeout.as_secs_f64()), was_closed: false }
    }

    fn answer(&self, mut response: Response<ureq::Body>) -> Answer {
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (retry_after, date) = (header("retry-after"), header("date"));
        let closes = response.version() == Version::HTTP_10
            || header("connection").is_some_and(|value| value.to_ascii_lowercase().contains("close"));
        let body = match response.body_mut().with_config().limit(MAX_BODY as u64).read_to_vec() {
            Ok(body) => Body::Whole(body),
            Err(Error::BodyExceedsLimit(_)) => Body::TooLarge,
            Err(error) => Body::Broken(self.failure(&error).reason),
        };
        let status = response.status().as_u16();
        drop(response);
        if closes || !matches!(body, Body::Whole(_)) {
            std::thread::sleep(PARTING);
        }
        Answer { status, retry_after, date, body }
    }
}

impl Transport for Http {
    fn send(&self, request: &Request) -> Result<Answer, Failure> {
        let mut builder = HttpRequest::builder().method(request.method.name()).uri(self.endpoint.uri().clone());
        for (name, value) in &request.headers {
            let unusable = |_| Failure { reason: "the secret holds what no header can".to_owned(), was_closed: false };
            let mut value = HeaderValue::from_bytes(value).map_err(unusable)?;
            value.set_sensitive(true);
            let name = HeaderName::from_bytes(name.as_bytes());
            builder = builder.header(name.map_err(|error| self.failure(&Error::Http(error.into())))?, value);
        }
        let sent = match request.method {
            Method::Get => builder.body(()).map_err(Error::Http).and_then(|request| self.agent.run(request)),
            Method::Post => builder.body("").map_err(Error::Http).and_then(|request| self.agent.run(request)),
        };
        sent.map(|response| self.answer(response)).map_err(|error| self.failure(&error))
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
        error if error.source().is_some_and(|source| source.is::<io::Error>()) => "the connection failed",
        _ => "the TLS handshake failed",
    }
}
