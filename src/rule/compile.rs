//! Turns a rule as written into a [`Rule`] that is known to be sound, or says what is wrong with it.

use aho_corasick::AhoCorasick;
use regex::bytes::Regex;
use regex_syntax::hir::{Hir, HirKind};
use toml::Spanned;

use crate::amounts::plural;
use crate::fault::Fault;

use super::place::{At, Source, build, check_length, parse};
use super::schema::{RawAllowlist, RawCondition, RawJudge, RawRule, RawTarget};
use super::{Allowlist, Judge, MAX_MATCH_LEN, Rule, Target, verify};

/// The characters that a rule's id may have.
const MAX_ID: usize = 100;

/// A token's prefix must be this long: a shorter one would be met at every turn.
const MIN_PREFIX_LEN: usize = 3;

/// Checks one rule and compiles it.
///
/// # Errors
/// The first fault found, with its line.
pub(super) fn compile(raw: &Spanned<RawRule>, source: &Source<'_>) -> Result<Rule, Fault> {
    let offset = raw.span().start;
    let raw = raw.as_ref();
    let at = At { source, rule: raw.id.as_ref(), offset };
    check_id(&at, &raw.id)?;
    let Some(text) = &raw.regex else {
        return Err(at.fault(None, "it has no `regex`", "say what to look for: regex = '''…'''"));
    };
    if let Some(verify) = raw.verify.as_ref().filter(|_| !source.origin.may_verify()) {
        let message = "a rule that a config names may not say how to verify: that would send keys where it likes";
        return Err(at.fault(
            Some(verify.span().start),
            message,
            "take its `verify` out, or name its file by `--rules`",
        ));
    }
    let hir = parse(&at, text)?;
    let max_len = check_length(&at, text, &hir)?;
    let regex = build(&at, text, text.as_ref())?;
    let keywords = check_keywords(&at, &raw.keywords)?;
    let secret_group = check_group(&at, raw.secret_group.as_ref(), &regex)?;
    let judge = match raw.judge {
        RawJudge::Regex => Judge::Regex,
        RawJudge::Token => Judge::Token {
            prefix: token_prefix(&at, text, &hir, &keywords)?,
            whole: build(&at, text, &format!(r"\A(?:{})\z", text.as_ref()))?,
        },
    };
    Ok(Rule {
        id: raw.id.as_ref().clone(),
        description: if raw.description.is_empty() { raw.id.as_ref().clone() } else { raw.description.clone() },
        help: raw.help.clone(),
        impact: raw.impact.clone(),
        remedy: raw.remedy.clone(),
        level: raw.level,
        regex,
        max_len,
        keywords,
        entropy: raw.entropy.as_ref().map(|bits| check_entropy(&at, bits)).transpose()?,
        secret_group,
        path: raw.path.as_ref().map(|path| build(&at, path, path.as_ref())).transpose()?,
        allowlists: raw.allowlists.iter().map(|list| allowlist(&at, list)).collect::<Result<_, _>>()?,
        judge,
        tags: raw.tags.clone(),
        examples: raw.examples.clone(),
        counterexamples: raw.counterexamples.clone(),
        verify: raw.verify.as_ref().map(|verify| verify::compile(&at, verify)).transpose()?,
        origin: source.origin.clone(),
    })
}

fn check_id(at: &At<'_>, id: &Spanned<String>) -> Result<(), Fault> {
    let sound = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if id.as_ref().is_empty() || id.as_ref().len() > MAX_ID || !id.as_ref().chars().all(sound) {
        let remedy = format!("use up to {MAX_ID} letters, digits, `-`, `_` and `.`, as in `retailgrid-api-key`");
        return Err(at.fault(Some(id.span().start), "its `id` is no usable name", remedy));
    }
    Ok(())
}

fn check_keywords(at: &At<'_>, keywords: &[Spanned<String>]) -> Result<Vec<String>, Fault> {
    for keyword in keywords {
        if keyword.as_ref().len() > MAX_MATCH_LEN {
            let message = format!("a keyword is longer than {MAX_MATCH_LEN} bytes");
            return Err(at.fault(Some(keyword.span().start), message, "use the shortest text that every match needs"));
        }
    }
    // An empty keyword is in every file: the rule is then searched by its regex alone.
    if keywords.iter().any(|keyword| keyword.as_ref().is_empty()) {
        return Ok(Vec::new());
    }
    Ok(keywords.iter().map(|keyword| keyword.as_ref().to_ascii_lowercase()).collect())
}

