#!/usr/bin/env python3
"""Which changes of the code does no unit test notice? Runs the mutants of cargo-mutants, all of them out of one build.

    python3 bench/mutants.py --work DIR --tests detect:: [--skip TEST]… FILE…
    python3 bench/mutants.py --work DIR --tests detect:: --again LIST [FILE…]

Building is what takes the time when each mutant is built alone. So this makes a copy of the repository in which each function that has mutants
is a `match` on a number out of the environment: an arm for each mutant, which is the whole body with that mutant's text in it, and the body as
it is for all other numbers. The test program is built once, and runs once for each mutant, on one thread, to the first test that fails. What
does not compile is taken out by the places in the compiler's errors, and counts as unviable. The copy's library has only those of its modules that
the files and the tests come to.

Constants and `const fn` cannot be chosen at run time, and a function that returns `impl Trait` not always (an iterator can): these are "not run",
unless --plain has each of them built alone. The verdicts go to DIR/verdicts.md (or --out): a row of a table for each file, and lists of what was
missed, of what did not end, and of what was not run. --again runs only what such a list calls missed: by the names of cargo-mutants, which hold lines
and columns, so tests may be added behind the code in the meantime, and nothing before it.

It needs cargo-mutants 27.1 and Linux. CARGO_TARGET_DIR may name a folder whose dependencies are built, and DIR is not to lie in it.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
VARIABLE = "MUTANT_NUMBER"
MARK = " /* ~ changed by cargo-mutants ~ */"
# Only what would be an error without mutants, too, is one: that a mutant leaves a variable unused says nothing of it.
ALLOWED = "#![allow(warnings)]\n"
CHOICE = f"""
mod mutant_of_the_environment {{
    static NUMBER: std::sync::LazyLock<usize> =
        std::sync::LazyLock::new(|| std::env::var("{VARIABLE}").ok().and_then(|number| number.parse().ok()).unwrap_or(0));
    pub(crate) fn number() -> usize {{
        *NUMBER
    }}
}}
"""
# What a test program may take beyond what it takes without a mutant, in bytes of memory and in seconds on the clock for each of the processor.
MEMORY = 6 << 30
CLOCK_FOR_PROCESSOR = 60
CAUGHT, TIMEOUT, UNVIABLE, MISSED, NOT_RUN = VERDICTS = ("caught", "timeout", "unviable", "missed", "not run")
# The iterators that a vector's is, too.
ITERATOR = re.compile(r"(?:DoubleEnded|ExactSize)?Iterator<Item = (.*)>", re.DOTALL)
# What stands in Rust's text without being code: comments, strings, characters (but no lifetimes).
NO_CODE = re.compile(r"""//[^\n]*|/\*.*?\*/|b?r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|b?'(?:\\[^\n']+|\\'|[^\\'\n])'""", re.DOTALL)

# A module of the library, as its root names it, and what of a module others name.
MODULE = re.compile(r"^(?:pub )?mod (\w+);\n", re.MULTILINE)
NAMES_OF_MODULES = re.compile(r"\bcrate::(?:(\w+)|\{(.*?)\};)", re.DOTALL)


@dataclass
class Mutant:
    """A change of one thing; `start` and `end` are where in the file's text."""

    number: int
    name: str
    file: str
    start: int
    end: int
    replacement: str
    function: tuple[int, int] | None
    verdict: str = NOT_RUN
    by: str = ""

    def in_text(self, text: str, begin: int, end: int) -> str:
        """The part of the text, with this change in it."""
        return text[begin : self.start] + self.replacement + MARK + text[self.end : end]


@dataclass
class Function:
    """An outermost function that has mutants: its body, from brace to brace, and what it returns if that is `impl Trait`."""

    body: tuple[int, int]
    opaque: str | None
    mutants: list[Mutant]


