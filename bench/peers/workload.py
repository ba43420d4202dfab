"""The work every side does: the texts, their tokens, and what a forward pass over them costs in arithmetic."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

LIMIT = 512


@dataclass
class Workload:
    model: Path
    csv: Path
    ids: list  # one list of token ids per text, in the order of the file
    tokens: int
    flops: float  # 2 x multiply-adds on real tokens, dense layers and attention


def read_texts(path, column="text"):
    with open(path, encoding="utf-8", newline="") as file:
        return [row[column] for row in csv.DictReader(file)]


def flops_of(config, lengths):
    """Per sequence of t tokens and layer: t(4d^2 + 2df) for the dense layers and 2t^2 d for scores and weighted sums."""
    d, f, layers = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
    t = np.asarray(lengths, dtype=np.float64)
    return float(2 * layers * (t.sum() * (4 * d * d + 2 * d * f) + 2 * d * (t * t).sum()))


def tokenise(model, texts):
    """Ids of each text, special tokens included, cut at LIMIT. Wants the folder's tokenizer.json."""
    from tokenizers import Tokenizer  # not through transformers: a side's memory must not hold what it does not use

    tokenizer = Tokenizer.from_file(str(Path(model) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LIMIT)
    return [e.ids for e in tokenizer.encode_batch(texts)]


def load_workload(model, reviews):
    ids = tokenise(model, read_texts(reviews))
    config = json.loads((Path(model) / "config.json").read_text())
    lengths = [len(x) for x in ids]
    return Workload(Path(model), Path(reviews), ids, sum(lengths), flops_of(config, lengths))


def sorted_batches(ids, size):
    """Batches of texts of like length, longest first, as (places in the file, ids [b,t], mask [b,t])."""
    order = sorted(range(len(ids)), key=lambda i: -len(ids[i]))
    for start in range(0, len(order), size):
        places = order[start : start + size]
        longest = max(len(ids[i]) for i in places)
        tokens, mask = (np.zeros((len(places), longest), np.int64) for _ in range(2))
        for row, i in enumerate(places):
            tokens[row, : len(ids[i])] = ids[i]
            mask[row, : len(ids[i])] = 1
        yield places, tokens, mask


def sample_of(ids):
    """Every 16th text by length: the same mix of lengths in a sixteenth of the time, to choose a batch size with."""
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    return [ids[i] for i in order[::16]]
