"""Keys that source code puts together from parts."""

from __future__ import annotations

from hiding import Group
from hiding.encoders import b64

SPLIT = Group("Split by source code")
GROUPS = [SPLIT]


def split(name: str, what: str, file: str, before: str, make, after: str, **more) -> None:
    more.setdefault("encoding", ("split",))
    encoding = more.pop("encoding")
    SPLIT.text(name, what, file, encoding, lambda k: (before, make(k), after), is_exact=True, **more)


def parts(key: str, *cuts: int) -> list[str]:
    places = [0, *cuts, len(key)]
    return [key[a:b] for a, b in zip(places, places[1:])]


def joined(between: str, *cuts: int):
    return lambda key: between.join(parts(key, *cuts))


split("+ after the prefix", "JavaScript", "app.js", 'const key = "', joined('" + "', 8), '";\n')
split("+ in the tail", "", "app.js", "const key = '", joined("' + '", 19), "';\n")
split("+ in the prefix", "", "App.java", 'String key = "', joined('" + "', 3), '";\n')
split("+ without blanks, five parts", "", "app.js", 'key="', joined('"+"', 3, 8, 20, 31), '";\n')
split("+ over lines", "each part on its own line", "app.js", 'const key =\n  "', joined('" +\n  "', 8, 24), '";\n')
split(
    "+ at the beginning of lines",
    "Java's style, CRLF",
    "App.java",
    'String key = "',
    joined('"\r\n        + "', 8, 24),
    '";\r\n',
)
split("adjacent literals", "Python, on one line", "app.py", 'key = "', joined('" "', 8), '"\n')
split("adjacent literals over lines", "Python, in brackets", "app.py", 'key = (\n    "', joined('"\n    "', 8, 24), '"\n)\n')
split("adjacent literals in C", "over lines", "app.c", 'const char *key =\n    "', joined('"\n    "', 8), '";\n')
split("adjacent quotes in a shell", "`\"rg_live_\"'…'`", "deploy.sh", 'KEY="', joined("\"'", 8), "'\n")
split(".concat", "JavaScript and Java", "app.js", 'const key = "', joined('".concat("', 8), '");\n')
split(
    ".concat of several",
    "`.concat(a, b)`",
    "app.js",
    'const key = "',
    lambda k: '".concat("'.join(parts(k[:20], 8)) + '", "' + k[20:],
    '");\n',
)
split(". in PHP and Perl", "", "app.php", "<?php $key = '", joined("' . '", 8), "';\n")
split(".. in Lua", "", "app.lua", 'local key = "', joined('" .. "', 8), '"\n')
split("& in Visual Basic", "with `_` at the line's end", "Module1.bas", 'Key = "', joined('" & _\r\n      "', 8), '"\r\n')
split("|| in SQL", "", "load.sql", "SELECT '", joined("' || '", 8), "';\n")
split("<> in Elixir and Haskell", "", "app.ex", 'key = "', joined('" <> "', 8), '"\n')
split("backslash at the line's end", "in a string of Python", "app.py", 'key = "', joined("\\\n", 8), '"\n')
split("backslash at the line's end, in the tail", "in a shell script", "deploy.sh", 'KEY="', joined("\\\n", 27), '"\n')
split("backslash at the line's end, CRLF", "", "app.py", 'key = "', joined("\\\r\n", 8), '"\r\n')
split("backslash in YAML", "a quoted scalar over lines, set in", "values.yaml", 'token: "', joined("\\\n  ", 8), '"\n')
split("two kinds of quotes", "", "app.py", "key = '", joined("' + \"", 8), '"\n')
split(
    "base64 put together by +",
    "the parts are base64",
    "app.js",
    'const key = atob("',
    lambda k: joined('" + "', 20)(b64(k)),
    '");\n',
    encoding=None,
    reason="a sample of 23 bytes in every 32 has to lie in one of the pieces, and surely does from 54 digits on; "
    "more samples would slow every scan",
)
split(
    "join of a list",
    "`['rg', 'live', …].join('_')`",
    "app.js",
    "const key = ['",
    lambda k: k.replace("_", "', '", 2),
    "'].join('_');\n",
    encoding=None,
    reason="what joins the parts stands behind them, and is a part of the key itself; `\"\".join` before them is known",
)
split(
    "two statements",
    "`key = …; key += …`",
    "app.py",
    'key = "',
    joined('"\nkey += "', 8),
    '"\n',
)
split(
    "two statements, the second of the variable itself",
    "`key = …; key = key + …`",
    "app.js",
    'let key = "',
    joined('";\nkey = key + "', 8),
    '";\n',
)
split(
    "a format",
    '`"%s%s" % (…)`',
    "app.py",
    'key = "%s%s" % ("',
    joined('", "', 8),
    '")\n',
)
split(
    "reversed",
    '`"…"[::-1]`',
    "app.py",
    'key = "',
    lambda k: k[::-1],
    '"[::-1]\n',
    encoding=None,
    reason="nothing but running the program puts it right; one of endlessly many such ways",
)
