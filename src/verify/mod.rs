//! Asks issuers whether secrets still work: one request a secret, and what its answer means.
//!
//! A rule says where and how to ask ([`crate::rule::Verify`]); nothing here knows any issuer. `transport` is one request and
//! its answer, over `http` outside of tests; `answer` is what an answer means; `schedule` decides who is asked when, and
//! `workers` does it on a few threads; `retry` and `proxy` are the small print of being a good client.
//!
//! What is never done: a redirect is not followed, an answer is not trusted to be short or true to its form, and no error,
//! log or `Debug` output holds a secret. `docs/verification.md` says against whom each of these stands.

mod answer;
mod http;
mod proxy;
mod retry;
mod schedule;
mod transport;
mod workers;

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::finding::Verification;
use crate::rule::{Endpoint, Rule, RuleSet};
use crate::secret::Secret;

use http::Http;
use proxy::Proxy;
use schedule::Limits;
use workers::Job;

/// How many requests are under way at once, unless told otherwise.
pub const DEFAULT_THREADS: usize = 10;

/// How long one request may take, from resolving the name to the end of the answer, unless told otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long all requests of a run may take together, with all waiting between them.
pub const DEFAULT_BOUND: Duration = Duration::from_secs(300);

/// How to ask.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to ask about the secrets of built-in rules, instead of where these say.
    pub url: Option<Endpoint>,
    /// How many requests may be under way at once; at least one.
    pub threads: usize,
    /// How long one request may take.
    pub timeout: Duration,
    /// How long all may take together.
    pub bound: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options { url: None, threads: DEFAULT_THREADS, timeout: DEFAULT_TIMEOUT, bound: DEFAULT_BOUND }
    }
}

/// How far a verification is; may be read while it runs.
#[derive(Debug, Default)]
pub struct Counters {
    asked: AtomicUsize,
    all: AtomicUsize,
}

impl Counters {
    /// How many secrets are decided.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// How many there are.
    pub fn all(&self) -> usize {
        self.all.load(Ordering::Relaxed)
    }
}

/// Why nothing can be asked; says what to do, and holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupError(String);

impl std::fmt::Display for SetupError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SetupError {}

/// Asks, and remembers what it was told: no secret is asked about twice.
pub struct Verifier {
    options: Options,
    /// Where secrets may be asked about, and the proxies that lead there.
    endpoints: HashMap<Endpoint, Option<Proxy>>,
    answers: HashMap<Question, Verification>,
    /// When no request may begin any more; known from the first one on.
    deadline: Option<Instant>,
}

/// One secret asked about in one place, in one way: see [`crate::rule::Verify::alike`].
type Question = (Endpoint, Secret, String);

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("options", &self.options).field("answers", &self.answers.len()).finish()
    }
}

