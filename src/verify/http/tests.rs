//! What is said of each failure, those that no server of a test can bring about included.

use super::*;
use ureq::Timeout;

fn http(proxy: Option<&'static str>) -> Http {
    let endpoint = Endpoint::parse("https://example.com/").unwrap();
    let options = Options { timeout: Duration::from_millis(1500), ..Options::default() };
    Http { proxy, ..Http::new(&endpoint, None, &options) }
}

const LATE: &str = "it took longer than 1.5 s";
const CLOSED: &str = "the connection was closed";
const FAILED: &str = "the connection failed";

/// A failure of the system is the same to us whether it is said as it is or by the client.
#[test]
fn failures_of_the_system_are_told_in_our_words() {
    use io::ErrorKind::*;
    const UNREACHABLE: &str = "the network is unreachable";
    let http = http(None);
    for (kind, reason, was_closed) in [
        (TimedOut, LATE, false),
        (WouldBlock, LATE, false),
        (ConnectionRefused, "the connection was refused", false),
        (ConnectionReset, CLOSED, true),
        (ConnectionAborted, CLOSED, true),
        (UnexpectedEof, CLOSED, true),
        (BrokenPipe, CLOSED, true),
        (NetworkUnreachable, UNREACHABLE, false),
        (HostUnreachable, UNREACHABLE, false),
        (NetworkDown, UNREACHABLE, false),
        (AddrNotAvailable, UNREACHABLE, false),
        (PermissionDenied, "the system does not allow the connection", false),
        (InvalidData, FAILED, false),
    ] {
        let told = NoAnswer { http_status: None, reason: reason.to_owned(), was_closed };
        assert_eq!(http.no_answer(&Error::Io(kind.into())), told, "{kind:?}");
        assert_eq!(http.no_answer(&Error::Io(io::Error::new(kind, "words of its own"))), told, "{kind:?}");
    }
    let lookup = "failed to lookup address information: Name or service not known";
    let told = http.no_answer(&Error::Io(io::Error::other(lookup)));
    assert_eq!((&*told.reason, told.was_closed), ("its name cannot be resolved", false));
    // TLS speaks through streams, in errors of these.
    let inner = rustls::Error::InvalidCertificate(CertificateError::Revoked);
    let told = http.no_answer(&Error::Io(io::Error::new(UnexpectedEof, inner)));
    assert_eq!((&*told.reason, told.was_closed), ("its certificate was revoked", false));
}

#[test]
fn failures_of_the_client_are_told_in_our_words() {
    const TLS: &str = "the TLS handshake failed";
    let unusable = || HttpError::from(HeaderValue::from_bytes(b"\n").unwrap_err());
    for (error, reason) in [
        (Error::Timeout(Timeout::Global), LATE),
        (Error::Rustls(rustls::Error::InvalidCertificate(CertificateError::Expired)), "its certificate has expired"),
        (Error::Tls("words of its own"), TLS),
        (Error::TlsRequired, TLS),
        (Error::HostNotFound, "its name cannot be resolved"),
        (Error::ConnectProxyFailed("words of its own".into()), "the proxy did not connect to it"),
        (Error::LargeResponseHeader(2, 1), "the head of its answer is too large"),
        (Error::Http(unusable()), "the request cannot be made"),
        (Error::ConnectionFailed, FAILED),
    ] {
        let told = NoAnswer { http_status: None, reason: reason.to_owned(), was_closed: false };
        assert_eq!(http(None).no_answer(&error), told, "{error}");
        let told = NoAnswer { reason: format!("{reason}, by way of the proxy that HTTPS_PROXY names"), ..told };
        assert_eq!(http(Some("HTTPS_PROXY")).no_answer(&error), told, "{error}");
    }
}

#[test]
fn what_is_wrong_with_tls_is_told_in_our_words() {
    use rustls::Error::*;
    const HANDSHAKE: &str = "the TLS handshake failed";
    for (error, reason) in [
        (InvalidCertificate(CertificateError::Expired), "its certificate has expired"),
        (InvalidCertificate(CertificateError::NotValidYet), "its certificate is not valid yet"),
        (InvalidCertificate(CertificateError::NotValidForName), "its certificate is for another name"),
        (InvalidCertificate(CertificateError::UnknownIssuer), "its certificate is from nobody whom this system trusts"),
        (InvalidCertificate(CertificateError::Revoked), "its certificate was revoked"),
        (InvalidCertificate(CertificateError::BadSignature), "its certificate is not valid"),
        (AlertReceived(rustls::AlertDescription::HandshakeFailure), "it refused the TLS handshake"),
        (
            General("No CA certificates were loaded from the system".into()),
            "this system has no certificates to trust (package ca-certificates, or SSL_CERT_FILE)",
        ),
        (General("words of its own".into()), HANDSHAKE),
        (HandshakeNotComplete, HANDSHAKE),
    ] {
        assert_eq!(tls_reason(&error), reason, "{error}");
    }
}

#[test]
fn a_server_has_time_to_see_that_a_connection_is_over() {
    let http = http(None);
    http.is_odd.store(true, Ordering::Relaxed);
    let begin = std::time::Instant::now();
    http.part();
    assert!(begin.elapsed() >= PARTING);
}
