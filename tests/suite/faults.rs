//! What happens when the machine fails: reads, disks, permissions, streams, threads, and whoever ends the program (`endings`).

mod endings;

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::terminal::Terminal;
use crate::support::{Folder, Run, formats, key, numbered_key};

/// Says on the terminal, past the test harness, that something was not tried here.
fn skip(what: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {what}");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder with so many keys that writing a report takes a while.
fn many(keys: u64) -> Folder {
    let folder = Folder::new();
    let lines: String = (0..keys).map(|number| format!("KEY={}\n", numbered_key(number))).collect();
    folder.file("many.env", lines);
    folder
}

/// The names of the files in a folder.
fn names(folder: &Folder) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Runs a shell's commands in the folder, with the program as `$0`.
fn shell(folder: &Folder, commands: &str) -> Output {
    let mut command = folder.command();
    let program = command.get_program().to_owned();
    command = with_environment_of(&command, "sh");
    command.arg("-c").arg(commands).arg(program).output().unwrap()
}

fn with_environment_of(command: &Command, program: &str) -> Command {
    let mut other = Command::new(program);
    other.current_dir(command.get_current_dir().unwrap()).stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => other.env(name, value),
            None => other.env_remove(name),
        };
    }
    other
}

#[test]
fn a_read_that_fails_half_way_is_a_problem_and_loses_nothing_before_it() {
    let folder = Folder::new();
    let stdin = Terminal::new().hung_up(&format!("x\nKEY={}\n", key()));
    let run = Run::of(folder.command().args(["scan", "-", "--format", "json"]).stdin(stdin));
    let json = run.json();
    assert_eq!((run.status, json["complete"].as_bool(), run.places().len()), (1, Some(false), 1), "{}", run.stderr);
    assert_eq!(json["problems"][0]["kind"], "unreadable");
    // Nothing was found before.
    let run = Run::of(folder.command().args(["scan", "-"]).stdin(Terminal::new().hung_up("nothing\n")));
    assert!(run.status == 2 && run.stderr.contains("the scan is incomplete"), "{}{}", run.stdout, run.stderr);
    // A file that cannot be read from its beginning on.
    let run = folder.run(["scan", "/proc/self/mem", "--format", "json"]);
    assert_eq!((run.status, run.json()["problems"][0]["message"].as_str()), (2, Some("input/output error")));
}

/// Lists of git that end in the middle.
#[test]
fn a_hook_whose_standard_input_fails_stops_what_it_guards() {
    let folder = Folder::new();
    folder.git("init -q").file("f", "x").git("add -A").git("commit -q -m m");
    for command in ["pre-push", "pre-receive"] {
        // Reading fails behind what was written: nothing more is there yet, and it is not to be waited for.
        let (stdin, mut git) = UnixStream::pair().unwrap();
        git.write_all(b"refs/heads/main ").unwrap();
        stdin.set_nonblocking(true).unwrap();
        let run = Run::of(folder.command().arg(command).stdin(OwnedFd::from(stdin)));
        let said = "error: standard input cannot be read: ";
        assert!(run.status == 2 && run.stderr.starts_with(said), "{command}: {}", run.stderr);
    }
    let run = Run::of(folder.command().arg("verify").stdin(Terminal::new().hung_up("refs/heads/main ")));
    assert!(run.status == 2 && run.stderr.contains("error: "), "{}", run.stderr);
}

/// Does something to a folder again and again while `scan` runs on it, `rounds` times.
fn meanwhile(folder: &Folder, rounds: usize, disturb: impl Fn(usize) + Sync) -> Vec<Run> {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0.. {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                disturb(round);
            }
        });
        let runs = (0..rounds).map(|_| folder.run(["scan", "--format", "json"])).collect();
        is_over.store(true, Ordering::Relaxed);
        runs
    })
}

/// What stays is found, and what comes and goes makes nothing fail.
fn hold(runs: &[Run], stays: &str) {
    for run in runs {
        assert!(run.places().contains(&stays.to_owned()), "{}", run.stdout);
        assert!(run.status == 1 && !run.stderr.contains("internal"), "{}", run.stderr);
        let problems = run.json()["problems"].as_array().unwrap().clone();
        assert!(problems.iter().all(|problem| problem["kind"] != "internal"), "{problems:?}");
    }
}

