//! A rule's place in its file, so that every fault found in it can name it; and what is checked of each regex there.

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;
use toml::Spanned;

use crate::fault::{Fault, line_at};

use super::{MAX_MATCH_LEN, Origin};

/// The compiled size in bytes that one regex may have.
const REGEX_SIZE_LIMIT: usize = 4 << 20;

/// The file that a rule stands in.
pub(super) struct Source<'a> {
    pub(super) origin: &'a Origin,
    pub(super) text: &'a str,
}

impl Source<'_> {
    pub(super) fn line_at(&self, offset: usize) -> usize {
        line_at(self.text.as_bytes(), offset)
    }
}

/// One rule's place, so that every fault found in it can name file, line and rule.
pub(super) struct At<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) rule: &'a str,
    pub(super) offset: usize,
}

impl At<'_> {
    pub(super) fn fault(&self, offset: Option<usize>, message: impl Into<String>, remedy: impl Into<String>) -> Fault {
        let line = self.source.line_at(offset.unwrap_or(self.offset));
        let rule = (!self.rule.is_empty()).then(|| self.rule.to_owned());
        Fault::new(&self.source.origin.to_string(), Some(line), message, remedy).of_rule(rule)
    }
}

/// Parses a regex.
pub(super) fn parse(at: &At<'_>, text: &Spanned<String>) -> Result<Hir, Fault> {
    ParserBuilder::new().utf8(false).build().parse(text.as_ref()).map_err(|error| {
        let error = error.to_string();
        let cause = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
        at.fault(
            Some(text.span().start),
            format!("its regex does not compile: {cause}"),
            "the syntax is that of the Rust crate `regex`: no look-around, no back-references",
        )
    })
}

/// The longest match in bytes, if there is a sound one.
pub(super) fn check_length(at: &At<'_>, text: &Spanned<String>, hir: &Hir) -> Result<usize, Fault> {
    let fault = |message: String, remedy: &str| Err(at.fault(Some(text.span().start), message, remedy));
    match (hir.properties().minimum_len(), hir.properties().maximum_len()) {
        (None, _) => fault("its regex can never match".into(), "check the character classes in it"),
        (Some(0), _) => fault("its regex matches the empty string".into(), "make at least one part of it mandatory"),
        (_, None) => fault(
            "its regex grows without bound: it has no longest match".into(),
            "bound each `*`, `+` and `{n,}`, as in `[a-z]{1,200}`",
        ),
        (_, Some(longest)) if longest > MAX_MATCH_LEN => fault(
            format!("its regex may match {longest} bytes, more than the {MAX_MATCH_LEN} that a match may have"),
            "lower the bounds of its repetitions",
        ),
        (_, Some(longest)) => Ok(longest),
    }
}

/// Compiles `pattern`; a fault is reported at `text`, which it was made from.
pub(super) fn build(at: &At<'_>, text: &Spanned<String>, pattern: &str) -> Result<Regex, Fault> {
    RegexBuilder::new(pattern).size_limit(REGEX_SIZE_LIMIT).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(limit) => at.fault(
            Some(text.span().start),
            format!("its regex grows too large: compiled, it is over {limit} bytes"),
            "lower the bounds of its repetitions, or put `(?-u)` before classes such as `\\w`",
        ),
        other => {
            let other = other.to_string();
            let cause = other.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            at.fault(
                Some(text.span().start),
                format!("the regex `{}` does not compile: {cause}", text.as_ref()),
                "the syntax is that of the Rust crate `regex`: no look-around, no back-references",
            )
        }
    })
}
