//! A real HTTP server on loopback that answers as a test tells it to, and remembers what it was asked.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::{Folder, Run, TAIL, key};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Received {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
}

impl Received {
    /// The value of a header; its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The key that was asked about.
    pub fn key(&self) -> &str {
        self.header("authorization").and_then(|value| value.strip_prefix("Bearer ")).expect("a bearer token")
    }
}

/// What to send back, byte for byte, and whether to close the connection afterwards.
pub struct Reply {
    bytes: Vec<u8>,
    closes: bool,
    delay: Duration,
    /// What comes a moment behind the answer, as from a server that miscounts.
    stray: Vec<u8>,
}

impl Reply {
    /// An answer with these headers, each with its line end, and this body.
    pub fn with_headers(status: u16, headers: &str, body: &str) -> Self {
        let length = body.len();
        let bytes = format!("HTTP/1.1 {status} Status\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
        Reply { bytes: bytes.into_bytes(), closes: false, delay: Duration::ZERO, stray: Vec::new() }
    }

    pub fn new(status: u16, body: &str) -> Self {
        Self::with_headers(status, "content-type: application/json\r\n", body)
    }

    /// What Retailgrid answers about a key that works.
    pub fn active() -> Self {
        Self::new(200, &format!(r#"{{"ok": true, "user_id": "{USER}", "api_key_id": "{KEY_ID}"}}"#))
    }

    /// The same, and the end of the connection, as the answer says.
    pub fn last(status: u16, body: &str) -> Self {
        Reply { closes: true, ..Self::with_headers(status, "connection: close\r\n", body) }
    }

    /// Bytes as they are, on a connection that stays open.
    pub fn kept(bytes: &str) -> Self {
        Reply { closes: false, ..Self::raw(bytes) }
    }

    /// Bytes as they are, and the end.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Reply { bytes: bytes.into(), closes: true, delay: Duration::ZERO, stray: Vec::new() }
    }

    /// The same, and a moment later another whole answer that nobody asked for.
    pub fn then_stray(self, other: Reply) -> Self {
        Reply { stray: other.bytes, ..self }
    }

    pub fn after(self, delay: Duration) -> Self {
        Reply { delay, ..self }
    }
}

pub const USER: &str = "6f9619ff-8b86-4011-b42d-00c04fc964ff";
pub const KEY_ID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

type Answer = dyn Fn(&Received) -> Reply + Send + Sync;

/// The server; it runs until the test program ends.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    received: Mutex<Vec<Received>>,
    connections: AtomicUsize,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

impl Server {
    /// Starts one that answers in plain HTTP.
    pub fn start(answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        Self::listen(None, Arc::new(answer))
    }

    /// Starts one that answers every request alike.
    pub fn always(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Self {
        Self::start(move |_| reply())
    }

    /// Starts one that speaks TLS.
    pub fn start_tls(certificate: &Certificate, answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        Self::listen(Some(Arc::clone(&certificate.server)), Arc::new(answer))
    }

    fn listen(tls: Option<Arc<rustls::ServerConfig>>, answer: Arc<Answer>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let for_connections = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { continue };
                let (shared, tls, answer) = (Arc::clone(&for_connections), tls.clone(), Arc::clone(&answer));
                let open = Open::new(&shared);
                std::thread::spawn(move || {
                    let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
                    match tls {
                        None => serve(stream, open, &*answer),
                        Some(config) => {
                            let connection = rustls::ServerConnection::new(config).unwrap();
                            serve(rustls::StreamOwned::new(connection, stream), open, &*answer);
                        }
                    }
                });
            }
        });
        Server { address, shared }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v1/auth/verify", self.port())
    }

    pub fn requests(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// The most connections that were open at once.
    pub fn most_open(&self) -> usize {
        self.shared.most_open.load(Ordering::SeqCst)
    }
}

/// A connection that is counted as open until this goes.
struct Open(Arc<Shared>);

impl Open {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.connections.fetch_add(1, Ordering::SeqCst);
        let open = shared.open.fetch_add(1, Ordering::SeqCst) + 1;
        shared.most_open.fetch_max(open, Ordering::SeqCst);
        Open(Arc::clone(shared))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Answers the requests of one connection until either side closes it. One that closes with its answer is over when that is sent:
/// whoever has the answer may open another before this thread comes to count.
fn serve(mut stream: impl Read + Write, open: Open, answer: &Answer) {
    let mut open = Some(open);
    let shared = Arc::clone(&open.as_ref().unwrap().0);
    let mut bytes = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            let mut piece = [0; 4096];
            match stream.read(&mut piece) {
                Ok(read) if read > 0 => bytes.extend_from_slice(&piece[..read]),
                _ => return,
            }
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        bytes.drain(..end + 4);
        let mut lines = head.lines();
        let mut words = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
        let header = |line: &str| {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            (name.to_ascii_lowercase(), value.trim().to_owned())
        };
        let received = Received {
            method: words.next().unwrap_or_default(),
            path: words.next().unwrap_or_default(),
            headers: lines.map(header).collect(),
        };
        let reply = answer(&received);
        shared.received.lock().unwrap().push(received);
        std::thread::sleep(reply.delay);
        open.take_if(|_| reply.closes);
        if stream.write_all(&reply.bytes).and_then(|()| stream.flush()).is_err() || reply.closes {
            return;
        }
        if !reply.stray.is_empty() {
            std::thread::sleep(Duration::from_millis(3));
            let _ = stream.write_all(&reply.stray);
        }
    }
}

/// A proxy that leads every `CONNECT` to one server, whatever it asks for; remembers what it was asked.
pub struct Proxy {
    port: u16,
    received: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub fn start(target: &Server) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = Arc::new(Mutex::new(Vec::new()));
        let (seen, target) = (Arc::clone(&received), target.address);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                std::thread::spawn(move || tunnel(stream, target, &seen));
            }
        });
        Proxy { port, received }
    }

    pub fn url(&self) -> String {
        format!("http://user:hunter2@127.0.0.1:{}", self.port)
    }

    /// The heads of all that came, and what was sent through the tunnels.
    pub fn received(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }
}