#[test]
fn files_that_shrink_and_grow_while_they_are_read_do_no_harm() {
    let folder = Folder::new();
    let padding = "x\n".repeat(2 << 20);
    folder.file("stays", key()).file("log", format!("{}\n{padding}", key())).file("z.zip", zeros_in_zip());
    let zip = zeros_in_zip();
    let open = |name: &str| OpenOptions::new().write(true).open(folder.path().join(name)).unwrap();
    let runs = meanwhile(&folder, 12, |round| {
        let (log, archive) = (open("log"), open("z.zip"));
        log.set_len([100, 3 << 20, 70_000, 6 << 20][round % 4]).unwrap();
        archive.set_len([zip.len() as u64 / 2, zip.len() as u64 + 999, 10, 0][round % 4]).unwrap();
        std::thread::sleep(Duration::from_micros(300));
        (&archive).write_all(&zip).unwrap();
    });
    hold(&runs, "stays:1:1");
    // With zeros in it, it has no lines.
    let is_found = |run: &Run| run.places().iter().any(|place| place == "log" || place == "log:1:1");
    assert!(runs.iter().all(is_found), "what is never cut is found");
}

/// A zip file with one member, stored as it is, that is no key.
fn zeros_in_zip() -> Vec<u8> {
    let bytes = vec![0u8; 300_000];
    let crc = crc32fast::hash(&bytes).to_le_bytes();
    let size = (bytes.len() as u32).to_le_bytes();
    let common = [&[20u8, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &crc, &size, &size, &[1, 0, 0, 0]].concat();
    let local = [b"PK\x03\x04", &common[..], b"a", &bytes].concat();
    let central = [b"PK\x01\x02\x14\0", &common[..], &[0; 14], b"a"].concat();
    let end = [
        &b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..],
        &(central.len() as u32).to_le_bytes(),
        &(local.len() as u32).to_le_bytes(),
        &[0, 0],
    ]
    .concat();
    [local, central, end].concat()
}

#[test]
fn folders_that_go_while_they_are_walked_do_no_harm() {
    let folder = Folder::new();
    folder.file("stays", key());
    let make = || {
        for outer in 0..6 {
            for inner in 0..6 {
                let path = folder.path().join(format!("goes/{outer}/{inner}"));
                let _ = fs::create_dir_all(&path);
                let _ = fs::write(path.join("f"), "x");
                let _ = std::os::unix::fs::symlink("nowhere", path.join("l"));
            }
        }
    };
    make();
    let runs = meanwhile(&folder, 12, |round| {
        let goes = folder.path().join("goes");
        match round % 3 {
            0 => _ = fs::remove_dir_all(&goes),
            // Something else of the same name: a file where a folder was, a folder where a file was.
            1 => {
                let _ = fs::create_dir_all(&goes);
                let _ = fs::write(goes.join("3"), "x");
                let _ = fs::create_dir_all(goes.join("4/2/f"));
            }
            _ => {
                let _ = fs::remove_file(goes.join("3"));
                make();
            }
        }
    });
    hold(&runs, "stays:1:1");
}

#[test]
fn what_a_user_may_not_read_is_a_problem_of_its_own() {
    let folder = Folder::new();
    folder.file("tree/open.env", key()).file("tree/shut.env", key()).file("tree/unlisted/a", key());
    folder.file("tree/unsearched/a", key()).file("shut.toml", "").file("old.json", "old").file("reports/x", "");
    let shut = |name: &str, mode: u32| {
        fs::set_permissions(folder.path().join(name), Permissions::from_mode(mode)).unwrap();
    };
    for (name, mode) in [("tree/shut.env", 0), ("tree/unlisted", 0o311), ("tree/unsearched", 0o744), ("shut.toml", 0)] {
        shut(name, mode);
    }
    shut("old.json", 0o444);
    shut("reports", 0o555);
    let run = Run::of(crate::support::stranger(&folder).args(["scan", "tree", "--format", "json"]));
    let json = run.json();
    let mut problems: Vec<_> = json["problems"].as_array().unwrap().iter().map(|p| p["path"].to_string()).collect();
    problems.sort();
    assert_eq!((run.status, run.places()), (1, vec!["open.env:1:1".to_owned()]), "{}", run.stderr);
    assert_eq!(problems, ["\"shut.env\"", "\"unlisted\"", "\"unsearched/a\""]);
    for arguments in [
        &["scan", "tree/unlisted"][..],
        &["scan", "tree/shut.env"],
        &["scan", "tree", "--config", "shut.toml"],
        &["scan", "tree", "--rules", "shut.toml"],
        &["scan", "tree", "--baseline", "shut.toml"],
        &["scan", "tree", "--report", "json=old.json"],
        &["scan", "tree", "--report", "json=reports/new.json"],
        &["baseline", "-o", "reports/new"],
    ] {
        let run = Run::of(crate::support::stranger(&folder).args(arguments));
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(run.status == 2 && said.to_lowercase().contains("permission denied"), "{arguments:?}: {said}");
    }
    assert_eq!(folder.read("old.json"), "old");
    // Whoever removes the folder has to get in.
    shut("tree/unlisted", 0o755);
    shut("tree/unsearched", 0o755);
}

