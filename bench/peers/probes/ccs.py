"""Contrast-consistent search, 10 restarts of 1,000 AdamW epochs: Sonde against torch, from the same starts.

    python ccs.py PROBE_BENCH [--rounds 5] [--threads 1]

Sides: `loop`, the training loop of collin-burns/discovering_latent_knowledge (utils.py, class CCS), one restart after
the other; `batched`, torch at its best, all restarts as columns of one matrix with the fused AdamW; `sonde`, the probe
`ccs` as `probe_bench` fits it, checks, normalising and folding included. The sides take turns.

Before anything is timed, the starts that Sonde draws (Philox, as src/sonde/core/random.cc) are trained by torch in
float32 and float64; every restart's last loss must agree with Sonde's within 1e-5 and twice what torch's two precisions
differ by. One JSON line per measure goes to stdout, a table to stderr.
"""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

N, D, RESTARTS, EPOCHS, LR, DECAY = 75, 1536, 10, 1000, 1e-3, 0.01
MASK = 0xFFFFFFFF


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("probe_bench", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def philox(counter, key):
    """Ten rounds of Philox4x32 on columns of uint64 that hold 32 bits each."""
    c, k = [np.asarray(part, dtype=np.uint64) for part in counter], list(key)
    for _ in range(10):
        a, b = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [b >> np.uint64(32) ^ c[1] ^ np.uint64(k[0]), b & np.uint64(MASK),
             a >> np.uint64(32) ^ c[3] ^ np.uint64(k[1]), a & np.uint64(MASK)]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def starts(seed=0, purpose=b"ccs"):
    """Weights and bias of every restart, uniform within 1/sqrt(d), as Sonde draws them."""
    name = 0xCBF29CE484222325
    for byte in purpose:
        name = (name ^ byte) * 0x100000001B3 & (2**64 - 1)
    nonce = (name & MASK, name >> 32)
    index = np.arange(D + 1, dtype=np.uint64)
    drawn = []
    for restart in range(RESTARTS):
        child = [int(v) for v in philox((restart, 0, *nonce), ((seed & MASK) ^ 0x5BD1E995, seed >> 32))]
        low, high, *_ = philox((index, 0 * index, 0 * index + np.uint64(child[2]), 0 * index + np.uint64(child[3])),
                               child[:2])
        uniform = ((high << np.uint64(32) | low) >> np.uint64(11)).astype(np.float64) * 2.0**-53
        drawn.append(((2 * uniform - 1) / np.sqrt(D)).astype(np.float32))
    return np.stack(drawn)


def pairs(rng):
    """Hidden states of one scale a coordinate, a truth direction in them, and a mean for each prompt."""
    truth = rng.choice([-1.0, 1.0], size=(N, 1))
    scale, direction = np.exp(0.5 * rng.normal(size=D)), 0.15 * rng.normal(size=D)
    shared = rng.normal(size=(N, D))
    x = np.stack([shared + 0.3 * rng.normal(size=(N, D)) + side * truth * direction + rng.normal(size=D)
                  for side in (1, -1)], 1) * scale
    return x.astype(np.float32), (truth[:, 0] < 0).astype(np.int64)


def loss_of(p0, p1):
    return (torch.min(p0, p1) ** 2).mean(0) + ((p0 - (1 - p1)) ** 2).mean(0)


def loop(x0, x1, start):
    """The reference's loop, with the starts given and the last loss taken after the last update."""
    losses = []
    for row in start:
        probe = torch.nn.Sequential(torch.nn.Linear(D, 1), torch.nn.Sigmoid()).to(x0.dtype)
        with torch.no_grad():
            probe[0].weight.copy_(row[None, :D])
            probe[0].bias.copy_(row[D:])
        optimiser = torch.optim.AdamW(probe.parameters(), lr=LR, weight_decay=DECAY)
        for _ in range(EPOCHS):
            loss = loss_of(probe(x0), probe(x1))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        with torch.no_grad():
            losses.append(float(loss_of(probe(x0), probe(x1))))
    return losses


def batched(x0, x1, start):
    """All restarts as columns; the statements stacked, so that a pass is one product each way."""
    x = torch.cat([x0, x1])
    weight = torch.nn.Parameter(start[:, :D].T.contiguous())
    bias = torch.nn.Parameter(start[:, D].clone())
    optimiser = torch.optim.AdamW([weight, bias], lr=LR, weight_decay=DECAY, fused=True)
    for _ in range(EPOCHS):
        p0, p1 = torch.sigmoid(torch.addmm(bias, x, weight)).split(N)
        loss = loss_of(p0, p1).sum()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        p0, p1 = torch.sigmoid(torch.addmm(bias, x, weight)).split(N)
        return [float(v) for v in loss_of(p0, p1)]


def timed(side, *given):
    begin = time.perf_counter()
    side(*given)
    return time.perf_counter() - begin


def sonde(options, features, repeats):
    command = [options.probe_bench, features, f"ccs:restarts={RESTARTS},epochs={EPOCHS},lr={LR},weight_decay={DECAY}",
               str(repeats), str(options.threads)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def check(options, features, x0, x1, start):
    got = np.array(sonde(options, features, 1)["fit"]["details"]["losses"])
    single = np.array(loop(x0, x1, start))
    double = np.array(loop(x0.double(), x1.double(), start.double()))
    columns = np.array(batched(x0, x1, start))
    gap, worst = float(np.abs(single - double).max()), float(np.abs(got - single).max())
    print(json.dumps({"measure": "agreement", "largest_difference": worst, "torch_float32_to_float64": gap,
                      "batched_to_loop": float(np.abs(columns - single).max()), "losses": [float(v) for v in got]}))
    if worst > 1e-5 + 2 * gap:
        sys.exit("the sides disagree; no speed is printed")


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    x, labels = pairs(np.random.default_rng(4))
    centred = x - x.mean(0, keepdims=True, dtype=np.float64)
    x0, x1 = (torch.tensor(centred[:, p].astype(np.float32)) for p in (0, 1))
    start = torch.tensor(starts())
    with tempfile.TemporaryDirectory() as folder:
        features = str(Path(folder) / "pairs.safetensors")
        save_file({"x": x, "labels": labels}, features)
        check(options, features, x0, x1, start)
        seconds = {"loop": [], "batched": [], "sonde": []}
        for _ in range(options.rounds):
            seconds["loop"].append(timed(loop, x0, x1, start))
            seconds["batched"].append(timed(batched, x0, x1, start))
            seconds["sonde"].append(statistics.median(sonde(options, features, 3)["seconds"]))
    medians = {side: statistics.median(values) for side, values in seconds.items()}
    print(json.dumps({"measure": "seconds", "threads": options.threads, "torch": torch.__version__, **seconds}))
    for side in ("loop", "batched"):
        ratios = sorted(a / b for a, b in zip(seconds[side], seconds["sonde"]))
        print(json.dumps({"measure": "ratio", "to": side, "median": statistics.median(ratios), "low": ratios[0],
                          "high": ratios[-1]}))
        print(f"{side:8} {medians[side]:7.3f} s   sonde {medians['sonde']:.3f} s   {statistics.median(ratios):.1f} x",
              file=sys.stderr)


main()