class Source:
    """A file of the repository, and the functions in it that have mutants."""

    def __init__(self, name: str, listed: list[dict], first_number: int):
        self.name = name
        self.text = (TOP / name).read_text()
        self.lines = [0] + [at.end() for at in re.finditer("\n", self.text)]
        self.code = NO_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), self.text)
        self.mutants = [self.mutant(entry, first_number + i) for i, entry in enumerate(listed)]
        self.functions = self.outermost()

    def at(self, place: dict) -> int:
        return self.lines[place["line"] - 1] + place["column"] - 1

    def mutant(self, entry: dict, number: int) -> Mutant:
        span = [self.at(entry["span"][end]) for end in ("start", "end")]
        function = entry["function"] and tuple(self.at(entry["function"]["span"][end]) for end in ("start", "end"))
        mutant = Mutant(number, entry["name"], self.name, *span, entry["replacement"], function)
        changed = mutant.in_text(self.text, 0, len(self.text)).split("\n")
        hunk = re.search(r"^@@ -\S+ \+(\d+),(\d+) @@\n(.*)", entry["diff"], re.DOTALL | re.MULTILINE)
        first, count = int(hunk[1]) - 1, int(hunk[2])
        shown = [line[1:] for line in hunk[3].split("\n") if line[:1] in ("+", " ")]
        if shown[:count] != changed[first : first + count]:
            sys.exit(f"{entry['name']}: applied, it is not what cargo-mutants shows")
        return mutant

    def outermost(self) -> list[Function]:
        """The functions, without those that lie in others, const ones, and mutants that stand outside of the body."""
        functions: list[Function] = []
        spans = sorted({mutant.function for mutant in self.mutants if mutant.function}, key=lambda span: (span[0], -span[1]))
        end = 0
        for span in spans:
            if span[0] < end:
                continue
            end = span[1]
            opening = self.opening(*span)
            signature = self.code[span[0] : opening]
            if re.search(r"\bconst\s+(unsafe\s+)?fn\b", signature):
                continue
            opaque = re.search(r"->\s*impl\b(.*?)(?:\bwhere\b.*)?$", signature, re.DOTALL)
            mutants = [mutant for mutant in self.mutants if opening <= mutant.start and mutant.end <= end]
            functions.append(Function((opening, end), opaque and opaque[1], mutants))
        return functions

    def opening(self, start: int, end: int) -> int:
        """Where the body's brace stands: the first that no parenthesis or bracket holds."""
        depth = 0
        for at in range(start, end):
            if self.code[at] == "{" and depth == 0:
                return at
            depth += (self.code[at] in "([") - (self.code[at] in ")]")
        sys.exit(f"{self.name}: the function at byte {start} has no body")

    def schemata(self, without: set[int]) -> tuple[str, list[tuple[int, int, Function, Mutant | None]]]:
        """The file with a `match` in each function, and which lines are whose: a mutant's arm, or else the function."""
        written, owners, done = "", [], 0
        for function in filter(lambda function: function.mutants, self.functions):
            begin, end = function.body
            head, tail = arm(function.opaque)
            written += self.text[done:begin]
            first, done = written.count("\n") + 1, end
            written += "{ match crate::mutant_of_the_environment::number() {\n"
            for mutant in function.mutants:
                if mutant.number not in without:
                    start = written.count("\n") + 1
                    written += f"{mutant.number} => {head}{mutant.in_text(self.text, begin, end)}{tail},\n"
                    owners.append((start, written.count("\n"), function, mutant))
            written += f"_ => {head}{self.text[begin:end]}{tail}\n}} }}"
            owners.append((first, written.count("\n") + 1, function, None))
        # Arms within arms, wherever one is called, would be too many to compile.
        return (written + self.text[done:]).replace("#[inline(always)]", ""), owners


def arm(opaque: str | None) -> tuple[str, str]:
    """What stands around a body: the arms' types have to be one, also where each would have its own that no one can name. An iterator is run to its
    end, and what it gives handed over: so nothing that it borrows has to be named."""
    if opaque is None:
        return "", ""
    parts = [part.strip() for part in re.split(r"\+(?![^<(]*[>)])", opaque)]
    traits = [part for part in parts if not part.startswith(("'", "use<"))]
    iterators = [ITERATOR.fullmatch(trait) for trait in traits]
    if all(iterators):
        return f"Iterator::collect::<Vec<{iterators[0][1]}>>(", ").into_iter()"
    return "Box::new(", f") as Box<dyn {' + '.join(traits)} + '_>"


