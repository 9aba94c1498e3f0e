//! What stands beside an encoded key, or breaks it in two, takes nothing of it.

use super::*;

#[test]
fn small_numbers_before_wide_text_take_nothing_of_it() {
    let key = key(HEX);
    for before in (4..24).chain([40, 100]) {
        for padding in 0..40 {
            let numbers = [40, 0, 0, 0].repeat(before);
            let text = [vec![0xff; padding], numbers, Form::Little.wrap(key.as_bytes()), vec![0xff; 9]].concat();
            let secrets: Vec<_> = found(&text).into_iter().map(|(secret, ..)| secret).collect();
            assert_eq!(secrets, [key.as_str()], "{before} numbers behind {padding} bytes");
        }
    }
}

#[test]
fn text_of_four_bytes_a_character_takes_nothing_of_one_of_two() {
    let key = key(HEX);
    for before in 1..40 {
        for padding in 0..40 {
            let wide =
                Form::Wide.wrap(&b"a few words, and a few more of them"[..before.min(35)].repeat(1 + before / 36));
            let text = [vec![0xff; padding], wide, Form::Little.wrap(key.as_bytes()), vec![0xff; 9]].concat();
            let secrets: Vec<_> = found(&text).into_iter().map(|(secret, ..)| secret).collect();
            assert_eq!(secrets, [key.as_str()], "{before} characters behind {padding} bytes");
        }
    }
}

#[test]
fn of_two_byte_orders_each_key_is_taken_from_the_one_that_has_it_whole() {
    let (key, other) = (key(HEX), key("kP3vZ9qLx2RtY7mWc5NbH8sJd4FgA6uE"));
    // Without the zero behind the last letter and with a letter before the first one, each order loses something of one key.
    let wide = Form::Little.wrap(format!("{key}\"{other}").as_bytes());
    let text = [b"D", &wide[..wide.len() - 1], b"'\\"].concat();
    let secrets: Vec<_> = found(&text).into_iter().map(|(secret, ..)| secret).collect();
    assert_eq!(secrets, [key.as_str(), other.as_str()]);
}

#[test]
fn a_literal_before_a_key_is_no_part_of_it() {
    let key = key(HEX);
    let escaped = String::from_utf8(Form::Percents.wrap(key.as_bytes())).unwrap();
    for before in ["x`'", "\"x\" + \"", "('x', \"", "`f`\""] {
        let secrets: Vec<_> =
            found(format!("{before}{escaped}\"").as_bytes()).into_iter().map(|(secret, ..)| secret).collect();
        assert_eq!(secrets, [key.as_str()], "{before}");
    }
    assert_eq!(found(format!("\"x{escaped}\"").as_bytes()), []);
}

#[test]
fn a_neighbour_takes_nothing_from_the_better_byte_order() {
    let (key, other) = (key(HEX), key("kP3vZ9qLx2RtY7mWc5NbH8sJd4FgA6uE"));
    // A byte before text with the high byte first, and one behind it: with the low byte first, it is the first letter of another
    // issuer's key, and the second key is the same in both.
    let wide = Form::Big.wrap(format!("{key} {other}\n").as_bytes());
    for behind in [&b"\x0b"[..], b";"] {
        let text = [&b"\\HLWY"[..], &wide, behind].concat();
        let secrets: Vec<_> = found(&text).into_iter().map(|(secret, ..)| secret).collect();
        assert_eq!(secrets, [key.as_str(), other.as_str()], "{behind:?}");
    }
}

