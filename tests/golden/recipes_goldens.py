"""Records what the re-enactments of the five published studies find at small sizes, and the tiny models that some run on.

Usage: python recipes_goldens.py MINILM_FOLDER RECIPE_DATA_FOLDER OUTPUT_FOLDER [NAME...]
MINILM_FOLDER is the demo's model; RECIPE_DATA_FOLDER what tools/recipe_data prints; OUTPUT_FOLDER is tests/data/recipes. With
names, only those studies are recorded, on the models that are there. README.md says what the files hold.
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "recipes"))

from reenact import layer_sentiment, number_basis, online_probes, sparse_neurons, truth_direction  # noqa: E402
from reenact.opening import read_table  # noqa: E402
from reenact.outcome import plain  # noqa: E402
from recipes_models import write_models  # noqa: E402

DROPPED = ("seconds", "pictures")
SHORT = 7  # digits of a feature, enough for a tolerance of 1e-4
NORMS = 200  # rows at most whose lengths are recorded


def of_truth_direction(minilm, data, models):
    return truth_direction.run(minilm, data / "reviews.csv", normals=3300)


def of_layer_sentiment(minilm, data, models):
    return layer_sentiment.run(minilm, data / "reviews-train.csv", data / "reviews-test.csv", keep=100, length=128, epochs=20,
                               score_test=True)


def of_number_basis(minilm, data, models):
    return number_basis.run(models / "numbers_llama", below=100, keep=(2000, 150, 0), steps=501, batch=64)


def of_online_probes(minilm, data, models):
    # Where noise of 1e-6 in the features changes no prediction. At others of this model, h.1.mlp among them, 1e-7 moves the stop:
    # a column that hardly varies in the first batch is blown up by the running scaler.
    addresses = ["transformer.h.1", "transformer.h.2.attn"]
    return online_probes.run(models / "reviews_gpt2", data / "reviews.csv", addresses, n=400, length=48, second=True,
                             seeds_after=20)


def of_sparse_neurons(minilm, data, models):
    return sparse_neurons.run(models / "reviews_gpt2", data / "documents.jsonl", "transformer.h.3.mlp.act", documents=60,
                              reference=True)


STUDIES = {"truth-direction": of_truth_direction, "layer-sentiment": of_layer_sentiment, "number-basis": of_number_basis,
           "online-probes": of_online_probes, "sparse-neurons": of_sparse_neurons}


def digest(rows):
    """Lengths of rows, each `every` rows from the first, and the first and last row in full."""
    flat = rows.reshape(len(rows), -1)
    every = -(-len(flat) // NORMS)
    norms = np.linalg.norm(flat[::every].astype(np.float64), axis=1)
    return dict(shape=rows.shape, every=every, norms=[short(v) for v in norms], first=[short(v) for v in flat[0]],
                last=[short(v) for v in flat[-1]])


def short(value):
    return float(f"{value:.{SHORT}g}")


def record(outcome, path):
    facts = {key: value for key, value in outcome.facts.items() if key not in DROPPED}
    facts["features"] = {address: digest(rows) for address, rows in outcome.features.items()}
    lines = [f" {json.dumps(key)}: {json.dumps(plain(value), separators=(',', ':'))}" for key, value in facts.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    minilm, data, output = map(Path, sys.argv[1:4])
    torch.set_num_threads(1)
    names = sys.argv[4:]
    if not names:
        write_models(output / "models", [row["text"] for row in read_table(data / "reviews.csv")])
    for name in names or STUDIES:
        record(STUDIES[name](minilm, data, output / "models"), output / f"{name}.json")
        print(name, flush=True)


if __name__ == "__main__":
    main()