class Copy:
    """The repository's copy, where mutants are built and run."""

    def __init__(self, folder: Path, cases: int, modules: set[str]):
        self.folder = folder
        self.cases = cases
        self.modules = modules
        self.environment = os.environ | {
            "CARGO_PROFILE_DEV_OPT_LEVEL": "1",
            "PROPTEST_CASES": str(cases),
            "PROPTEST_RNG_SEED": "1",
            "PROPTEST_DISABLE_FAILURE_PERSISTENCE": "1",
            "PROPTEST_MAX_SHRINK_ITERS": "0",
            "RUST_MIN_STACK": str(16 << 20),
            "RUST_BACKTRACE": "0",
        }
        self.environment.setdefault("CARGO_TARGET_DIR", str(folder / "target"))
        if folder.is_relative_to(Path(self.environment["CARGO_TARGET_DIR"]).resolve()):
            sys.exit(f"{folder}: cargo takes what lies in its target folder for its own; name another folder by --work")

    def refresh(self) -> None:
        """Makes the copy what the work tree is, and leaves alone what has not changed, for cargo goes by times."""
        listed = subprocess.run(["git", "ls-files", "-zco", "--exclude-standard"], cwd=TOP, check=True, capture_output=True).stdout
        names = {name for name in listed.decode().split("\0") if name and (TOP / name).is_file()}
        for old in (self.folder / "src").rglob("*.rs"):
            if old.relative_to(self.folder).as_posix() not in names:
                old.unlink()
        for name in names:
            if name.endswith(".rs") and name.startswith("src/"):
                self.write(name, (TOP / name).read_text())
            elif not (self.folder / name).is_file() or (TOP / name).read_bytes() != (self.folder / name).read_bytes():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(TOP / name, self.folder / name)

    def write(self, name: str, text: str) -> None:
        """Writes a source file, with fewer cases for each property; the library's root with the choice of a mutant, and no more modules than are needed."""
        text = re.sub(r"(?<=ProptestConfig::with_cases\()\d+(?=\))", lambda n: str(min(int(n[0]), self.cases)), text)
        if name == "src/lib.rs":
            text = MODULE.sub(lambda module: module[0] if module[1] in self.modules else "", text)
            head = re.match(r"(//!.*\n)*", text)[0]
            text = head + ALLOWED + text[len(head) :] + CHOICE
        path = self.folder / name
        if not path.is_file() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def build(self) -> tuple[str | None, list[dict]]:
        """The test program of the library, or the compiler's errors."""
        # Cargo names a package by where it lies in its workspace, so that another copy's program may look like this one's.
        (self.folder / "src/lib.rs").touch()
        command = ["cargo", "test", "--locked", "--no-run", "--lib", "-j1", "--message-format=json"]
        done = subprocess.run(command, cwd=self.folder, env=self.environment, text=True, capture_output=True)
        messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        built = [message["executable"] for message in messages if message.get("executable")]
        told = [message["message"] for message in messages if message["reason"] == "compiler-message"]
        errors = [message for message in told if message["level"].startswith("error")]
        if done.returncode == 0:
            # The next build of another copy may have the same name.
            return shutil.copy(built[-1], self.folder / "tests-of-mutants"), []
        if not errors:
            sys.exit(f"cargo: {done.stderr.strip()}")
        return None, errors

    def build_schemata(self, sources: list[Source]) -> str:
        """Builds until it compiles, without the mutants that the compiler's errors point at. Those of a function that cannot be a `match` are not run."""
        without: set[int] = set()
        given_up = 0
        while True:
            owners = {}
            for source in sources:
                text, owners[source.name] = source.schemata(without)
                self.write(source.name, text)
            program, errors = self.build()
            if program:
                return program
            before = len(without), given_up
            blamed: list[tuple[Function, Mutant, str]] = []
            for error in errors:
                for name, line in places(error):
                    function, mutant = owner(owners.get(name, []), line)
                    if mutant:
                        blamed.append((function, mutant, error["message"].split("\n")[0]))
                    elif function and function.mutants:
                        function.mutants = []
                        given_up += 1
            # Where the body as it is does not compile as an arm, no mutant is to blame.
            for function, mutant, message in blamed:
                if function.mutants:
                    mutant.verdict, mutant.by = UNVIABLE, message
                    without.add(mutant.number)
            if (len(without), given_up) == before:
                sys.exit("no mutant is to blame for:\n" + "".join(error["rendered"] for error in errors[:3]))
            print(f"building again without {len(without)} mutants that do not compile, and {given_up} functions", file=sys.stderr)


