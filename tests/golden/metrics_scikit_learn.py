"""Write tests/data/metrics/scikit_learn.json: metrics of small prediction sets as scikit-learn computes them.

Run: python tests/golden/metrics_scikit_learn.py   (scikit-learn 1.9.1, numpy; the versions used stand in the file)
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn import metrics as m

OUT = pathlib.Path(__file__).parents[1] / "data/metrics/scikit_learn.json"


def probabilities(rng, n, k, ties):
    logits = rng.normal(size=(n, k)) * 1.5
    if ties:
        logits = np.round(logits)
    e = np.exp(logits)
    return (e / e.sum(1, keepdims=True)).astype(np.float32)


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
                   "log_loss": float(-np.log(clipped).mean()), "auroc": float(auroc)},
    }


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
    cases.append(case("a class never predicted", rng.integers(0, 3, 30), never))
    data = {"script": "tests/golden/metrics_scikit_learn.py", "scikit-learn": sklearn.__version__,
            "numpy": np.__version__, "cases": cases}
    OUT.write_text(json.dumps(data, separators=(",", ":")) + "\n")


main()