fn tunnel(mut client: TcpStream, target: SocketAddr, seen: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        match client.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    seen.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
    let mut server = TcpStream::connect(target).unwrap();
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
    let (mut from_server, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    std::thread::spawn(move || std::io::copy(&mut from_server, &mut to_client));
    let mut sent = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(read @ 1..) = client.read(&mut piece) {
        sent.extend_from_slice(&piece[..read]);
        if server.write_all(&piece[..read]).is_err() {
            break;
        }
    }
    let _ = server.shutdown(std::net::Shutdown::Write);
    seen.lock().unwrap().push(String::from_utf8_lossy(&sent).into_owned());
}

/// A certificate for a name, from an authority made up for the test.
pub struct Certificate {
    server: Arc<rustls::ServerConfig>,
    /// The authority's certificate, as PEM.
    pub authority: String,
}

impl Certificate {
    /// One that is valid from `from` to `to`, as years.
    pub fn new(name: &str, from: i32, to: i32) -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        static AUTHORITIES: AtomicUsize = AtomicUsize::new(0);
        let common_name = format!("Test authority {}", AUTHORITIES.fetch_add(1, Ordering::SeqCst));
        authority.distinguished_name.push(rcgen::DnType::CommonName, common_name);
        let pem = authority.self_signed(&key).unwrap().pem();
        let issuer = rcgen::Issuer::new(authority, key);
        let key = rcgen::KeyPair::generate().unwrap();
        let mut leaf = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        leaf.not_before = rcgen::date_time_ymd(from, 1, 1);
        leaf.not_after = rcgen::date_time_ymd(to, 1, 1);
        let certificate = leaf.signed_by(&key, &issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let server = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.into())
            .unwrap();
        Certificate { server: Arc::new(server), authority: pem }
    }

    /// Writes the authority's certificate to a file beside what is scanned; for `SSL_CERT_FILE`.
    pub fn trusted_in(&self, folder: &Folder) -> PathBuf {
        folder.file("authority.pem", &self.authority);
        folder.path().join("authority.pem")
    }
}

/// A server that takes what it is sent, answers with `head`, and says no more, or a byte of an endless answer at a time.
pub fn endless(head: &'static [u8], drips: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming().flatten() {
            let mut writer = stream.try_clone().unwrap();
            open.push(stream);
            std::thread::spawn(move || {
                let _ = writer.write_all(head);
                while drips && writer.write_all(b"y").is_ok() {
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
        }
    });
    port
}

/// A port of this machine on which nobody listens: one that only a service of the system's own could have.
pub const CLOSED_PORT: u16 = 1;

/// A folder with one key in one place.
pub fn folder() -> Folder {
    let folder = Folder::new();
    folder.file("a.env", format!("KEY={}\n", key()));
    folder
}

/// A scan with verification at `url`; no output of it holds the key of [`folder`].
pub fn verify(folder: &Folder, url: &str, more: &[&str]) -> Run {
    let run = folder.run(["scan", "--format", "json", "--verify", "--verify-url", url].iter().chain(more));
    assert!(!run.stdout.contains(&TAIL[4..]) && !run.stderr.contains(&TAIL[4..]), "{}{}", run.stdout, run.stderr);
    run
}

/// The verification of the only finding.
pub fn verdict(run: &Run) -> Value {
    let json = run.json();
    assert_eq!(json["findings"].as_array().unwrap().len(), 1);
    json["findings"][0]["verification"].clone()
}

/// The statuses of all findings, in their order.
pub fn statuses(run: &Run) -> Vec<String> {
    let json = run.json();
    let status = |finding: &Value| finding["verification"]["status"].as_str().unwrap_or("none").to_owned();
    json["findings"].as_array().unwrap().iter().map(status).collect()
}