def modules_of(files: list[str], tests: list[str]) -> set[str]:
    """The library's modules that the files and the tests lie in, and all that these come to."""
    library = TOP / "src"
    known = set(MODULE.findall((library / "lib.rs").read_text()))
    waiting = {Path(file).relative_to("src").parts[0].removesuffix(".rs") for file in files} | {test.split("::")[0] for test in tests}
    if not waiting <= known:
        # Tests may be named by any part of their names, and files need not lie in a module of the library.
        return known
    found: set[str] = set()
    while waiting:
        module = waiting.pop()
        found.add(module)
        for source in [library / f"{module}.rs", *(library / module).rglob("*.rs")]:
            for one, several in NAMES_OF_MODULES.findall(source.read_text() if source.is_file() else ""):
                waiting |= set(re.findall(r"\w+", one or several)) & known - found
    return found


def places(error: dict) -> list[tuple[str, int]]:
    """Where the compiler says that an error is: its first places in the code, out of the macros that they come from."""
    found = []
    for span in [span for span in error["spans"] if span["is_primary"]]:
        while span:
            found.append((span["file_name"], span["line_start"]))
            span = span["expansion"] and span["expansion"]["span"]
    return found


def owner(owners: list, line: int) -> tuple[Function | None, Mutant | None]:
    """Whose a line is: a mutant's arm lies in its function and comes before it."""
    return next(((function, mutant) for first, last, function, mutant in owners if first <= line <= last), (None, None))


