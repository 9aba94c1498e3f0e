//! What is said on standard error: every line is masked, so that no secret in an argument or a name gets out.

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};

use crate::detect::Detector;
use crate::report::visible;

use super::args::ColorChoice;

/// Writes errors, warnings and notes to standard error.
pub(super) struct Messages {
    masker: Detector,
    color: bool,
}

impl Messages {
    pub(super) fn new(masker: Detector) -> Self {
        let color = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
        Messages { masker, color: color && io::stderr().is_terminal() }
    }

    /// Something that ends the run, or its success.
    pub(super) fn error(&self, text: &str) {
        self.say("error", AnsiColor::Red, text);
    }

    /// Something that the user should know.
    pub(super) fn warning(&self, text: &str) {
        self.say("warning", AnsiColor::Yellow, text);
    }

    /// Something that the user may want to know.
    pub(super) fn note(&self, text: &str) {
        self.say("note", AnsiColor::Cyan, text);
    }

    /// Wrong usage, as clap says it.
    pub(super) fn usage(&self, error: &clap::Error) {
        let text = error.render();
        let text = if self.color { text.ansi().to_string() } else { text.to_string() };
        self.write(&text);
    }

    fn say(&self, label: &str, color: AnsiColor, text: &str) {
        let lines: Vec<_> = text.lines().map(|line| visible(line.as_bytes())).collect();
        let text = lines.join("\n");
        if self.color {
            let style = Style::new().bold().fg_color(Some(color.into()));
            self.write(&format!("{style}{label}{style:#}: {text}\n"));
        } else {
            self.write(&format!("{label}: {text}\n"));
        }
    }

    fn write(&self, text: &str) {
        // Where standard error is gone, there is nobody left to tell.
        let _ = io::stderr().lock().write_all(&self.masker.mask(text.as_bytes()));
    }
}

/// Whether what goes to standard output is to be coloured.
pub(super) fn stdout_has_color(choice: ColorChoice) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            io::stdout().is_terminal() && anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
        }
    }
}
