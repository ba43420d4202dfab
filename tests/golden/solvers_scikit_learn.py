"""Write tests/data/solvers/scikit_learn.json: logistic regressions of scikit-learn at a tight tolerance.

Run: python tests/golden/solvers_scikit_learn.py   (scikit-learn 1.9.1, numpy; the versions used stand in the file)
The objective is computed here from the definition ½‖w‖² + C·Σ s_i·loss_i, in float64.
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

OUT = pathlib.Path(__file__).parents[1] / "data/solvers/scikit_learn.json"


def objective(model, z, y, weights, c):
    margins = z @ model.coef_.T + model.intercept_
    if margins.shape[1] == 1:
        losses = np.logaddexp(0, np.where(y == 1, -margins[:, 0], margins[:, 0]))
    else:
        top = margins.max(1, keepdims=True)
        losses = (top[:, 0] + np.log(np.exp(margins - top).sum(1))) - margins[np.arange(len(y)), y]
    return 0.5 * np.sum(model.coef_**2) + c * np.sum(weights * losses)


def case(name, rng, n, d, k, c=1.0, balanced=False, intercept=True, standardize=True):
    x = (rng.normal(size=(n, d)) * np.exp(rng.normal(size=d)) + 3 * rng.normal(size=d)).astype(np.float32)
    scores = (x - x.mean(0)) / x.std(0) @ rng.normal(size=(d, k)) / np.sqrt(d) + rng.normal(size=(n, k))
    scores[:, 0] += 0.7
    y = scores.argmax(1)
    x64 = x.astype(np.float64)
    z = StandardScaler().fit_transform(x64) if standardize else x64
    counts = np.bincount(y, minlength=k)
    weights = (n / (k * counts))[y] if balanced else np.ones(n)
    model = LogisticRegression(C=c, tol=1e-12, max_iter=100000, fit_intercept=intercept,
                               class_weight="balanced" if balanced else None)
    model.fit(z, y)
    return {"name": name, "classes": k, "c": c, "balanced": balanced, "intercept": intercept,
            "standardize": standardize, "x": [[float(v) for v in row] for row in x], "y": y.tolist(),
            "coef": model.coef_.tolist(), "bias": np.ravel(model.intercept_).tolist(),
            "objective": objective(model, z, y, weights, c)}


def main():
    rng = np.random.default_rng(11)
    cases = [
        case("two classes", rng, 60, 5, 2),
        case("two classes, as they are", rng, 60, 5, 2, c=0.3, standardize=False),
        case("two classes, balanced", rng, 60, 5, 2, balanced=True),
        case("two classes, no intercept", rng, 50, 4, 2, c=10, intercept=False),
        case("more columns than rows", rng, 14, 24, 2),
        case("weak penalty", rng, 50, 6, 2, c=1000),
        case("four classes", rng, 70, 5, 4),
        case("three classes, balanced, as they are", rng, 60, 4, 3, balanced=True, standardize=False),
        case("three classes, more columns than rows, no intercept", rng, 15, 20, 3, intercept=False),
    ]
    data = {"script": "tests/golden/solvers_scikit_learn.py", "scikit-learn": sklearn.__version__,
            "numpy": np.__version__, "cases": cases}
    OUT.write_text(json.dumps(data, separators=(",", ":")) + "\n")


main()
