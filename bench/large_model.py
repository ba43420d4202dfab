"""A DeBERTa-v2-xxlarge with random weights, in bfloat16 on disk, through `sonde extract --dtype bfloat16`.

Usage: python bench/large_model.py write FOLDER              (3.1 GB; numpy is all it needs)
       python bench/large_model.py run FOLDER --sonde build/release/bin/sonde [--texts 8] [--tokens 110]

`write` makes config.json (the published one) and model.safetensors. `run` writes random token ids, extracts all 49 states,
mean-pooled, and prints one JSON line: tokens/s of the forward pass, seconds to load, and the peak memory of the process as the
kernel counts it: VmHWM, which includes those pages of the mapped file that were in memory at the time.
"""

import argparse
import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np

CONFIG = dict(
    architectures=["DebertaV2ForMaskedLM"],
    model_type="deberta-v2",
    attention_head_size=64,
    attention_probs_dropout_prob=0.1,
    conv_act="gelu",
    conv_kernel_size=3,
    hidden_act="gelu",
    hidden_dropout_prob=0.1,
    hidden_size=1536,
    intermediate_size=6144,
    layer_norm_eps=1e-7,
    max_position_embeddings=512,
    max_relative_positions=-1,
    norm_rel_ebd="layer_norm",
    num_attention_heads=24,
    num_hidden_layers=48,
    pos_att_type="p2c|c2p",
    position_biased_input=False,
    position_buckets=256,
    relative_attention=True,
    share_att_key=True,
    type_vocab_size=0,
    vocab_size=128100,
)
D, F, V, BUCKETS = 1536, 6144, 128100, 256


def dense(name, outputs, inputs, *taps):
    return {f"{name}.weight": (outputs, inputs, *taps), f"{name}.bias": (outputs,)}


def norm(name):
    return {f"{name}.weight": (D,), f"{name}.bias": (D,)}


def shapes():
    """Every tensor of the masked language model, the decoder's shared table left out as published files do."""
    tensors = {"deberta.embeddings.word_embeddings.weight": (V, D), **norm("deberta.embeddings.LayerNorm")}
    tensors["deberta.encoder.rel_embeddings.weight"] = (2 * BUCKETS, D)
    tensors |= norm("deberta.encoder.LayerNorm")
    tensors |= dense("deberta.encoder.conv.conv", D, D, 3) | norm("deberta.encoder.conv.LayerNorm")
    for i in range(CONFIG["num_hidden_layers"]):
        layer = f"deberta.encoder.layer.{i}"
        for part in ("query_proj", "key_proj", "value_proj"):
            tensors |= dense(f"{layer}.attention.self.{part}", D, D)
        tensors |= dense(f"{layer}.attention.output.dense", D, D) | norm(f"{layer}.attention.output.LayerNorm")
        tensors |= dense(f"{layer}.intermediate.dense", F, D)
        tensors |= dense(f"{layer}.output.dense", D, F) | norm(f"{layer}.output.LayerNorm")
    tensors |= dense("cls.predictions.transform.dense", D, D) | norm("cls.predictions.transform.LayerNorm")
    return tensors | {"cls.predictions.bias": (V,)}


def bfloat16_bits(values):
    bits = values.view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)


def draw(name, shape, pool, at):
    """Numbers of a fresh model: weights from the pool, from place `at` on and around; norms of one, biases of zero."""
    if len(shape) == 1:
        return bfloat16_bits(np.full(shape, 1.0 if name.endswith("LayerNorm.weight") else 0.0, np.float32))
    return np.resize(np.roll(pool, -at), int(np.prod(shape)))


def write(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=1) + "\n", encoding="utf-8")
    tensors, header, end = shapes(), {}, 0
    for name, shape in tensors.items():
        size = 2 * int(np.prod(shape))
        header[name] = dict(dtype="BF16", shape=list(shape), data_offsets=[end, end + size])
        end += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    # Deviation 0.02, as fresh models have. A prime number of draws, so that no two tensors line up; as many as there are
    # weights would take minutes and change nothing that is measured.
    pool = bfloat16_bits(0.02 * np.random.default_rng(0).standard_normal(4_000_037, np.float32))
    with open(folder / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for i, (name, shape) in enumerate(tensors.items()):
            file.write(draw(name, shape, pool, 7919 * i).tobytes())
    print(f"{sum(int(np.prod(s)) for s in tensors.values()):,} numbers, {end / 1e9:.2f} GB", file=sys.stderr)


def run(folder, options):
    random = np.random.default_rng(1)
    rows = [random.integers(3, 128000, options.tokens).tolist() for _ in range(options.texts)]
    table = folder / "ids.jsonl"
    table.write_text("".join(json.dumps(dict(ids=ids)) + "\n" for ids in rows), encoding="utf-8")
    command = [options.sonde, "extract", str(folder), "--data", str(table), "--ids", "ids", "--dtype", options.dtype]
    command += ["--at", "hidden[*]", "--out", str(folder / "states.safetensors"), "--force", "--json"]
    command += ["--threads", str(options.threads)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"exit code {done.returncode}\n{done.stderr}\n{done.stdout}")
    report = json.loads(done.stdout)
    print(
        json.dumps(
            dict(
                dtype=options.dtype,
                texts=report["texts"],
                tokens=report["tokens"],
                load_seconds=round(report["timing"]["load"], 1),
                forward_seconds=round(report["timing"]["forward"], 1),
                tokens_per_second=round(report["tokens_per_second"], 1),
                peak_memory_mb=round(report["peak_rss_mb"]),
            )
        )
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["write", "run"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sonde", default="build/release/bin/sonde")
    parser.add_argument("--texts", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=110)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dtype", default="bfloat16", choices=["bfloat16", "float32"])
    options = parser.parse_args()
    write(options.folder) if options.what == "write" else run(options.folder, options)


if __name__ == "__main__":
    main()
