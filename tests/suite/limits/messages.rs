//! Limits of what messages and reports name one by one.

use super::value;
use crate::support::{Folder, key, numbered_key};

#[test]
fn a_note_names_a_few_globs_and_not_all_of_each() {
    let most = value("src/cli/project.rs", "MOST_NAMED") as usize;
    let longest = value("src/cli/project.rs", "LONGEST") as usize;
    let folder = Folder::new();
    folder.git("init -q").file("f", "x");
    let said = |globs: &[String]| {
        folder.file("gridleaks.toml", format!("exclude = [{}]\n", globs.join(", ")));
        folder.run(["scan"]).stderr
    };
    for (count, more) in [(most, 0), (most + 1, 1), (most + 7, 7)] {
        let stderr = said(&(0..count).map(|number| format!("'g{number}.txt'")).collect::<Vec<_>>());
        assert!(stderr.contains(&format!("`g{}.txt`", most - 1)), "{stderr}");
        assert!(!stderr.contains(&format!("`g{most}.txt`")), "{stderr}");
        let ending = if more == 0 { "4.txt`\n".to_owned() } else { format!("4.txt` and {more} more\n") };
        assert!(stderr.contains(&ending), "{count}: {stderr}");
    }
    for (length, shown) in [(longest, "ä".repeat(longest)), (longest + 1, "ä".repeat(longest) + "…")] {
        let stderr = said(&[format!("'{}'", "ä".repeat(length))]);
        assert!(stderr.contains(&format!("leaves out `{shown}`\n")), "{length}: {stderr}");
    }
}

#[test]
fn a_warning_names_a_few_entries_that_match_nothing() {
    let most = value("src/cli/stale.rs", "MOST_NAMED") as usize;
    for (count, ending) in [(most, ""), (most + 1, " and 1 more"), (most + 3, " and 3 more")] {
        let folder = Folder::new();
        folder.git("init -q");
        for number in 0..count {
            folder.file(format!("{number}.env"), numbered_key(number as u64));
        }
        assert_eq!(folder.run(["baseline"]).status, 0);
        for number in 0..count {
            folder.file(format!("{number}.env"), "");
        }
        let table = |number: usize| format!("[[allow]]\npath = 'gone{number}'\nreason = 'r'\n");
        folder.file("gridleaks.toml", (0..count).map(table).collect::<String>());
        let stderr = folder.run(["scan"]).stderr;
        // Each entry ends in a part of its fingerprint.
        let line = |what: &str| stderr.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{stderr}"));
        let entries = line("entries match nothing any more");
        assert!(entries.ends_with(&format!("…){ending}")), "{entries}");
        assert_eq!(entries.matches(".env (sha256:").count(), most, "{entries}");
        let tables = line("the `[[allow]]` tables allow nothing any more");
        let lines: Vec<String> = (0..most).map(|number| (1 + 3 * number).to_string()).collect();
        assert!(tables.contains(&format!("lines {}{ending}: the", lines.join(", "))), "{tables}");
    }
}

#[test]
fn some_findings_that_do_not_count_are_shown_in_their_places() {
    let most = value("src/report/github.rs", "MOST_REVIEWED") as usize;
    let folder = Folder::new();
    folder.git("init -q").git("commit -q --allow-empty -m base");
    folder.file("gridleaks.toml", "[[allow]]\npath = '*.env'\nreason = 'r'\n");
    for (last, count) in [(most as u64, most), (most as u64 + 7, most + 7)] {
        folder.file("a.env", (0..last).map(|number| numbered_key(number) + "\n").collect::<String>());
        folder.git("add .").git("commit -q -m keys");
        let run = folder.run(["history", "--range", "HEAD^..HEAD", "--format", "github"]);
        // Of the second commit, only what is new: so both in one.
        folder.git("reset -q --soft HEAD^");
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert_eq!(run.stdout.matches("(not counted)::").count(), most, "{}", run.stdout);
        let told = format!("::notice title=gridleaks::not counted: {count} by the config\n");
        assert!(run.stdout.contains(&told), "{}", run.stdout);
    }
}

#[test]
fn a_page_names_a_few_places_of_one_commit() {
    let most = value("src/report/html/card.rs", "MOST_NAMED") as usize;
    for (count, ending) in [(most, "</code></p>"), (most + 1, "</code> and 1 more</p>")] {
        let folder = Folder::new();
        folder.git("init -q");
        for number in 0..count {
            folder.file(format!("{number}.env"), format!("{number} {}", key()));
        }
        folder.git("add .").git("commit -q -m keys");
        let page = folder.run(["history", "--format", "html"]).stdout;
        let line =
            page.lines().find(|line| line.starts_with("<p class=\"where\">in ")).unwrap_or_else(|| panic!("{page}"));
        assert!(line.contains(&format!("<code>{}.env</code>", most - 1)) && line.ends_with(ending), "{line}");
        assert!(!line.contains(&format!("<code>{most}.env</code>")), "{line}");
    }
}

#[test]
fn a_page_cuts_long_names() {
    let most = value("src/report/html/mod.rs", "MAX_TEXT") as usize;
    let folder = Folder::new();
    // The longest name that a file may have is shorter.
    let above = "d".repeat(200);
    let name = |length: usize| format!("{above}/{}", "f".repeat(length - above.len() - 1));
    folder.file(name(most), key()).file(name(most + 1), numbered_key(1));
    let page = folder.run(["scan", "--format", "html"]).stdout;
    let path = |name: &str| format!("<code class=\"path\">{name}:1:1</code>");
    assert!(page.contains(&path(&name(most))), "{page}");
    assert!(page.contains(&path(&(name(most) + "…"))) && !page.contains(&path(&name(most + 1))), "{page}");
}

#[test]
fn the_place_that_a_key_moved_from_is_found_among_so_many() {
    let most = value("src/cli/project.rs", "MOST_LOOKED_AT");
    for (count, status) in [(most, 0), (most + 1, 1)] {
        let folder = Folder::new();
        folder.git("init -q");
        for number in 0..count {
            folder.file(format!("{number:04}.env"), key());
        }
        assert_eq!(folder.run(["baseline"]).status, 0);
        // All but the last hold it still.
        std::fs::rename(folder.path().join(format!("{:04}.env", count - 1)), folder.path().join("new.env")).unwrap();
        assert_eq!(folder.run(["scan", "new.env"]).status, status, "{count}");
    }
}