impl Verifier {
    /// Makes ready to ask about the secrets of `rules`, by proxies as `environment` names them. Sends nothing.
    ///
    /// # Errors
    /// A proxy that is none, or a `localhost` that is another machine.
    pub fn new(
        rules: &RuleSet,
        options: Options,
        environment: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, SetupError> {
        let mut endpoints = HashMap::new();
        for endpoint in rules.rules().iter().filter_map(|rule| endpoint(&options, rule)) {
            if !endpoints.contains_key(endpoint) {
                stays_here(endpoint, |host, port| (host, port).to_socket_addrs().map(Iterator::collect))?;
                endpoints.insert(endpoint.clone(), proxy::choose(endpoint, environment).map_err(SetupError)?);
            }
        }
        Ok(Verifier { options, endpoints, answers: HashMap::new(), deadline: None })
    }

    /// Asks about each secret that its rule says how to ask about and that was not asked about before; none is the answer
    /// for the others.
    pub fn verify(&mut self, secrets: &[(Arc<Rule>, Secret)], counters: &Counters) -> Vec<Option<Verification>> {
        let mut by_endpoint: Vec<(Endpoint, Vec<Job<'_>>)> = Vec::new();
        let mut new: HashSet<Question> = HashSet::new();
        for (rule, secret) in secrets {
            let (Some(endpoint), Some(how)) = (endpoint(&self.options, rule), &rule.verify) else { continue };
            let question = (endpoint.clone(), secret.clone(), how.alike.clone());
            if self.answers.contains_key(&question) || !new.insert(question) {
                continue;
            }
            let job = Job { how, secret };
            match by_endpoint.iter_mut().find(|(known, _)| known == endpoint) {
                Some((_, jobs)) => jobs.push(job),
                None => by_endpoint.push((endpoint.clone(), vec![job])),
            }
        }
        counters.all.fetch_add(new.len(), Ordering::Relaxed);
        for (endpoint, jobs) in by_endpoint {
            self.ask(&endpoint, &jobs, counters);
        }
        let answer = |(rule, secret): &(Arc<Rule>, Secret)| {
            let (endpoint, how) = (endpoint(&self.options, rule)?, rule.verify.as_ref()?);
            self.answers.get(&(endpoint.clone(), secret.clone(), how.alike.clone())).cloned()
        };
        secrets.iter().map(answer).collect()
    }

    /// Asks one server. Its connections are closed afterwards, so that never more are open than go to one.
    fn ask(&mut self, endpoint: &Endpoint, jobs: &[Job<'_>], counters: &Counters) {
        let Some(proxy) = self.endpoints.get(endpoint) else { return };
        let Options { bound, timeout, threads, .. } = self.options;
        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + bound.saturating_sub(timeout));
        let transport = Http::new(endpoint, proxy.clone(), &self.options);
        let limits = Limits { threads, jobs: jobs.len(), timeout, deadline };
        let answers = workers::ask_all(endpoint, jobs, &transport, limits, &counters.asked);
        for (job, answer) in jobs.iter().zip(answers) {
            self.answers.insert((endpoint.clone(), job.secret.clone(), job.how.alike.clone()), answer);
        }
    }
}

/// Where to ask about the secrets of a rule, if anywhere.
fn endpoint<'a>(options: &'a Options, rule: &'a Rule) -> Option<&'a Endpoint> {
    let verify = rule.verify.as_ref().filter(|_| rule.origin.may_verify())?;
    Some(options.url.as_ref().filter(|_| rule.is_built_in()).unwrap_or(&verify.endpoint))
}

/// `localhost` may be sent secrets without encryption only where it is this machine, as `resolve` says. One that is nowhere gets
/// nothing anyway.
fn stays_here(
    endpoint: &Endpoint,
    resolve: impl FnOnce(&str, u16) -> io::Result<Vec<SocketAddr>>,
) -> Result<(), SetupError> {
    if endpoint.is_encrypted() {
        return Ok(());
    }
    let addresses = resolve(endpoint.host(), endpoint.port());
    if addresses.is_ok_and(|addresses| addresses.iter().any(|address| !address.ip().is_loopback())) {
        let remedy = "write 127.0.0.1 or [::1] instead";
        return Err(SetupError(format!("on this system, localhost is not this machine\n  help: {remedy}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Origin;

    #[test]
    fn a_rule_out_of_what_is_scanned_sends_nothing() {
        let text = "[[rules]]\nid = 'mine'\nregex = 'abc'\n[rules.verify]\nmethod = 'GET'\nurl = 'https://example.com/'\n\
                    headers = { A = '{secret}' }\nactive = [200]\ninactive = [401]\n";
        // Such a rule does not even load.
        let refused = RuleSet::from_text(Origin::Config("r.toml".into()), text).unwrap_err();
        assert!(refused.message.contains("may not say how to verify"), "{refused}");
        let rules = RuleSet::from_text(Origin::CommandLine("r.toml".into()), text).unwrap();
        assert_eq!(Verifier::new(&rules, Options::default(), &|_| None).unwrap().endpoints.len(), 1);
        let rule = Arc::clone(&rules.rules()[0]);
        drop(rules);
        let mut rule = Arc::into_inner(rule).unwrap();
        assert!(endpoint(&Options::default(), &rule).is_some());
        rule.origin = Origin::Config("r.toml".into());
        assert!(endpoint(&Options::default(), &rule).is_none());
    }

    #[test]
    fn localhost_is_this_machine_or_gets_no_secret() {
        let plain = Endpoint::parse("http://localhost:8080/").unwrap();
        let stays = |endpoint: &Endpoint, found: io::Result<&[&str]>| {
            let resolve = |host: &str, port: u16| {
                assert_eq!((host, port), (endpoint.host(), endpoint.port()));
                found.map(|found| found.iter().map(|address| address.parse().unwrap()).collect())
            };
            stays_here(endpoint, resolve)
        };
        assert_eq!(stays(&plain, Ok(&["127.0.0.1:8080", "[::1]:8080"])), Ok(()));
        assert_eq!(stays(&plain, Ok(&[])), Ok(()));
        assert_eq!(stays(&plain, Err(io::ErrorKind::NotFound.into())), Ok(()));
        for elsewhere in [&["192.0.2.7:8080"][..], &["127.0.0.1:8080", "[2001:db8::7]:8080"]] {
            let refused = stays(&plain, Ok(elsewhere)).unwrap_err().to_string();
            assert!(refused.contains("localhost is not this machine\n  help: write 127.0.0.1"), "{refused}");
        }
        // What is encrypted shows whom it goes to.
        let encrypted = Endpoint::parse("https://localhost:8080/").unwrap();
        assert_eq!(stays_here(&encrypted, |_, _| panic!("nobody need know where it is")), Ok(()));
    }

    #[test]
    fn what_is_remembered_is_in_no_debug_output() {
        let rules = RuleSet::built_in().unwrap();
        let mut verifier = Verifier::new(&rules, Options::default(), &|_| None).unwrap();
        let endpoint = verifier.endpoints.keys().next().unwrap().clone();
        let question = (endpoint, Secret::new(b"a made-up key", 3), "a made-up key".to_owned());
        verifier.answers.insert(question, Verification::unknown(None, "a made-up key".to_owned()));
        let shown = format!("{verifier:?}");
        assert!(
            shown.starts_with("Verifier {") && shown.contains("answers: 1") && !shown.contains("made-up"),
            "{shown}"
        );
    }
}
