//! Random histories, made by git: the objects that hold a key are exactly those that `git cat-file` and a plain search say, packed and
//! loose, and each is inflated once.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;

use crate::support::{Folder, git_command, key_of};
use gridleaks::source::history::{Around, Excerpt, Found, History, Object};

/// A stream of numbers that are random to look at, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// A history in the form that `git fast-import` reads: files of many lines that change a little, a key whose end changes while most
/// of it stays, renames, merges and several roots.
fn history(dice: &mut Dice) -> Vec<u8> {
    let mut out = Vec::new();
    let mut files: Vec<Vec<String>> = vec![Vec::new(); 6];
    let mut tails: Vec<u8> = b"9f1c7e2ab3d5c7e9f1a2047b6d8e35c0".to_vec();
    for number in 1..=60u64 {
        let branch = dice.below(3);
        writeln!(
            out,
            "commit refs/heads/b{branch}\nmark :{number}\ncommitter A <a@b> {} +0000\ndata 2\nm",
            1_700_000_000 + number * 60
        )
        .unwrap();
        out.push(b'\n');
        if number > 4 && dice.below(5) == 0 {
            writeln!(out, "merge :{}", 1 + dice.below(number - 1)).unwrap();
        }
        for _ in 0..=dice.below(3) {
            let file = dice.below(files.len() as u64) as usize;
            let lines = &mut files[file];
            for _ in 0..=dice.below(4) {
                let place = dice.below(lines.len() as u64 + 1) as usize;
                match dice.below(6) {
                    0 if !lines.is_empty() => drop(lines.remove(place.min(lines.len() - 1))),
                    1 => {
                        // A new key that shares most characters with the last one, in the place where that stood.
                        let at = dice.below(32) as usize;
                        tails[at] = b"0123456789abcdef"[dice.below(16) as usize];
                        let line = format!("KEY={}", key_of(&String::from_utf8_lossy(&tails)));
                        match lines.iter().position(|line| line.starts_with("KEY=")) {
                            Some(known) => lines[known] = line,
                            None => lines.insert(place, line),
                        }
                    }
                    2 => lines.insert(place, "KEY=rg_li".to_owned() + "ve"),
                    _ => (0..40).for_each(|_| {
                        lines.insert(place, format!("line {} {}", dice.below(1000), dice.below(1 << 30)))
                    }),
                }
            }
            let text = lines.join("\n");
            writeln!(out, "M 100644 inline d{}/f{file}\ndata {}\n{text}", dice.below(2), text.len()).unwrap();
        }
    }
    out.extend_from_slice(b"done\n");
    out
}

fn import(folder: &Folder, history: &[u8]) {
    let mut command = git_command();
    command.args(["fast-import", "--quiet", "--done", "--force"]).current_dir(folder.path());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(history).unwrap();
    assert!(child.wait().unwrap().success());
}

/// The blobs that hold each of `needles`, as git and a plain search say.
fn truth(folder: &Path, needles: &[Vec<u8>]) -> Vec<BTreeSet<String>> {
    let mut command = git_command();
    command.args(["cat-file", "--batch", "--batch-all-objects", "--unordered"]).current_dir(folder);
    let output = command.output().unwrap().stdout;
    let mut found = vec![BTreeSet::new(); needles.len()];
    let mut rest = &output[..];
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).unwrap();
        let header: Vec<_> = std::str::from_utf8(&rest[..end]).unwrap().split(' ').collect();
        let size: usize = header[2].parse().unwrap();
        let content = &rest[end + 1..end + 1 + size];
        for (needle, found) in needles.iter().zip(&mut found).filter(|_| header[1] == "blob") {
            if memchr::memmem::find(content, needle).is_some() {
                found.insert(header[0].to_owned());
            }
        }
        rest = &rest[end + size + 2..];
    }
    found
}

