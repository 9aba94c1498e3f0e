//! Reads rule files: the built-in one, those that the command line names, and the texts of those that a config names.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::fault::{Fault, in_words, nearest};
use crate::text_file;

use super::compile::compile;
use super::place::Source;
use super::schema::RuleFile;
use super::{Origin, Rule};

/// Our own rules, as data.
const BUILT_IN: &str = include_str!("../../rules/retailgrid.toml");

/// The bytes that a rule file may have.
pub const MAX_RULE_FILE: u64 = 4 << 20;

/// What to do where there is no rule file to be read.
const NAME_ONE: &str = "name a rule file, or a folder of `*.toml` files";

/// The rules in force, in the order in which they were read; ids are unique.
#[derive(Debug, Clone)]
pub struct RuleSet {
    rules: Vec<Arc<Rule>>,
}

impl RuleSet {
    /// The built-in rules.
    ///
    /// # Errors
    /// None in a released build: the test suite loads them.
    pub fn built_in() -> Result<Self, Fault> {
        let mut set = RuleSet { rules: Vec::new() };
        set.add(parse(&Origin::BuiltIn, BUILT_IN)?)?;
        Ok(set)
    }

    /// The built-in rules and those in `paths`, each a rule file or a folder of them that the command line names.
    ///
    /// # Errors
    /// The first fault in the first bad file.
    pub fn with_files(paths: &[PathBuf]) -> Result<Self, Fault> {
        let mut set = Self::built_in()?;
        for path in paths {
            set.add(read_rules(path, Origin::CommandLine)?)?;
        }
        Ok(set)
    }

    /// The same, and the rules in the files that the config of what is scanned names, each with its text.
    ///
    /// # Errors
    /// The first fault in the first bad file; that a rule of the config says how to verify is one.
    pub fn with_config(paths: &[PathBuf], of_config: &[(String, String)]) -> Result<Self, Fault> {
        let mut set = Self::with_files(paths)?;
        for (file, text) in of_config {
            set.add(parse(&Origin::Config(file.clone()), text)?)?;
        }
        Ok(set)
    }

    /// Only the rules in `paths`, which the command line names.
    ///
    /// # Errors
    /// The first fault in the first bad file.
    pub fn only_files(paths: &[PathBuf]) -> Result<Self, Fault> {
        let mut set = RuleSet { rules: Vec::new() };
        for path in paths {
            set.add(read_rules(path, Origin::CommandLine)?)?;
        }
        Ok(set)
    }

    /// The rules of one file's text.
    ///
    /// # Errors
    /// The first fault in it.
    pub fn from_text(origin: Origin, text: &str) -> Result<Self, Fault> {
        let mut set = RuleSet { rules: Vec::new() };
        set.add(parse(&origin, text)?)?;
        Ok(set)
    }

    /// The rules, in order.
    pub fn rules(&self) -> &[Arc<Rule>] {
        &self.rules
    }

    /// The rule with this id.
    pub fn get(&self, id: &str) -> Option<&Arc<Rule>> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    fn add(&mut self, rules: Vec<(Rule, usize)>) -> Result<(), Fault> {
        for (rule, line) in rules {
            if let Some(other) = self.get(&rule.id) {
                let from = match &other.origin {
                    Origin::BuiltIn => "the built-in file",
                    origin if *origin == rule.origin => "the same file",
                    Origin::CommandLine(file) | Origin::Config(file) => file,
                };
                let message = format!("its id is taken by a rule in {from}");
                let fault =
                    Fault::new(&rule.origin.to_string(), Some(line), message, "give each rule an id of its own");
                return Err(fault.of_rule(Some(rule.id)));
            }
            self.rules.push(Arc::new(rule));
        }
        Ok(())
    }
}

/// Reads a rule file, or every `*.toml` of a folder in the order of their names; each rule comes with its line. `origin` says
/// who named it.
///
/// # Errors
/// What cannot be read, and the first fault in the first bad file.
pub fn read_rules(path: &Path, origin: fn(String) -> Origin) -> Result<Vec<(Rule, usize)>, Fault> {
    let unreadable = |path: &Path, error: std::io::Error| {
        plain_error(path, format!("cannot read it: {}", in_words(&error)), NAME_ONE)
    };
    if !path.is_dir() {
        let text = text_file::read(path, MAX_RULE_FILE, NAME_ONE)?;
        return parse(&origin(path.display().to_string()), &text);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| unreadable(path, error))? {
        let file = entry.map_err(|error| unreadable(path, error))?.path();
        if file.extension().is_some_and(|extension| extension == "toml") && !file.is_dir() {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(plain_error(path, "the folder holds no `*.toml` file".into(), "name the folder of the rule files"));
    }
    let mut rules = Vec::new();
    for file in files {
        rules.extend(read_rules(&file, origin)?);
    }
    Ok(rules)
}

fn plain_error(path: &Path, message: String, remedy: &str) -> Fault {
    Fault::new(&path.display().to_string(), None, message, remedy)
}

fn parse(origin: &Origin, text: &str) -> Result<Vec<(Rule, usize)>, Fault> {
    let source = Source { origin, text };
    let parsed: RuleFile = toml::from_str(text).map_err(|error| toml_error(&source, &error))?;
    if parsed.rules.is_empty() {
        let remedy = "a rule file holds `[[rules]]` tables";
        return Err(plain_error(Path::new(&origin.to_string()), "it holds no rule".into(), remedy));
    }
    parsed.rules.iter().map(|raw| Ok((compile(raw, &source)?, source.line_at(raw.span().start)))).collect()
}

/// A fault that the TOML parser found, with the rule it stands in and the field that was probably meant.
fn toml_error(source: &Source<'_>, error: &toml::de::Error) -> Fault {
    let offset = error.span().map(|span| span.start);
    let message = error.message().lines().collect::<Vec<_>>().join(", ");
    let remedy = remedy_for(&message);
    let line = offset.map(|offset| source.line_at(offset));
    let rule = offset.and_then(|offset| rule_around(source.text, offset));
    Fault::new(&source.origin.to_string(), line, message, remedy).of_rule(rule)
}

/// The id of the `[[rules]]` table that `offset` lies in: read off the text, since the parser has given up on it.
fn rule_around(text: &str, offset: usize) -> Option<String> {
    const HEADER: &str = "[[rules]]";
    let before = text.get(..offset.min(text.len()))?;
    let start =
        if text.get(offset..).is_some_and(|rest| rest.starts_with(HEADER)) { offset } else { before.rfind(HEADER)? };
    let table = &text[start + HEADER.len()..];
    let table = &table[..table.find(HEADER).unwrap_or(table.len())];
    let value = table.lines().find_map(|line| line.trim().strip_prefix("id")?.trim_start().strip_prefix('='))?;
    let value = value.trim();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split_once(quote).map(|(id, _)| id.to_owned())
}

fn remedy_for(message: &str) -> String {
    let mut names = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown field") {
        let unknown = names.next().unwrap_or_default();
        return match nearest(unknown, names) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "remove it, or see docs/rules.md for the fields".into(),
        };
    }
    if message.starts_with("missing field") {
        return format!("add `{} = …` to the rule", names.next().unwrap_or_default());
    }
    if message.contains("expected a sequence") {
        return "a rule begins with `[[rules]]`, in double brackets".into();
    }
    "see docs/rules.md for what a rule file looks like".into()
}
