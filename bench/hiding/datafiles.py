"""Data files: tables whose values stand behind each other in pages and blocks, in encodings of their own."""

from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
import tempfile
import time
import zlib

from hiding import Expected, Group, write

FILES = Group("Data files")
GROUPS = [FILES]


def values(key: str) -> list[str]:
    """A column with letters on both sides of the key, and with a value before it that begins as it does."""
    return ["open", key[:16] + "other", key, "closed"]


def avro(name: str, what: str, codec: str) -> None:
    @FILES.place(name, what, modules=("fastavro",), encoding=())
    def hide(folder, key):
        import fastavro

        fields = [{"name": "shop", "type": "string"}, {"name": "token", "type": ["null", "string"]}]
        schema = fastavro.parse_schema({"type": "record", "name": "Shop", "fields": fields})
        content = io.BytesIO()
        fastavro.writer(content, schema, [{"shop": "corner", "token": one} for one in values(key)], codec=codec)
        whole = content.getvalue()
        write(folder, "shops.avro", whole)
        # The first block stands behind the header, which ends with the mark that ends each block.
        return Expected(f"shops.avro!/block@{whole.index(whole[-16:]) + 16}")


def parquet(name: str, what: str, length: int = 0, **options) -> None:
    @FILES.place(name, what, modules=("pyarrow",), encoding=())
    def hide(folder, key):
        import pyarrow
        import pyarrow.parquet

        if length:
            column = pyarrow.array([one.ljust(length, "x")[:length].encode() for one in values(key)], pyarrow.binary(length))
        else:
            column = pyarrow.array(values(key))
        pyarrow.parquet.write_table(pyarrow.table({"token": column}), folder / "shops.parquet", **options)
        return Expected("shops.parquet!/page@4")


avro("Avro", "a field of a record, not compressed", "null")
avro("Avro, deflated", "the same, in compressed blocks", "deflate")
parquet("Parquet", "in a dictionary, by Snappy, as pyarrow writes it")
parquet("Parquet, plain", "each value behind its length", use_dictionary=False)
for encoding, what in (
    ("DELTA_LENGTH_BYTE_ARRAY", "all lengths first, and nothing between the values"),
    ("DELTA_BYTE_ARRAY", "without what a value shares with the one before"),
):
    for version in ("1.0", "2.0"):
        parquet(
            f"Parquet, `{encoding}`, pages of version {version}",
            what,
            use_dictionary=False,
            column_encoding={"token": encoding},
            data_page_version=version,
        )
parquet("Parquet, values of one length", "nothing between them", 40, use_dictionary=False, compression="gzip")


def arrow(name: str, what: str, path: str, kind: str, compression: str | None) -> None:
    @FILES.place(name, what, modules=("pyarrow",), encoding=())
    def hide(folder, key):
        import pyarrow
        import pyarrow.feather
        import pyarrow.ipc

        # Of more than twelve bytes each: shorter ones stand in a view itself.
        column = pyarrow.array(["rg_live_ and 32 more", key, "another shop's token"], getattr(pyarrow, kind)())
        table = pyarrow.table({"token": column})
        if path.endswith(".feather"):
            pyarrow.feather.write_feather(table, folder / path, compression=compression)
            return Expected()
        options = pyarrow.ipc.IpcWriteOptions(compression=compression)
        with pyarrow.ipc.new_stream(folder / path, table.schema, options=options) as stream:
            stream.write_table(table)
        return Expected()


arrow("Feather", "compressed by LZ4, as pyarrow writes it", "shops.feather", "string", "lz4")
arrow("Feather, not compressed", "nothing between the values", "shops.feather", "string", "uncompressed")
arrow("stream of Arrow, views", "texts that views lead to, compressed by Zstandard", "shops.arrows", "string_view", "zstd")


def redis(name: str, what: str, commands: list[list[str]]) -> None:
    @FILES.place(name, what, programs=("redis-server", "redis-cli"), encoding=())
    def hide(folder, key):
        # The place's folder may be longer than a socket's path may be.
        top = tempfile.mkdtemp()
        socket = f"{top}/redis"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        server = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", socket, "--dir", str(folder), "--save", ""], **quiet
        )
        client = ["redis-cli", "-s", socket]
        try:
            while server.poll() is None and subprocess.run([*client, "ping"], **quiet).returncode:
                time.sleep(0.05)
            for command in commands:
                subprocess.run([*client, *(word.replace("KEY", key) for word in command)], check=True, **quiet)
            subprocess.run([*client, "save"], check=True, **quiet)
        finally:
            server.kill()
            server.wait()
            shutil.rmtree(top)
        return Expected()


CONFIG = json.dumps({"base_url": "https://api.example.com/v1", "login_url": "https://api.example.com/v1/login", "api_key": "KEY"})
redis("dump of Redis", "JSON, compressed by LZF", [["set", "shop:1", CONFIG]])
redis(
    "dump of Redis, a hash",
    "its fields, compressed together",
    [["hset", "shop:1", "home", "https://shop.example.com/", "help", "https://shop.example.com/help", "api_key", "KEY"]],
)


@FILES.place("MATLAB", "an array of characters, compressed by zlib", encoding=())
def matlab(folder, key):
    def element(kind: int, content: bytes) -> bytes:
        return struct.pack("<II", kind, len(content)) + content + bytes(-len(content) % 8)

    parts = [
        element(6, struct.pack("<II", 4, 0)),
        element(5, struct.pack("<II", 1, len(key))),
        element(1, b"token"),
        element(16, key.encode()),
    ]
    packed = zlib.compress(element(14, b"".join(parts)))
    head = b"MATLAB 5.0 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x01IM"
    write(folder, "shops.mat", head + struct.pack("<II", 15, len(packed)) + packed)
    return Expected("shops.mat!/stream@136")


def hdf5(name: str, what: str, path: str | None, compression: str, **more) -> None:
    @FILES.place(name, what, modules=("h5py",), encoding=(), **more)
    def hide(folder, key):
        import h5py

        rows = [f"shop {number}, token: {key if number == 7 else 'none'}".encode() for number in range(400)]
        with h5py.File(folder / "shops.h5", "w") as file:
            file.create_dataset("shops/tokens", data=rows, dtype="S64", chunks=(100,), compression=compression, shuffle=True)
        whole = (folder / "shops.h5").read_bytes()
        # Chunks are written in their order.
        return Expected(path and path.format(whole.index(b"\x78\x5e")))


hdf5("HDF5, shuffled", "first the first bytes of all rows, and so on, as PyTables and pandas write it, in zlib", "shops.h5!/stream@{}", "gzip")
hdf5(
    "HDF5, by LZF",
    "the same in LZF, of h5py's own",
    None,
    "lzf",
    reason="no stream says that it is LZF, and where one begins is said in trees that are not read: a problem",
    is_complete=False,
)


@FILES.place("LevelDB", "JSON in a browser's local storage, compressed by Snappy", modules=("plyvel",), encoding=())
def leveldb(folder, key):
    import plyvel

    with plyvel.DB(str(folder), create_if_missing=True) as database:
        for number in range(100):
            database.put(b"_https://shop.example.com\0\x01item:%03d" % number, b'\x01{"token":"rg_live_"}')
        database.put(b"_https://shop.example.com\0\x01settings", b'\x01{"token":"' + key.encode() + b'"}')
        database.compact_range()
    # What was written before the tables has all in it, too.
    for log in folder.glob("*.log"):
        log.unlink()
    return Expected()