/// How many objects are no blobs.
fn links(folder: &Path) -> u64 {
    let mut command = git_command();
    let batch = ["cat-file", "--batch-all-objects", "--batch-check=%(objecttype)"];
    let output = command.args(batch).current_dir(folder).output().unwrap();
    output.stdout.split(|&byte| byte == b'\n').filter(|kind| !kind.is_empty() && *kind != b"blob").count() as u64
}

/// The same as the history says; each object is looked at whole if `around` is not given.
fn found(folder: &Path, needles: &[Vec<u8>], around: Option<usize>) -> Vec<BTreeSet<String>> {
    let mut all = vec![BTreeSet::new(); needles.len()];
    for history in History::open(folder).unwrap() {
        let hits = Mutex::new(Vec::new());
        let objects = history
            .read(around.map(|around| Around { near: around, far: around }), &|found| match found {
                Found::Object(node, Object { text, .. }) | Found::Excerpt(node, Excerpt { text, .. }) => {
                    let of =
                        |(place, needle): (usize, &Vec<u8>)| memchr::memmem::find(text, needle).map(|_| (place, node));
                    let hit: Vec<_> = needles.iter().enumerate().filter_map(of).collect();
                    let is_hit = !hit.is_empty();
                    if matches!(found, Found::Object(..)) {
                        hits.lock().unwrap().extend(hit);
                    }
                    is_hit
                }
                Found::Names(_) => false,
                Found::Huge(..) | Found::Name(..) => true,
            })
            .unwrap();
        assert_eq!(objects.faults(), [""; 0]);
        assert_eq!(objects.inflated, objects.count() as u64, "each object is inflated once");
        assert!(!objects.needs_trace, "nothing is missing, and no name holds anything: no second walk");
        assert_eq!(objects.trace(&|_| true, []).inflated, links(folder), "a second walk reads no blob");
        for (place, node) in hits.into_inner().unwrap() {
            all[place].insert(objects.id(node).unwrap().to_string());
        }
    }
    all
}

#[test]
fn random_histories_are_searched_to_the_object() {
    for seed in 0..12 {
        let folder = Folder::new();
        folder.git(if seed % 3 == 0 { "init -q --bare --object-format=sha256" } else { "init -q --bare" });
        let mut dice = Dice(seed);
        import(&folder, &history(&mut dice));
        let prefix = key_of("");
        let needles: Vec<Vec<u8>> =
            [prefix.as_str(), "line 7", "KEY=", "\nline 99"].map(|text| text.as_bytes().to_vec()).to_vec();
        let longest = needles.iter().map(Vec::len).max().unwrap();
        for state in ["repack -adfq --depth=50 --window=50", "repack -adq --depth=2", "loose", "half"] {
            match state {
                "loose" => loosen(&folder),
                // Some objects in a pack and loose, some in two packs.
                "half" => {
                    folder.git("repack -q");
                    import(&folder, &history(&mut dice));
                    folder.git("repack -q");
                }
                repack => {
                    folder.git(repack);
                }
            }
            let expected = truth(folder.path(), &needles);
            for around in [None, Some(longest - 1)] {
                let actual = found(folder.path(), &needles, around);
                assert!(actual == expected, "seed {seed}, {state}, {around:?}");
            }
        }
    }
}

/// Takes all objects out of their packs.
fn loosen(folder: &Folder) {
    let packs = folder.path().join("objects/pack");
    let aside = folder.path().join("aside");
    std::fs::rename(&packs, &aside).unwrap();
    std::fs::create_dir(&packs).unwrap();
    for entry in
        std::fs::read_dir(&aside).unwrap().flatten().filter(|entry| entry.path().extension().unwrap() == "pack")
    {
        let mut command = git_command();
        command.args(["unpack-objects", "-q"]).current_dir(folder.path());
        assert!(command.stdin(std::fs::File::open(entry.path()).unwrap()).status().unwrap().success());
    }
    std::fs::remove_dir_all(&aside).unwrap();
}
