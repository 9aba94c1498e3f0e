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

use std::collections::HashMap;
use std::net::ToSocketAddrs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::finding::{Verification, VerificationStatus};
use crate::rule::{Endpoint, Rule, RuleSet};
use crate::secret::Secret;

use http::Http;
use schedule::Limits;
use transport::Transport;
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
    transports: HashMap<Endpoint, Box<dyn Transport>>,
    answers: HashMap<Question, Verification>,
    /// When to have no request under way any more; known from the first request on.
    deadline: Option<Instant>,
}

/// One secret asked about in one place.
type Question = (Endpoint, Secret);

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
        environment: &dyn Fn(&str) -> Option<std::ffi::OsString>,
    ) -> Result<Self, SetupError> {
        let mut transports: HashMap<Endpoint, Box<dyn Transport>> = HashMap::new();
        for endpoint in rules.rules().iter().filter_map(|rule| endpoint(&options, rule)) {
            if !transports.contains_key(endpoint) {
                stays_here(endpoint)?;
                let proxy = proxy::choose(endpoint, environment).map_err(SetupError)?;
                transports.insert(endpoint.clone(), Box::new(Http::new(endpoint, proxy, &options)));
            }
        }
        Ok(Verifier { options, transports, answers: HashMap::new(), deadline: None })
    }

    /// Asks about each secret that its rule says how to ask about and that was not asked about before; none is the answer
    /// for the others.
    pub fn verify(&mut self, secrets: &[(Arc<Rule>, Secret)], counters: &Counters) -> Vec<Option<Verification>> {
        self.ask(secrets, counters);
        let parts: Vec<_> = secrets.iter().filter_map(|(rule, secret)| self.part(rule, secret)).collect();
        self.ask(&parts, counters);
        secrets.iter().map(|(rule, secret)| self.verdict(rule, secret)).collect()
    }

    /// What there is to say about a secret after all were asked about.
    fn verdict(&self, rule: &Arc<Rule>, secret: &Secret) -> Option<Verification> {
        let whole = self.answer(rule, secret)?;
        let Some((_, part)) = self.part(rule, secret) else { return Some(whole.clone()) };
        let mut verdict = self.answer(rule, &part)?.clone();
        if verdict.status == VerificationStatus::Active {
            let count = String::from_utf8_lossy(part.reveal()).chars().count();
            verdict.detail = Some(format!("its first {count} characters are the key; what follows is not part of it"));
        }
        Some(verdict)
    }

    fn answer(&self, rule: &Rule, secret: &Secret) -> Option<&Verification> {
        self.answers.get(&(endpoint(&self.options, rule)?.clone(), secret.clone()))
    }

    /// The shorter secret to be asked about, too, after the issuer said that this one does not work.
    fn part(&self, rule: &Arc<Rule>, secret: &Secret) -> Option<(Arc<Rule>, Secret)> {
        if self.answer(rule, secret)?.status != VerificationStatus::Inactive {
            return None;
        }
        let part = rule.verify.as_ref()?.part_of(secret.reveal())?;
        Some((Arc::clone(rule), Secret::new(part, 0)))
    }

    fn ask(&mut self, secrets: &[(Arc<Rule>, Secret)], counters: &Counters) {
        let mut by_endpoint: Vec<(&Endpoint, Vec<Job<'_>>)> = Vec::new();
        let mut new: std::collections::HashSet<(&Endpoint, &Secret)> = std::collections::HashSet::new();
        for (rule, secret) in secrets {
            let (Some(endpoint), Some(how)) = (endpoint(&self.options, rule), &rule.verify) else { continue };
            if self.answers.contains_key(&(endpoint.clone(), secret.clone())) || !new.insert((endpoint, secret)) {
                continue;
            }
            let job = Job { how, secret };
            match by_endpoint.iter_mut().find(|(known, _)| *known == endpoint) {
                Some((_, jobs)) => jobs.push(job),
                None => by_endpoint.push((endpoint, vec![job])),
            }
        }
        counters.all.fetch_add(new.len(), Ordering::Relaxed);
        for (endpoint, jobs) in by_endpoint {
            let Some(transport) = self.transports.get(endpoint) else { continue };
            let begin = Instant::now();
            let deadline =
                *self.deadline.get_or_insert(begin + self.options.bound.saturating_sub(self.options.timeout));
            let limits = Limits::new(self.options.threads, jobs.len(), deadline);
            let answers = workers::ask_all(endpoint, &jobs, &**transport, limits, &counters.asked);
            for (job, answer) in jobs.iter().zip(answers) {
                self.answers.insert((endpoint.clone(), job.secret.clone()), answer);
            }
        }
    }
}

/// Where to ask about the secrets of a rule, if anywhere.
fn endpoint<'a>(options: &'a Options, rule: &'a Rule) -> Option<&'a Endpoint> {
    let verify = rule.verify.as_ref().filter(|_| rule.origin.may_verify())?;
    Some(options.url.as_ref().filter(|_| rule.is_built_in()).unwrap_or(&verify.endpoint))
}

/// `localhost` may be sent secrets without encryption only where it is this machine.
fn stays_here(endpoint: &Endpoint) -> Result<(), SetupError> {
    if endpoint.is_encrypted() || endpoint.host().parse::<std::net::IpAddr>().is_ok() {
        return Ok(());
    }
    let is_here = (endpoint.host(), endpoint.port())
        .to_socket_addrs()
        .is_ok_and(|mut addresses| addresses.all(|address| address.ip().is_loopback()));
    if is_here {
        return Ok(());
    }
    Err(SetupError(
        "on this system, localhost is not this machine\n  help: write 127.0.0.1 or [::1] instead".to_owned(),
    ))
}
