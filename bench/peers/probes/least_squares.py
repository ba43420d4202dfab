"""Time a ridge regression of two targets and least squares against scikit-learn and torch.

    python least_squares.py build/release/bin/least_squares_bench [--rows 100000] [--width 2048] [--qr-rows 20000]

Features are [rows, width] float32 with a bias, so width + 1 columns: correlated, of unequal means and spreads. The targets are
a number from 0 to 999 and its log1p. The references at their best settings: scikit-learn's Ridge(solver="cholesky") on float32,
which centres once and solves both targets, and torch.linalg.lstsq(driver="gelsy") on the columns with ones. QR is slow, so it
gets --qr-rows of the rows and one target a call; its time grows in proportion to the rows, and the table says what was measured.

Before anything is printed, Sonde's weights must reach an objective (float64, all rows) of at most 1e-6 (relative) above each
reference's. The sides take turns, equal threads, each in a process that has done the same once before; medians. One JSON line
a measure on stdout, a table on stderr.
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

ALPHA = 1.0
OBJECTIVE_TOLERANCE = 1e-6


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path, help="the program least_squares_bench")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--width", type=int, default=2048)
    parser.add_argument("--qr-rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--qr-rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def write_inputs(options, path):
    from safetensors.numpy import save_file

    rng = np.random.default_rng(6)
    n, d = options.rows, options.width
    number = rng.integers(0, 1000, n)
    shared = rng.standard_normal((n, 16), dtype=np.float32)
    shared[:, 0] = (number - 500) / 300
    x = rng.standard_normal((n, d), dtype=np.float32)
    x += shared @ rng.standard_normal((16, d), dtype=np.float32)
    x *= np.exp(0.5 * rng.standard_normal(d, dtype=np.float32))
    x += 2 * rng.standard_normal(d, dtype=np.float32)
    y = np.stack([number, np.log1p(number)], 1).astype(np.float32)
    save_file({"x": x, "y": y}, path)
    return x, y


def sonde_fit(options, path, alpha, folder):
    weights = Path(folder) / "weights.bin"
    command = [options.bench, path, str(alpha), "2", str(options.threads), weights]
    line = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    found = np.fromfile(weights).reshape(2, -1)
    return line, found[:, :-1], found[:, -1]


def sklearn_fit(x, y):
    from sklearn.linear_model import Ridge

    start = time.perf_counter()
    model = Ridge(alpha=ALPHA, solver="cholesky").fit(x, y)
    return time.perf_counter() - start, model.coef_.astype(float), model.intercept_.astype(float)


def torch_fit(columns, target):
    import torch

    start = time.perf_counter()
    solution = torch.linalg.lstsq(columns, target, driver="gelsy").solution
    return time.perf_counter() - start, solution.numpy().astype(float)


def objective(x, y, weights, bias, alpha):
    """Squared errors plus the penalty, in float64, a block of rows at a time."""
    total = alpha * float((weights**2).sum())
    for first in range(0, len(x), 10_000):
        block = x[first : first + 10_000].astype(np.float64)
        total += float(((y[first : first + 10_000] - block @ weights.T - bias) ** 2).sum())
    return total


def judge(name, mine, reference):
    """Say how far Sonde's objective is above the reference's; stop where that is too far."""
    excess = (mine - reference) / reference
    print(json.dumps({"measure": "agreement", "against": name, "objective_excess": excess}), flush=True)
    if excess > OBJECTIVE_TOLERANCE:
        raise SystemExit(f"objective {mine} is {excess:.1e} above that of {name}: no speed is printed")


def measure(options, one, other, rounds):
    """Median seconds of two sides that take turns, and the ratio pair by pair."""
    seconds = ([], [])
    for i in range(rounds):
        for side in (0, 1) if i % 2 == 0 else (1, 0):
            seconds[side].append((one, other)[side]())
    ratios = [b / a for a, b in zip(*seconds)]
    return [statistics.median(s) for s in seconds], (statistics.median(ratios), min(ratios), max(ratios))


def report(name, medians, ratio, rows, note=""):
    line = {"measure": "speed", "against": name, "rows": rows, "sonde_s": medians[0], "reference_s": medians[1]}
    print(json.dumps(line | {"ratio": ratio[0], "ratio_low": ratio[1], "ratio_high": ratio[2]}), flush=True)
    numbers = f"{medians[0]:>9.3f}{medians[1]:>11.3f}{ratio[0]:>8.2f} ({ratio[1]:.2f} to {ratio[2]:.2f})"
    print(f"{name:<28}{rows:>8}{numbers}  {note}", file=sys.stderr)


def against_sklearn(options, x, y, path, folder):
    line, weights, bias = sonde_fit(options, path, ALPHA, folder)
    _, coef, intercept = sklearn_fit(x, y)
    judge("Ridge(cholesky)", objective(x, y, weights, bias, ALPHA), objective(x, y, coef, intercept, ALPHA))
    print(json.dumps({"measure": "parts", "moments_solve_refine_s": line["parts"][-1]}), flush=True)
    sonde = lambda: sonde_fit(options, path, ALPHA, folder)[0]["seconds"][-1]
    medians, ratio = measure(options, sonde, lambda: sklearn_fit(x, y)[0], options.rounds)
    report("Ridge(cholesky)", medians, ratio, len(x), "two targets")


def against_torch(options, x, y, folder):
    import torch
    from safetensors.numpy import save_file

    torch.set_num_threads(options.threads)
    path = Path(folder) / "part.safetensors"
    x, y = np.ascontiguousarray(x[: options.qr_rows]), np.ascontiguousarray(y[: options.qr_rows])
    save_file({"x": x, "y": y}, path)
    columns = torch.from_numpy(np.concatenate([x, np.ones((len(x), 1), np.float32)], 1))
    target = torch.from_numpy(y[:, :1].copy())
    _, weights, bias = sonde_fit(options, path, 0, folder)
    solution = torch_fit(columns, target)[1]
    mine = objective(x, y[:, :1], weights[:1], bias[:1], 0)
    judge("lstsq(gelsy)", mine, objective(x, y[:, :1], solution[:-1].T, solution[-1], 0))
    sonde = lambda: sonde_fit(options, path, 0, folder)[0]["seconds"][-1]
    medians, ratio = measure(options, sonde, lambda: torch_fit(columns, target)[0], options.qr_rounds)
    report("lstsq(gelsy)", medians, ratio, len(x), "two targets against one")


def main():
    from threadpoolctl import threadpool_limits

    options = arguments()
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(options.threads):
        path = Path(folder) / "features.safetensors"
        x, y = write_inputs(options, path)
        print(f"{'against':<28}{'rows':>8}{'sonde s':>9}{'reference s':>11}{'ratio':>8}", file=sys.stderr)
        against_sklearn(options, x, y, path, folder)
        against_torch(options, x, y, folder)


if __name__ == "__main__":
    main()
