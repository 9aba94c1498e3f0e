//! What is said on standard error: every line is masked, so that no secret in an argument or a name gets out.

use std::cell::{Cell, OnceCell, RefCell};
use std::io::{self, Write};
use std::sync::Arc;

use anstyle::{AnsiColor, Style};

use crate::detect::Detector;
use crate::report::visible;
use crate::rule::RuleSet;

use super::options::ColorChoice;

/// What stands between a fault and its remedy.
const REMEDY: &str = "\n  help: ";

/// Writes errors, warnings and notes to standard error.
pub(super) struct Messages {
    /// The built-in rules; most runs have nothing to say, so they are made ready when they are needed.
    built_in: OnceCell<Option<Detector>>,
    /// All rules in force, once they are known.
    in_force: RefCell<Option<Arc<Detector>>>,
    color: Cell<ColorChoice>,
}

impl Messages {
    pub(super) fn new() -> Self {
        Messages { built_in: OnceCell::new(), in_force: RefCell::new(None), color: Cell::new(ColorChoice::Auto) }
    }

    /// Colours messages as the user wants from now on.
    pub(super) fn set_color(&self, choice: ColorChoice) {
        self.color.set(choice);
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

    /// Wrong usage, as clap says it. Where an argument could change how the message is shown, clap's words are not used.
    pub(super) fn usage(&self, error: &clap::Error) {
        let strange = std::env::args_os().map(|argument| visible(argument.as_encoded_bytes()));
        let strange = strange.zip(std::env::args_os()).find(|(shown, argument)| argument != shown.as_str());
        if let Some((shown, _)) = strange {
            return self.error(&format!("wrong usage; an argument holds characters that cannot be shown: {shown}"));
        }
        let text = error.render();
        let text = if self.has_color() { text.ansi().to_string() } else { text.to_string() };
        self.write(&text);
    }

    fn say(&self, label: &str, color: AnsiColor, text: &str) {
        // What is quoted in a message may be hostile: only the line that begins with the remedy is a line of its own.
        let parts: Vec<_> = text.split(REMEDY).map(|part| visible(part.as_bytes())).collect();
        let text = parts.join(REMEDY);
        if self.has_color() {
            let style = Style::new().bold().fg_color(Some(color.into()));
            self.write(&format!("{style}{label}{style:#}: {text}\n"));
        } else {
            self.write(&format!("{label}: {text}\n"));
        }
    }

    /// Masks with these rules as well from now on.
    pub(super) fn mask_with(&self, detector: Arc<Detector>) {
        self.in_force.replace(Some(detector));
    }

    /// A text with every secret in it redacted.
    pub(super) fn mask(&self, text: &[u8]) -> Vec<u8> {
        let built_in = self.built_in.get_or_init(|| RuleSet::built_in().ok().map(|rules| Detector::new(&rules)));
        let masked = match built_in {
            Some(detector) => detector.mask(text),
            // Without them, nothing is known to be safe.
            None => b"error: the built-in rules do not load\n".to_vec(),
        };
        match &*self.in_force.borrow() {
            Some(detector) => detector.mask(&masked),
            None => masked,
        }
    }

    fn has_color(&self) -> bool {
        has_color(self.color.get(), &io::stderr())
    }

    fn write(&self, text: &str) {
        // Where standard error is gone, there is nobody left to tell.
        let _ = io::stderr().lock().write_all(&self.mask(text.as_bytes()));
    }
}

/// Whether what goes to standard output is to be coloured.
pub(super) fn stdout_has_color(choice: ColorChoice) -> bool {
    has_color(choice, &io::stdout())
}

fn has_color(choice: ColorChoice, stream: &impl anstream::stream::RawStream) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            stream.is_terminal() && anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never
        }
    }
}
