"""L2 logistic regression: Sonde against scikit-learn's L-BFGS, alone and with 16 probes on the same examples.

    python bench/peers/probes/l2_logistic.py [--bench build/rooms/bin/probe_bench] [--rounds 5] [--threads 2]

Two Gaussian clouds of 75 x 1,536, 1,000 x 768 and 10,000 x 768, float32, features not scaled, C = 1. scikit-learn runs at
its default tolerance, which is its fastest. Sonde's tolerance is set to what scikit-learn reached, so that its gradient is
no larger; the saved weights of both are then judged here, in float64: an objective more than 1e-6 (relative) or a gradient
above scikit-learn's stops the script before any speed is printed. `tight` is Sonde at 1e-8 against scikit-learn at 1e-9 in
float64. Both sides take turns; a number is the median over the rounds. One JSON line per measure, a table on stderr.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

SHAPES = ((75, 1536), (1000, 768), (10000, 768))
PROBES = 16
warnings.filterwarnings("ignore")


def clouds(rng, n, d, gap=1.5):
    """Examples of two classes a gap apart, and 15 more labellings of the same rows along other directions."""
    y = rng.integers(0, 2, n)
    direction = rng.standard_normal(d)
    direction /= np.linalg.norm(direction)
    x = (rng.standard_normal((n, d)) + gap * np.outer(2 * y - 1, direction)).astype(np.float32)
    others = [(x @ rng.standard_normal(d) / np.sqrt(d) + 0.3 * rng.standard_normal(n) > 0).astype(int)
              for _ in range(PROBES - 1)]
    return x, np.stack([y, *others])


def judge(x, y, w, b):
    """Objective, and the largest entry of the gradient, at weights [d] and a bias."""
    margin = x @ w + b
    residual = 1 / (1 + np.exp(-margin)) - y
    objective = 0.5 * w @ w + np.logaddexp(0, np.where(y == 1, -margin, margin)).sum()
    return objective, max(np.abs(w + residual @ x).max(), abs(residual.sum()))


def sonde(bench, path, options, threads, repeats):
    done = subprocess.run([bench, path, "logistic:" + options, str(repeats), str(threads)], check=True, capture_output=True)
    line = json.loads(done.stdout)
    fits = line["fit"] if isinstance(line["fit"], list) else [line["fit"]]
    return statistics.median(line["seconds"]), [(np.array(f["weight"]), f["bias"][0]) for f in fits]


def scikit(x, labels, **options):
    start = time.perf_counter()
    models = [LogisticRegression(max_iter=10000, **options).fit(x, y) for y in labels]
    return time.perf_counter() - start, [(m.coef_[0].astype(float), float(m.intercept_[0])) for m in models]


def compare(args, folder, x, labels, tight):
    """Alternating rounds on one set of labellings; agreement first."""
    x64, path = x.astype(np.float64), str(folder / "x.safetensors")
    save_file({"x": x, "labels": (labels if len(labels) > 1 else labels[0]).astype(np.int64)}, path)
    data, options = (x64, {"tol": 1e-9}) if tight else (x, {})
    _, theirs = scikit(data, labels, **options)
    theirs = [judge(x64, y, *model) for y, model in zip(labels, theirs)]
    at_zero = [judge(x64, y, np.zeros(x.shape[1]), 0)[1] for y in labels]
    tol = 1e-8 if tight else min(0.1, 0.8 * min(t[1] / z for t, z in zip(theirs, at_zero)))
    mine = f"standardize=false,tol={tol:.3g}"
    _, ours = sonde(args.bench, path, mine, args.threads, 1)
    ours = [judge(x64, y, *model) for y, model in zip(labels, ours)]
    # Saved weights are float32, which alone leaves a gradient of about 1e-7 of that at zero.
    for (objective, gradient), (their_objective, their_gradient), zero in zip(ours, theirs, at_zero):
        if objective > their_objective * (1 + 1e-6) or gradient > max(their_gradient, 1e-6 * zero):
            sys.exit(f"no agreement: objective {objective} against {their_objective}, gradient {gradient} against {their_gradient}")
    repeats = max(5, 15000 // len(x))  # the median counts, so that its process is as warm as scikit-learn's
    times = []
    for _ in range(args.rounds):
        a = sonde(args.bench, path, mine, args.threads, repeats)[0]
        b = scikit(data, labels, **options)[0]
        times.append((a / len(labels), b / len(labels)))
    return {"tol": tol, "sonde_ms": 1e3 * statistics.median(a for a, _ in times),
            "scikit_ms": 1e3 * statistics.median(b for _, b in times),
            "ratio": statistics.median(b / a for a, b in times),
            "objective_excess": max(o[0] / t[0] - 1 for o, t in zip(ours, theirs)),
            "gradient": max(o[1] / z for o, z in zip(ours, at_zero)),
            "scikit_gradient": max(t[1] / z for t, z in zip(theirs, at_zero))}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", default=str(pathlib.Path(__file__).parents[3] / "build/rooms/bin/probe_bench"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--shapes", type=int, nargs="*", default=[0, 1, 2], help="which of the three shapes")
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    rng = np.random.default_rng(0)
    print(f"{'examples':>14} {'probes':>7} {'':>8} {'sonde ms':>9} {'scikit ms':>10} {'ratio':>7}", file=sys.stderr)
    with threadpool_limits(args.threads), tempfile.TemporaryDirectory() as folder:
        for shape in (SHAPES[i] for i in args.shapes):
            x, labels = clouds(rng, *shape)
            for count, tight in ((1, False), (PROBES, False), (1, True)):
                row = {"row": "P3", "n": shape[0], "d": shape[1], "probes": count, "tight": tight, "threads": args.threads,
                       **compare(args, pathlib.Path(folder), x, labels[:count], tight)}
                print(json.dumps(row), flush=True)
                name = f"{shape[0]} x {shape[1]}"
                print(f"{name:>14} {count:>7} {'tight' if tight else 'default':>8} {row['sonde_ms']:>9.3f} "
                      f"{row['scikit_ms']:>10.3f} {row['ratio']:>6.1f}x", file=sys.stderr)


main()
