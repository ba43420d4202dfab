"""Time a step of the online probe against scikit-learn: a batch of 8 rows of 768 numbers, one update for each row.

    python sgd.py --bench build/release/bin/probe_bench [--rounds 5]

Two measures. `sgd_step`: SGDClassifier.partial_fit of a batch against the probe with standardize=false. `sgd_scaled_step`:
StandardScaler.partial_fit and transform, then SGDClassifier.partial_fit, against the probe as it is by default. Both sides
step over the same ten batches again and again, one thread each, in turn. scikit-learn runs without its checks of parameters
and of finite values, on float32 or float64 rows, whichever is faster.

Before anything is timed the two must agree: the mean loss of every row before its own update, over 20 epochs, within 1e-8
relative. It depends on every weight after every update. One JSON line per measure goes to stdout, a table to stderr.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402
import sklearn  # noqa: E402
from safetensors.numpy import save_file  # noqa: E402
from sklearn.linear_model import SGDClassifier  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

BATCH, WIDTH, BATCHES, AGREEMENT = 8, 768, 10, 1e-8
SONDE_STEPS, REFERENCE_STEPS = 20000, 400
MEASURES = {"sgd_step": False, "sgd_scaled_step": True}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, required=True, help="the program probe_bench")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def make_rows():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, BATCHES * BATCH)
    direction = rng.standard_normal(WIDTH) / np.sqrt(WIDTH)
    return (rng.standard_normal((len(y), WIDTH)) + np.outer(2 * y - 1, direction)).astype(np.float32), y


def sonde(bench, path, scaled, epochs):
    """One fit: microseconds a step, and what the probe says of it."""
    options = f"sgd:batch={BATCH},patience=0,epochs={epochs},max_steps={epochs * BATCHES},standardize={str(scaled).lower()}"
    done = subprocess.run([bench, path, options, "1", "1"], check=True, capture_output=True, text=True)
    line = json.loads(done.stdout)
    return line["seconds"][0] / line["fit"]["n_iter"] * 1e6, line["fit"]


class Reference:
    """The same steps by scikit-learn."""

    def __init__(self, x, y, scaled, dtype):
        self.x, self.y, self.scaler = x.astype(dtype), y, StandardScaler() if scaled else None
        self.model = SGDClassifier(loss="log_loss", shuffle=False)

    def batch(self, i):
        rows = slice(i % BATCHES * BATCH, (i % BATCHES + 1) * BATCH)
        x = self.x[rows]
        if self.scaler is not None:
            x = self.scaler.partial_fit(x).transform(x)
        return x, self.y[rows]

    def microseconds(self):
        start = time.perf_counter()
        for i in range(REFERENCE_STEPS):
            x, y = self.batch(i)
            self.model.partial_fit(x, y, classes=(0, 1))
        return (time.perf_counter() - start) / REFERENCE_STEPS * 1e6

    def progressive_loss(self, epochs):
        """Mean loss of each row before its update: a batch is its rows one by one, the scaler sees it whole."""
        total = 0.0
        for i in range(epochs * BATCHES):
            x, y = self.batch(i)
            for row, label in zip(x, y):
                margin = self.model.decision_function([row])[0] if hasattr(self.model, "coef_") else 0.0
                loss = np.logaddexp(0, -margin if label else margin)
                total += np.clip(loss, -np.log1p(-np.finfo(float).eps), -np.log(np.finfo(float).eps))
                self.model.partial_fit([row], [label], classes=(0, 1))
        return total / (epochs * BATCHES * BATCH)


def check_agreement(options, path, x, y):
    for name, scaled in MEASURES.items():
        mine = sonde(options.bench, path, scaled, 20)[1]["details"]["progressive_loss"]
        reference = Reference(x, y, scaled, np.float64).progressive_loss(20)
        off = abs(mine - reference) / reference
        print(json.dumps({"measure": "agreement", "of": name, "progressive_loss": mine, "relative_difference": off}))
        if off > AGREEMENT:
            raise SystemExit(f"{name}: progressive loss {mine} against {reference}: no speed without agreement")


def measure(options, path, x, y, name):
    scaled = MEASURES[name]
    sides = {"sonde": [], "float32": [], "float64": []}
    for turn in range(options.rounds):
        for side in list(sides) if turn % 2 else reversed(list(sides)):
            run = (sonde(options.bench, path, scaled, SONDE_STEPS // BATCHES)[0] if side == "sonde"
                   else Reference(x, y, scaled, side).microseconds())
            sides[side].append(run)
    medians = {side: statistics.median(runs) for side, runs in sides.items()}
    best = min("float32", "float64", key=medians.get)
    ratios = [theirs / mine for theirs, mine in zip(sides[best], sides["sonde"])]
    return {"measure": name, "batch": BATCH, "width": WIDTH, "sonde_us": medians["sonde"], "scikit_learn_us": medians[best],
            "scikit_learn_dtype": best, "ratio": statistics.median(ratios), "ratio_low": min(ratios),
            "ratio_high": max(ratios), "rounds": options.rounds, "scikit_learn": sklearn.__version__}


def main():
    options = arguments()
    x, y = make_rows()
    with tempfile.TemporaryDirectory() as folder, sklearn.config_context(assume_finite=True, skip_parameter_validation=True):
        path = str(Path(folder) / "rows.safetensors")
        save_file({"x": x, "labels": y.astype(np.int64)}, path)
        check_agreement(options, path, x, y)
        print(f"{'measure':<18}{'Sonde µs':>10}{'sklearn µs':>12}{'ratio':>8}", file=sys.stderr)
        for name in MEASURES:
            line = measure(options, path, x, y, name)
            print(json.dumps(line), flush=True)
            print(f"{name:<18}{line['sonde_us']:>10.2f}{line['scikit_learn_us']:>12.1f}{line['ratio']:>8.1f}", file=sys.stderr)


if __name__ == "__main__":
    main()
