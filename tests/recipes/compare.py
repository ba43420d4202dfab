#!/usr/bin/env python3
"""Holds a run of `sonde recipe run NAME --as published` against what a re-enactment of the same study found.

    compare.py RUN_FOLDER REENACTMENT [--features FILE]...

RUN_FOLDER has result.json; REENACTMENT is a golden of tests/data/recipes or a folder that `python -m reenact … --out` wrote;
FILE is what `sonde extract` wrote for the same rows. Prints one line a check; exits 1 when something differs or is missing.
Needs nothing but Python. What it reads of Sonde:

    split.rows.{train,valid,test}   1-based rows of the table or of the generated pairs, or documents of the occurrences, in the
                                order used
    results[].at, .module           the address; results at one address stand in the order of the study's probes
    results[].predictions           on test, in the order of split.rows.test: class names, or numbers before rounding
    results[].metrics, .valid_metrics, .n_iter, .nonzero, best.at
    FILE: a tensor [n, …] for each address, rows of train, valid and test one after the other
"""
import argparse
import json
import math
import pathlib
import struct
import sys
from collections import Counter

from expectations import expect, keys, numbered

FEATURE_TOLERANCE = 1e-4  # relative to the length of a row; float32 rounding over 30 layers stays below 1e-5
CODES = {"F32": ("f", 4), "F64": ("d", 8), "I64": ("q", 8)}


