//! The verifier's reading of answers: a server on this machine answers with the fuzzer's bytes, whole HTTP or not. What is said of the key
//! then is bounded and plain, and holds nothing of the key.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use gridleaks::finding::VerificationStatus;
use gridleaks::rule::{Endpoint, RuleSet};
use gridleaks::secret::Secret;
use gridleaks::verify::{Counters, Options, Verifier};

use crate::Target;
use crate::parts::key;

pub(super) const TARGET: Target = Target {
    name: "answer",
    run,
    seeds,
    words: &[
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 401 \r\n",
        b"HTTP/1.1 403 \r\n",
        b"HTTP/1.1 302 \r\n",
        b"Content-Length: ",
        b"Transfer-Encoding: chunked\r\n",
        b"\r\n\r\n",
        b"{\"ok\": true}",
        b"\"user_id\": \"",
        b"\"api_key_id\": ",
        b"Retry-After: ",
        b"Location: ",
        b"Content-Encoding: gzip\r\n",
        b"HTTP/1.1 100 \r\n\r\n",
    ],
    longest: 2048,
    inputs: 300,
};

/// The server, and what it answers.
struct Server {
    endpoint: Endpoint,
    answer: Arc<Mutex<Vec<u8>>>,
}

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let listener = TcpListener::bind("127.0.0.1:0").expect("this machine has a port");
    let port = listener.local_addr().expect("it has an address").port();
    let answer = Arc::new(Mutex::new(Vec::new()));
    let given = Arc::clone(&answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = given.lock().map(|answer| answer.clone()).unwrap_or_default();
            // A client that has seen enough goes away.
            let _ = serve(stream, &answer);
        }
    });
    let endpoint = Endpoint::parse(&format!("http://127.0.0.1:{port}/v1/auth/verify")).expect("it is one");
    Server { endpoint, answer }
});

fn serve(mut stream: TcpStream, answer: &[u8]) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_millis(200)))?;
    let (mut request, mut buffer) = (Vec::new(), [0; 2048]);
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            read => request.extend_from_slice(&buffer[..read]),
        }
    }
    stream.write_all(answer)
}

fn run(data: &[u8]) {
    let server = &*SERVER;
    // What makes the client wait is left to tests: a fuzzer would do little else.
    if data.windows(4).any(|part| part.starts_with(b" 5") || part.starts_with(b" 429")) {
        return;
    }
    if let Ok(mut answer) = server.answer.lock() {
        *answer = data.to_vec();
    }
    let rules = RuleSet::built_in().expect("the built-in rules are in order");
    let options = Options {
        url: Some(server.endpoint.clone()),
        threads: 1,
        timeout: Duration::from_millis(150),
        bound: Duration::from_millis(160),
    };
    let mut verifier = Verifier::new(&rules, options, &|_| None).expect("there is no proxy");
    let key = key();
    let secret = Secret::new(key.as_bytes(), 12);
    let answers = verifier.verify(&[(Arc::clone(&rules.rules()[0]), secret)], &Counters::default());
    let Some(Some(said)) = answers.into_iter().next() else { panic!("the rule says how to ask") };
    let texts = [said.user_id.as_deref(), said.api_key_id.as_deref(), said.detail.as_deref()];
    for text in texts.into_iter().flatten() {
        assert!(text.len() <= 600, "{} bytes", text.len());
        assert!(!text.contains(&key), "the key came back");
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
    let body_says_so = data.windows(4).any(|part| part == b"true");
    if said.status == VerificationStatus::Active && said.http_status == Some(200) {
        assert!(body_says_so, "200 alone does not make a key active");
    }
    if said.status == VerificationStatus::Inactive {
        assert_eq!(said.http_status, Some(401));
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let answer = |status: &str, body: &str| {
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
    };
    let id = "123e4567-e89b-12d3-a456-426614174000";
    [
        answer("200 OK", &format!("{{\"ok\": true, \"user_id\": \"{id}\", \"api_key_id\": \"{id}\"}}")),
        answer("200 OK", "{\"ok\": false}"),
        answer("200 OK", &format!("{{\"ok\": true, \"user_id\": \"{}\"}}", key())),
        answer("401 Unauthorized", "{}"),
        answer("403 Forbidden", "no"),
        answer("302 Found", "<html>"),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nc\r\n{\"ok\": true}\r\n0\r\n\r\n"
            .to_owned(),
    ]
    .map(String::into_bytes)
    .to_vec()
}
