"""Hold the probes of a finished `sonde probe` run against scikit-learn on transformers' features of the same split.

    python probe_accuracy.py split REVIEWS.csv REVIEWS_SPLIT.csv
    sonde probe MODEL --data REVIEWS_SPLIT.csv --text text --label category --group movie_name --split split --out RUN
    python probe_accuracy.py check RUN MODEL REVIEWS_SPLIT.csv

`split` adds a column of train, valid and test by film (60, 15 and 25 % of the films, seed fixed), so that both sides share
it. `check` wants, at every hidden state, an accuracy within 0.005 and an L2 objective that exceeds scikit-learn's by at
most 1e-6 relative; it leaves with 1 if one is missed. One JSON line per layer goes to stdout, a table to stderr.
"""

import argparse
import csv
import json
import random
import sys
from pathlib import Path

import numpy as np

ACCURACY_TOLERANCE = 0.005
OBJECTIVE_TOLERANCE = 1e-6
THREADS = 2


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    split = commands.add_parser("split")
    split.add_argument("reviews", type=Path)
    split.add_argument("out", type=Path)
    split.add_argument("--group", default="movie_name", metavar="COL")
    check = commands.add_parser("check")
    check.add_argument("run", type=Path, help="folder that sonde probe wrote")
    check.add_argument("model", type=Path)
    check.add_argument("data", type=Path)
    check.add_argument("--text", default="text", metavar="COL")
    check.add_argument("--label", default="category", metavar="COL")
    check.add_argument("--split", default="split", metavar="COL")
    return parser.parse_args()


def read_rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_split(options):
    """Give whole groups to a part: groups in sorted order, shuffled with a fixed seed, cut at 60 and 75 %."""
    rows = read_rows(options.reviews)
    groups = sorted({r[options.group] for r in rows})
    random.Random(7).shuffle(groups)
    cuts = (0.60 * len(groups), 0.75 * len(groups))
    part = {g: "train" if i < cuts[0] else "valid" if i < cuts[1] else "test" for i, g in enumerate(groups)}
    with open(options.out, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0], "split"])
        writer.writeheader()
        writer.writerows(r | {"split": part[r[options.group]]} for r in rows)


def standardised(train, other):
    mean, scale = train.mean(0), train.std(0)
    scale[scale == 0] = 1
    return (train - mean) / scale, (other - mean) / scale, mean, scale


def losses(scores, y):
    """Cross-entropy of each row; one column of scores means two classes, positive for the second."""
    if scores.shape[1] == 1:
        return np.logaddexp(0, np.where(y == 1, -scores[:, 0], scores[:, 0]))
    top = scores.max(1)
    return np.log(np.exp(scores - top[:, None]).sum(1)) + top - scores[np.arange(len(y)), y]


def objective(weight, bias, x, y, c):
    """Half the squared norm of the weights plus C times the summed loss: scikit-learn's convention."""
    return float(0.5 * (weight**2).sum() + c * losses(x @ weight.T + bias, y).sum())


def predictions(weight, bias, x):
    scores = x @ weight.T + bias
    return (scores[:, 0] > 0).astype(int) if scores.shape[1] == 1 else scores.argmax(1)


def read_probe(path):
    from safetensors import safe_open

    with safe_open(path, "np") as file:
        return file.get_tensor("weight").astype(float), file.get_tensor("bias").astype(float), file.metadata() or {}


def option_c(metadata):
    options = metadata.get("options", "{}")
    options = json.loads(options) if isinstance(options, str) else options
    return float(options.get("c", 1.0))


def fit_reference(x, y, c):
    """The exact optimum: Newton steps to a gradient of 1e-10, far below the default tolerance."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=c, solver="newton-cholesky", tol=1e-10, max_iter=1000).fit(x, y)
    return model.coef_, model.intercept_


def compare_layer(entry, run, features, y, parts):
    """One line of the comparison, in the standardised space of the training rows that transformers gave."""
    x_train, x_test, mean, scale = standardised(features[parts == "train"], features[parts == "test"])
    y_train, y_test = y[parts == "train"], y[parts == "test"]
    folded, bias, metadata = read_probe(run / entry["path"])
    c = option_c(metadata)
    ours = folded * scale, bias + folded @ mean
    reference = fit_reference(x_train, y_train, c)
    best, mine = (objective(*w, x_train, y_train, c) for w in (reference, ours))
    return dict(
        at=entry["at"],
        accuracy=entry["metrics"]["accuracy"]["value"],
        accuracy_recomputed=float((predictions(*ours, x_test) == y_test).mean()),
        accuracy_sklearn=float((predictions(*reference, x_test) == y_test).mean()),
        objective=mine,
        objective_reported=entry.get("objective"),
        objective_sklearn=best,
        objective_excess=(mine - best) / best,
    )


def pooled_features(options, rows):
    """transformers' hidden states, mean-pooled, [states, n, d] in float64."""
    from python_sides import timed_pass, transformers_step
    from workload import tokenise

    ids = tokenise(options.model, [r[options.text] for r in rows])
    return timed_pass(transformers_step(options.model, THREADS, "float32"), ids, 32)[1].astype(np.float64)


def check(options):
    rows = read_rows(options.data)
    result = json.loads((options.run / "result.json").read_text(encoding="utf-8"))
    classes = sorted({r[options.label] for r in rows})
    y = np.array([classes.index(r[options.label]) for r in rows])
    parts = np.array([r[options.split] for r in rows])
    features = pooled_features(options, rows)
    entries = {e["at"]: e for e in result["results"] if e["probe"].startswith("logistic")}
    failed = []
    print(f"{'address':<12}{'sonde':>9}{'sklearn':>9}{'objective':>14}{'excess':>11}", file=sys.stderr)
    for layer, values in enumerate(features):
        at = f"hidden[{layer}]"
        if at not in entries:
            raise SystemExit(f"{options.run}/result.json has no logistic probe at {at}")
        line = compare_layer(entries[at], options.run, values, y, parts)
        off = abs(line["accuracy"] - line["accuracy_sklearn"])
        line["ok"] = bool(off <= ACCURACY_TOLERANCE and line["objective_excess"] <= OBJECTIVE_TOLERANCE)
        print(json.dumps(line), flush=True)
        row = f"{at:<12}{line['accuracy']:>9.4f}{line['accuracy_sklearn']:>9.4f}{line['objective']:>14.4f}"
        print(row + f"{line['objective_excess']:>11.1e}{'' if line['ok'] else '  MISSED'}", file=sys.stderr)
        if not line["ok"]:
            failed.append(at)
    return 1 if failed else 0


def main():
    options = arguments()
    return write_split(options) if options.command == "split" else check(options)


if __name__ == "__main__":
    sys.exit(main())
