//! `--verify` over TLS, by proxies, and to where the built-in rule really sends a key: the issuer's own name, with a certificate
//! from an authority that only these tests trust. By `SSL_CERT_FILE`, which other systems than Linux do not go by.

use std::path::Path;

use crate::support::server::{CLOSED_PORT, Certificate, Proxy, Reply, Server, USER, endless};
use crate::support::{Folder, Run, TAIL, key, numbered_key};

const HOST: &str = "clientapi.retailgrid.io";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.file("a.env", format!("KEY={}\n", key()));
    folder
}

/// A scan with verification, trusting `authority` alone, with these variables set.
fn verify(folder: &Folder, authority: &Path, url: Option<&str>, variables: &[(&str, &str)]) -> Run {
    let mut command = folder.command();
    command.args(["scan", "--format", "json", "--verify", "--verify-timeout", "20", "a.env"]);
    command.env("SSL_CERT_FILE", authority).envs(variables.iter().copied());
    command.args(url.iter().flat_map(|url| ["--verify-url", url]));
    let run = Run::of(&mut command);
    assert!(!run.stdout.contains(&TAIL[4..]) && !run.stderr.contains(&TAIL[4..]), "{}{}", run.stdout, run.stderr);
    assert_eq!(run.status, 1, "{}", run.stderr);
    run
}

fn status(run: &Run) -> String {
    run.json()["findings"][0]["verification"]["status"].as_str().unwrap().to_owned()
}

fn detail(run: &Run) -> String {
    assert_eq!(status(run), "unknown");
    run.json()["findings"][0]["verification"]["detail"].as_str().unwrap().to_owned()
}

#[test]
fn a_certificate_that_holds_is_taken() {
    let folder = folder();
    for name in ["localhost", "127.0.0.1"] {
        let certificate = Certificate::new(name, 2020, 2120);
        let server = Server::start_tls(&certificate, |_| Reply::active());
        let url = format!("https://{name}:{}/v1", server.port());
        let run = verify(&folder, &certificate.trusted_in(&folder), Some(&url), &[]);
        assert_eq!((status(&run), server.requests().len()), ("active".to_owned(), 1), "{name}: {}", run.stdout);
        assert_eq!((server.requests()[0].key(), &*server.requests()[0].path), (&*key(), "/v1"));
    }
}

#[test]
fn certificates_may_lie_in_a_folder() {
    let folder = folder();
    let certificate = Certificate::new("localhost", 2020, 2120);
    // Named by a hash, as OpenSSL has them.
    folder.file("authorities/0a1b2c3d.0", &certificate.authority);
    let server = Server::start_tls(&certificate, |_| Reply::active());
    let url = format!("https://localhost:{}/", server.port());
    let mut command = folder.command();
    command.args(["scan", "--format", "json", "--verify", "--verify-url", &url, "a.env"]);
    let run = Run::of(command.env("SSL_CERT_DIR", folder.path().join("authorities")));
    assert_eq!(status(&run), "active", "{}", run.stdout);
}

#[test]
fn a_certificate_that_does_not_hold_gets_no_key() {
    let folder = folder();
    let stranger = Certificate::new("localhost", 2020, 2120);
    for (name, from, to, is_trusted, reason) in [
        ("localhost", 2020, 2021, true, "its certificate has expired"),
        ("localhost", 2100, 2120, true, "its certificate is not valid yet"),
        ("example.com", 2020, 2120, true, "its certificate is for another name"),
        ("localhost", 2020, 2120, false, "its certificate is from nobody whom this system trusts"),
    ] {
        let certificate = Certificate::new(name, from, to);
        let server = Server::start_tls(&certificate, |_| Reply::active());
        let authority = if is_trusted { &certificate } else { &stranger };
        let url = format!("https://localhost:{}/", server.port());
        let run = verify(&folder, &authority.trusted_in(&folder), Some(&url), &[]);
        assert_eq!(detail(&run), format!("localhost gave no usable answer: {reason}"));
        assert!(server.connections() > 0 && server.requests().is_empty(), "{reason}");
    }
}

#[test]
fn what_is_not_tls_gets_no_key() {
    let folder = folder();
    let authority = Certificate::new("localhost", 2020, 2120).trusted_in(&folder);
    let server = Server::always(Reply::active);
    let url = format!("https://localhost:{}/", server.port());
    let mut command = folder.command();
    command.args(["scan", "--format", "json", "--verify", "--verify-timeout", "1", "--verify-url", &url, "a.env"]);
    let run = Run::of(command.env("SSL_CERT_FILE", &authority));
    assert!(detail(&run).starts_with("localhost gave no usable answer"), "{}", run.stdout);
    assert!(server.requests().is_empty());
    // No certificates at all.
    folder.file("empty.pem", "");
    let run = verify(&folder, &folder.path().join("empty.pem"), Some(&url), &[]);
    assert!(detail(&run).contains("this system has no certificates to trust"), "{}", run.stdout);
}