/// A disk that is full where a limit on the size of files ends it.
#[test]
fn a_disk_that_fills_leaves_the_old_report_whole_and_says_so() {
    let folder = many(300);
    folder.file("old.json", "old\n").file("old.baseline", "gridleaks-baseline 1 files\n");
    let before = names(&folder);
    for (arguments, name) in [
        ("scan --report json=old.json", "old.json"),
        ("scan --report sarif=old.json --report jsonl=/dev/null -q", "old.json"),
        ("baseline -o old.baseline", "old.baseline"),
    ] {
        let old = folder.read(name);
        let output = shell(&folder, &format!("trap '' XFSZ; ulimit -f 16; exec \"$0\" {arguments}"));
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(name), "{arguments}: {}: {said}", output.status);
        assert!(said.to_lowercase().contains("file too large"), "{said}");
        assert_eq!((folder.read(name), names(&folder)), (old, before.clone()), "{arguments}");
        if arguments.starts_with("scan") {
            assert!(text(&output.stdout).contains("many.env:1:"), "the other report is written all the same");
        }
    }
    let output = folder.command().args(["scan", "--report", "json=/dev/full"]).output().unwrap();
    assert!(output.status.code() == Some(2) && text(&output.stderr).contains("no space left"));
    for format in formats() {
        let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = folder.command().args(["scan", "--format", format]).stdout(full()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{format}");
        assert!(text(&output.stderr).contains("cannot write to standard output"), "{format}");
        let status = folder.command().args(["scan", "-v"]).stdout(Stdio::null()).stderr(full()).status().unwrap();
        assert_eq!(status.code(), Some(1), "where standard error is full, there is nobody to tell");
    }
}

#[test]
fn a_full_file_system_leaves_the_old_report_whole() {
    let folder = many(2000);
    fs::create_dir(folder.path().join("disk")).unwrap();
    let output = shell(
        &folder,
        "exec unshare -m sh -c 'mount -t tmpfs -o size=64k none disk || exit 77; echo old >disk/old; \
         \"$0\" scan -q many.env --report json=disk/old; echo \"status $?\"; cat disk/old; ls -A disk' \"$0\"",
    );
    let (said, errors) = (text(&output.stdout), text(&output.stderr));
    if output.status.code() == Some(77) || !said.contains("status ") {
        return skip(&format!("a file system of 64 KiB, as none can be mounted here: {errors}"));
    }
    assert!(said.ends_with("status 2\nold\nold\n"), "{}", &said[said.len().saturating_sub(200)..]);
    assert!(errors.to_lowercase().contains("no space left"), "{errors}");
}

/// No stream at all: what is closed when the program begins is not taken by a file that it opens.
#[test]
fn closed_streams_do_no_harm() {
    let folder = many(3);
    for (closed, status) in [("<&-", 1), ("2>&-", 1), (">&-", 1), ("<&- >&- 2>&-", 1)] {
        let output =
            shell(&folder, &format!("\"$0\" scan many.env --report json=out.json {closed}; echo status $? >status"));
        assert!(output.status.success());
        assert_eq!(folder.read("status"), format!("status {status}\n"), "{closed}");
        let report: serde_json::Value = serde_json::from_str(&folder.read("out.json")).unwrap();
        assert_eq!(report["findings"].as_array().unwrap().len(), 3, "{closed}");
        fs::remove_file(folder.path().join("out.json")).unwrap();
    }
}

/// Threads that the system does not give.
#[test]
fn no_threads_is_an_error_that_says_what_to_do() {
    let folder = many(3);
    let output = shell(&folder, "ulimit -v 300000; exec \"$0\" scan many.env --threads 1000");
    let said = text(&output.stderr);
    let is_told = output.status.code() == Some(2) && said.contains("cannot start the threads");
    // A machine may give them all.
    assert!(is_told || output.status.code() == Some(1), "{}: {said}", output.status);
    assert!(!said.contains("internal error"), "{said}");
}

/// What is read half is not taken for the whole: a file of a project that ends in the middle is an error.
#[test]
fn a_project_s_own_files_that_fail_stop_the_scan() {
    let folder = many(3);
    for option in ["--config", "--rules", "--baseline"] {
        for file in ["/proc/self/mem", "/dev/full", "/proc/self/fd", "/nowhere/at/all"] {
            let run = folder.run(["scan", option, file]);
            assert!(run.status == 2 && run.stderr.starts_with("error: "), "{option} {file}: {}", run.stderr);
        }
    }
    assert!(Path::new("/proc/self/mem").exists() && File::open("/dev/full").is_ok());
}