def read_tensors(path):
    """Tensors of a safetensors file as {name: rows}, each row a flat list."""
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] not in CODES:
            continue
        code, size = CODES[entry["dtype"]]
        begin, end = (8 + length + at for at in entry["data_offsets"])
        values = struct.unpack(f"<{(end - begin) // size}{code}", data[begin:end])
        rows = entry["shape"][0]
        tensors[name] = [list(values[i * len(values) // rows : (i + 1) * len(values) // rows]) for i in range(rows)]
    return tensors


def read_enactment(path):
    """Facts of a re-enactment, and its features: recorded digests, or all rows where a folder has them."""
    path = pathlib.Path(path)
    if path.is_file():
        facts = json.loads(path.read_text(encoding="utf-8"))
        return facts, facts["features"]
    facts = json.loads((path / "outcome.json").read_text(encoding="utf-8"))
    return facts, {a: dict(rows=rows) for a, rows in read_tensors(path / "features.safetensors").items()}


class Report:
    def __init__(self):
        self.lines = []

    def add(self, what, passed, wanted, got):
        """`passed`: whether it holds; None where Sonde's side is missing."""
        self.lines.append((what, "missing" if passed is None else "ok" if passed else "differs", wanted, got))

    def failed(self):
        return [line for line in self.lines if line[1] != "ok"]

    def show(self, stream):
        width = max(len(what) for what, *_ in self.lines)
        for what, verdict, wanted, got in self.lines:
            print(f"{what:<{width}}  {verdict:<8} re-enacted {wanted}; sonde {got}", file=stream)


def compare_rows(result, expected, report):
    rows = result.get("split", {}).get("rows")
    for part, wanted in expected.rows.items():
        if rows is None:
            report.add(f"rows {part}", None, f"{len(wanted)} rows", "no split.rows")
            continue
        got = rows.get(part, [])
        common = (Counter(got) & Counter(wanted)).total()
        report.add(f"rows {part}", got == wanted, f"{len(wanted)} rows", f"{len(got)}, {common} in common")


def relative_error(got, wanted):
    length = math.sqrt(math.fsum(w * w for w in wanted))
    gap = math.sqrt(math.fsum((g - w) ** 2 for g, w in zip(got, wanted, strict=True)))
    return gap / length if length else gap


def digest_errors(digest, order, of_key):
    """Errors of a recorded digest: of every recorded length, and of the first and the last row."""
    for key, norm in zip(order[:: digest["every"]], digest["norms"]):
        yield abs(math.sqrt(math.fsum(v * v for v in of_key[key])) - norm) / norm
    yield relative_error(of_key[order[0]], digest["first"])
    yield relative_error(of_key[order[-1]], digest["last"])


def compare_features(files, result, expected, features, report):
    """Every row that both sides have; the largest error of an address is what counts."""
    for address, wanted in features.items():
        error = None
        for path in files:
            tensors = read_tensors(path)
            name = address if address in tensors else expected.last_state(tensors) if address == "hidden[-1]" else None
            if name is None:
                continue
            of_key = dict(zip(keys_of_file(result), tensors[name]))
            if not set(expected.feature_keys) <= set(of_key):
                continue
            rows = wanted.get("rows")
            if rows is not None:
                error = max(relative_error(of_key[k], row) for k, row in zip(expected.feature_keys, rows))
            else:
                error = max(digest_errors(wanted, expected.feature_keys, of_key))
        if files:
            got = "no tensor with all rows" if error is None else f"{error:.1e}"
            report.add(f"features {address}", None if error is None else error < FEATURE_TOLERANCE, FEATURE_TOLERANCE, got)


def keys_of_file(result):
    """Keys of a file's rows: part after part; where every row is both trained on and tested, once."""
    rows = result["split"]["rows"]
    parts = ["train"] if rows["train"] == rows["test"] else ["train", "valid", "test"]
    return keys(rows, parts)


def result_of(results, wanted):
    """The result of a probe: the one at its place among those of its address."""
    at = wanted.address
    found = [r for r in results if at in (r["at"], r.get("module")) or (at == "hidden[-1]" and r["at"].startswith("hidden["))]
    return found[wanted.place] if len(found) > wanted.place else None


def compare_predictions(result, wanted, rows, report):
    if "predictions" not in result:
        return report.add(f"predictions {wanted.name}", None, len(wanted.predictions), "no predictions")
    got = dict(zip(numbered(rows), result["predictions"]))  # with evaluate.rows=seen they end before the rows do
    if len(result["predictions"]) != len(wanted.predictions):
        text = f"{len(result['predictions'])} predictions"
        return report.add(f"predictions {wanted.name}", False, f"{len(wanted.predictions)} rows", text)
    off = [row for row, says in wanted.predictions.items() if wanted.read(got.get(row)) != says]
    ties = [row for row in off if wanted.tie(row, got.get(row))]
    text = f"{len(off) - len(ties)} differ" + (f", {len(ties)} on the edge" if ties else "")
    return report.add(f"predictions {wanted.name}", len(off) == len(ties), f"{len(wanted.predictions)} rows", text)


def metric_of(result, name):
    if name in ("n_iter", "nonzero"):
        return result.get(name)
    if name == "valid accuracy":
        return result.get("valid_metrics", {}).get("accuracy")
    return result["metrics"].get(name, {}).get("value")


def compare_probes(result, expected, report):
    rows = result.get("split", {}).get("rows", {}).get("test", [])
    for wanted in expected.probes:
        found = result_of(result.get("results", []), wanted)
        if found is None:
            report.add(wanted.name, None, "a result", "none at this address")
            continue
        if wanted.predictions is not None:
            compare_predictions(found, wanted, rows, report)
        for name, (low, high) in wanted.metrics.items():
            got = metric_of(found, name)
            shown = f"{low:.6g}" if low == high else f"{low:.6g} to {high:.6g}"
            slack = 1e-9 + wanted.slack(name)
            report.add(f"{name} {wanted.name}", None if got is None else low - slack <= got <= high + slack, shown, got)


def compare(result, expected, features, files):
    report = Report()
    compare_rows(result, expected, report)
    compare_features(files, result, expected, features, report)
    compare_probes(result, expected, report)
    if expected.best:
        got = result.get("best", {}).get("at")
        report.add("best", None if got is None else got == expected.best, expected.best, got)
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("enactment", type=pathlib.Path)
    parser.add_argument("--features", type=pathlib.Path, action="append", default=[])
    options = parser.parse_args()
    result = json.loads((options.run / "result.json").read_text(encoding="utf-8"))
    facts, features = read_enactment(options.enactment)
    report = compare(result, expect(facts), features, options.features)
    report.show(sys.stdout)
    return 1 if report.failed() else 0


if __name__ == "__main__":
    sys.exit(main())
