//! Looks for what is left of a key in output: its tail in pieces, plain and in the forms that it may have been turned into.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// How many characters of a tail in a row give a key away. Fewer may be chance.
const TELLING: usize = 12;

/// How many characters of a tail may be shown, as `redacted` does.
const SHOWN: usize = 4;

/// Knows some keys, and finds them again.
pub struct Leaks {
    searcher: AhoCorasick,
    names: Vec<String>,
}

impl Leaks {
    /// Looks for these keys, each a prefix of eight bytes and a tail.
    pub fn of(keys: &[String]) -> Self {
        let mut patterns: BTreeMap<Vec<u8>, String> = BTreeMap::new();
        for key in keys {
            let tail = &key.as_bytes()["rg_live_".len() + SHOWN..];
            let reversed: Vec<u8> = tail.iter().rev().copied().collect();
            for piece in tail.windows(TELLING) {
                for (name, form) in forms(piece) {
                    patterns.entry(form).or_insert_with(|| format!("{name} of {}", String::from_utf8_lossy(piece)));
                }
            }
            for piece in reversed.windows(TELLING) {
                patterns.entry(piece.to_vec()).or_insert_with(|| "reversed".to_owned());
            }
        }
        let (patterns, names): (Vec<_>, Vec<_>) = patterns.into_iter().unzip();
        Leaks { searcher: AhoCorasick::new(patterns).unwrap(), names }
    }

    /// What is left of a key in `bytes`, in words.
    pub fn find(&self, bytes: &[u8]) -> Option<String> {
        self.searcher.find(bytes).map(|hit| {
            let from = hit.start().saturating_sub(80);
            let to = (hit.end() + 80).min(bytes.len());
            format!("{} in …{}…", self.names[hit.pattern().as_usize()], String::from_utf8_lossy(&bytes[from..to]))
        })
    }
}

/// A piece of a key in every form in which output could hold it.
pub fn forms(piece: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let each = |form: &dyn Fn(u8) -> String| piece.iter().map(|&byte| form(byte)).collect::<String>().into_bytes();
    let mut forms = vec![
        ("plain", piece.to_vec()),
        ("capitals", piece.to_ascii_uppercase()),
        ("small letters", piece.to_ascii_lowercase()),
        ("hex", each(&|byte| format!("{byte:02x}"))),
        ("hex in capitals", each(&|byte| format!("{byte:02X}"))),
        ("percent", each(&|byte| format!("%{byte:02x}"))),
        ("percent in capitals", each(&|byte| format!("%{byte:02X}"))),
        ("UTF-16, little", piece.iter().flat_map(|&byte| [byte, 0]).collect()),
        ("UTF-32, little", piece.iter().flat_map(|&byte| [byte, 0, 0, 0]).collect()),
        ("UTF-32, big", piece.iter().flat_map(|&byte| [byte, 0, 0, 0]).skip_while(|&byte| byte == 0).collect()),
        ("escapes of JSON", each(&|byte| format!("\\u{byte:04x}"))),
        ("escapes of C", each(&|byte| format!("\\x{byte:02x}"))),
        ("references of HTML", each(&|byte| format!("&#{byte};"))),
        ("references of HTML in hex", each(&|byte| format!("&#x{byte:x};"))),
        ("numbers", piece.iter().map(u8::to_string).collect::<Vec<_>>().join(", ").into_bytes()),
        ("numbers, close", piece.iter().map(u8::to_string).collect::<Vec<_>>().join(",").into_bytes()),
        ("zero bytes in escapes", each(&|byte| format!("{}\\u0000", char::from(byte)))),
    ];
    // What stands before and behind makes a difference to the first and the last characters only.
    for alignment in 0..3 {
        let mut text = vec![b'x'; alignment];
        text.extend_from_slice(piece);
        let encoded = base64(&text);
        let known = (alignment * 4).div_ceil(3)..(text.len() * 4) / 3;
        forms.push(("base64", encoded[known.clone()].to_vec()));
        forms.push(("base64 in hex", encoded[known].iter().flat_map(|b| format!("{b:02x}").into_bytes()).collect()));
    }
    forms
}

/// Base64 without padding.
pub fn base64(bytes: &[u8]) -> Vec<u8> {
    STANDARD_NO_PAD.encode(bytes).into_bytes()
}

/// Every file below a folder with what it holds, to see afterwards which were written.
pub fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten().flatten() {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                all.insert(entry.path(), fs::read(entry.path()).unwrap_or_default());
            }
        }
    }
    all
}
