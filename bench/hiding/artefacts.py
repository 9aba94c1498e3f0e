"""What real programs write: packages, compiled code, logs."""

from __future__ import annotations

import json
import py_compile
import shutil
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from hiding import Expected, Group, run, write
from hiding.stores import BEHIND_EACH_OTHER

PACKAGES = Group("Packages and compiled code")
LOGS = Group("Terminals and the network")
GROUPS = [PACKAGES, LOGS]


# ---- packages, compiled code ----


@PACKAGES.place("wheel", "built by pip", modules=("setuptools", "pip"), encoding=())
def wheel(folder, key):
    write(
        folder,
        "work/pyproject.toml",
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "shop"\nversion = "1"\n[tool.setuptools]\npy-modules = ["shop"]\n',
    )
    write(folder, "work/shop.py", f'KEY = "{key}"\n')
    run(
        folder / "work",
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        "..",
        ".",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
    )
    shutil.rmtree(folder / "work")
    return Expected("shop-1-py3-none-any.whl!/shop.py")


@PACKAGES.place("npm package", "packed by npm", programs=("npm",), encoding=())
def npm(folder, key):
    write(folder, "package.json", '{"name": "shop", "version": "1.0.0", "files": ["dist"]}\n')
    made = write(folder, "dist/settings.json", f'{{"key": "{key}"}}\n')
    run(folder, "npm", "pack", "--silent", "--offline", "--no-update-notifier", "--cache", str(folder.parent / "npm"))
    made.unlink()
    return Expected("shop-1.0.0.tgz!/package/dist/settings.json")


@PACKAGES.place("Python's compiled code", "a .pyc file", encoding=(), reason=BEHIND_EACH_OTHER)
def compiled_python(folder, key):
    source = write(folder, "shop.py", f'KEY = "{key}"\n')
    py_compile.compile(str(source), str(folder / "__pycache__/shop.cpython.pyc"), doraise=True)
    source.unlink()
    return Expected("__pycache__/shop.cpython.pyc")


@PACKAGES.place("program of C", "compiled by gcc", programs=("gcc",), encoding=())
def compiled_c(folder, key):
    source = write(folder, "shop.c", f'#include <stdio.h>\nint main(void) {{ puts("{key}"); return 0; }}\n')
    run(folder, "gcc", "-O2", "-o", "shop", "shop.c")
    source.unlink()
    return Expected("shop")


@PACKAGES.place(
    "program of C, wide string", '`L"…"`: four bytes a character on Linux', programs=("gcc",), encoding=("utf-32le",)
)
def compiled_wide(folder, key):
    source = write(
        folder,
        "shop.c",
        f'#include <wchar.h>\n#include <stdio.h>\nint main(void) {{ fputws(L"{key}", stdout); return 0; }}\n',
    )
    run(folder, "gcc", "-O2", "-o", "shop", "shop.c")
    source.unlink()
    return Expected("shop")


@PACKAGES.place(
    "string on the stack",
    "an array that gcc fills by immediate values",
    programs=("gcc",),
    reason="the key stands in pieces of eight bytes between machine instructions",
)
def compiled_stack(folder, key):
    source = write(
        folder,
        "shop.c",
        "#include <stdio.h>\n#include <string.h>\nvoid use(char *);\n"
        f"void fill(void) {{ volatile char key[48]; {''.join(f'key[{at}] = {ord(one)};' for at, one in enumerate(key))} }}\n",
    )
    run(folder, "gcc", "-O2", "-c", "-o", "shop.o", "shop.c")
    source.unlink()


@PACKAGES.place("class of Java", "compiled by javac", programs=("javac",), encoding=())
def compiled_java(folder, key):
    source = write(folder, "Shop.java", f'class Shop {{ static String key() {{ return "{key}"; }} }}\n')
    run(folder, "javac", "Shop.java")
    source.unlink()
    return Expected("Shop.class")


# ---- terminals, the network ----


class Quiet(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


@LOGS.place("curl -v", "a log of a real request", programs=("curl",), encoding=())
def curl(folder, key):
    server = HTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        made = run(
            folder,
            "sh",
            "-c",
            'curl -sv --noproxy "*" -H "Authorization: Bearer $KEY" "http://127.0.0.1:$PORT/" 2>&1',
            KEY=key,
            PORT=str(server.server_port),
        )
    finally:
        server.shutdown()
        server.server_close()
    write(folder, "curl.log", made)


@LOGS.place("curl --trace", "the same as a dump in hex, 16 bytes a line", programs=("curl",), encoding=("hex",))
def curl_trace(folder, key):
    server = HTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        run(
            folder,
            "curl",
            "-s",
            "--noproxy",
            "*",
            "--trace",
            "curl.trace",
            "-H",
            f"Authorization: Bearer {key}",
            f"http://127.0.0.1:{server.server_port}/",
        )
    finally:
        server.shutdown()
        server.server_close()


@LOGS.place("grep --color", "real colours around a match", programs=("grep",), encoding=("ansi",))
def grep(folder, key):
    write(
        folder, "search.log", run(folder, "grep", "--color=always", "-n", "live", stdin=f"region=eu\nkey={key}\n".encode())
    )


@LOGS.place("recorded terminal", "asciinema's format: JSON lines with escapes", encoding=None)
def asciicast(folder, key):
    events = [[0.1, "o", "$ env | grep KEY\r\n"], [0.2, "o", f"RETAILGRID_\x1b[01;31m\x1b[KKEY\x1b[m\x1b[K={key}\r\n"]]
    write(
        folder,
        "demo.cast",
        "\n".join(json.dumps(one) for one in [{"version": 2, "width": 80, "height": 24}, *events]) + "\n",
    )


@LOGS.place("typed key", "a recorded terminal, one character an event", reason="a key in 40 pieces with a time between them")
def typed(folder, key):
    write(
        folder,
        "demo.cast",
        "\n".join(json.dumps(one) for one in [{"version": 2}, *([at / 10, "o", one] for at, one in enumerate(key))]) + "\n",
    )