#[test]
fn values_in_lines_of_their_own_are_told_from_each_other() {
    let key = key(HEX);
    let bare = |plain: &str| STANDARD_NO_PAD.encode(plain);
    let hex = |plain: &str| plain.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let percents = |plain: &str| String::from_utf8(Form::Percents.wrap(plain.as_bytes())).unwrap();
    for text in [
        format!("{}\n{}\n", bare("foobar"), bare(&key)),
        format!("{}\r\n{}\r\n{}\r\n", bare("foobar"), bare(&key), bare("barfoo")),
        format!("{}\n{}\n", hex("foobar"), hex(&key)),
        format!("{}\n{}\n", hex(&key), hex("abcdef")),
        format!("- {}\n  {}\n  {}\n", hex("abc"), hex(&key), hex("abcdef")),
        format!(
            "{}8\n{}\n",
            "some text before it that is longer than the key, but for its last letters ".repeat(2),
            hex(&key)
        ),
        // The end of base64 is no soft end of a line, and a literal that is joined stays one however deep the key lies.
        format!("{}=\r\n{}\n", bare("foobar"), percents(&key)),
        format!("x\"'{}\n", percents(&key.replace('_', "%5f"))),
    ] {
        let secrets: Vec<_> = found(text.as_bytes()).into_iter().map(|(secret, ..)| secret).collect();
        assert_eq!(secrets, [key.as_str()], "{text}");
    }
    // Another issuer's key, in a text that is wrapped right behind the first letter.
    let other = format!("{:>48}{key} and what follows it, to the end", "a long line with the key of another issuer: o");
    let lines: Vec<_> = bare(&other).as_bytes().chunks(64).map(<[u8]>::to_vec).collect();
    assert!(lines[1].starts_with(&bare(&key).as_bytes()[..16]));
    let text = String::from_utf8(lines.join(&b'\n')).unwrap();
    assert_eq!(found(text.as_bytes()), []);
}

#[test]
fn a_value_is_told_from_the_line_before_whatever_follows_it_on_its_own() {
    let key = key(HEX);
    let bare = |plain: &str| STANDARD_NO_PAD.encode(plain);
    let hex = |plain: &str| plain.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    for (before, digits) in [("port 8061", hex(&key)), ("%36", hex(&key)), (&bare("foobar"), bare(&key))] {
        for behind in [" # prod", ", \"more\"", "\tand more", ": and more", " 7%38%64%37", "\r"] {
            let text = format!("{before}\n{digits}{behind}\n");
            let secrets: Vec<_> = found(text.as_bytes()).into_iter().map(|(secret, ..)| secret).collect();
            assert_eq!(secrets, [key.as_str()], "{text}");
        }
    }
}

#[test]
fn a_comment_between_two_literals_may_hold_a_key() {
    let key = key(HEX);
    let percents = String::from_utf8(Form::Percents.wrap(key.as_bytes())).unwrap();
    for escaped in [key.replace('_', "%5f"), key.replacen("e_", "e\\u005f", 1), percents] {
        for (before, behind) in [
            ("(\"a\"  # ", " of mine\n    \"b\")"),
            ("'a' +  // ", "\n    'b';"),
            ("\"a\" /* ", " */ \"b\""),
            ("\"#", "\n`"),
            ("key += \"a\"; // ", "\nkey += \"b\""),
        ] {
            let text = format!("{before}{escaped}{behind}\n");
            let secrets: Vec<_> = found(text.as_bytes()).into_iter().map(|(secret, ..)| secret).collect();
            assert_eq!(secrets, [key.as_str()], "{text}");
        }
    }
}

#[test]
fn a_comment_behind_an_encoded_literal_may_hold_a_key() {
    let (key, other) = (key(HEX), key("kP3vZ9qLx2RtY7mWc5NbH8sJd4FgA6uE"));
    let wrapped = |form: Form| move |plain: &str| String::from_utf8(form.wrap(plain.as_bytes())).unwrap();
    let (percents, base64, urls, hex) =
        (wrapped(Form::Percents), wrapped(Form::Base64), wrapped(Form::Base64Url), wrapped(Form::Hex));
    let forms: [&dyn Fn(&str) -> String; 7] = [
        &|plain| plain.replace('_', "%5f"),
        &|plain| plain.replace('_', "\\x5f"),
        &percents,
        &base64,
        &urls,
        &hex,
        &|plain| base64(&hex(plain)),
    ];
    for form in forms {
        let escaped = form(&key);
        for comment in [format!("# {escaped}\n"), format!("// was \"{escaped}\"\r\n"), format!("/*{escaped}*/")] {
            let text = format!("a = [\"{}\" {comment} \" next\"]\n", form(&other));
            let secrets: Vec<_> = found(text.as_bytes()).into_iter().map(|(secret, ..)| secret).collect();
            assert_eq!(secrets, [other.as_str(), key.as_str()], "{text}");
            for before in
                [percents("some text"), form("some text that is long enough to be a text of its own, and no key")]
            {
                let text = format!("a = '{before}' {comment} + ' next'\n");
                let secrets: Vec<_> = found(text.as_bytes()).into_iter().map(|(secret, ..)| secret).collect();
                assert_eq!(secrets, [key.as_str()], "{text}");
            }
        }
    }
}

