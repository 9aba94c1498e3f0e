"""Places in a git repository."""

from __future__ import annotations

import shutil
from pathlib import Path

from hiding import Group, run, write
from hiding.encoders import b64, zip_of

GIT = Group("Git")
GROUPS = [GIT]

IDENTITY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A"), ("EMAIL", "a@shop.example"), ("DATE", "2024-05-17T12:00:00Z"))
}


class Repository:
    """A new repository with one commit, and what is done to it, by git."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.git("init", "-q", "-b", "main")
        self.commit("README.md", "A shop.\n")

    def git(self, *words: str, stdin: str = "", **environment: str) -> str:
        settings = {**IDENTITY, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", **environment}
        return run(self.folder, "git", *words, stdin=stdin.encode(), **settings).decode().strip()

    def commit(self, name: str, content: bytes | str, message: str = "change") -> None:
        write(self.folder, name, content)
        self.git("add", "-f", name)
        self.git("commit", "-q", "-m", message)

    def remove(self, name: str) -> None:
        self.git("rm", "-q", "-f", name)
        self.git("commit", "-q", "-m", "remove")


def line(key: str) -> str:
    return f"REGION=eu\nRETAILGRID_KEY={key}\nLEVEL=info\n"


def git(name: str, what: str, encoding: tuple[str, ...] | None = (), source: str = "history", **more):
    """A place that is a repository, by a function that is given one."""

    def add(make):
        def hide(folder: Path, key: str) -> None:
            make(Repository(folder), key)

        GIT.place(name, what, encoding=encoding, source=source, **more)(hide)
        return make

    return add


def once(name: str, what: str, file: str, content, encoding: tuple[str, ...] | None = (), **more) -> None:
    """A file that one commit brought and the next took away."""

    def make(repository: Repository, key: str) -> None:
        repository.commit(file, content(key))
        repository.remove(file)

    git(name, what, encoding, **more)(make)


once("old commit", "a file that is gone", "prod.env", line)
once("old commit, base64", "a Secret that is gone", "secret.yaml", lambda k: f"data:\n  key: {b64(k)}\n", ("base64",))
once(
    "old commit, UTF-16",
    "git takes it for binary",
    "deploy.ps1",
    lambda k: ("\ufeff" + line(k)).encode("utf-16-le"),
    ("utf-16le",),
)
once("old commit, a file with NUL", "git takes it for binary", "state.bin", lambda k: b"\0\1\2 " + line(k).encode())
once("old commit, a zip", "an archive that is gone", "shop.zip", lambda k: zip_of({"prod.env": line(k)}))
once("old commit, `*.min.js`", "", "app.min.js", lambda k: f'k="{k}";\n')
once(
    "old commit, a lock file", "", "package-lock.json", lambda k: f'{{"resolved": "https://x:{k}@npm.shop.example/a.tgz"}}\n'
)


@git("old commit with `-diff`", "`.gitattributes` keeps git from showing the file")
def no_diff(repository, key):
    repository.commit(".gitattributes", "*.env -diff\n")
    repository.commit("prod.env", line(key))
    repository.remove("prod.env")


@git("amended commit", "only the log of HEAD still leads to it")
def amended(repository, key):
    repository.commit("prod.env", line(key))
    write(repository.folder, "prod.env", "REGION=eu\n")
    repository.git("commit", "-q", "-a", "--amend", "-m", "change")


@git("dangling commit", "nothing leads to it")
def dangling(repository, key):
    repository.commit("prod.env", line(key))
    repository.git("reset", "-q", "--hard", "HEAD^")
    repository.git("reflog", "expire", "--expire=now", "--all")


@git("dangling blob", "it was staged once and never committed")
def dangling_blob(repository, key):
    repository.git("hash-object", "-w", "--stdin", stdin=line(key))


@git("stash", "of a changed file")
def stash(repository, key):
    write(repository.folder, "README.md", line(key))
    repository.git("stash", "-q")


@git("stash of an untracked file", "the stash's third parent")
def stash_untracked(repository, key):
    write(repository.folder, "prod.env", line(key))
    repository.git("stash", "-q", "--include-untracked")


@git("merge's own change", "neither parent has it")
def merge(repository, key):
    repository.git("checkout", "-q", "-b", "side")
    repository.commit("side.txt", "side\n")
    repository.git("checkout", "-q", "main")
    repository.commit("main.txt", "main\n")
    repository.git("merge", "-q", "--no-commit", "--no-ff", "side")
    write(repository.folder, "main.txt", line(key))
    repository.git("commit", "-q", "-a", "-m", "merge")


@git("unmerged branch", "")
def branch(repository, key):
    repository.git("checkout", "-q", "-b", "side")
    repository.commit("prod.env", line(key))
    repository.git("checkout", "-q", "main")


@git("branch without common history", "")
def orphan(repository, key):
    repository.git("checkout", "-q", "--orphan", "pages")
    repository.commit("prod.env", line(key))
    repository.git("checkout", "-q", "main")


@git("packed and delta-compressed", "`git gc`")
def packed(repository, key):
    text = "".join(f"option {number}\n" for number in range(500))
    repository.commit("settings.ini", text)
    repository.commit("settings.ini", text + f"key = {key}\n")
    repository.commit("settings.ini", text)
    repository.git("gc", "-q", "--prune=now")


@git("message of a commit", "")
def message(repository, key):
    repository.git("commit", "-q", "--allow-empty", "-m", f"rotate the key\n\nThe old one was {key}.")


@git("message of a commit, in base64", "", ("base64",))
def message_encoded(repository, key):
    repository.git("commit", "-q", "--allow-empty", "-m", f"debug\n\nconfig: {b64('key=' + key)}")


@git("name of an author", "")
def author(repository, key):
    repository.git("commit", "-q", "--allow-empty", "-m", "change", GIT_AUTHOR_NAME=key)


@git("message of a tag", "an annotated tag")
def tag(repository, key):
    repository.git("tag", "-a", "v1", "-m", f"first\n\nkey {key}")


@git("note", "`git notes`")
def note(repository, key):
    repository.git("notes", "add", "-m", f"key {key}")


@git("name of a branch", "")
def branch_name(repository, key):
    repository.git("branch", f"try/{key}")


@git("name of a file that is gone", "")
def git_file_name(repository, key):
    repository.commit(f"cache/{key}.json", "{}\n")
    repository.remove(f"cache/{key}.json")


@git("target of a link that is gone", "")
def git_link(repository, key):
    (repository.folder / "current").symlink_to(f"/srv/{key}")
    repository.git("add", "current")
    repository.git("commit", "-q", "-m", "link")
    repository.remove("current")


@git("replaced object", "`git replace` shows another in its place")
def replaced(repository, key):
    repository.commit("prod.env", line(key))
    old = repository.git("rev-parse", "HEAD:prod.env")
    new = repository.git("hash-object", "-w", "--stdin", stdin="REGION=eu\n")
    repository.git("replace", old, new)


@git("submodule", "the repository inside `.git/modules`")
def submodule(repository, key):
    inner = repository.folder.parent / (repository.folder.name + "-inner")
    inner.mkdir()
    other = Repository(inner)
    other.commit("prod.env", line(key))
    other.remove("prod.env")
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "part")
    repository.git("commit", "-q", "-m", "part")


@git("staged", "in the index, and not in the folder any more", source="staged")
def staged(repository, key):
    path = write(repository.folder, "prod.env", line(key))
    repository.git("add", "prod.env")
    path.write_text("REGION=eu\n")


@git("staged, binary", "UTF-16, and not in the folder any more", ("utf-16le",), source="staged")
def staged_binary(repository, key):
    path = write(repository.folder, "deploy.ps1", ("\ufeff" + line(key)).encode("utf-16-le"))
    repository.git("add", "deploy.ps1")
    path.write_text("")


@git("git bundle", "a history as one file", source="files")
def bundle(repository, key):
    repository.commit("prod.env", line(key))
    repository.remove("prod.env")
    repository.git("bundle", "create", "-q", "../shop.bundle", "--all")
    take_away(repository, "shop.bundle")


@git("patch", "`git format-patch`", source="files")
def patch(repository, key):
    repository.commit("prod.env", line(key))
    made = repository.git("format-patch", "-1", "--stdout")
    write(repository.folder.parent, "change.patch", made + "\n")
    take_away(repository, "change.patch")


@git(
    "binary patch",
    "`git format-patch --binary`: base85 of deflated data",
    None,
    source="files",
    reason="the lines look like any text; where the commit is in a repository, a history finds it",
)
def binary_patch(repository, key):
    repository.commit("state.bin", b"\0\1\2 " + line(key).encode())
    made = repository.git("format-patch", "-1", "--binary", "--stdout")
    write(repository.folder.parent, "change.patch", made + "\n")
    take_away(repository, "change.patch")


@git("loose object", "a file of `.git/objects` that lies elsewhere", None, source="files")
def loose(repository, key):
    name = repository.git("hash-object", "-w", "--stdin", stdin=line(key))
    content = (repository.folder / ".git/objects" / name[:2] / name[2:]).read_bytes()
    write(repository.folder.parent, name[2:], content)
    take_away(repository, name[2:])


def take_away(repository: Repository, name: str) -> None:
    """Leaves only the file that was made beside the repository."""
    shutil.rmtree(repository.folder)
    repository.folder.mkdir()
    (repository.folder.parent / name).rename(repository.folder / name)
