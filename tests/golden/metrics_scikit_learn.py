"""Write tests/data/metrics/scikit_learn.json and regression.json: metrics of small prediction sets as scikit-learn and scipy
compute them.

Run: python tests/golden/metrics_scikit_learn.py   (scikit-learn 1.9.1, scipy, numpy; the versions used stand in the files)
"""
import json
import pathlib
import warnings

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn import metrics as m
from sklearn.calibration import calibration_curve

OUT = pathlib.Path(__file__).parents[1] / "data/metrics"


def probabilities(rng, n, k, ties):
    logits = rng.normal(size=(n, k)) * 1.5
    if ties:
        logits = np.round(logits)
    e = np.exp(logits)
    return (e / e.sum(1, keepdims=True)).astype(np.float32)


def calibration_error(truth, scores):
    """Ten equal bins of the second class's probability, or of the predicted one's with more than two classes."""
    c = np.full(len(truth), 1) if scores.shape[1] == 2 else scores.argmax(1)
    p, hit = scores[np.arange(len(truth)), c], truth == c
    bins = np.minimum((p * 10).astype(int), 9)
    if not np.isclose(p * 10, np.round(p * 10), atol=1e-9).any():  # on an edge scikit-learn takes the bin below
        observed, mean = calibration_curve(hit, p, n_bins=10)
        mine = [(hit[bins == b].mean(), p[bins == b].mean()) for b in range(10) if (bins == b).any()]
        assert np.allclose(np.array(mine), np.c_[observed, mean], atol=1e-12)
    return sum(abs(hit[bins == b].mean() - p[bins == b].mean()) * (bins == b).mean() for b in range(10) if (bins == b).any())


def average_precision(truth, scores):
    """Macro over the classes that occur; scikit-learn would count the others as 0."""
    if scores.shape[1] == 2:
        return m.average_precision_score(truth, scores[:, 1])
    return np.mean([m.average_precision_score(truth == c, scores[:, c]) for c in np.unique(truth)])


def brier(truth, scores):
    if scores.shape[1] == 2:
        return m.brier_score_loss(truth, scores[:, 1])
    with warnings.catch_warnings():  # float32 scores do not sum to 1 in float64
        warnings.simplefilter("ignore")
        return m.brier_score_loss(truth, scores, labels=list(range(scores.shape[1])))


def case(name, truth, scores, weights=None):
    k = scores.shape[1]
    labels = list(range(k))
    predicted = scores.argmax(1)
    w = np.ones(len(truth), int) if weights is None else weights
    t, p, s = (np.repeat(a, w, axis=0) for a in (truth, predicted, scores.astype(np.float64)))
    precision, recall, f1, _ = m.precision_recall_fscore_support(t, p, average="macro", zero_division=0)
    per = m.precision_recall_fscore_support(t, p, labels=labels, zero_division=0)
    if k == 2:
        auroc = m.roc_auc_score(t, s[:, 1])
    else:  # one against the rest, macro, over float32 scores that need not sum to 1 exactly
        auroc = np.mean([m.roc_auc_score(t == c, s[:, c]) for c in labels])
    clipped = np.clip(s[np.arange(len(t)), t], np.finfo(float).eps, 1)
    return {
        "name": name, "classes": k, "truth": truth.tolist(), "scores": [[float(v) for v in row] for row in scores],
        "weights": None if weights is None else weights.tolist(),
        "confusion": m.confusion_matrix(t, p, labels=labels).tolist(),
        "per_class": {"precision": per[0].tolist(), "recall": per[1].tolist(), "f1": per[2].tolist(),
                      "support": per[3].tolist()},
        "values": {"accuracy": m.accuracy_score(t, p), "balanced_accuracy": m.balanced_accuracy_score(t, p),
                   "precision": precision, "recall": recall, "f1": f1, "mcc": m.matthews_corrcoef(t, p),
                   "log_loss": float(-np.log(clipped).mean()), "auroc": float(auroc), "brier": float(brier(t, s)),
                   "ece": float(calibration_error(t, s)), "average_precision": float(average_precision(t, s))},
    }


def number_case(name, truth, predicted, weights=None):
    w = np.ones(len(truth), int) if weights is None else weights
    t, p = np.repeat(truth, w), np.repeat(predicted, w)
    whole = bool((t == np.round(t)).all())
    return {
        "name": name, "truth": truth.tolist(), "predicted": predicted.tolist(),
        "weights": None if weights is None else weights.tolist(),
        "values": {"r2": m.r2_score(t, p), "mae": m.mean_absolute_error(t, p), "rmse": m.root_mean_squared_error(t, p),
                   "spearman": float(stats.spearmanr(t, p).statistic),
                   "rounded_accuracy": float((np.round(p) == t).mean()) if whole else None},
    }


def number_cases(rng):
    cases = []
    for name, whole, noise in (("near", True, 0.6), ("far", False, 9.0), ("ties", True, 2.0), ("large", False, 1e-3)):
        truth = rng.normal(size=50) * 3 + (1e6 if name == "large" else 4)
        truth = np.round(truth) if whole else truth
        predicted = truth + rng.normal(size=50) * noise
        predicted = np.round(predicted * 2) / 2 if name == "ties" else predicted
        cases.append(number_case(name, truth, predicted))
        cases.append(number_case(name + ", weights", truth, predicted, rng.poisson(1.0, 50)))
    return cases


def main():
    rng = np.random.default_rng(7)
    cases = []
    for k in (2, 3, 5):
        for ties in (False, True):
            truth = rng.integers(0, k, 40)
            scores = probabilities(rng, 40, k, ties)
            name = f"{k} classes{', ties' if ties else ''}"
            cases.append(case(name, truth, scores))
            cases.append(case(name + ", weights", truth, scores, rng.poisson(1.0, 40)))
    never = probabilities(rng, 30, 3, False)
    never[:, 2] = 0  # class 2 is never predicted and gets probability 0
    never /= never.sum(1, keepdims=True)
    cases.append(case("a class never predicted", rng.integers(0, 3, 30), never))
    head = {"script": "tests/golden/metrics_scikit_learn.py", "scikit-learn": sklearn.__version__, "numpy": np.__version__}
    for name, data in (("scikit_learn", head | {"cases": cases}),
                       ("regression", head | {"scipy": scipy.__version__, "cases": number_cases(rng)})):
        (OUT / f"{name}.json").write_text(json.dumps(data, separators=(",", ":")) + "\n")


main()