#[test]
fn lines_behind_a_text_take_nothing_of_the_key_at_its_end() {
    let words = "a few words before the key: ";
    // What follows decodes to what is no text, to letters, to digits and, of base64 in base64, to letters.
    let behind = ["TZV\nf\n", "wxy\nYWJj\n", "YWJj\nf", "MTIz\n", "ZUhsNg\n", "ZUhs\nNg\n"];
    let inner = [Form::Decimals, Form::Base64Url, Form::Spaced, Form::Listed, Form::Hex, Form::Percents, Form::Wide];
    let inner =
        inner.into_iter().flat_map(|form| [vec![form], vec![Form::Base64Url, form], vec![Form::Decimals, form]]);
    let columns: [&[usize]; 5] = [&[60], &[64], &[76], &[usize::MAX], &[60, 44, 57]];
    let places = columns.into_iter().flat_map(|columns| (0..3 * behind.len()).map(move |before| (columns, before)));
    for (forms, (columns, before)) in
        inner.chain([vec![]]).flat_map(|forms| places.clone().map(move |place| (forms.clone(), place)))
    {
        for (tail, secrets) in [(HEX, vec![key(HEX)]), (&"x".repeat(32), vec![])] {
            let plain = format!("{}{}", &words[words.len() - before..], key(tail)).into_bytes();
            let text = forms.iter().rev().fold(plain, |text, form| form.wrap(&text));
            let (digits, end) = (STANDARD_NO_PAD.encode(text), ["\n", "\r\n", "\\n"][before % 3]);
            let (mut text, mut rest) = (String::new(), digits.as_str());
            for columns in columns.iter().cycle() {
                let (line, more) = rest.split_at(rest.len().min(*columns));
                text += &format!("{line}{end}");
                rest = more;
                if rest.is_empty() {
                    break;
                }
            }
            text += &behind[before / 3].replace('\n', end);
            let found: Vec<_> = found(text.as_bytes()).into_iter().map(|(secret, ..)| secret).collect();
            assert_eq!(found, secrets, "{forms:?} {columns:?} {text}");
        }
    }
}

#[test]
fn what_a_line_before_a_list_ends_in_is_no_part_of_its_first_number() {
    let key = key(HEX);
    for (forms, before) in [
        (&[Form::Percents, Form::Spaced, Form::Percents][..], "A\\\n"),
        (&[Form::Percents, Form::Decimals, Form::Percents], "?, 2\\\n"),
        (&[Form::Percents, Form::Decimals], "feed\\\n"),
        (&[Form::Spaced, Form::Decimals, Form::Base64], "0a30\n"),
    ] {
        let text = forms.iter().rev().fold(key.clone().into_bytes(), |text, form| form.wrap(&text));
        let text = format!("{before}{}", String::from_utf8_lossy(&text));
        let secrets: Vec<_> = found(text.as_bytes()).into_iter().map(|(secret, ..)| secret).collect();
        assert_eq!(secrets, [key.as_str()], "{text}");
    }
}

