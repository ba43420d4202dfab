"""What `sonde extract` must be given to compute the features of a re-enactment: its texts, or ids, part after part."""
import csv
import json

from published import TEMPLATES


def read_rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def pick(rows, tables):
    """The texts in the order of a result's split.rows: train, valid, test; what is on both sides once."""
    parts = ["train"] if rows["train"] == rows["test"] else ["train", "valid", "test"]
    contents = [read_rows(table) for table in tables]
    table_of = lambda part: contents[0 if part == "train" else -1]  # noqa: E731
    return [{"text": table_of(part)[row - 1]["text"]} for part in parts for row in rows[part]]


def of_truth_direction(facts, rows, tables):
    templates = [option for template in TEMPLATES for option in ("--template", template)]
    return pick(rows, tables), [*templates, "--tokens", "last"]


def of_layer_sentiment(facts, rows, tables):
    length = str(facts["settings"]["length"])
    return pick(rows, tables), ["--text", "text", "--tokens", f"mean_padded:{length}", "--max-length", length]


def of_number_basis(facts, rows, tables):
    pairs = [pair for part in ("train", "valid", "test") for pair in facts["sample"][part]]
    return [{"text": f"{a} + {b}"} for a, b in pairs], ["--text", "text", "--tokens", "last"]


def of_online_probes(facts, rows, tables):
    length = str(facts["settings"]["length"])
    pads = ["--pad", f"left:{length}", "--attend-pads", "--max-length", length]
    return pick(rows, tables), ["--text", "text", "--tokens", "mean", *pads]


def of_sparse_neurons(facts, rows, tables):
    places = [place for part in ("train", "test") for place in facts["parts"][part]]
    return [{"ids": facts["windows"][place]} for place in places], ["--ids", "ids", "--tokens", "token:14"]


STUDIES = {"truth-direction": of_truth_direction, "layer-sentiment": of_layer_sentiment, "number-basis": of_number_basis,
           "online-probes": of_online_probes, "sparse-neurons": of_sparse_neurons}


def extract_command(facts, rows, model, tables, folder):
    """Write rows.jsonl into the folder and give the arguments that write features.safetensors there. `rows`: split.rows."""
    texts, options = STUDIES[facts["recipe"]](facts, rows, tables)
    data, out = folder / "rows.jsonl", folder / "features.safetensors"
    data.write_text("".join(json.dumps(text) + "\n" for text in texts), encoding="utf-8")
    at = [option for address in facts["features"] for option in ("--at", address)]
    return ["extract", str(model), "--data", str(data), *options, *at, "--out", str(out)]
