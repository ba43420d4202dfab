"""Write tests/data/solvers/scikit_learn_sgd.json: SGDClassifier and StandardScaler of scikit-learn, batch by batch.

Run: python tests/golden/probes_scikit_learn_sgd.py   (scikit-learn 1.9.1, numpy; the versions used stand in the file)

Rows are float32 numbers, given to scikit-learn as float64. `steps` of a case hold weights, intercepts and t after each
partial_fit of `batch` rows in order; `probabilities` and `log_loss` are those of all rows at the end.
"""
import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler

OUT = pathlib.Path(__file__).parents[1] / "data/solvers/scikit_learn_sgd.json"


def numbers(rng, n, d, k):
    """Rows of unequal columns, and labels that depend on them."""
    x = (rng.normal(size=(n, d)) * np.exp(rng.normal(size=d) / 2)).astype(np.float32)
    x[rng.random(size=(n, d)) < 0.1] = 0
    y = (x @ rng.normal(size=(d, k)) + rng.normal(size=(n, k))).argmax(1)
    return x, y


def case(rng, shape, batch, **options):
    n, d, k = shape
    x, y = numbers(rng, n, d, k)
    wide = x.astype(np.float64)
    penalty = "l2" if options["l1_ratio"] == 0 else "l1" if options["l1_ratio"] == 1 else "elasticnet"
    model = SGDClassifier(loss="log_loss", penalty=penalty, shuffle=False, **options)
    steps = []
    for first in range(0, n, batch):
        rows = slice(first, first + batch)
        model.partial_fit(wide[rows], y[rows], classes=np.arange(k))
        steps.append({"weights": model.coef_.ravel().tolist(), "intercepts": model.intercept_.tolist(), "t": model.t_})
    probabilities = model.predict_proba(wide)
    return {"x": x.tolist(), "y": y.tolist(), "classes": k, "batch": batch, "options": options, "steps": steps,
            "probabilities": probabilities.ravel().tolist(), "log_loss": log_loss(y, y_proba=probabilities, labels=range(k))}


def scaler(rng):
    """Columns: plain, far from 0, tiny, constant, constant 0.1, constant in the first batch only."""
    n = 23
    x = rng.normal(size=(n, 6)) * [1, 3, 1e-6, 0, 0, 1] + [0, 1e4, 0, 7, 0.1, -2]
    x = x.astype(np.float32)
    x[:5, 5] = x[0, 5]
    model, steps, first = StandardScaler(), [], 0
    for rows in (5, 1, 8, 9):
        batch = x[first:first + rows].astype(np.float64)
        model.partial_fit(batch)
        first += rows
        steps.append({"rows": rows, "mean": model.mean_.tolist(), "variance": model.var_.tolist(),
                      "scale": model.scale_.tolist(), "transformed": model.transform(batch)[-1].tolist()})
    return {"x": x.tolist(), "steps": steps}


def pipeline(rng, shape, batch, epochs, **options):
    """A running scaler and a classifier over the rows before `train`, batch by batch; probabilities of the rows behind it."""
    n, d, k = shape
    x, y = numbers(rng, n, d, k)
    x = (x + 3 * rng.normal(size=d)).astype(np.float32)
    wide, train = x.astype(np.float64), n * 3 // 4
    scaler, model = StandardScaler(), SGDClassifier(loss="log_loss", penalty="elasticnet", shuffle=False, **options)
    for _ in range(epochs):
        for first in range(0, train, batch):
            rows = slice(first, min(first + batch, train))
            model.partial_fit(scaler.partial_fit(wide[rows]).transform(wide[rows]), y[rows], classes=np.arange(k))
    return {"x": x.tolist(), "y": y.tolist(), "train": train, "classes": k, "batch": batch, "epochs": epochs,
            "options": options, "probabilities": model.predict_proba(scaler.transform(wide[train:])).tolist()}


def main():
    warnings.simplefilter("error", RuntimeWarning)
    rng = np.random.default_rng(11)
    optimal = {"learning_rate": "optimal", "eta0": 0.01, "power_t": 0.5}
    constant = {"learning_rate": "constant", "eta0": 0.1, "power_t": 0.5}
    scaled = {"learning_rate": "invscaling", "eta0": 0.5, "power_t": 0.3}
    data = {"script": "tests/golden/probes_scikit_learn_sgd.py", "scikit-learn": sklearn.__version__, "numpy": np.__version__,
            "cases": [case(rng, (40, 7, 2), 8, alpha=1e-4, l1_ratio=0, **optimal),
                      case(rng, (30, 35, 2), 1, alpha=1e-2, l1_ratio=0, **constant),
                      case(rng, (40, 7, 2), 8, alpha=1e-2, l1_ratio=1, **optimal),
                      case(rng, (33, 40, 2), 5, alpha=1e-2, l1_ratio=0.3, **constant),
                      case(rng, (40, 5, 3), 8, alpha=1e-3, l1_ratio=0, **optimal),
                      case(rng, (40, 6, 3), 7, alpha=3e-2, l1_ratio=0.5, **constant),
                      case(rng, (24, 4, 2), 6, alpha=1e-3, l1_ratio=0, **scaled),
                      # 1 − eta · alpha is 0.01 and −1: the scale of the weights runs out, and the weights are emptied.
                      case(rng, (24, 4, 2), 8, alpha=0.99, l1_ratio=0, learning_rate="constant", eta0=1.0, power_t=0.5),
                      case(rng, (24, 4, 2), 8, alpha=2.0, l1_ratio=0, learning_rate="constant", eta0=1.0, power_t=0.5)],
            "scaler": scaler(rng),
            "pipelines": [pipeline(rng, (52, 6, 2), 8, 1, alpha=1e-2, l1_ratio=0, **optimal),
                          pipeline(rng, (52, 6, 2), 5, 3, alpha=1e-2, l1_ratio=0.4, **constant),
                          pipeline(rng, (60, 5, 3), 8, 2, alpha=1e-1, l1_ratio=0, **optimal)]}
    OUT.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")


main()
