"""Makes the Parquet and Arrow files of tests/data/tables; the tests state their content.

Made with pyarrow 26.0.1 (PyPI). Run: python tests/golden/tables_files.py
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as parquet

DATA = Path(__file__).resolve().parents[1] / "data" / "tables"


def typed():
    return pa.table({
        "text": pa.array(["a", None, "", "naïve 😀", "line\nbreak"]),
        "label": pa.array([1, 0, None, -3, 2**62], pa.int64()),
        "flag": pa.array([True, False, None, True, False]),
        "score": pa.array([0.5, 1.0, None, -2.25, 3.0], pa.float64()),
        "raw": pa.array([b"x", None, b"", "é".encode(), b"z"], pa.binary()),
        "kind": pa.array(["pos", "neg", "pos", None, "neg"]).dictionary_encode(),
        "large": pa.array(["l1", "l2", None, "l4", "l5"], pa.large_string()),
        "ids": pa.array([[1, 2, 3], [], None, [2**40], [-1, 0]], pa.list_(pa.int64())),
        "small_ids": pa.array([[1], [2, 2], [], None, [5]], pa.large_list(pa.int16())),
        "holes": pa.array([[1], [None], [], [], []], pa.list_(pa.int32())),
        "words": pa.array([["a"], [], [], [], []], pa.list_(pa.string())),
        "nested": pa.array([{"a": 1}] * 5),
    })


def many():
    rows = 1500
    return pa.table({"text": [f"row {i}" for i in range(rows)], "number": list(range(rows))})


def unvalidated_strings(cells):
    """A string column whose bytes nobody checked."""
    binary = pa.array(cells, pa.binary())
    return pa.Array.from_buffers(pa.string(), len(cells), binary.buffers())


def write_stream(table, path):
    with pa.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)


def main():
    DATA.mkdir(parents=True, exist_ok=True)
    parquet.write_table(typed(), DATA / "typed.parquet", compression="snappy")
    for codec in ["none", "gzip", "zstd", "lz4"]:
        parquet.write_table(many(), DATA / f"many_{codec}.parquet", compression=codec, row_group_size=1100)
    broken = [b"fine", b"fine", b"bro\xffken", b"fine"]
    parquet.write_table(pa.table({"raw": pa.array(broken, pa.binary()), "text": unvalidated_strings(broken)}),
                        DATA / "broken_utf8.parquet")
    parquet.write_table(typed().slice(0, 0), DATA / "no_rows.parquet")
    for codec in ["uncompressed", "lz4", "zstd"]:
        feather.write_feather(typed(), DATA / f"typed_{codec}.arrow", compression=codec)
    write_stream(typed(), DATA / "typed_stream.arrow")
    feather.write_feather(pa.table({"text": unvalidated_strings(broken)}), DATA / "broken_utf8.arrow", compression="uncompressed")


if __name__ == "__main__":
    main()
