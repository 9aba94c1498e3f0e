//! What joins the parts of a text, and what does not.

use super::*;

#[test]
fn literals_are_joined_by_what_languages_join_them_with() {
    let joints: [&[u8]; 35] = [
        b"\".plus(\"",
        b"\").append(\"",
        b"\" u8\"",
        b"' + N'",
        b"\" + \"",
        b"\"+\"",
        b"' + '",
        b"\" \"",
        b"\"\n    \"",
        b"\"\r\n\t+ \"",
        b"\" . \"",
        b"\" .. \"",
        b"' || '",
        b"\".concat(\"",
        b"\" +\n  \"",
        b"\" \\\n  \"",
        b"\" f\"",
        b"`+`",
        b"\" + '",
        b"\"\"",
        b"''",
        b"\"'",
        b"\" & _\r\n      \"",
        b"\" + `\n    \"",
        b"\" /* and */ \"",
        b"\" + // and\n  \"",
        b"\" # and\n  \"",
        b"' -- and\n || '",
        b"\" # and\n # more\n  rb'",
        b"' && '",
        b"\" * \"",
        b"\"$'",
        b"\"@\"",
        b"\"\\\n    \"",
        b"\" f'",
    ];
    for joint in joints {
        let text = [joint, b"x"].concat();
        assert_eq!(of_literals(&text, 0), Some(joint.len()), "{}", String::from_utf8_lossy(joint));
    }
    for other in [
        &b"\", \""[..],
        b"\" : \"",
        b"x",
        b"\"",
        b"",
        b"\" + x",
        b"\"+++++++\"",
        b"\" /* ",
        b"\" _ \"",
        b"\" # \"",
        b"\"; \"",
        b"\" fff\"",
    ] {
        assert_eq!(of_literals(other, 0), None, "{}", String::from_utf8_lossy(other));
    }
}

#[test]
fn arguments_are_joined_in_calls_that_put_them_together() {
    assert_eq!(of_arguments(b"\", \"x", 0), Some(4));
    assert_eq!(of_arguments(b"',\n    'x", 0), Some(8));
    for other in [&b"\" \""[..], b"\", x", b"\",", b", \"", b""] {
        assert_eq!(of_arguments(other, 0), None, "{}", String::from_utf8_lossy(other));
    }
    for before in [
        &b"x.concat(\""[..],
        b"SELECT CONCAT ('",
        b"concat!(\"",
        b"concat!(\n    \"",
        b"concat(\"word",
        b"\"\".join([\"",
        b"''.join(('",
        b"key = \"%s%s\" % (\"",
        b"\"{}{}\".format(\"",
        b"String.format(\"%s%s%s\", \"",
        b"format!(\"{0}{1}\", \"",
    ] {
        assert!(opens_call(before), "{}", String::from_utf8_lossy(before));
    }
    for before in [
        &b"concat"[..],
        b"concat\"",
        b"f(\"",
        b"concat(x, \"",
        b"concat(\"a b",
        b"",
        b"\"",
        b"\"%s\" % (\"",
        b"f(\"%s-%s\", \"",
        b"\"x\", \"",
        b"%s%s, \"",
        b"','.join([\"",
    ] {
        assert!(!opens_call(before), "{}", String::from_utf8_lossy(before));
    }
}

#[test]
fn a_token_goes_on_in_the_next_argument_of_such_a_call_alone() {
    for (before, behind, expected) in [
        ("concat(\"", "\", \"c", true),
        ("concat(\"", "\",\n  \"-", true),
        ("concat(\"", "\", \"_", true),
        ("concat(\"", "\", \".", false),
        ("concat(\"", "\", \"", false),
        ("concat(\"", "\")", false),
        ("call(\"", "\", \"c", false),
        ("call(\"", "\")", false),
    ] {
        let bytes = format!("{before}ab{behind}");
        let found = goes_on_in_call(bytes.as_bytes(), before.len(), before.len() + 2);
        assert_eq!(found, expected, "{bytes:?}");
    }
}

