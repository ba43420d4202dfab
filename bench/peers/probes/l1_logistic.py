"""L1 logistic regression along 17 values of C: Sonde's path against scikit-learn's SAGA and liblinear.

    python bench/peers/probes/l1_logistic.py [--bench build/rooms/bin/probe_bench] [--rounds 5] [--saga-rounds 1]

140 examples of 3,072 features as activations after a GELU are: mostly small, few large, none below -0.1; float32, not
scaled; C from 1 to 100 in equal steps. SAGA runs 1,000 epochs (it does not converge), liblinear at its defaults, which
penalise the intercept. Before any speed is printed the saved weights of all are judged here, in float64: Sonde's objective
at each C must be no more than 1e-6 (relative) above either's, each with the intercept as its own solver has it, and the
optimality residual of its weights below 1e-6 of the gradient at zero. SAGA takes most of a minute per path, so it has rounds
of its own. One JSON line per measure, a table on stderr.
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

GRID = np.linspace(1, 100, 17)
warnings.filterwarnings("ignore")


def activations(rng, n=140, d=3072, gap=1.5):
    y = rng.integers(0, 2, n)
    direction = rng.standard_normal(d)
    direction /= np.linalg.norm(direction)
    x = rng.standard_normal((n, d)) + gap * np.outer(2 * y - 1, direction)
    return (np.abs(x) ** 2 * 0.3 - 0.1).astype(np.float32), y


def judge(x, y, c, w, b):
    """Objective, and the largest residual of the optimality conditions relative to the gradient at zero."""
    margin = x @ w + b
    slopes = c * (1 / (1 + np.exp(-margin)) - y)
    g = slopes @ x
    residual = np.where(w != 0, np.abs(g + np.sign(w)), np.maximum(np.abs(g) - 1, 0)).max()
    zero = c * (0.5 - y)
    objective = np.abs(w).sum() + c * np.logaddexp(0, np.where(y == 1, -margin, margin)).sum()
    return objective, max(residual, abs(slopes.sum())) / max(np.abs(zero @ x).max(), abs(zero.sum()))


def sonde(args, path, repeats):
    done = subprocess.run([args.bench, path, "logistic:l1_ratio=1,standardize=false", str(repeats), str(args.threads),
                           ",".join(repr(float(c)) for c in GRID)], check=True, capture_output=True)
    line = json.loads(done.stdout)
    return statistics.median(line["seconds"]), line["fit"]


def scikit(x, y, solver):
    start = time.perf_counter()
    models = [LogisticRegression(l1_ratio=1.0, solver=solver, C=c, max_iter=1000).fit(x, y) for c in GRID]
    return time.perf_counter() - start, [(m.coef_[0].astype(float), float(m.intercept_[0])) for m in models]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", default=str(pathlib.Path(__file__).parents[3] / "build/rooms/bin/probe_bench"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--saga-rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    x, y = activations(np.random.default_rng(0))
    x64 = x.astype(np.float64)
    with threadpool_limits(args.threads), tempfile.TemporaryDirectory() as folder:
        path = str(pathlib.Path(folder) / "x.safetensors")
        save_file({"x": x, "labels": y.astype(np.int64)}, path)
        fits = sonde(args, path, 1)[1]
        ours = [judge(x64, y, c, np.array(f["weight"]), f["bias"][0]) for c, f in zip(GRID, fits)]
        rivals, sides = {}, ("liblinear", "saga") if args.saga_rounds > 0 else ("liblinear",)
        for solver in sides:
            seconds, models = scikit(x64 if solver == "liblinear" else x, y, solver)
            theirs = [judge(x64, y, c, *model) for c, model in zip(GRID, models)]
            rivals[solver] = {"seconds": [seconds], "theirs": theirs,
                              "nonzero": [int(np.count_nonzero(w)) for w, _ in models]}
            for c, (objective, kkt), (their_objective, _) in zip(GRID, ours, theirs):
                if objective > their_objective * (1 + 1e-6) or kkt > 1e-6:
                    sys.exit(f"no agreement at C = {c}: objective {objective} against {their_objective} of {solver}, residual {kkt}")
        mine = []
        for _ in range(args.rounds):
            mine.append(sonde(args, path, 5)[0])
            rivals["liblinear"]["seconds"].append(scikit(x64, y, "liblinear")[0])
        for _ in range(args.saga_rounds - 1):
            rivals["saga"]["seconds"].append(scikit(x, y, "saga")[0])
    seconds = statistics.median(mine)
    print(json.dumps({"row": "P4", "side": "sonde", "seconds": seconds, "kkt_saved": max(k for _, k in ours),
                      "kkt": max(f["kkt"] for f in fits), "nonzero": [f["nonzero"] for f in fits]}))
    print(f"{'':>10} {'seconds':>9} {'ratio':>8} {'worst objective':>16}", file=sys.stderr)
    print(f"{'sonde':>10} {seconds:>9.4f}", file=sys.stderr)
    for solver, rival in rivals.items():
        theirs = statistics.median(rival["seconds"])
        excess = max(t[0] / o[0] - 1 for t, o in zip(rival["theirs"], ours))
        print(json.dumps({"row": "P4", "side": solver, "seconds": theirs, "ratio": theirs / seconds,
                          "largest_objective_excess": excess, "nonzero": rival["nonzero"]}))
        print(f"{solver:>10} {theirs:>9.3f} {theirs / seconds:>7.1f}x {excess:>+15.1%}", file=sys.stderr)


main()