#[test]
fn what_is_shown_behind_an_escaped_text_may_begin_another() {
    let key = key("aT9-xQ_2mVbe7RkJ0pLz4wYc8GdNfH1s");
    let escaped = key.replace('_', "%5F");
    // Another issuer's key with an escape in it, and a few bytes further the key.
    let other = format!("_E{}_live\\u005fer", "rg");
    let binary = b".append(\x05b\xa2fqre\\\x7f\xff\xff\xff\xff\xff\xff\xff";
    for before in [&b""[..], binary] {
        for between in 0..20 {
            let between = &b"\n\"\n;\n         \n     "[..between + 1];
            let text = [before, other.as_bytes(), between, escaped.as_bytes(), b"\n;x\n"].concat();
            let secrets: Vec<_> = found(&text).into_iter().map(|(secret, ..)| secret).collect();
            assert_eq!(secrets, [key.as_str()], "{}", text.escape_ascii());
        }
    }
}

#[test]
fn a_line_may_break_a_key_between_binary_bytes() {
    let key = key(HEX);
    for columns in [52, 60, 64, 76] {
        for before in 60..60 + 3 * columns / 4 {
            let ends = [(1, "\n"), (7, "\r\n    "), (3, "\\n"), (11, "=\n")];
            // Lines that end softly are no shorter than programs write them.
            let ends = if columns < 60 { &ends[..3] } else { &ends };
            for (padding, end) in ends.iter().map(|(times, end)| (before * times % 32, end)) {
                let binary = |count: usize| (0..count).map(|at| (at * 89 + before) as u8 | 0x80).collect::<Vec<_>>();
                let digits = STANDARD.encode([&binary(before), key.as_bytes(), &binary(90)].concat());
                let lines: Vec<_> = digits.as_bytes().chunks(columns).collect();
                let text = [" ".repeat(padding).as_bytes(), &lines.join(end.as_bytes())].concat();
                let secrets: Vec<_> = found(&text).into_iter().map(|(secret, ..)| secret).collect();
                assert_eq!(secrets, [key.as_str()], "{columns} {before} {padding} {end:?}");
            }
        }
    }
}

#[test]
fn digits_over_lines_may_seem_to_be_grouped_another_way() {
    // Eight groups of this key's are ASCII at another place, too, and stand before those that are.
    let key = key("0dfd0ea5664a376f7126f033e5639032");
    let binary = |count: usize| (0..count).map(|at| (at * 89) as u8 | 0x80).collect::<Vec<_>>();
    let digits = STANDARD.encode([&binary(46)[..], b"\n", key.as_bytes(), b"\n", &binary(90)].concat());
    let lines: Vec<_> = digits.as_bytes().chunks(54).map(String::from_utf8_lossy).collect();
    for padding in 0..32 {
        let text = format!("{}{}", " ".repeat(padding), lines.join("\n"));
        let secrets: Vec<_> = found(text.as_bytes()).into_iter().map(|(secret, ..)| secret).collect();
        assert_eq!(secrets, [key.as_str()], "{text}");
    }
}

#[test]
fn the_letter_of_a_written_out_end_of_a_line_is_no_digit() {
    let key = key(HEX);
    let plain = format!("{key}, and words that follow it, since samples are to lie in these");
    // What stands before the key in its line is hexadecimal, which leads nowhere.
    let before = "6120666577206f7468657220776f72647320";
    for digits in [STANDARD_NO_PAD.encode(&plain), STANDARD_NO_PAD.encode(STANDARD_NO_PAD.encode(&plain))] {
        for (part, padding) in (1..30).flat_map(|part| (0..32).map(move |padding| (part, padding))) {
            let end = ["\\n", "\\r\\n", "\\r", "\\\\n", "\\n\\t", "\\r\\n\\t\\t", "\n"][(part + padding + 2) % 7];
            let (first, rest) = digits.split_at(part);
            let text = format!("{}{before}{before}{first}{end}{rest}", " ".repeat(padding));
            let secrets: Vec<_> = found(text.as_bytes()).into_iter().map(|(secret, ..)| secret).collect();
            assert_eq!(secrets, [key.as_str()], "{text}");
        }
    }
}

