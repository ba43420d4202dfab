"""Write tests/data/probes/sparse.json: the order in which scikit-learn's F statistic ranks features.

Run: python tests/golden/probes_sparse.py   (scikit-learn 1.9.1, numpy; the versions used stand in the file)
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.feature_selection import f_classif

OUT = pathlib.Path(__file__).parents[1] / "data/probes/sparse.json"


def main():
    rng = np.random.default_rng(3)
    y = rng.integers(0, 3, 45)
    x = rng.normal(size=(45, 9)) * np.exp(rng.normal(size=9)) + rng.normal(size=(3, 9))[y] + 4 * rng.normal(size=9)
    x = x.astype(np.float32)
    f, _ = f_classif(x.astype(np.float64), y)
    data = {"script": "tests/golden/probes_sparse.py", "scikit-learn": sklearn.__version__, "numpy": np.__version__,
            "f_classif": {"x": [[float(v) for v in row] for row in x], "y": y.tolist(), "f": f.tolist(),
                          "order": np.argsort(-f, kind="stable").tolist()}}
    OUT.write_text(json.dumps(data, separators=(",", ":")) + "\n")


main()
