"""Records all 7 hidden states of the real MiniLM on film reviews and a few texts of our own.

Usage: python models_minilm.py MINILM_FOLDER REVIEWS_CSV OUTPUT_FOLDER      (README.md says what the files hold)
Writes OUTPUT_FOLDER/minilm_golden.safetensors and .json. Neither model nor reviews are copied: a review is named by its row
and digest. REVIEWS_CSV has the columns category and text and may be compressed (.bz2); rows of category "plot" are dropped.
"""

import bz2
import csv
import hashlib
import io
import json
import platform
import sys
from pathlib import Path

import numpy as np
import tokenizers
import torch
import transformers
from safetensors.numpy import save_file

REVIEW_ROWS = list(range(7, 12808, 534))
OWN_TEXTS = [
    "superb",
    "The ending is not as dull as the beginning.",
    "Café Noël — naïve? ½ of it: 10/10 ★ 映画が好き 🎬",
    " ".join(["A film that takes its time, and then takes yours: the ending sings, the acting is fine, the story is not."] * 30),
]
WHOLE = OWN_TEXTS[:2]  # their rows are kept one by one
LIMIT = 512


def read_reviews(path):
    raw = Path(path).read_bytes()
    text = (bz2.decompress(raw) if str(path).endswith(".bz2") else raw).decode("utf-8")
    return [r["text"] for r in csv.DictReader(io.StringIO(text, newline="")) if r["category"] != "plot"]


def encode(tokenizer, text):
    cut = tokenizer(text, truncation=True, max_length=LIMIT)["input_ids"]
    return dict(ids=cut, truncated=len(tokenizer(text)["input_ids"]) > LIMIT)


def sequences_of(tokenizer, reviews):
    rows = []
    for row in REVIEW_ROWS:
        digest = hashlib.sha256(reviews[row].encode()).hexdigest()
        rows.append(dict(text=None, row=row, sha256=digest) | encode(tokenizer, reviews[row]))
    return rows + [dict(text=text) | encode(tokenizer, text) for text in OWN_TEXTS]


def hidden_states(model, ids):
    """One text alone, no padding: a list of [t, 384]."""
    with torch.inference_mode():
        states = model(input_ids=torch.tensor([ids]), output_hidden_states=True).hidden_states
    return [s[0].numpy() for s in states]


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    folder, reviews_path, output = sys.argv[1:]
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    sequences = sequences_of(tokenizer, read_reviews(reviews_path))
    states = [hidden_states(model, s["ids"]) for s in sequences]
    whole = [i for i, s in enumerate(sequences) if s["text"] in WHOLE]
    tensors = {}
    for layer in range(len(states[0])):
        pooled = [s[layer].astype(np.float64).mean(0) for s in states]
        tensors[f"pooled/hidden[{layer}]"] = np.stack(pooled).astype(np.float32)
        tensors[f"rows/hidden[{layer}]"] = np.concatenate([states[i][layer] for i in whole])
    weights = hashlib.sha256((Path(folder) / "model.safetensors").read_bytes()).hexdigest()
    versions = dict(python=platform.python_version(), torch=torch.__version__.split("+")[0])
    versions |= dict(transformers=transformers.__version__, tokenizers=tokenizers.__version__, numpy=np.__version__)
    head = dict(made_by="tests/golden/models_minilm.py", versions=versions, weights_sha256=weights, tokens="mean", whole=whole)
    write(Path(output), head, sequences, tensors)


def write(output, head, sequences, tensors):
    save_file(tensors, output / "minilm_golden.safetensors")
    line = lambda value: json.dumps(value, ensure_ascii=False)  # noqa: E731
    parts = [f" {line(k)}: {line(v)}" for k, v in head.items()]
    parts.append(' "sequences": [\n  ' + ",\n  ".join(line(s) for s in sequences) + "\n ]")
    (output / "minilm_golden.json").write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
