"""Write tests/data/probes/scikit_learn.json: fitted pipelines of scikit-learn and what they say of new rows.

Run: python tests/golden/probes_scikit_learn.py   (scikit-learn 1.9.1, numpy; the versions used stand in the file)
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

OUT = pathlib.Path(__file__).parents[1] / "data/probes/scikit_learn.json"
TIGHT = {"tol": 1e-12, "max_iter": 100000}

GOOD = ["A moving, funny and WISE film", "Funny; wise; moving", "Élan and wit: très élégant", "wit_and charm 2 be 22 seen",
        "not bad, not bad at all — charm!", "ВЕСЁЛЫЙ фильм, charm", "the film is wise…and funny", "it’s moving/funny"]
BAD = ["a dull film", "Dull, DULL, dull", "not funny, not wise", "tr\u00e8s dull \u4e2d\u6587 film", "скучный фильм",
       "no charm, no wit, no élan", "it’s bad; it’s dull", "bad 22"]


def numbers(rng, n, d, k, balanced):
    x = (rng.normal(size=(n, d)) * np.exp(rng.normal(size=d)) + 5 * rng.normal(size=d)).astype(np.float32)
    y = (((x - x.mean(0)) / x.std(0)) @ rng.normal(size=(d, k)) + 2 * rng.normal(size=(n, k))).argmax(1)
    train = n * 3 // 4
    model = make_pipeline(StandardScaler(),
                          LogisticRegression(C=0.5, class_weight="balanced" if balanced else None, **TIGHT))
    model.fit(x[:train].astype(np.float64), y[:train])
    return {"x": [[float(v) for v in row] for row in x], "y": y.tolist(), "train": train, "classes": k,
            "balanced": balanced, "probabilities": model.predict_proba(x[train:].astype(np.float64)).tolist()}


def words(min_df):
    texts, labels = GOOD + BAD, [1] * len(GOOD) + [0] * len(BAD)
    counter = CountVectorizer(min_df=min_df)
    counts = counter.fit_transform(texts)
    model = LogisticRegression(**TIGHT).fit(counts, labels)
    new = ["funny dull film", "ÉLAN, фильм!", "nothing known", ""]
    return {"texts": texts, "labels": labels, "min_df": min_df, "vocabulary": sorted(counter.vocabulary_),
            "new": new, "probabilities": model.predict_proba(counter.transform(new)).tolist()}


def main():
    rng = np.random.default_rng(5)
    data = {"script": "tests/golden/probes_scikit_learn.py", "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
            "logistic": [numbers(rng, 48, 5, 2, False), numbers(rng, 48, 5, 2, True), numbers(rng, 60, 4, 3, False)],
            "bag_of_words": [words(1), words(2)]}
    OUT.write_text(json.dumps(data, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")


main()
