"""Records p values adjusted over several addresses, by statsmodels (Holm) and scipy (Benjamini-Hochberg).

Usage: python tests/golden/controls_corrections.py tests/data/controls
"""
import json
import pathlib
import sys

import numpy
import scipy
import statsmodels
from scipy.stats import false_discovery_control
from statsmodels.stats.multitest import multipletests


def cases():
    yield [0.01, 0.04, 0.03, 0.2, 0.005, 0.8]
    yield [0.02, 0.02, 0.02]  # ties
    yield [0.9, 0.6, 0.7, 1.0]  # clipped at 1
    yield [0.04, 0.0401, 0.5]
    random = numpy.random.default_rng(0)
    # As shuffles give them: whole hundredths, many equal.
    yield [float(x) for x in (1 + random.integers(0, 100, 37)) / 100]
    yield [float(x) for x in random.uniform(size=13) ** 3]


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    recorded = [
        dict(p=p, holm=list(multipletests(p, method="holm")[1]), benjamini_hochberg=list(false_discovery_control(p)))
        for p in cases()
    ]
    versions = dict(numpy=numpy.__version__, scipy=scipy.__version__, statsmodels=statsmodels.__version__)
    text = json.dumps(dict(versions=versions, cases=recorded), indent=1)
    (folder / "corrections.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
