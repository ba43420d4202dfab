"""Write tests/data/solvers/erasure.json: rows after the LEACE of EleutherAI's concept-erasure.

Run: python tests/golden/solvers_erasure.py   (concept-erasure 0.2.4, torch 2.15.0; the versions used stand in the file)
In float64, as the paper writes it: without shrinkage, without a bound on the trace, nothing truncated.
"""
import importlib.metadata
import json
import pathlib

import torch
from concept_erasure import LeaceFitter

OUT = pathlib.Path(__file__).parents[1] / "data/solvers/erasure.json"


def case(name, generator, n, d, classes):
    """Rows about a mean of each class, correlated; labels, or for 0 classes a number that two columns explain."""
    x = torch.randn(n, d, generator=generator, dtype=torch.float64) @ torch.randn(d, d, generator=generator, dtype=torch.float64)
    labels = torch.randint(0, max(classes, 1), (n,), generator=generator)
    x = (x + torch.randn(max(classes, 1), d, generator=generator, dtype=torch.float64)[labels] * 2 + 1).float().double()
    if classes > 0:
        z = torch.nn.functional.one_hot(labels, classes).double()
    else:
        z = (x[:, :1] - 2 * x[:, 1:2] + torch.randn(n, 1, generator=generator, dtype=torch.float64)).float().double()
    fitter = LeaceFitter.fit(x, z, constrain_cov_trace=False, shrinkage=False, svd_tol=1e-10)
    return {"name": name, "x": x.tolist(), "z": z.tolist(), "erased": fitter.eraser(x).tolist()}


def main():
    generator = torch.Generator().manual_seed(5)
    cases = [case("two classes", generator, 60, 5, 2), case("four classes", generator, 80, 7, 4),
             case("a number", generator, 50, 4, 0), case("fewer rows than columns", generator, 15, 20, 2)]
    data = {"script": "tests/golden/solvers_erasure.py", "torch": torch.__version__,
            "concept_erasure": importlib.metadata.version("concept-erasure"), "cases": cases}
    OUT.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")


main()
