"""Write tests/data/solvers/least_squares.json: numpy's lstsq, scikit-learn's Ridge and RidgeCV.

Run: python tests/golden/solvers_least_squares.py   (scikit-learn 1.9.1, numpy; the versions used stand in the file)
Rows are float32 and computed with in float64. With a bias, lstsq gets centred columns and targets, so that the norm which
is least is that of the weights.
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.preprocessing import StandardScaler

OUT = pathlib.Path(__file__).parents[1] / "data/solvers/least_squares.json"


def rows(rng, n, d, kind):
    x = rng.normal(size=(n, d)) + rng.normal(size=d)
    if kind == "dependent":
        x = np.round(4 * x) / 4  # so that sums of columns are exact in float32
        x[:, 3], x[:, 5], x[:, 6] = x[:, 0], x[:, 1] + x[:, 2], 2.5
    if kind == "units":
        x = x * np.array([1e3, 1e-3, 1, 30, 0.01, 1])[:d] + np.array([2e3, 1, 500, 0, 0, -7])[:d]
    if kind == "repeated":
        x = x[np.arange(n) % 5]
    return x.astype(np.float32).astype(np.float64)


def targets(rng, x, count):
    scaled = (x - x.mean(0)) / np.where(x.std(0) > 0, x.std(0), 1)
    return scaled @ rng.normal(size=(x.shape[1], count)) + 3 + rng.normal(size=(len(x), count))


def case(name, rng, n, d, kind="plain", count=2, alpha=0.0, intercept=True, standardize=False):
    x = rows(rng, n, d, kind)
    y = targets(rng, x, count)
    z = StandardScaler().fit_transform(x) if standardize else x
    if alpha == 0:
        mean, offset = (z.mean(0), y.mean(0)) if intercept else (np.zeros(d), np.zeros(count))
        coef = np.linalg.lstsq(z - mean, y - offset, rcond=None)[0].T
        bias = offset - coef @ mean
    else:
        model = Ridge(alpha=alpha, fit_intercept=intercept, solver="svd").fit(z, y)
        coef, bias = model.coef_, np.broadcast_to(model.intercept_, count)
    return {"name": name, "alpha": alpha, "intercept": intercept, "standardize": standardize, "x": x.tolist(), "y": y.tolist(),
            "predictions": (z @ coef.T + bias).tolist(), "coef": coef.tolist()}


def left_out(name, rng, n, d, intercept=True, standardize=False):
    x = rows(rng, n, d, "plain")
    y = targets(rng, x, 1)[:, 0]
    z = StandardScaler().fit_transform(x) if standardize else x
    alphas = [0.1, 1.0, 10.0, 100.0]
    model = RidgeCV(alphas=alphas, fit_intercept=intercept, store_cv_results=True).fit(z, y)
    return {"name": name, "intercept": intercept, "standardize": standardize, "x": x.tolist(), "y": y.tolist(),
            "alphas": alphas, "squared_errors": model.cv_results_.T.tolist(), "best": model.alpha_}


def main():
    rng = np.random.default_rng(17)
    cases = [
        case("plain", rng, 60, 7),
        case("no bias", rng, 60, 7, intercept=False),
        case("many units", rng, 80, 6, "units"),
        case("columns depend on each other", rng, 60, 9, "dependent"),
        case("columns depend on each other, no bias", rng, 60, 9, "dependent", intercept=False),
        case("more columns than rows", rng, 12, 20),
        case("more columns than rows, no bias", rng, 12, 20, intercept=False),
        case("repeated rows", rng, 40, 12, "repeated"),
        case("repeated rows, fewer than columns", rng, 10, 15, "repeated"),
        case("penalty", rng, 60, 7, alpha=3.0),
        case("penalty, no bias", rng, 60, 7, alpha=3.0, intercept=False),
        case("penalty, many units, standardized", rng, 80, 6, "units", alpha=20.0, standardize=True),
        case("penalty, standardized, no bias", rng, 60, 7, alpha=3.0, intercept=False, standardize=True),
        case("penalty, dependent, standardized", rng, 60, 9, "dependent", alpha=0.5, standardize=True),
        case("penalty, more columns than rows", rng, 12, 20, alpha=2.0),
        case("penalty, more columns than rows, standardized", rng, 12, 20, alpha=2.0, standardize=True),
        case("penalty, more columns than rows, no bias", rng, 12, 20, alpha=2.0, intercept=False),
    ]
    data = {"script": "tests/golden/solvers_least_squares.py", "scikit-learn": sklearn.__version__, "numpy": np.__version__,
            "cases": cases,
            "left_out": [left_out("plain", rng, 30, 5), left_out("no bias", rng, 30, 5, intercept=False),
                         left_out("standardized", rng, 30, 5, standardize=True),
                         left_out("more columns than rows", rng, 9, 14),
                         left_out("more columns than rows, no bias", rng, 9, 14, intercept=False)]}
    OUT.write_text(json.dumps(data, separators=(",", ":")) + "\n")


main()
