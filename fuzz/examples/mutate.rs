//! Drives the targets where there is no libFuzzer: their seeds, what was kept of findings, and mutations of both, without any knowledge of
//! what code they reach.
//!
//!     cargo run --release --no-default-features --example mutate -- SECONDS [TARGET]…
//!     cargo run --release --no-default-features --example mutate -- same PERCENT [TARGET]…
//!     cargo run --release --no-default-features --example mutate -- replay TARGET FILE…
//!
//! With `same`, it is not the clock that ends a target's run but the number of inputs, a share of those that [`Target::inputs`] has: then the
//! inputs are the same each time. What fails is written to `artifacts/TARGET/`, which a program of libFuzzer reads, too.

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use gridleaks_fuzz::{TARGETS, Target};

/// One input may take so long. It is a second at most by itself; other work may take the processor.
const SLOW: Duration = Duration::from_secs(60);

/// When a target's run ends.
#[derive(Clone, Copy)]
enum End {
    After(Duration),
    /// Percents of the inputs that a target is given in a short run.
    Share(usize),
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|argument| argument == "replay").is_some() {
        return replay(arguments);
    }
    let is_same = arguments.next_if(|argument| argument == "same").is_some();
    let Some(number) = arguments.next().and_then(|number| number.parse().ok()) else {
        eprintln!(
            "say for how many seconds each target is to run, or `same` and how many percent of its inputs it is to be given"
        );
        return ExitCode::from(2);
    };
    let end = if is_same { End::Share(number) } else { End::After(Duration::from_secs(number as u64)) };
    let named: Vec<String> = arguments.collect();
    if let Some(unknown) = named.iter().find(|name| TARGETS.iter().all(|target| target.name != **name)) {
        eprintln!("there is no target {unknown}; src/targets/mod.rs lists them");
        return ExitCode::from(2);
    }
    let chosen = TARGETS.iter().filter(|target| named.is_empty() || named.iter().any(|name| name == target.name));
    let mut is_good = true;
    for target in chosen {
        let begin = Instant::now();
        match drive(target, end) {
            Ok(runs) => println!("{}: {runs} inputs, {:.1} s", target.name, begin.elapsed().as_secs_f64()),
            Err(fault) => {
                is_good = false;
                println!("{}: {fault}", target.name);
            }
        }
    }
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Gives a target what failed before, one file after the other.
fn replay(mut arguments: impl Iterator<Item = String>) -> ExitCode {
    let name = arguments.next();
    let Some(target) = TARGETS.iter().find(|target| Some(target.name) == name.as_deref()) else {
        eprintln!("say which target, and then the files that it is to be given");
        return ExitCode::from(2);
    };
    let mut is_good = true;
    for path in arguments {
        let outcome = fs::read(&path).map(|input| holds(target, &input));
        println!("{path}: {}", if matches!(outcome, Ok(true)) { "holds" } else { "failed" });
        is_good &= matches!(outcome, Ok(true));
    }
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn holds(target: &Target, input: &[u8]) -> bool {
    catch_unwind(AssertUnwindSafe(|| (target.run)(input))).is_ok()
}

/// What was kept of findings, in the order of their names; nothing for most targets.
fn kept(target: &Target) -> io::Result<Vec<Vec<u8>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions").join(target.name);
    let mut paths = match fs::read_dir(&folder) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    paths.sort();
    paths.iter().map(fs::read).collect()
}

/// Runs the seeds and what was kept, then mutations of them until the end; gives how many inputs that were.
fn drive(target: &Target, end: End) -> Result<usize, String> {
    let kept = kept(target).map_err(|error| format!("regressions/{}: {error}", target.name))?;
    let seeds = [(target.seeds)(), kept].concat();
    let (begin, mut state, mut runs) = (Instant::now(), 1, 0);
    for number in 0.. {
        let mut input = seeds.get(number).cloned().unwrap_or_else(|| {
            let seed = &seeds[below(&mut state, seeds.len())];
            mutated(seed.clone(), &seeds, target.words, &mut state)
        });
        input.truncate(target.longest);
        let started = Instant::now();
        let is_good = holds(target, &input);
        runs += 1;
        if !is_good || started.elapsed() > SLOW {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts").join(target.name);
            let path = folder.join(format!("mutate-{number}"));
            fs::create_dir_all(&folder).and_then(|()| fs::write(&path, &input)).map_err(|error| error.to_string())?;
            return Err(format!("{} on {}", if is_good { "too slow" } else { "failed" }, path.display()));
        }
        let is_over = match end {
            End::After(time) => begin.elapsed() > time,
            End::Share(percent) => runs >= seeds.len() + target.inputs * percent / 100,
        };
        if number >= seeds.len() && is_over {
            break;
        }
    }
    Ok(runs)
}

fn mutated(mut bytes: Vec<u8>, seeds: &[Vec<u8>], words: &[&[u8]], state: &mut u64) -> Vec<u8> {
    for _ in 0..1 + below(state, 6) {
        let at = below(state, bytes.len() + 1);
        match below(state, 7) {
            0 | 1 if at < bytes.len() => bytes[at] ^= 1 << below(state, 8),
            2 if at < bytes.len() => bytes[at] = below(state, 256) as u8,
            3 => drop(bytes.drain(at..bytes.len().min(at + below(state, 16)))),
            4 => {
                let other = &seeds[below(state, seeds.len())];
                let from = below(state, other.len() + 1);
                let part = &other[from..other.len().min(from + below(state, 64))];
                bytes.splice(at..at, part.iter().copied());
            }
            5 if !words.is_empty() => {
                let word = words[below(state, words.len())];
                bytes.splice(at..at, word.iter().copied());
            }
            _ => {
                let part = bytes[at..bytes.len().min(at + below(state, 64))].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
}

/// A number below `limit`, by a small generator (xorshift64*).
fn below(state: &mut u64, limit: usize) -> usize {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit.max(1)
}
