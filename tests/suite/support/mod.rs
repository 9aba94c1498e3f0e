//! One small builder for tests that run the program from outside: a temporary folder, the program in it, what came out.

#![allow(unreachable_pub, reason = "fuzz targets and examples take parts of it")]

pub mod arrow;
pub mod data;
pub mod hdf5;
pub mod inputs;
pub mod leaks;
pub mod leveldb;
pub mod oracle;
pub mod pack;
pub mod redis;
pub mod server;
#[cfg(target_os = "linux")]
pub mod terminal;

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gridleaks::report::Format;

/// A tail as Retailgrid's service may draw it.
pub const TAIL: &str = "9f1c7e2ab3d5c7e9f1a2047b6d8e35c0";

/// Runs git in a folder as somebody, with a name and an address, on a day of its own, so that dates of commits are known; gives what it
/// said.
pub fn git_on_day(folder: &Folder, day: u64, zone: &str, (name, email): (&str, &str), arguments: &[&str]) -> String {
    let date = format!("{} {zone}", 1_700_000_000 + day * 86_400);
    let output = git_command()
        .args([
            "-c",
            &format!("user.name={name}"),
            "-c",
            &format!("user.email={email}"),
            "-c",
            "protocol.file.allow=always",
        ])
        .args(arguments)
        .env("GIT_AUTHOR_DATE", &date)
        .env("GIT_COMMITTER_DATE", &date)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A made-up key, put together here so that none stands in the source.
pub fn key() -> String {
    key_of(TAIL)
}

/// A made-up key with this tail.
pub fn key_of(tail: &str) -> String {
    format!("{}_live_{tail}", "rg")
}

/// The `number`th of many made-up keys, each random to look at.
pub fn numbered_key(number: u64) -> String {
    const SYMBOLS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def0;
    let tail: String = (0..32)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(SYMBOLS[(state >> 33) as usize % SYMBOLS.len()])
        })
        .collect();
    key_of(&tail)
}

/// The names of all formats of reports.
pub fn formats() -> [&'static str; Format::ALL.len()] {
    Format::ALL.map(Format::name)
}

/// A temporary folder with files in it.
pub struct Folder {
    temporary: tempfile::TempDir,
}

/// What a run of the program gave.
pub struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Folder {
    pub fn new() -> Self {
        Folder { temporary: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// Writes a file, with the folders above it.
    pub fn file(&self, name: impl AsRef<Path>, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    #[cfg(unix)]
    pub fn link(&self, name: &str, target: &str) -> &Self {
        std::os::unix::fs::symlink(target, self.path().join(name)).unwrap();
        self
    }

    /// Runs git in this folder, without anybody's configuration.
    pub fn git(&self, arguments: &str) -> &Self {
        let output = git_command()
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always"])
            .args(arguments.split_whitespace())
            .current_dir(self.path())
            .output()
            .expect("git is installed");
        assert!(output.status.success(), "git {arguments}: {}", String::from_utf8_lossy(&output.stderr));
        self
    }

    /// The program, to be run in this folder with nobody's configuration.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gridleaks"));
        command.current_dir(self.path()).stdin(Stdio::null());
        command.env_remove("NO_COLOR").env("HOME", self.path().join("no-home")).env_remove("XDG_CONFIG_HOME");
        // What a person has set must lead no request of a test anywhere.
        for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
            command.env_remove(name).env_remove(name.to_ascii_lowercase());
        }
        command.env_remove("GRIDLEAKS_VERIFY_URL");
        command
    }

    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        Run::of(self.command().args(arguments))
    }

    /// Runs `scan` with a text on standard input.
    pub fn run_with_input<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>, input: &[u8]) -> Run {
        let mut command = self.command();
        let mut child = command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // One that is refused for its arguments may be gone before it was told anything.
        match child.stdin.take().unwrap().write_all(input) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
            written => written.unwrap(),
        }
        Run::from_output(child.wait_with_output().unwrap())
    }

    /// A command's findings in JSON, each with what suppresses it, and its status.
    pub fn judged(&self, arguments: &[&str]) -> (i32, Vec<String>) {
        let run = self.run(arguments.iter().chain(&["--format", "json"]));
        assert!(run.status < 2, "{arguments:?}: {}", run.stderr);
        (run.status, run.judged())
    }

    /// The places of the findings of `scan --format json` with more arguments: `path:line:column`, or `path` alone.
    pub fn places<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Vec<String> {
        let run = Run::of(self.command().args(["scan", "--format", "json"]).args(arguments));
        run.places()
    }
}

impl Run {
    pub fn of(command: &mut Command) -> Self {
        Self::from_output(command.output().unwrap())
    }

