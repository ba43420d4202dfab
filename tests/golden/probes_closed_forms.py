"""Write tests/data/probes/closed_forms.json: scikit-learn's LDA and ridge pipelines, and what they say of new rows.

Run: python tests/golden/probes_closed_forms.py   (scikit-learn 1.9.1, numpy; the versions used stand in the file)
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

OUT = pathlib.Path(__file__).parents[1] / "data/probes/closed_forms.json"


def lda(rng, n, d, k, shrinkage):
    x = (rng.normal(size=(n, d)) * np.exp(0.5 * rng.normal(size=d)) + 5 * rng.normal(size=d)).astype(np.float32)
    y = (((x - x.mean(0)) / x.std(0)) @ rng.normal(size=(d, k)) + 2 * rng.normal(size=(n, k))).argmax(1)
    train = n * 3 // 4
    x64 = x.astype(np.float64)
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=None if shrinkage == 0 else shrinkage)
    model.fit(x64[:train], y[:train])
    return {"x": x64.tolist(), "y": y.tolist(), "train": train, "classes": k, "shrinkage": shrinkage,
            "probabilities": model.predict_proba(x64[train:]).tolist()}


def ridge(rng, n, d, alpha, standardize):
    x = (rng.normal(size=(n, d)) * np.exp(rng.normal(size=d)) + 5 * rng.normal(size=d)).astype(np.float32).astype(np.float64)
    y = np.exp(0.2 * (x - x.mean(0)) @ rng.normal(size=d) + 3 + 0.1 * rng.normal(size=n))
    train = n * 3 // 4
    ridge_model = Ridge(alpha=alpha, solver="svd")
    model = make_pipeline(StandardScaler(), ridge_model) if standardize else ridge_model
    identity = model.fit(x[:train], y[:train]).predict(x[train:])
    log = np.expm1(model.fit(x[:train], np.log1p(y[:train])).predict(x[train:]))
    return {"x": x.tolist(), "y": y.tolist(), "train": train, "alpha": alpha, "standardize": standardize,
            "identity": identity.tolist(), "log1p": log.tolist()}


def main():
    rng = np.random.default_rng(23)
    data = {"script": "tests/golden/probes_closed_forms.py", "scikit-learn": sklearn.__version__, "numpy": np.__version__,
            "lda": [lda(rng, 80, 5, 2, 0), lda(rng, 80, 5, 3, 0), lda(rng, 60, 5, 2, 0.3), lda(rng, 60, 4, 3, 1.0),
                    lda(rng, 60, 5, 2, "auto"), lda(rng, 90, 6, 4, "auto"), lda(rng, 28, 40, 2, "auto")],
            "ridge": [ridge(rng, 48, 5, 1.0, True), ridge(rng, 48, 5, 20.0, False), ridge(rng, 20, 30, 4.0, True)]}
    OUT.write_text(json.dumps(data, separators=(",", ":")) + "\n")


main()
