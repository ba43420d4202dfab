"""Write tests/data/c/: small saved probes by the safetensors package, whose scores are plain to work out.

Run: python tests/golden/c_saved_probe.py   (safetensors 0.8.0, numpy 2.4.6; the package writes metadata in an order of its
own each time, so that the bytes differ from run to run)

logistic.safetensors: weight (0.5, -1, 1), bias 0.5, classes bad and good; the row (1, 2, 3) has the margin 2.
three.safetensors: `lda` of three classes, one with a name beyond ASCII; weight rows (1, 0), (0, 1), (0, 0) and bias 0, 0,
log 2; the row (log 3, 0) has the probabilities 3/6, 1/6 and 2/6.
rest.safetensors: `sgd` of three classes, each against the rest; the row (log 3) has the sigmoids 3/4, 1/2 and 1/4 of a sum
of 3/2.
ccs.safetensors: two vectors, one a prompt, which is not linear in the row.
"""
import json
import math
import pathlib

import numpy as np
from safetensors.numpy import save_file

OUT = pathlib.Path(__file__).parents[1] / "data/c"


def save(name, weight, bias, **metadata):
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in metadata.items()}
    save_file({"weight": np.array(weight, np.float32), "bias": np.array(bias, np.float32)},
              OUT / f"{name}.safetensors", metadata=texts)


def main():
    OUT.mkdir(exist_ok=True)
    save("logistic", [[0.5, -1, 1]], [0.5], kind="logistic", classes=["bad", "good"], n_iter=3, converged=True,
         options={"c": 1.0}, address="hidden[3]")
    save("three", [[1, 0], [0, 1], [0, 0]], [0, 0, math.log(2)], kind="lda", classes=["a", "b\n\"c\"", "й😀"])
    save("rest", [[1], [0], [-1]], [0, 0, 0], kind="sgd", classes=["a", "b", "c"])
    save("ccs", [[0.5, -1, 1], [0.5, -1, 1]], [0, 0], kind="ccs", classes=["bad", "good"])


main()