#[test]
fn the_built_in_rule_asks_its_issuer_by_a_proxy_that_learns_nothing() {
    let folder = folder();
    let certificate = Certificate::new(HOST, 2020, 2120);
    let authority = certificate.trusted_in(&folder);
    let server = Server::start_tls(&certificate, |_| Reply::active());
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let proxy = Proxy::start(&server);
        let before = server.requests().len();
        let run = verify(&folder, &authority, None, &[(variable, &proxy.url())]);
        assert_eq!((status(&run), server.requests().len()), ("active".to_owned(), before + 1), "{}", run.stdout);
        assert_eq!(run.json()["findings"][0]["verification"]["user_id"], USER);
        let request = &server.requests()[before];
        assert_eq!((&*request.method, &*request.path), ("GET", "/v1/auth/verify"));
        assert_eq!((request.key(), request.header("host")), (&*key(), Some(HOST)));
        assert_eq!(request.header("proxy-authorization"), None);
        let seen = proxy.received();
        assert!(seen[0].starts_with(&format!("CONNECT {HOST}:443 HTTP/1.1\r\n")), "{seen:?}");
        assert!(seen.iter().all(|bytes| !bytes.contains(TAIL)), "the proxy sees no key");
        assert!(!run.stderr.contains("hunter2") && !run.stdout.contains("hunter2"));
    }
}

#[test]
fn a_proxy_that_does_not_lead_there_is_not_gone_round() {
    let folder = folder();
    let certificate = Certificate::new(HOST, 2020, 2120);
    let authority = certificate.trusted_in(&folder);
    let refuses = Server::always(|| Reply::new(407, "who are you"));
    let proxy = format!("http://127.0.0.1:{}", refuses.port());
    let run = verify(&folder, &authority, None, &[("HTTPS_PROXY", &proxy)]);
    assert_eq!(
        detail(&run),
        format!(
            "{HOST} gave no usable answer: the proxy did not connect to it, by way of the proxy that HTTPS_PROXY names"
        )
    );
    assert!(
        refuses
            .requests()
            .iter()
            .all(|request| request.method == "CONNECT" && request.header("authorization").is_none())
    );
    // The right name behind the wrong certificate: somebody who listens in.
    let listener = Server::start_tls(&Certificate::new(HOST, 2020, 2120), |_| Reply::active());
    let proxy = Proxy::start(&listener);
    let run = verify(&folder, &authority, None, &[("HTTPS_PROXY", &proxy.url())]);
    assert_eq!(
        detail(&run),
        format!(
            "{HOST} gave no usable answer: its certificate is from nobody whom this system trusts, by way of the proxy that HTTPS_PROXY names"
        )
    );
    assert!(listener.requests().is_empty());
    let gone = format!("http://127.0.0.1:{}", CLOSED_PORT);
    let run = verify(&folder, &authority, None, &[("HTTPS_PROXY", &gone)]);
    assert_eq!(
        detail(&run),
        format!("{HOST} gave no usable answer: the connection was refused, by way of the proxy that HTTPS_PROXY names")
    );
}

#[test]
fn a_proxy_that_does_not_come_to_an_end_is_left() {
    let folder = folder();
    folder.file("a.env", (0..40).map(|number| format!("{}\n", numbered_key(number))).collect::<String>());
    let authority = Certificate::new(HOST, 2020, 2120).trusted_in(&folder);
    let proxy = format!("http://127.0.0.1:{}", endless(b"HTTP/1.1 200 Connected\r\nx: ", true));
    let mut command = folder.command();
    command.args(["scan", "--format", "json", "--verify", "--verify-timeout", "0.5", "a.env"]);
    let run = Run::of(command.env("SSL_CERT_FILE", &authority).env("HTTPS_PROXY", proxy));
    let json = run.json();
    assert_eq!((run.status, json["findings"].as_array().unwrap().len()), (1, 40));
    for finding in json["findings"].as_array().unwrap() {
        assert_eq!(finding["verification"]["status"], "unknown");
    }
    // Nothing else than this would end it.
    let last = json["findings"][39]["verification"]["detail"].as_str().unwrap();
    assert!(last.contains("did not come to an end"), "{last}");
}

#[test]
fn many_keys_go_over_few_encrypted_connections() {
    let folder = folder();
    folder.file("a.env", (0..100).map(|number| format!("{}\n", numbered_key(number))).collect::<String>());
    let certificate = Certificate::new("localhost", 2020, 2120);
    let server = Server::start_tls(&certificate, |_| Reply::new(401, ""));
    let url = format!("https://localhost:{}/", server.port());
    let run = verify(&folder, &certificate.trusted_in(&folder), Some(&url), &[]);
    assert_eq!(status(&run), "inactive");
    assert_eq!(server.requests().len(), 100);
    assert!(server.most_open() <= 10 && server.connections() <= 10, "{} connections", server.connections());
}
