"""Databases, serialised objects, and what deployment tools keep."""

from __future__ import annotations

import io
import json
import marshal
import pickle
import plistlib
import sqlite3

from hiding import Expected, Group, run, write
from hiding.encoders import b64, gz

STORES = Group("Databases and serialised objects")
DEPLOYED = Group("Deployment")
GROUPS = [STORES, DEPLOYED]

BEHIND_EACH_OTHER = "the next value's mark is a letter or digit right behind the key: reported as a key of another length"


# ---- databases, objects ----


def database(folder, key: str, *settings: str) -> None:
    with sqlite3.connect(folder / "shop.sqlite") as connection:
        for setting in settings:
            connection.execute(setting)
        connection.execute("CREATE TABLE settings (name TEXT, value TEXT)")
        connection.executemany(
            "INSERT INTO settings VALUES (?, ?)", [(f"option {number}", "x" * number) for number in range(50)]
        )
        connection.execute("INSERT INTO settings VALUES ('key', ?)", (f"token {key}",))
    connection.close()


@STORES.place("SQLite", "a row, written by SQLite", encoding=())
def sqlite(folder, key):
    database(folder, key)
    return Expected("shop.sqlite")


@STORES.place("SQLite in UTF-16", "`PRAGMA encoding`", encoding=("utf-16le",))
def sqlite_wide(folder, key):
    database(folder, key, "PRAGMA encoding = 'UTF-16le'")
    return Expected("shop.sqlite")


@STORES.place("deleted row of SQLite", "the page still holds it", encoding=())
def sqlite_deleted(folder, key):
    database(folder, key)
    with sqlite3.connect(folder / "shop.sqlite") as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("DELETE FROM settings WHERE name = 'key'")
    connection.close()
    return Expected("shop.sqlite")


@STORES.place(
    "value over two pages of SQLite",
    "a long text; the key where a page ends",
    reason="four bytes of a page's number stand in the middle of the key; only a reader of SQLite joins pages",
)
def sqlite_overflow(folder, key):
    for shift in range(512):
        (folder / "shop.sqlite").unlink(missing_ok=True)
        with sqlite3.connect(folder / "shop.sqlite") as connection:
            connection.execute("PRAGMA page_size = 512")
            connection.execute("CREATE TABLE notes (text TEXT)")
            connection.execute("INSERT INTO notes VALUES (?)", (("x " * 300 + "x" * shift + f" {key} ").ljust(2400),))
        connection.close()
        if key.encode() not in (folder / "shop.sqlite").read_bytes():
            return


@STORES.place("pickle", "Python's own format, newest protocol", encoding=())
def pickled(folder, key):
    write(folder, "state.pkl", pickle.dumps({"shop": "eu", "key": key, "rows": list(range(300))}, protocol=5))


@STORES.place(
    "pickle of protocol 0",
    "text; the format's `V` stands before the key, as a letter",
    encoding=(),
    reason="behind a letter it reads as another issuer's key; Python writes newer protocols since 3.0",
)
def pickled_text(folder, key):
    write(folder, "state.pkl", pickle.dumps({"key": key}, protocol=0))


@STORES.place("marshal", "what Python compiles to", encoding=())
def marshalled(folder, key):
    write(folder, "state.bin", marshal.dumps({"key": key}))


@STORES.place("binary plist", "Apple's settings", encoding=())
def plist(folder, key):
    write(folder, "shop.plist", plistlib.dumps({"Name": "shop", "Key": key}, fmt=plistlib.FMT_BINARY))


@STORES.place("binary plist, beyond ASCII", "the string is UTF-16 then", encoding=("utf-16be",))
def plist_wide(folder, key):
    write(folder, "shop.plist", plistlib.dumps({"Key": f"clé naïve = {key} ✓"}, fmt=plistlib.FMT_BINARY))


@STORES.place("plist with data", "base64 in XML", encoding=("base64",))
def plist_data(folder, key):
    write(folder, "shop.plist", plistlib.dumps({"Blob": f"name=shop\nkey={key}\n".encode() * 2}))


@STORES.place("MessagePack", "", modules=("msgpack",), encoding=())
def message_pack(folder, key):
    import msgpack

    write(folder, "state.msgpack", msgpack.packb({"shop": "eu", "token": key}))


@STORES.place("Protocol Buffers", "a string field behind its length: `(` for 40", encoding=())
def protobuf(folder, key):
    write(folder, "state.pb", b"\x08\x96\x01\x12" + bytes([len(key)]) + key.encode() + b"\x1a\x02eu")


@STORES.place("notebook", "a cell and its output, as nbformat writes them", modules=("nbformat",), encoding=())
def notebook(folder, key):
    import nbformat.v4 as library
    import nbformat

    cell = library.new_code_cell(
        "import os\nprint(headers)",
        outputs=[library.new_output("stream", name="stdout", text=f"{{'Authorization': 'Bearer {key}'}}\n")],
    )
    nbformat.write(library.new_notebook(cells=[cell]), folder / "analysis.ipynb")


