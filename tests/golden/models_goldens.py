"""Makes the golden model folders: tiny random checkpoints and what transformers computes at every module.

Usage: python models_goldens.py OUTPUT_FOLDER        (README.md beside this file says with which packages)
Writes OUTPUT_FOLDER/<name>/ with config.json, weights, tokenizer files, golden.safetensors and golden.json. The same
packages write the same bytes.
"""

import copy
import json
import platform
import sys
from pathlib import Path

import numpy as np
import safetensors
import tokenizers
import torch
import transformers
from safetensors.numpy import save_file

from models_checkpoints import CHECKPOINTS
from models_decoders import DECODERS
from models_encoders import ENCODERS
from models_record import Recorder, classify, heads_side_by_side, rows_of
from models_write import write_checkpoint

TEXTS = [
    "film",
    "The acting is dull!",
    "A fine film.",
    "Café: 10 ★",
    "not bad",
]
LONG = "The director films the city as if the city were acting, and the story is not dull and the ending is good. " * 3


def token_counter(tokenizer):
    return lambda text: len(tokenizer(text)["input_ids"])


def text_of_length(count, wanted):
    """A text of exactly `wanted` tokens: the long text cut at a word, filled up with one-token words."""
    words = LONG.split()
    best = max(n for n in range(1, len(words)) if count(" ".join(words[:n])) <= wanted)
    text = " ".join(words[:best])
    while count(text) < wanted:
        text += " a"
    assert count(text) == wanted, (text, count(text))
    return text


def byte_offsets(text, offsets):
    at = [len(text[:i].encode()) for i in range(len(text) + 1)]
    return [[at[b], at[e]] for b, e in offsets]


def encode(tokenizer, text, limit):
    whole = tokenizer(text)["input_ids"]
    cut = tokenizer(
        text, truncation=True, max_length=limit, return_offsets_mapping=True, return_special_tokens_mask=True
    )
    return dict(
        text=text,
        ids=cut["input_ids"],
        special=cut["special_tokens_mask"],
        offsets=[list(o) for o in cut["offset_mapping"]],
        offsets_bytes=byte_offsets(text, cut["offset_mapping"]),
        truncated=len(whole) > limit,
        untruncated_length=len(whole),
    )


def make_sequences(tokenizer, limit):
    """Ragged on purpose and not sorted: one word, some texts, exactly `limit` tokens, more than `limit`, one lone id."""
    texts = list(TEXTS)
    texts.insert(2, text_of_length(token_counter(tokenizer), limit))
    texts.insert(4, LONG.strip())
    sequences = [encode(tokenizer, text, limit) for text in texts]
    lone = [t for t, special in zip(sequences[0]["ids"], sequences[0]["special"], strict=True) if not special][:1]
    sequences.append(dict(text=None, ids=lone, special=[0]))
    assert any(s.get("truncated") for s in sequences)
    assert any(len(s["ids"]) == limit and not s["truncated"] for s in sequences[:-1])
    return sequences


def pool(rows, special, how):
    """One sequence's rows [t,d] to one vector, or None where the choice does not exist."""
    if how == "mean":
        return rows.mean(0)
    if how == "mean_content":
        return rows[np.array(special) == 0].mean(0)
    if how == "max":
        return rows.max(0)
    index = {"first": 0, "last": -1}.get(how)
    if index is None:
        index = int(how.split(":")[1])
    return rows[index] if -len(rows) <= index < len(rows) else None


POOLINGS = ["mean", "mean_content", "first", "last", "max", "token:1", "token:-2"]


def add_poolings(checkpoint, tensors, entries, sequences):
    """Poolings of two addresses, in float64 and from numpy alone, to hold the engine's against."""
    bounds = np.cumsum([len(s["ids"]) for s in sequences])[:-1]
    states = sum(1 for a in entries if a.startswith("hidden["))
    poolings = []
    for address in checkpoint.pooled:
        key = f"hidden[{states - 1}]" if address == "hidden[-1]" else address
        blocks = np.split(tensors[entries[key]["tensor"]].astype(np.float64), bounds)
        for how in POOLINGS:
            pooled = [pool(b, s["special"], how) for b, s in zip(blocks, sequences, strict=True)]
            kept = [i for i, p in enumerate(pooled) if p is not None]
            name = f"pooled/{address}/{how}"
            tensors[name] = np.stack([pooled[i] for i in kept]).astype(np.float32)
            poolings.append(dict(at=address, tokens=how, tensor=name, sequences=kept))
    return poolings


