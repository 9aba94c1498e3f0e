//! Several readings of one place, where a finding stands, how many layers are taken off, and what is joined.

use super::*;

const OTHER: &str = "kP3vZ9qLx2RtY7mWc5NbH8sJd4FgA6uE";

fn secrets(text: &str) -> Vec<String> {
    found(text.as_bytes()).into_iter().map(|(secret, ..)| secret).collect()
}

#[test]
fn a_key_counts_as_it_stands_unless_only_what_follows_makes_it_one() {
    let (one, other) = (key(HEX), key(OTHER));
    let cut = format!("{}%5F{}", &other[..28], &other[29..]);
    let joined = cut.replace("%5F", "_");
    for (text, expected) in [
        (format!("q={cut}&x"), vec![&joined]),
        (format!("q={one}%2Dx"), vec![&one]),
        (format!("q={one}&q={cut}&x"), vec![&one, &joined]),
        (format!("q={cut}&q={one}%2Dx"), vec![&joined, &one]),
    ] {
        assert_eq!(secrets(&text), expected.iter().map(|key| key.as_str()).collect::<Vec<_>>(), "{text}");
        for form in [Form::Base64, Form::Hex] {
            let wrapped = String::from_utf8(form.wrap(text.as_bytes())).unwrap();
            assert_eq!(secrets(&wrapped), expected.iter().map(|key| key.as_str()).collect::<Vec<_>>(), "{text}");
        }
    }
    let layers: Vec<_> = found(&Form::Hex.wrap(format!("q={one}%2Dx").as_bytes())).remove(0).1;
    assert_eq!(layers, [Hex]);
}

#[test]
fn a_finding_stands_where_its_first_and_last_character_do() {
    let (rg, tail) = ("rg", HEX);
    for encoded in [
        format!("{rg}%5Flive_{tail}"),
        format!("{rg}%5Flive%5F{}%63%30", &tail[..30]),
        format!("{rg}_live_\\x1b[0m{tail}"),
        format!("{rg}_live_\" + \"{tail}"),
    ] {
        for (before, after) in [("k = \"", "\";"), ("?k=", "&x=y"), ("", "")] {
            let text = format!("{before}{encoded}{after}");
            let found = found(text.as_bytes());
            let [(secret, _, span)] = &found[..] else { panic!("{text}: {found:?}") };
            assert_eq!((secret, span), (&key(tail), &(before.len()..before.len() + encoded.len())), "{text}");
        }
    }
}

#[test]
fn a_key_that_stands_there_twice_is_found_twice() {
    let one = key(HEX);
    for form in [Form::Percents, Form::Hex, Form::Spaced, Form::Little] {
        for between in ["", " "] {
            let text = form.wrap(format!("{one}{between}{one}").as_bytes());
            let found = found(&text);
            assert_eq!(found.iter().map(|(secret, ..)| secret).collect::<Vec<_>>(), [&one; 2], "{form:?}");
            assert!(found[0].2.end <= found[1].2.start + 3, "{form:?}");
        }
    }
}

#[test]
fn so_many_layers_are_taken_off_and_no_more() {
    let wrapped = |layers: usize| (0..layers).fold(key(HEX).into_bytes(), |text, _| Form::Base64.wrap(&text));
    assert_eq!(found(&wrapped(encoded::DEPTH)).len(), 1);
    assert_eq!(found(&wrapped(encoded::DEPTH + 1)), []);
}

#[test]
fn only_what_is_joined_is_read_as_one() {
    let (rg, tail) = ("rg", HEX);
    for text in [
        format!("concat(\"a\"); f(\"{rg}%5Flive_\", \"{tail}\")"),
        format!("f(\"{rg}%5Flive_\", \"{tail}\")"),
        format!("\"a\" + \"b\"; f(\"{rg}%5Flive_\", \"{tail}\")"),
    ] {
        assert_eq!(secrets(&text), [""; 0], "{text}");
    }
    // Any number of characters that have no width.
    let invisible = format!("{}\u{200b}", "\u{ad}".repeat(10));
    assert_eq!(secrets(&format!("{rg}{invisible}_live_{tail}")), [key(tail)]);
}

#[test]
fn a_prefix_whose_rare_word_stands_behind_another_is_found_in_every_form() {
    let rules = "[[rules]]\nid = \"other\"\njudge = \"token\"\nregex = \"in_secret_[a-z0-9]{32}\"\n";
    let detector = Detector::new(&RuleSet::from_text(crate::rule::Origin::BuiltIn, rules).unwrap());
    for joint in [
        "_", "%5F", "&lowbar;", "=5F", "\\_", "\\u005f", "\\137", "_\" + \"", "_</b>", "_\\\n  ", "_=\n", "_\x1b[0m",
        "\" + \"_",
    ] {
        let text = format!("k = \"in{joint}secret_{HEX}\"");
        let hits = detector.find_all(text.as_bytes(), None);
        assert_eq!(hits.len(), 1, "{text}");
        assert_eq!(hits[0].secret(text.as_bytes()).reveal(), format!("in_secret_{HEX}").as_bytes());
    }
}

#[test]
fn what_only_an_anchor_leads_to_is_read_before_what_stands_behind_it() {
    let (one, other) = (key(HEX), key(OTHER));
    let escaped = one.replace('_', "%5F");
    let percents = String::from_utf8(Form::Percents.wrap(other.as_bytes())).unwrap();
    for gap in [8, 200, 1000] {
        for text in [
            format!("q={escaped}{:gap$}{percents}&", ""),
            format!("q={percents}{:gap$}{escaped}&", ""),
            format!("q={escaped}{:gap$}{percents}{:gap$}q={escaped}&", "", ""),
        ] {
            let mut places: Vec<_> =
                [&escaped, &percents].into_iter().flat_map(|form| text.match_indices(form)).collect();
            places.sort();
            let expected: Vec<_> =
                places.iter().map(|(_, form)| if *form == escaped { one.clone() } else { other.clone() }).collect();
            assert_eq!(secrets(&text), expected, "{text}");
        }
    }
}

#[test]
fn base64_is_of_the_alphabet_whose_signs_it_has() {
    let plain = format!("{}??>>??>>", key(HEX));
    let layers = |text: &str| found(text.as_bytes()).remove(0).1;
    assert_eq!(layers(&STANDARD.encode(&plain)), [Base64]);
    assert_eq!(layers(&URL_SAFE_NO_PAD.encode(&plain)), [Base64Url]);
    assert_eq!(layers(&STANDARD.encode(key(HEX))), [Base64]);
}