fn check_group(at: &At<'_>, group: Option<&Spanned<usize>>, regex: &Regex) -> Result<usize, Fault> {
    let Some(group) = group else { return Ok(0) };
    let groups = regex.captures_len() - 1;
    if *group.as_ref() > groups {
        let groups = plural(groups as u64, "group");
        let message = format!("`secretGroup` is {}, but its regex has {groups}", group.as_ref());
        return Err(at.fault(Some(group.span().start), message, "count the opening parentheses that capture"));
    }
    Ok(*group.as_ref())
}

fn check_entropy(at: &At<'_>, bits: &Spanned<f64>) -> Result<f64, Fault> {
    if (0.0..=8.0).contains(bits.as_ref()) {
        return Ok(*bits.as_ref());
    }
    Err(at.fault(Some(bits.span().start), "`entropy` is not between 0 and 8", "it is in bits a byte; 3 to 4 is usual"))
}

/// The literal that every match of a token rule begins with.
fn token_prefix(at: &At<'_>, text: &Spanned<String>, hir: &Hir, keywords: &[String]) -> Result<String, Fault> {
    let prefix = leading_literal(hir);
    let in_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
    let prefix = match prefix {
        Some(bytes) if bytes.len() >= MIN_PREFIX_LEN && bytes.iter().all(in_token) => {
            String::from_utf8_lossy(&bytes).into_owned()
        }
        _ => {
            return Err(at.fault(
                Some(text.span().start),
                "`judge = \"token\"` needs a regex that begins with a fixed prefix",
                "begin it with three or more of `A-Za-z0-9_-`, as in `rg_live_[0-9a-f]{32}`, without `(?i)`",
            ));
        }
    };
    let lower = prefix.to_ascii_lowercase();
    if !keywords.is_empty() && !keywords.iter().any(|keyword| lower.contains(keyword.as_str())) {
        let message = format!("none of its keywords is in `{prefix}`, with which every match begins");
        return Err(at.fault(Some(text.span().start), message, format!("write keywords = [\"{lower}\"]")));
    }
    Ok(prefix)
}

fn leading_literal(hir: &Hir) -> Option<Vec<u8>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(literal.0.to_vec()),
        HirKind::Capture(capture) => leading_literal(&capture.sub),
        HirKind::Concat(parts) => parts.first().and_then(leading_literal),
        _ => None,
    }
}

fn allowlist(at: &At<'_>, raw: &Spanned<RawAllowlist>) -> Result<Allowlist, Fault> {
    let offset = raw.span().start;
    let RawAllowlist { _description: _, condition, commits, paths, regex_target, regexes, stopwords } = raw.as_ref();
    if commits.is_empty() && paths.is_empty() && regexes.is_empty() && stopwords.is_empty() {
        let remedy = "give it `paths`, `regexes`, `stopwords` or `commits`";
        return Err(at.fault(Some(offset), "an allowlist allows nothing", remedy));
    }
    if let Some(empty) = stopwords.iter().find(|word| word.as_ref().is_empty()) {
        return Err(at.fault(Some(empty.span().start), "an empty stopword would allow everything", "remove it"));
    }
    let matches_all = |text: &&Spanned<String>| text.as_ref().is_empty();
    if let Some(empty) = paths.iter().chain(regexes).find(matches_all) {
        return Err(at.fault(Some(empty.span().start), "an empty regex would allow everything", "remove it"));
    }
    let stopwords = if stopwords.is_empty() {
        None
    } else {
        let words = stopwords.iter().map(|word| word.as_ref().as_str());
        let built = AhoCorasick::builder().ascii_case_insensitive(true).build(words);
        Some(built.map_err(|_| at.fault(Some(offset), "its stopwords are too many", "use fewer or shorter ones"))?)
    };
    let all = |texts: &[Spanned<String>]| {
        texts.iter().map(|text| build(at, text, text.as_ref())).collect::<Result<Vec<_>, _>>()
    };
    Ok(Allowlist {
        all_needed: *condition == RawCondition::And,
        names_commits: !commits.is_empty(),
        paths: all(paths)?,
        target: match regex_target {
            RawTarget::Secret => Target::Secret,
            RawTarget::Match => Target::Match,
            RawTarget::Line => Target::Line,
        },
        regexes: all(regexes)?,
        stopwords,
    })
}