    fn from_output(output: std::process::Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("all output is UTF-8");
        Run {
            status: output.status.code().expect("the program was not killed"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }

    pub fn places(&self) -> Vec<String> {
        let json = self.json();
        let place = |finding: &serde_json::Value| match finding["line"].as_u64() {
            Some(line) => format!("{}:{line}:{}", finding["path"].as_str().unwrap_or("-"), finding["column"]),
            None => finding["path"].as_str().unwrap_or("-").to_owned(),
        };
        json["findings"].as_array().unwrap().iter().map(place).collect()
    }

    /// The path of each finding, with what suppresses it.
    pub fn judged(&self) -> Vec<String> {
        let finding = |finding: &serde_json::Value| {
            let place = finding["path"].as_str().unwrap_or("-").to_owned();
            match finding["suppressed"]["by"].as_str() {
                Some(by) => format!("{place} {by}"),
                None => place,
            }
        };
        self.json()["findings"].as_array().unwrap().iter().map(finding).collect()
    }

    /// Standard output, then standard error, with what differs from run to run taken out.
    pub fn stable(&self) -> String {
        let text = format!("{}{}exit status {}\n", self.stdout, divided(&self.stderr), self.status);
        stable(&text)
    }
}

/// Git, free of what a hook or a person may have set: it must not touch any repository but the test's.
pub fn git_command() -> Command {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(name);
    }
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    command
}

/// A repository with one commit that holds an old leak.
pub fn with_old_leak() -> Folder {
    let folder = Folder::new();
    folder.git("init -q -b main").file("old.env", format!("OLD={}\n", numbered_key(0))).file("sub/a.txt", "a\n");
    folder.file("sub/deep/b.txt", "b\n").git("add .").git("commit -q -m base");
    folder
}

/// A bare repository `server`, and `work`, which pushes to it as `up`, with a first commit pushed that holds an old key.
pub fn work_and_server() -> Folder {
    let folder = Folder::new();
    folder.git("init -q --bare -b main server").git("init -q -b main work").git("-C work remote add up ../server");
    folder.file("work/old", numbered_key(0)).git("-C work add .").git("-C work commit -q -m base");
    folder.git("-C work push -q up main");
    folder
}

/// Writes a file in [`work_and_server`]'s `work`, and commits everything under its name.
pub fn commit_in_work(folder: &Folder, name: &str, text: &str) {
    folder.file(format!("work/{name}"), text).git("-C work add -A").git(&format!("-C work commit -q -m {name}"));
}

fn divided(stderr: &str) -> String {
    if stderr.is_empty() { "-----\n".to_owned() } else { format!("----- standard error\n{stderr}-----\n") }
}

/// A report with its times and the version taken out.
pub fn stable(text: &str) -> String {
    let times = regex::Regex::new(r"\b\d+\.\d{3} s\b").unwrap();
    let seconds = regex::Regex::new(r#""seconds": ?[0-9.e-]+"#).unwrap();
    // GitLab's, of when a scan began and ended.
    let moments = regex::Regex::new(r#""(start|end)_time": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d""#).unwrap();
    // That of a page: its style, which is long, and the hash of that, and when the scan began.
    let style = regex::Regex::new(r"(?s)<style>.*?</style>").unwrap();
    let hash = regex::Regex::new(r"'sha256-[A-Za-z0-9+/=]{44}'").unwrap();
    let began = regex::Regex::new(r#" at <time datetime="[^"]*">[^<]*</time> UTC"#).unwrap();
    // A temporary folder's name.
    let folder = regex::Regex::new(r"\.tmp[A-Za-z0-9]{6}\b").unwrap();
    let text = times.replace_all(text, "[time] s");
    let text = folder.replace_all(&text, "[folder]");
    let text = style.replace_all(&text, "<style>[style]</style>");
    let text = hash.replace_all(&text, "'sha256-[hash]'");
    let text = began.replace_all(&text, " at [moment]");
    let text = moments.replace_all(&text, "\"${1}_time\": \"[moment]\"");
    let text = seconds.replace_all(&text, "\"seconds\": 0.0");
    text.replace(env!("CARGO_PKG_VERSION"), "[version]")
}

/// A folder as a stranger may read it, with a copy of the program; for tests of permissions, which root does not feel.
#[cfg(unix)]
pub fn stranger(folder: &Folder) -> Command {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let program: PathBuf = folder.path().join("program");
    // By another process: a copy that this one wrote could not be run while a child of another test still holds it open.
    assert!(Command::new("cp").arg(env!("CARGO_BIN_EXE_gridleaks")).arg(&program).status().unwrap().success());
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(program);
    command.current_dir(folder.path()).stdin(Stdio::null());
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if is_root {
        command.uid(65534).gid(65534);
    }
    command
}
