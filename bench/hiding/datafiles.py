"""Data files: tables whose values stand behind each other in pages and blocks, in encodings of their own."""

from __future__ import annotations

import io

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