@dataclass
class Run:
    """How the test program is run: its arguments, and how many seconds of the processor it may take."""

    copy: Copy
    arguments: list[str]
    seconds: int

    def __call__(self, program: str, number: int) -> tuple[str, str]:
        """The verdict, and the test that failed."""

        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_CPU, (self.seconds, self.seconds + 1))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        command = [program, "--test-threads=1", *self.arguments]
        environment = self.copy.environment | {VARIABLE: str(number)}
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True, "errors": "replace"}
        process = subprocess.Popen(command, cwd=self.copy.folder, env=environment, preexec_fn=limit, **streams)
        clock = threading.Timer(self.seconds * CLOCK_FOR_PROCESSOR, process.send_signal, [signal.SIGXCPU])
        clock.daemon = True
        clock.start()
        failed = next((line for line in process.stdout if line.rstrip().endswith("... FAILED")), None)
        if failed:
            process.kill()
        process.stdout.close()
        status = process.wait()
        clock.cancel()
        if failed:
            return CAUGHT, failed.split()[1]
        if status in (-signal.SIGXCPU, -signal.SIGKILL):
            return TIMEOUT, f"{self.seconds} s"
        return (CAUGHT, f"ended by {status}") if status else (MISSED, "")

    def measure(self, program: str) -> None:
        """Sees that the tests hold without a mutant, and allows a mutant some times what they take."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        verdict, test = self(program, 0)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if verdict != MISSED:
            sys.exit(f"without a mutant, the tests do not hold: {verdict}, {test}")
        taken = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.seconds = math.ceil(4 * taken) + 1
        print(f"{taken:.1f} s of the processor without a mutant; {self.seconds} s are a timeout", file=sys.stderr)


def run_plainly(run: Run, sources: list[Source], wanted: set[int]) -> None:
    """Builds and runs, each alone, the mutants that cannot be chosen at run time."""
    for source in sources:
        for mutant in source.mutants:
            if mutant.number in wanted and mutant.verdict == NOT_RUN:
                run.copy.write(source.name, mutant.in_text(source.text, 0, len(source.text)))
                program, errors = run.copy.build()
                mutant.verdict, mutant.by = run(program, 0) if program else (UNVIABLE, errors[0]["message"])
                print(f"{mutant.verdict}: {mutant.name}", file=sys.stderr)
        run.copy.write(source.name, source.text)


def listed(cargo_mutants: str, files: list[str]) -> list[Source]:
    """What cargo-mutants would change in the files. Its own config would leave out files that it does not name."""
    command = [cargo_mutants, "mutants", "--no-config", "--list", "--json", "--diff"]
    command += [argument for file in files for argument in ("-f", file)]
    by_file = defaultdict(list)
    for entry in json.loads(subprocess.run(command, cwd=TOP, check=True, capture_output=True).stdout):
        by_file[entry["file"]].append(entry)
    sources, number = [], 1
    for name, entries in sorted(by_file.items()):
        sources.append(Source(name, entries, number))
        number += len(entries)
    return sources


def missed_of(verdicts: Path) -> list[str]:
    """The mutants that an earlier list calls missed."""
    part = re.search(r"^## missed\n(.*?)(?=^## |\Z)", verdicts.read_text(), re.DOTALL | re.MULTILINE)
    return re.findall(r"^- ``(.*)``", part[1] if part else "", re.MULTILINE)


def write_verdicts(out: Path, mutants: list[Mutant]) -> None:
    counts = {name: Counter(m.verdict for m in mutants if m.file == name) for name in dict.fromkeys(m.file for m in mutants)}
    rows = [f"| `{name.removeprefix('src/')}` | {of.total()} | " + " | ".join(str(of[v]) for v in VERDICTS) + " |" for name, of in counts.items()]
    text = "| file | mutants | " + " | ".join(VERDICTS) + " |\n| --- |" + " ---: |" * (1 + len(VERDICTS)) + "\n" + "\n".join(rows) + "\n"
    for verdict in (MISSED, TIMEOUT, NOT_RUN, UNVIABLE, CAUGHT):
        text += f"\n## {verdict}\n\n"
        text += "".join(f"- ``{m.name}``{m.by and ': ' + m.by}\n" for m in mutants if m.verdict == verdict)
    out.write_text(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE", help="files of the library, such as src/detect/words.rs")
    parser.add_argument("--work", type=Path, required=True, help="where the copy goes; kept, so that the next build is a small one")
    parser.add_argument("--tests", action="append", required=True, help="which unit tests run; may be repeated")
    parser.add_argument("--skip", action="append", default=[], help="which of them do not, for they take too long; may be repeated")
    parser.add_argument("--again", type=Path, metavar="LIST", help="run only what this list of an earlier run calls missed")
    parser.add_argument("--plain", action="store_true", help="build each mutant alone that cannot be chosen at run time")
    parser.add_argument("--cases", type=int, default=16, help="cases of each property")
    parser.add_argument("--jobs", type=int, default=1, help="how many test programs run at once")
    parser.add_argument("--out", type=Path, help="where the verdicts go, instead of verdicts.md in the folder of --work")
    parser.add_argument("--cargo-mutants", default="cargo-mutants", metavar="PATH")
    args = parser.parse_args()
    names = args.again and missed_of(args.again)
    files = args.files or sorted({name.split(":")[0] for name in names or []})
    if not files:
        parser.error("no file is named, and no list that has missed ones")
    sources = listed(args.cargo_mutants, files)
    chosen = [mutant for source in sources for mutant in source.mutants if names is None or mutant.name in names]
    print(f"{len(chosen)} mutants" + (f" of {len(names)} in the list" if names is not None else ""), file=sys.stderr)
    copy = Copy(args.work.resolve(), args.cases, modules_of([source.name for source in sources], args.tests))
    copy.refresh()
    wanted = {mutant.number for mutant in chosen}
    for source in sources:
        for function in source.functions:
            function.mutants = [mutant for mutant in function.mutants if mutant.number in wanted]
    program = copy.build_schemata(sources)
    run = Run(copy, args.tests + [argument for test in args.skip for argument in ("--skip", test)], 3600)
    run.measure(program)
    at_run_time = {mutant.number for source in sources for function in source.functions for mutant in function.mutants}
    with ThreadPoolExecutor(args.jobs) as pool:
        waiting = [m for m in chosen if m.number in at_run_time and m.verdict == NOT_RUN]
        for mutant, verdict in zip(waiting, pool.map(lambda mutant: run(program, mutant.number), waiting)):
            mutant.verdict, mutant.by = verdict
            write_verdicts(args.out or args.work / "verdicts.md", chosen)
    if args.plain:
        run_plainly(run, sources, wanted)
    write_verdicts(args.out or args.work / "verdicts.md", chosen)
    print((args.out or args.work / "verdicts.md").read_text().split("\n## timeout")[0])


if __name__ == "__main__":
    main()