@STORES.place("notebook with a picture", "the key in the PNG's text, base64 in JSON", modules=("nbformat", "PIL"))
def notebook_picture(folder, key):
    import nbformat.v4 as library
    import nbformat
    from PIL import Image, PngImagePlugin

    info, target = PngImagePlugin.PngInfo(), io.BytesIO()
    info.add_text("Source", f"https://shop.example/chart?key={key}")
    Image.new("RGB", (40, 30), "white").save(target, "PNG", pnginfo=info)
    picture = library.new_output("display_data", data={"image/png": b64(target.getvalue())})
    nbformat.write(
        library.new_notebook(cells=[library.new_code_cell("plot()", outputs=[picture])]), folder / "analysis.ipynb"
    )


# ---- deployment ----


@DEPLOYED.place("Kubernetes Secret", "made by kubectl", programs=("kubectl",), encoding=("base64",))
def kubernetes_secret(folder, key):
    made = run(
        folder,
        "kubectl",
        "create",
        "secret",
        "generic",
        "shop",
        f"--from-literal=key={key}",
        "--from-literal=region=eu",
        "--dry-run=client",
        "-o",
        "yaml",
    )
    write(folder, "secret.yaml", made)


@DEPLOYED.place(
    "Kubernetes Secret of a file",
    "made by kubectl, of an env file among others",
    programs=("kubectl",),
    encoding=("base64",),
)
def kubernetes_file(folder, key):
    env = write(folder, "prod.env", f"REGION=eu\nRETAILGRID_KEY={key}\nLEVEL=info\n")
    made = run(
        folder, "kubectl", "create", "secret", "generic", "shop", "--from-file=prod.env", "--dry-run=client", "-o", "json"
    )
    env.unlink()
    write(folder, "secret.json", made)


@DEPLOYED.place(
    "applied Secret", "the copy that `kubectl apply` keeps in an annotation: JSON in a YAML string", encoding=("base64",)
)
def applied_secret(folder, key):
    last = json.dumps({"apiVersion": "v1", "data": {"key": b64(key)}, "kind": "Secret", "metadata": {"name": "shop"}})
    write(
        folder,
        "secret.yaml",
        f"apiVersion: v1\nkind: Secret\nmetadata:\n  annotations:\n"
        f"    kubectl.kubernetes.io/last-applied-configuration: {json.dumps(last)}\n",
    )


@DEPLOYED.place(
    "Helm release", "base64 of base64 of gzip of JSON, as Helm keeps it in a Secret", encoding=("base64", "base64", "gzip")
)
def helm_release(folder, key):
    values = {"replicas": 2, "retailgrid": {"key": key}}
    release = {
        "name": "shop",
        "info": {"status": "deployed"},
        "chart": {
            "metadata": {"name": "shop", "version": "1.0.0"},
            "templates": [{"name": "templates/a.yaml", "data": b64("kind: ConfigMap\n" * 9)}],
        },
        "config": values,
        "version": 3,
    }
    data = b64(b64(gz(json.dumps(release))))
    write(
        folder,
        "release.yaml",
        f"apiVersion: v1\nkind: Secret\ntype: helm.sh/release.v1\n"
        f"metadata:\n  name: sh.helm.release.v1.shop.v3\ndata:\n  release: {data}\n",
    )


@DEPLOYED.place(
    "Helm release, the manifest's Secret",
    "base64 in the JSON of the release, too",
    encoding=("base64", "base64", "gzip", "base64"),
)
def helm_manifest(folder, key):
    release = {"name": "shop", "manifest": f"---\napiVersion: v1\nkind: Secret\ndata:\n  key: {b64(key)}\n", "version": 1}
    write(folder, "release.json", json.dumps({"kind": "Secret", "data": {"release": b64(b64(gz(json.dumps(release))))}}))


@DEPLOYED.place("Docker's config.json", "a registry's login, base64", encoding=("base64",))
def docker_config(folder, key):
    write(
        folder, ".docker/config.json", json.dumps({"auths": {"registry.shop.example": {"auth": b64(f"ci:{key}")}}}, indent=2)
    )


@DEPLOYED.place("cloud-init user data", "gzip and base64, as `user_data_base64` takes it", encoding=("base64", "gzip"))
def user_data(folder, key):
    script = f"#!/bin/sh\napt-get update\nexport RETAILGRID_KEY={key}\nexec /opt/shop\n"
    write(folder, "main.tf", f'resource "vm" "shop" {{\n  user_data_base64 = "{b64(gz(script))}"\n}}\n')


@DEPLOYED.place("Terraform state", "an attribute, plain", encoding=())
def terraform(folder, key):
    write(
        folder,
        "terraform.tfstate",
        json.dumps(
            {"version": 4, "resources": [{"type": "vm", "instances": [{"attributes": {"env": {"KEY": key}}}]}]}, indent=2
        ),
    )


@DEPLOYED.place(
    "encrypted by OpenSSL", "AES with a password, base64", programs=("openssl",), reason="only its password opens it"
)
def openssl(folder, key):
    made = run(folder, "openssl", "enc", "-aes-256-cbc", "-pbkdf2", "-a", "-pass", "pass:a", stdin=f"key={key}\n".encode())
    write(folder, "settings.enc", made)
