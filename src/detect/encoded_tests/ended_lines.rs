//! Keys in texts whose lines' ends are themselves encoded: soft ends of quoted-printable, and `\n` in a string.

use super::*;

/// `text` as programs write quoted-printable: no line is longer than 76 characters, wherever that breaks it.
fn printable(text: &str, end: &str) -> String {
    let escaped = text.replace('=', "=3D");
    let mut lines = vec![String::new()];
    for sign in escaped.split_inclusive('\n') {
        for sign in sign.chars() {
            let is_escape = sign == '=';
            let last = lines.len() - 1;
            if lines[last].len() >= if is_escape { 73 } else { 75 } && sign != '\n' && !lines[last].ends_with("=3") {
                lines[last].push('=');
                lines.push(String::new());
            }
            let last = lines.len() - 1;
            match sign {
                '\n' => lines.push(String::new()),
                _ => lines[last].push(sign),
            }
        }
    }
    lines.join(end)
}

/// `text` in a string of JSON, or of JSON in JSON.
fn written(text: &str, is_twice: bool) -> String {
    let escaped =
        |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
    let once = format!("{{\"text\": \"{}\", \"more\": 7}}", escaped(text));
    if is_twice { format!("{{\"body\": \"{}\"}}", escaped(&once)) } else { once }
}

fn secrets(text: &str) -> Vec<String> {
    found(text.as_bytes()).into_iter().map(|(secret, ..)| secret).collect()
}

#[test]
fn what_soft_ends_break_is_whole() {
    let key = key(HEX);
    let prose = "The quick brown fox jumps over the lazy dog, and over the next one, too.\n";
    let text = format!("{prose}HOST=a.example.com\nKEY={key}\nTIMEOUT=30\n{prose}");
    let form = |form: Form| String::from_utf8(form.wrap(text.as_bytes())).unwrap();
    for encoded in [Form::Hex, Form::HexUpper, Form::Spaced, Form::Listed, Form::Decimals, Form::Base64].map(form) {
        for (column, end) in (0..80).flat_map(|column| [(column, "\n"), (column, "\r\n")]) {
            let text = printable(&format!("{} \"{encoded}\" and more\n", "x".repeat(column)), end);
            assert_eq!(secrets(&text), [key.as_str()], "{text}");
        }
    }
    let encoded = form(Form::Spaced);
    let text = printable(&format!("the value: {encoded}"), "\n");
    let [(_, layers, span)] = &found(text.as_bytes())[..] else { panic!("{text}") };
    let begin = (prose.len() + "HOST=a.example.com\nKEY=".len()) * 3 + "the value: ".len();
    let soft = |at: usize| at + 2 * (at / 75);
    assert_eq!((&layers[..], span.start), (&[QuotedPrintable, Hex][..], soft(begin)));
}

#[test]
fn lists_over_ends_of_lines_that_are_written_out_are_whole() {
    let key = key(HEX);
    let text = format!("HOST=a.example.com\nKEY={key}\nTIMEOUT=30\n");
    let rows = |count: usize, row: &dyn Fn(usize, &[u8]) -> String| -> String {
        text.as_bytes().chunks(count).enumerate().map(|(number, bytes)| row(number * count, bytes)).collect()
    };
    let each = |bytes: &[u8], form: &dyn Fn(&u8) -> String| bytes.iter().map(form).collect::<Vec<_>>();
    let shown = |bytes: &[u8]| -> String {
        bytes.iter().map(|&byte| if byte.is_ascii_graphic() { char::from(byte) } else { '.' }).collect()
    };
    let lists = [
        rows(16, &|at, bytes| {
            format!("{at:08x}  {:<47}  |{}|\n", each(bytes, &|byte| format!("{byte:02x}")).join(" "), shown(bytes))
        }),
        rows(16, &|_, bytes| format!("  {},\n", each(bytes, &|byte| byte.to_string()).join(", "))),
        rows(12, &|_, bytes| format!("  {},\n", each(bytes, &|byte| format!("0x{byte:02x}")).join(", "))),
        rows(15, &|_, bytes| format!("    {}:\n", each(bytes, &|byte| format!("{byte:02x}")).join(":"))),
        rows(16, &|at, bytes| format!("{at:07o} {}\n", each(bytes, &|byte| format!("{byte:02x}")).join(" "))),
    ];
    for (list, is_twice) in lists.iter().flat_map(|list| [(list, false), (list, true)]) {
        for column in 0..40 {
            let text = written(&format!("{}\n{list}", "x".repeat(column)), is_twice);
            assert_eq!(secrets(&text), [key.as_str()], "{text}");
        }
    }
}

#[test]
fn base64_on_a_line_of_its_own_is_whole_wherever_that_ends_is_written_out() {
    let key = key(HEX);
    for lead in ["", "a ", "xy ", "key="] {
        let encoded = String::from_utf8(Form::Base64.wrap(format!("{lead}{key}").as_bytes())).unwrap();
        for before in ["", "text", "config/app", "a1b2c3d4", "an end of text", "x = 0"] {
            for end in ["\n", "\n# ", "\n>", "\r\n", "\n\t"] {
                let lines = format!("{before}{end}{encoded}\nmore: of it\n");
                for text in [lines.clone(), written(&lines, false), written(&lines, true)] {
                    assert_eq!(secrets(&text), [key.as_str()], "{text}");
                }
            }
        }
    }
}
