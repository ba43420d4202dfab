"""Write tests/data/solvers/saga.json: coefficients, biases and epochs of scikit-learn's SAGA on float32 rows.

Run: python tests/golden/solvers_saga.py   (the versions used stand in the file)

The rows are not stored: RandomState(data_seed) draws u in [0, 1) row by row; v = u - 0.5, the number is 8 v v v, or v v for
`positive` rows, plus 0.25 in column j of rows of class c where j % 37 == c, in float64 and then rounded. Row i has class
i % classes. Coefficients that are not zero are stored as [vector, column, value].
"""
import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

OUT = pathlib.Path(__file__).parents[1] / "data/solvers/saga.json"
warnings.filterwarnings("ignore")


def rows(case):
    n, d, k = case["n"], case["d"], case["classes"]
    v = np.random.RandomState(case["data_seed"]).random_sample((n, d)) - 0.5
    x = v * v if case["positive"] else 8 * v * v * v
    y = np.arange(n) % k
    x = x + 0.25 * (np.arange(d)[None, :] % 37 == y[:, None])
    return x.astype(np.float32), y


def solve(case):
    x, y = rows(case)
    fit = LogisticRegression(C=case["c"], l1_ratio=case["l1_ratio"], solver="saga", tol=case["tol"], max_iter=case["max_iter"],
                             fit_intercept=case["intercept"], random_state=case["seed"],
                             class_weight="balanced" if case["balanced"] else None)
    fit.fit(x, y if not case["balanced"] else np.where(np.arange(len(y)) % 3 == 0, 0, y))
    assert fit.coef_.dtype == np.float32
    v, j = np.nonzero(fit.coef_)
    return {
**case, "n_iter": int(fit.n_iter_[0]), "bias": [float(b) for b in fit.intercept_],
            "coef": [[int(a), int(b), float(fit.coef_[a, b])] for a, b in zip(v, j)]}


def case(name, n, d, **more):
    plain = {"name": name, "n": n, "d": d, "classes": 2, "data_seed": 3, "positive": False, "c": 1.0, "l1_ratio": 1.0,
             "tol": 1e-4, "max_iter": 100, "intercept": True, "balanced": False, "seed": 0}
    return {**plain, **more}


def main():
    cases = [case("neurons", 140, 3072, positive=True, c=10.0, max_iter=300),
             case("neurons weak", 140, 3072, positive=True, c=100.0, max_iter=40, seed=7),
             case("stops by its rule", 90, 21, max_iter=1000),
             case("l2", 61, 30, l1_ratio=0.0, c=0.5),
             case("elastic", 61, 30, l1_ratio=0.4, c=3.0, seed=5),
             case("strong l2, whose scale is renewed within an epoch", 61, 12, l1_ratio=0.0, c=1e-3, max_iter=6),
             case("balanced", 64, 18, balanced=True, l1_ratio=0.5),
             case("no intercept", 40, 25, intercept=False, c=5.0),
             case("three classes", 75, 20, classes=3, c=2.0),
             case("five classes, l2", 75, 9, classes=5, c=2.0, l1_ratio=0.0, balanced=True)]
    sweep = [case(f"sweep {c}", 140, 3072, positive=True, c=float(c), max_iter=20) for c in np.linspace(1, 100, 17)]
    out = {"versions": {"numpy": np.__version__, "scikit-learn": sklearn.__version__}, "cases": [solve(c) for c in cases], "sweep": []}
    for solved in map(solve, sweep):
        out["sweep"].append({"c": solved["c"], "n_iter": solved["n_iter"], "nonzero": len(solved["coef"]), "bias": solved["bias"],
                             "l1": float(np.abs([w for _, _, w in solved["coef"]]).sum())})
    OUT.write_text(json.dumps(out, separators=(",", ":")) + "\n")
    for solved in out["cases"]:
        print(solved["name"], solved["n_iter"], len(solved["coef"]))


main()
