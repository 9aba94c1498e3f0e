//! Whoever ends the program, or goes away while it writes: signals, Ctrl-C, and readers that have enough.

use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::time::Instant;

use super::*;
use crate::support::server::{Reply, Server, endless};
use rustix::process::{Pid, Signal, kill_process};

/// How often what depends on the machine's load is tried before it counts as failed.
const TRIES: usize = 5;

/// How long Ctrl-C may take.
const SOON: Duration = Duration::from_millis(100);

/// The program with signals as a terminal has them, whatever whoever runs the tests ignores.
fn with_signals(folder: &Folder) -> Command {
    const RESET: &str = "--default-signal=INT,TERM,PIPE,XFSZ";
    let command = folder.command();
    let knows = Command::new("env").args([RESET, "true"]).stderr(Stdio::null()).status();
    if !knows.is_ok_and(|status| status.success()) {
        return command;
    }
    let mut reset = with_environment_of(&command, "env");
    reset.arg(RESET).arg(command.get_program());
    reset
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Waits until the program has a file open in this folder that is to become a report; gives whether that has no name.
fn until_it_writes(child: &mut Child, folder: &Folder) -> bool {
    let begins = folder.path().canonicalize().unwrap();
    let handles = format!("/proc/{}/fd", child.id());
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(60) {
        for handle in fs::read_dir(&handles).unwrap().flatten() {
            let Ok(path) = fs::read_link(handle.path()) else { continue };
            let is_here = path.parent() == Some(&begins);
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_written = || fs::metadata(handle.path()).is_ok_and(|found| found.len() > 0);
            if is_here && name.starts_with('#') && name.ends_with("(deleted)") && is_written() {
                return true;
            }
            if is_here && name.starts_with(".gridleaks-report-") && is_written() {
                return false;
            }
        }
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be ended");
    }
    panic!("no report was written");
}

/// Whoever ends the program while it writes a report: the old one is whole, and nothing is left beside it.
#[test]
fn a_program_that_is_ended_while_it_writes_leaves_the_old_report_whole() {
    for (number, by) in [(2, Signal::INT), (15, Signal::TERM), (9, Signal::KILL)] {
        let folder = many(20_000);
        folder.file("old.json", "old\n");
        let before = names(&folder);
        let mut command = with_signals(&folder);
        command.args(["scan", "--no-config", "-q", "--report", "sarif=old.json"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let is_nameless = until_it_writes(&mut child, &folder);
        signal(&child, by);
        let mut said = String::new();
        let status = child.wait().unwrap();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!((status.signal(), &*said, &*folder.read("old.json")), (Some(number), "", "old\n"));
        if is_nameless {
            assert_eq!(names(&folder), before, "nothing is left behind");
        } else {
            skip("what is left of a report without a name, as the file system of this folder knows no such files");
        }
    }
}

/// How a program ends that gets a signal once it does what `is_ready` waits for, and after how long.
fn ended(mut start: impl FnMut() -> Child, mut is_ready: impl FnMut(&Child), by: Signal) -> (Option<i32>, Duration) {
    let mut best = (None, Duration::MAX);
    for _ in 0..TRIES {
        let mut child = start();
        is_ready(&child);
        let begin = Instant::now();
        signal(&child, by);
        let status = child.wait().unwrap();
        best = (status.signal(), begin.elapsed());
        if best.1 < SOON {
            break;
        }
    }
    best
}

/// A shell calls an end by signal 2 status 130, and one by signal 15 status 143.
#[test]
fn ctrl_c_ends_everything_at_once() {
    let folder = many(3);
    let start = |arguments: &[&str], input: &str| {
        let stdin = if input.is_empty() { Stdio::piped() } else { File::open(input).unwrap().into() };
        let mut command = with_signals(&folder);
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).stdin(stdin).spawn().unwrap()
    };
    let server = Server::always(|| Reply::active().after(Duration::from_secs(20)));
    let hangs = format!("http://127.0.0.1:{}/", endless(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n", true));
    for (number, by) in [(2, Signal::INT), (15, Signal::TERM)] {
        let asked = || server.requests().len();
        let mut before = asked();
        let mut is_busy = |waits_for_the_server: bool| {
            let begin = Instant::now();
            std::thread::sleep(Duration::from_millis(300));
            while waits_for_the_server && asked() == before {
                assert!(begin.elapsed() < Duration::from_secs(30), "the server was not asked");
                std::thread::sleep(Duration::from_millis(5));
            }
            before = asked();
        };
        // It waits for standard input; for answers that do not come; for one that never ends; it reads without end.
        for (arguments, input) in [
            (&["scan", "-"][..], ""),
            (&["scan", "many.env", "--verify", "--verify-url", &server.url()], ""),
            (&["scan", "many.env", "--verify", "--verify-url", &hangs], ""),
            (&["scan", "-"], "/dev/zero"),
        ] {
            let is_first = arguments.last().is_some_and(|last| *last == server.url());
            let (signal, took) = ended(|| start(arguments, input), |_| is_busy(is_first), by);
            assert!(signal == Some(number) && took < SOON, "{arguments:?}: {signal:?} after {took:?}");
        }
    }
    let shell = shell(&folder, "\"$0\" scan - </dev/zero & pid=$!; sleep 0.3; kill -TERM $pid; wait $pid; echo $?");
    assert_eq!(text(&shell.stdout), "143\n");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = many(3000);
    for format in formats() {
        let mut child = with_signals(&folder)
            .args(["scan", "--no-config", "--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 1];
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut first).unwrap();
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), String::new()), "{format}");
    }
    let output = shell(&folder, "\"$0\" scan many.env | head -n 1");
    assert_eq!((text(&output.stdout).lines().count(), text(&output.stderr)), (1, String::new()));
}

/// Help that nobody gets is no success, unless its reader has gone away.
#[test]
fn help_that_cannot_be_written_is_a_failure() {
    let folder = Folder::new();
    for asked in ["--help", "--version", "scan --help"] {
        let mut command = with_signals(&folder);
        command.args(asked.split(' ')).stderr(Stdio::piped());
        let (reader, gone) = std::io::pipe().unwrap();
        drop(reader);
        let output = command.stdout(gone).output().unwrap();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{asked}");
        let output = command.stdout(OpenOptions::new().write(true).open("/dev/full").unwrap()).output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{asked}: {said}");
        assert!(said.starts_with("error: cannot write to standard output: "), "{asked}: {said}");
    }
}
