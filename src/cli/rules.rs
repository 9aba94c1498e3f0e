//! `gridleaks rules list`, `show` and `check`.

use std::io::{self, Write};

use crate::amounts::plural;
use crate::fault::nearest;
use crate::report::visible;
use crate::rule::{Judge, Rule, RuleSet};
use crate::rule_check::{Outcome, check};

use super::args::{RulesArgs, RulesCommand};
use super::messages::Messages;
use super::options::{ConfigArgs, RuleFiles};
use super::output::to_stdout;
use super::project::{Place, Project, Said};
use super::rule_sets::only;
use super::{Failure, Status};

/// Runs one of the commands.
///
/// # Errors
/// A bad rule file, or an id that no rule has.
pub(super) fn run(args: &RulesArgs, messages: &Messages) -> Result<Status, Failure> {
    match &args.command {
        RulesCommand::List { rules, config } => list(&in_force_here(rules, config, messages)?, messages),
        RulesCommand::Show { id, rules, config } => show(id, &in_force_here(rules, config, messages)?, messages),
        RulesCommand::Check { paths, rules, config } if paths.is_empty() => {
            run_check(&in_force_here(rules, config, messages)?, messages)
        }
        RulesCommand::Check { paths, rules, .. } => run_check(&only(paths, rules, messages)?, messages),
    }
}

/// The rules that a scan of the current folder goes by.
fn in_force_here(rules: &RuleFiles, config: &ConfigArgs, messages: &Messages) -> Result<RuleSet, Failure> {
    let said = Said { config, baseline: None, from: None, is_told: false };
    Project::without_baseline(Place::Paths(&[]), said, messages)?.rules(rules, messages)
}

fn list(rules: &RuleSet, messages: &Messages) -> Result<Status, Failure> {
    let longest = rules.rules().iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    to_stdout(|out| {
        let mut text = Vec::new();
        for rule in rules.rules() {
            let description = visible(rule.description.as_bytes());
            let (id, level) = (&rule.id, rule.level.name());
            writeln!(
                text,
                "{id:longest$}  {level:7}  {description} ({})",
                visible(rule.origin.to_string().as_bytes())
            )?;
        }
        out.write_all(&messages.mask(&text))
    })?;
    Ok(Status::Clean)
}

fn show(id: &str, rules: &RuleSet, messages: &Messages) -> Result<Status, Failure> {
    let Some(rule) = rules.get(id) else {
        let remedy = match nearest(id, rules.rules().iter().map(|rule| &*rule.id)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`gridleaks rules list` names them".to_owned(),
        };
        return Err(format!("no rule has the id `{id}`\n  help: {remedy}").into());
    };
    to_stdout(|out| {
        let mut text = Vec::new();
        write_rule(rule, &mut text)?;
        out.write_all(&messages.mask(&text))
    })?;
    Ok(Status::Clean)
}

fn write_rule(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    let mut field = |name: &str, value: &str| {
        if value.is_empty() { Ok(()) } else { writeln!(out, "{name:12}{}", visible(value.as_bytes())) }
    };
    field("id", &rule.id)?;
    field("description", &rule.description)?;
    field("level", rule.level.name())?;
    field("from", &rule.origin.to_string())?;
    field("regex", rule.regex.as_str())?;
    field("keywords", &rule.keywords.join(", "))?;
    let judge = match rule.judge {
        Judge::Regex => "regex",
        Judge::Token { .. } => "token",
    };
    field("judge", judge)?;
    let group = Some(rule.secret_group).filter(|group| *group > 0);
    field("secretGroup", &group.map(|group| group.to_string()).unwrap_or_default())?;
    field("entropy", &rule.entropy.map(|bits| format!("over {bits} bits a byte")).unwrap_or_default())?;
    field("path", rule.path.as_ref().map_or("", |path| path.as_str()))?;
    let allowlists = Some(rule.allowlists.len()).filter(|count| *count > 0);
    field("allowlists", &allowlists.map(|count| count.to_string()).unwrap_or_default())?;
    field("tags", &rule.tags.join(", "))?;
    let verify = rule.verify.as_ref().map(|verify| format!("{} {}", verify.method.name(), verify.endpoint.address()));
    field("verify", &verify.unwrap_or_default())?;
    field("examples", &format!("{}; counterexamples: {}", rule.examples.len(), rule.counterexamples.len()))?;
    field("impact", &rule.impact)?;
    for (at, step) in rule.remedy.lines().enumerate() {
        field(if at == 0 { "remedy" } else { "" }, step)?;
    }
    if !rule.help.is_empty() {
        writeln!(out)?;
        for line in rule.help.lines() {
            writeln!(out, "{}", visible(line.as_bytes()))?;
        }
    }
    Ok(())
}

fn run_check(rules: &RuleSet, messages: &Messages) -> Result<Status, Failure> {
    let outcomes = check(rules);
    to_stdout(|out| {
        let mut text = Vec::new();
        outcomes.iter().try_for_each(|outcome| write_outcome(outcome, &mut text))?;
        out.write_all(&messages.mask(&text))
    })?;
    let holds = outcomes.iter().all(|outcome| outcome.failures.is_empty());
    Ok(if holds { Status::Clean } else { Status::Found })
}

fn write_outcome(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let rule = &outcome.rule;
    if outcome.failures.is_empty() {
        let (hits, misses) = (rule.examples.len() as u64, rule.counterexamples.len() as u64);
        let remark = if hits == 0 { " (give it examples, so that there is something to check)" } else { "" };
        return writeln!(
            out,
            "ok      {}: {}, {}{remark}",
            rule.id,
            plural(hits, "example"),
            plural(misses, "counterexample")
        );
    }
    for failure in &outcome.failures {
        writeln!(out, "FAILED  {}: {}", rule.id, visible(failure.as_bytes()))?;
    }
    Ok(())
}