#[test]
fn statements_are_joined_that_add_to_a_variable() {
    for joint in [
        &b"\"\nkey += \""[..],
        b"\";\n    this.key += \"",
        b"'; key += '",
        b"'\r\n$key .= '",
        b"'\n$key.= '",
        b"\"\nKEY+=\"",
        b"\"  # of the shop\nkey += f\"",
        b"\";\n  key << \"",
        b"\"\nkey = key + \"",
        b"\";\r\n    this.key=this.key+\"",
        b"'; $key = $key . '",
        b"\"\nkey = key .. \"",
        b"'\n  key := key || '",
        b"';\n  key:=key||'",
        b"\"\nKey = Key & _\r\n  \"",
        b"\";\nkey = key.concat(\"",
        b"\"\nkey = key + f\"",
        b"\"\nkey = f\"{key}",
        b"`;\nkey = `${key}",
        b"\"\nKEY=\"${KEY}",
        b"\"\nkey = \"#{key}",
        b"\";\n$key = \"{$key}",
    ] {
        assert_eq!(of_statements(&[joint, b"x"].concat(), 0), Some(joint.len()), "{}", joint.escape_ascii());
    }
    for other in [
        &b"\" key += \""[..],
        b"\"\nkey = \"",
        b"\"\n+= \"",
        b"\"\nkey = other + \"",
        b"\"\nkey = keys + \"",
        b"\"\nkeys = key + \"",
        b"\"\nkey == key + \"",
        b"\"\nkey = key + x",
        b"\"\nkey = key \"",
        b"\"\nkey = key",
        b"\"\nkey =",
        b"\"\nkey :",
        b"\"\n: = : + \"",
        b"\" key = key + \"",
        b"\"\nkey = f\"{other}",
        b"\"\nkey = f\"{key:x}",
        b"\"\nkey = f\"{key",
        b"\"\nkey = f\"-{key}",
        b"\"\nkey += x",
        b"\"\nkey",
        b"\"",
        b"\";",
        b"x\nkey += \"",
        b"",
    ] {
        assert_eq!(of_statements(other, 0), None, "{}", other.escape_ascii());
    }
}

#[test]
fn letters_that_are_moved_by_little_are_of_one_word() {
    for joint in [&b") -20 ("[..], b")15(", b")-.5(", b") 18.25 (", b") -199.9 ("] {
        assert_eq!(of_kerning(&[joint, b"x"].concat()), Some(joint.len()), "{}", joint.escape_ascii());
    }
    for other in [
        &b") -250 ("[..],
        b") (",
        b")(",
        b") x (",
        b") +1 (",
        b") 1",
        b"",
        b") NaN (",
        b") inf (",
        b") 200 (",
        b") -200 (",
    ] {
        assert_eq!(of_kerning(other), None, "{}", other.escape_ascii());
    }
}

#[test]
fn lines_end_in_many_ways() {
    for end in [
        &b"\n"[..],
        b"\r\n",
        b"\n    ",
        b" \n\t",
        b"\\n",
        b"\\r\\n",
        b"\\\\n",
        b"\\\n  ",
        b"\n> ",
        b"\n# ",
        b"\\n\\t",
        b"\\r\\n\\t\\t",
        b"\\\\n\\\\t",
    ] {
        let text = [end, b"x"].concat();
        assert_eq!(of_lines(&text, 0), Some(end.len()), "{}", String::from_utf8_lossy(end));
        let before = [b"+", end, b"xyz"].concat();
        // What quotes a mail or marks a comment is not looked back over.
        let digits = before.iter().rposition(|byte| !byte.is_ascii_alphanumeric()).unwrap() + 1;
        let is_plain = !end.ends_with(b"> ") && !end.ends_with(b"# ");
        assert_eq!(
            before_line(&before, digits),
            is_plain.then_some(1).or(Some(digits - 1)),
            "{}",
            before.escape_ascii()
        );
    }
    for other in [&b" "[..], b"\\x41", b"x", b"", b"\\", b"> ", b">\nx", b"#\nx", b"\\t\\n"] {
        assert_eq!(of_lines(other, 0), None, "{}", String::from_utf8_lossy(other));
    }
    for (bytes, start) in [(&b"+xyz"[..], 1), (b"xyz", 0), (b"+\\xyz", 2)] {
        assert_eq!(before_line(bytes, start), None, "{}", bytes.escape_ascii());
    }
}