def store(array, name, tensors, seen):
    """Keep each distinct array once: a dropout's output is its input, and one module's output is the next one's input."""
    key = (array.shape, array.tobytes())
    if key not in seen:
        seen[key] = name
        tensors[name] = array
    return seen[key]


def describe(kind, array, recorder, address):
    entry = dict(kind=kind)
    if kind in ("per_token", "per_sequence"):
        entry["width"] = int(array.shape[1])
    if kind == "attention_weights" or address.endswith(".heads"):
        entry["heads"] = recorder.model.config.num_attention_heads
    return entry


def address_list(recorder):
    calls = [address for path in recorder.paths for address in recorder.addresses(path)]
    modules = [f"{a}.{side}" for a in calls for side in ("input", "output")]
    return modules + [a for a in recorder.values if a not in set(modules)]


def collect(recorder, lengths):
    """Entries by address, and the distinct tensors they name."""
    entries, tensors, seen = {}, {}, {}
    for address in address_list(recorder):
        values = recorder.values.get(address)
        if values is None:
            entries[address] = dict(kind="other", why="never called")
            continue
        values = heads_side_by_side(values, lengths)
        kind, why = classify(values, lengths)
        if kind == "other":
            entries[address] = dict(kind="other", why=why)
            continue
        array = rows_of(kind, values)
        assert np.isfinite(array).all() and array.std() > 0, address
        entries[address] = describe(kind, array, recorder, address) | dict(tensor=store(array, address, tensors, seen))
    return entries, tensors


def record(model, sequences):
    recorder = Recorder(model)
    for sequence in sequences:
        recorder.run(sequence["ids"])
    recorder.add_inner_values()
    return collect(recorder, [len(s["ids"]) for s in sequences])


def rounding(model, sequences, entries, tensors):
    """Largest difference to a float64 run, relative to each tensor's largest value: how far the goldens can be trusted."""
    exact_entries, exact = record(copy.deepcopy(model).double(), sequences)
    worst = 0.0
    for address, entry in entries.items():
        if "tensor" in entry:
            a, b = tensors[entry["tensor"]], exact[exact_entries[address]["tensor"]]
            worst = max(worst, float(np.abs(a - b).max() / np.abs(b).max()))
    assert worst < 2e-5, worst
    return float(f"{worst:.1e}")


def write_golden(checkpoint, model, folder, tokenizer):
    sequences = make_sequences(tokenizer, checkpoint.text_limit)
    pristine = copy.deepcopy(model)
    entries, tensors = record(model, sequences)
    gap = rounding(pristine, sequences, entries, tensors)
    poolings = add_poolings(checkpoint, tensors, entries, sequences)
    golden = dict(
        made_by="tests/golden/models_goldens.py",
        versions=dict(
            python=platform.python_version(),
            torch=torch.__version__.split("+")[0],
            transformers=transformers.__version__,
            tokenizers=tokenizers.__version__,
            safetensors=safetensors.__version__,
            numpy=np.__version__,
        ),
        model=checkpoint.model_class.__name__,
        max_positions=checkpoint.text_limit,
        float64_gap=gap,
        sequences=sequences,
        poolings=poolings,
        addresses=entries,
    )
    save_file(tensors, folder / "golden.safetensors")
    write_json(golden, folder / "golden.json")
    size = sum(f.stat().st_size for f in folder.iterdir())
    kinds = [e["kind"] for e in entries.values()]
    counts = {k: kinds.count(k) for k in dict.fromkeys(kinds)}
    print(f"{checkpoint.name}: {size // 1024} KB, lengths {[len(s['ids']) for s in sequences]}, float64 gap {gap}, {counts}")


def write_json(golden, path):
    """One line per sequence, pooling and address: a diff shows what changed."""
    line = lambda value: json.dumps(value, ensure_ascii=False)  # noqa: E731
    head = {k: v for k, v in golden.items() if k not in ("sequences", "poolings", "addresses")}
    parts = [f" {line(k)}: {line(v)}" for k, v in head.items()]
    for key in ("sequences", "poolings"):
        parts.append(f" {line(key)}: [\n  " + ",\n  ".join(line(v) for v in golden[key]) + "\n ]")
    rows = ",\n  ".join(f"{line(k)}: {line(v)}" for k, v in golden["addresses"].items())
    parts.append(' "addresses": {\n  ' + rows + "\n }")
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    for checkpoint in CHECKPOINTS + DECODERS + ENCODERS:
        folder = Path(sys.argv[1]) / checkpoint.name
        model = write_checkpoint(checkpoint, folder)
        write_golden(checkpoint, model, folder, transformers.AutoTokenizer.from_pretrained(folder))


if __name__ == "__main__":
    main()