#[test]
fn a_sample_may_begin_with_the_letter_of_a_written_out_end_of_a_line() {
    let key = key(HEX);
    // Hexadecimal before it, which leads nowhere, and binary behind it: no other sample shows the key.
    let before = "6120666577206f7468657220776f72647320";
    let digits = STANDARD.encode([key.as_bytes(), &[0xff; 60]].concat());
    for (part, padding) in (1..50).flat_map(|part| (0..32).map(move |padding| (part, padding))) {
        for end in ["\\n", "\\r\\n\\t"] {
            let (first, rest) = digits.split_at(part);
            let text = format!("{}{before}{before}{first}{end}{rest}", " ".repeat(padding));
            let secrets: Vec<_> = found(text.as_bytes()).into_iter().map(|(secret, ..)| secret).collect();
            assert_eq!(secrets, [key.as_str()], "{text}");
        }
    }
}

#[test]
fn a_line_may_break_hexadecimal_between_binary_bytes() {
    for (tail, columns) in [(HEX, 54), (HEX, 60), (HEX, 76), (&HEX[..19], 60), (&HEX[..19], 64)] {
        let key = key(tail);
        for before in columns / 2..columns {
            // Where the parts lie as far apart as samples do, none may lie in either.
            for (padding, indent) in (0..32).map(|padding| (padding, [0, 4, 22, 23, 24, 55][padding % 6])) {
                let binary = |count: usize| (0..count).map(|at| (at * 89 + before) as u8 | 0x80).collect::<Vec<_>>();
                let plain = [binary(before), key.clone().into_bytes(), binary(90)].concat();
                let digits: String = plain.iter().map(|byte| format!("{byte:02x}")).collect();
                let lines: Vec<_> = digits.as_bytes().chunks(columns).collect();
                let text =
                    [" ".repeat(padding).as_bytes(), &lines.join(format!("\n{:indent$}", "").as_bytes())].concat();
                let secrets: Vec<_> = found(&text).into_iter().map(|(secret, ..)| secret).collect();
                assert_eq!(secrets, [key.as_str()], "{columns} {before} {padding} {indent}");
            }
        }
    }
}

#[test]
fn other_digits_may_stand_before_hexadecimal_that_a_line_breaks() {
    let key = key(HEX);
    for glued in (20..60).step_by(3) {
        // Where the parts lie as far apart as samples do, none may lie in either.
        for (padding, indent) in (0..32).flat_map(|padding| [0, 4, 22, 23, 24, 55].map(|indent| (padding, indent))) {
            let plain = [&[0xa5; 3][..], key.as_bytes(), &[0xa5; 40]].concat();
            let digits: String = plain.iter().map(|byte| format!("{byte:02x}")).collect();
            let (first, rest) = digits.split_at(76 - glued);
            let text = format!("{}{}{first}\n{:indent$}{rest}", " ".repeat(padding), "z".repeat(glued), "");
            let secrets: Vec<_> = found(text.as_bytes()).into_iter().map(|(secret, ..)| secret).collect();
            assert_eq!(secrets, [key.as_str()], "{glued} {padding} {indent}");
        }
    }
}

#[test]
fn the_digit_of_base64_that_ends_a_key_may_be_escaped() {
    // What a key's last letter and a byte that is no ASCII share is `+` or `/`.
    let key = key("9f1c7e2ab3d5c7e9f1a2047b6d8e35cO");
    for before in 0..40 {
        for behind in [0xbf, 0xff] {
            let plain = [vec![b' '; before], key.clone().into_bytes(), vec![behind; 5]].concat();
            for digits in [STANDARD.encode(&plain), STANDARD.encode(STANDARD.encode(&plain))] {
                let text = format!("?q={}&", digits.replace('+', "%2B").replace('/', "%2F"));
                let secrets: Vec<_> = found(text.as_bytes()).into_iter().map(|(secret, ..)| secret).collect();
                assert_eq!(secrets, [key.as_str()], "{text}");
            }
        }
    }
    // The same where another program wrote digits that stand for no byte.
    let digits = STANDARD_NO_PAD.encode(STANDARD_NO_PAD.encode(&key));
    let text = format!("{}%2B", &digits[..digits.len() - 1]);
    assert!(found(text.as_bytes()).iter().any(|(secret, ..)| secret.starts_with(&key[..39])));
}
