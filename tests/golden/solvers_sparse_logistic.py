"""Write tests/data/solvers/sparse_logistic.json: L1 and elastic net logistic regressions, by other hands.

Run: python tests/golden/solvers_sparse_logistic.py   (scikit-learn 1.9.1, numpy; the versions used stand in the file)

The optimum of each case is scikit-learn's SAGA at tolerance 1e-12 where it gets there, else a plain proximal gradient
method (FISTA with restarts, float64) run until the optimality residual is below 1e-10 of the gradient at zero; the file
says what residual was reached. `objectives` holds what SAGA at 1,000 epochs and liblinear reach at each C (liblinear with
the intercept off, because it would penalise one). Objectives are computed here from the definition
C·Σ s_i·loss_i + ρ‖w‖₁ + (1 − ρ)/2 ‖w‖², in float64.
"""
import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

OUT = pathlib.Path(__file__).parents[1] / "data/solvers/sparse_logistic.json"
warnings.filterwarnings("ignore")


def softmax(margins):
    e = np.exp(margins - margins.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


class Problem:
    """Two classes have one weight vector, more have one each."""

    def __init__(self, x, y, k, weights, c, rho, intercept):
        self.x, self.y, self.k, self.c, self.rho = x, y, k, c, rho
        self.weights, self.intercept = weights, intercept
        self.vectors = 1 if k == 2 else k

    def losses_and_residuals(self, w, b):
        margins = self.x @ w.T + b
        if self.vectors == 1:
            m = margins[:, 0]
            return np.logaddexp(0, np.where(self.y == 1, -m, m)), (1 / (1 + np.exp(-m)) - self.y)[:, None]
        top = margins.max(1)
        losses = top + np.log(np.exp(margins - top[:, None]).sum(1)) - margins[np.arange(len(self.y)), self.y]
        return losses, softmax(margins) - np.eye(self.k)[self.y]

    def objective(self, w, b):
        losses, _ = self.losses_and_residuals(w, b)
        return float(self.c * (self.weights * losses).sum() + self.rho * np.abs(w).sum()
                     + 0.5 * (1 - self.rho) * (w**2).sum())

    def gradient(self, w, b):
        _, r = self.losses_and_residuals(w, b)
        r = self.c * self.weights[:, None] * r
        return r.T @ self.x + (1 - self.rho) * w, r.sum(0) * self.intercept

    def kkt(self, w, b):
        g, gb = self.gradient(w, b)
        residual = np.where(w != 0, np.abs(g + self.rho * np.sign(w)), np.maximum(np.abs(g) - self.rho, 0))
        zero = self.gradient(np.zeros_like(w), np.zeros_like(b))
        return float(max(residual.max(), np.abs(gb).max()) / max(np.abs(zero[0]).max(), np.abs(zero[1]).max()))

    def fista(self):
        w, b = np.zeros((self.vectors, self.x.shape[1])), np.zeros(self.vectors)
        wide = np.hstack([self.x, np.ones((len(self.y), 1))]) * np.sqrt(self.weights)[:, None]
        step = 1 / (self.c * (0.25 if self.vectors == 1 else 0.5) * np.linalg.norm(wide, 2)**2 + 1 - self.rho)
        vw, vb, t = w, b, 1.0
        for i in range(400000):
            g, gb = self.gradient(vw, vb)
            nw = vw - step * g
            nw = np.sign(nw) * np.maximum(np.abs(nw) - step * self.rho, 0)
            nb = vb - step * gb
            if np.sum((vw - nw) * (nw - w)) + np.sum((vb - nb) * (nb - b)) > 0:
                t, vw, vb = 1.0, w, b
                continue
            nt = (1 + np.sqrt(1 + 4 * t * t)) / 2
            vw, vb = nw + (t - 1) / nt * (nw - w), nb + (t - 1) / nt * (nb - b)
            w, b, t = nw, nb, nt
            if i % 200 == 0 and self.kkt(w, b) < 1e-11:
                break
        return w, b


def data(rng, n, d, k):
    x = (rng.normal(size=(n, d)) * np.exp(0.5 * rng.normal(size=d)) + 2 * rng.normal(size=d)).astype(np.float32)
    truth = rng.normal(size=(d, k)) * (rng.random((d, 1)) < 0.3)
    y = (((x - x.mean(0)) / x.std(0)) @ truth + rng.normal(size=(n, k)) + 0.5 * np.eye(k)[0]).argmax(1)
    return x, y


def case(name, rng, n, d, k, c, rho, balanced=False, intercept=True, standardize=True):
    x, y = data(rng, n, d, k)
    z = x.astype(np.float64)
    if standardize:
        z = (z - z.mean(0)) / z.std(0)
    weights = (n / (k * np.bincount(y, minlength=k)))[y] if balanced else np.ones(n)
    problem = Problem(z, y, k, weights, c, rho, intercept)
    w, b = problem.fista()
    return {"name": name, "classes": k, "c": c, "l1_ratio": rho, "balanced": balanced, "intercept": intercept,
            "standardize": standardize, "x": [[float(v) for v in row] for row in x], "y": y.tolist(),
            "coef": w.tolist(), "bias": b.tolist(), "objective": problem.objective(w, b), "kkt": problem.kkt(w, b)}


def saga(name, rng, n, d, k, c, rho):
    """SAGA at a tight tolerance, on few scaled features, where it converges."""
    x, y = data(rng, n, d, k)
    z = x.astype(np.float64)
    z = (z - z.mean(0)) / z.std(0)
    model = LogisticRegression(C=c, l1_ratio=rho, solver="saga", tol=1e-12, max_iter=200000, random_state=0).fit(z, y)
    problem = Problem(z, y, k, np.ones(n), c, rho, True)
    bias = model.intercept_ - model.intercept_.mean() if k > 2 else model.intercept_
    return {"name": name, "classes": k, "c": c, "l1_ratio": rho, "balanced": False, "intercept": True,
            "standardize": True, "x": [[float(v) for v in row] for row in x], "y": y.tolist(),
            "coef": model.coef_.tolist(), "bias": bias.tolist(),
            "objective": problem.objective(model.coef_, model.intercept_),
            "kkt": problem.kkt(model.coef_, model.intercept_)}


def rivals(rng):
    """What the two L1 solvers of scikit-learn reach on wide data along a grid of C."""
    x, y = data(rng, 40, 90, 2)
    z = x.astype(np.float64)
    z = (z - z.mean(0)) / z.std(0)
    rows = []
    for c in (0.01, 0.1, 1.0, 10.0, 100.0):
        row = {"c": c}
        for solver, intercept, options in (("saga", True, {"max_iter": 1000}), ("liblinear", False, {"tol": 1e-8, "max_iter": 20000})):
            model = LogisticRegression(C=c, l1_ratio=1.0, solver=solver, fit_intercept=intercept, random_state=0, **options).fit(z, y)
            row[solver] = Problem(z, y, 2, np.ones(40), c, 1.0, intercept).objective(model.coef_, np.atleast_1d(model.intercept_))
        rows.append(row)
    return {"x": [[float(v) for v in row] for row in x], "y": y.tolist(), "objectives": rows}


def main():
    rng = np.random.default_rng(17)
    cases = [
        case("two classes", rng, 60, 12, 2, 0.3, 1.0),
        case("two classes, as they are", rng, 60, 8, 2, 1.0, 1.0, standardize=False),
        case("more columns than rows", rng, 24, 60, 2, 1.0, 1.0),
        case("two classes, balanced", rng, 50, 10, 2, 0.5, 1.0, balanced=True),
        case("two classes, no intercept", rng, 50, 10, 2, 0.5, 1.0, intercept=False),
        case("elastic net", rng, 50, 14, 2, 1.0, 0.4),
        case("three classes", rng, 60, 8, 3, 0.4, 1.0),
        case("three classes, elastic net, balanced", rng, 60, 8, 3, 1.0, 0.6, balanced=True),
        case("four classes, more columns than rows", rng, 24, 40, 4, 1.0, 1.0),
        case("three classes, no intercept", rng, 40, 9, 3, 1.0, 0.9, intercept=False),
        saga("two classes, SAGA", rng, 60, 6, 2, 0.5, 1.0),
        saga("three classes, SAGA", rng, 60, 5, 3, 0.5, 1.0),
        saga("three classes, elastic net, SAGA", rng, 60, 5, 3, 0.5, 0.5),
    ]
    for made in cases:
        print(f"{made['name']}: residual {made['kkt']:.1e}, {np.count_nonzero(made['coef'])} weights")
    out = {"script": "tests/golden/solvers_sparse_logistic.py", "scikit-learn": sklearn.__version__,
           "numpy": np.__version__, "cases": cases, "rivals": rivals(rng)}
    OUT.write_text(json.dumps(out, separators=(",", ":")) + "\n")


main()
