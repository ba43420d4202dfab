"""Write tests/data/data/sampling.json: samples that numpy, pandas, Python, torch and datasets draw, and document 0's.

Run: python tests/golden/data_sampling.py   (the versions used stand in the file)
"""
import json
import os
import pathlib
import random
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
import datasets
import numpy as np
import pandas as pd
import torch

OUT = pathlib.Path(__file__).parents[1] / "data/data/sampling.json"


def ints(values):
    return [int(v) for v in values]


def of_two_draws(n, count, seed):
    """Every stream's shuffle of n rows and then of n + 7, and `count` draws with replacement of both."""
    frames = [pd.DataFrame({"row": range(m)}) for m in (n, n + 7)]
    tables = [datasets.Dataset.from_dict({"row": list(range(m))}) for m in (n, n + 7)]
    out = {"n": n, "count": count, "seed": seed}
    legacy, generator, python = np.random.RandomState(seed), np.random.default_rng(seed), random.Random(seed)
    torch_generator = torch.Generator().manual_seed(seed)

    def shuffled(m):
        rows = list(range(m))
        python.shuffle(rows)
        return rows

    out["shuffle"] = {
        "numpy_legacy": [ints(legacy.permutation(m)) for m in (n, n + 7)],
        "numpy": [ints(generator.permutation(m)) for m in (n, n + 7)],
        "datasets": [ints(table.shuffle(seed=seed)["row"]) for table in tables],
        "python": [shuffled(m) for m in (n, n + 7)],
        "torch": [ints(torch.randperm(m, generator=torch_generator)) for m in (n, n + 7)],
        "pandas": [ints(frame.sample(frac=1, random_state=seed)["row"]) for frame in frames]}
    # The first rows of a shuffle are the sample of so many, in pandas too.
    assert ints(frames[0].sample(n=count, random_state=seed)["row"]) == out["shuffle"]["pandas"][0][:count]
    legacy, generator, python = np.random.RandomState(seed), np.random.default_rng(seed), random.Random(seed)
    torch_generator = torch.Generator().manual_seed(seed)
    out["replacement"] = {
        "numpy_legacy": [ints(legacy.choice(m, count)) for m in (n, n + 7)],
        "numpy": [ints(generator.integers(0, m, count)) for m in (n, n + 7)],
        "python": [python.choices(range(m), k=count) for m in (n, n + 7)],
        "torch": [ints(torch.randint(0, m, (count,), generator=torch_generator)) for m in (n, n + 7)],
        "pandas": [ints(frame.sample(n=count, random_state=seed, replace=True)["row"]) for frame in frames]}
    return out


def reviews_after_pictures():
    """3,300 normals of two randomised decompositions, then 100 reviews drawn one by one."""
    draws = {}
    for rows in (400000, 12808):
        r = np.random.RandomState(42)
        r.normal(size=(132, 12)), r.normal(size=(132, 13))
        draws[str(rows)] = [int(r.randint(rows)) for _ in range(100)]
    return draws


def of_values(n, seed):
    """Uniform numbers as streams draw them for n values, already cut at 0.9 and 0.95."""
    def cut(uniforms):
        train, valid = uniforms < 0.9, (uniforms >= 0.9) & (uniforms < 0.95)
        return [0 if t else 1 if v else 2 for t, v in zip(train.tolist(), valid.tolist())]

    python = random.Random(seed)
    return {"n": n, "seed": seed, "torch": cut(torch.rand(n, generator=torch.Generator().manual_seed(seed))),
            "numpy_legacy": cut(np.random.RandomState(seed).rand(n)), "numpy": cut(np.random.default_rng(seed).random(n)),
            "python": cut(np.array([python.random() for _ in range(n)]))}


def main():
    data = {"versions": {"python": sys.version.split()[0], "numpy": np.__version__, "pandas": pd.__version__,
                         "torch": torch.__version__, "datasets": datasets.__version__},
            "two_draws": [of_two_draws(50, 20, 42), of_two_draws(12, 12, 7)],
            "reviews_after_pictures": reviews_after_pictures(), "values": [of_values(300, 0), of_values(90, 5)]}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(data, separators=(",", ":")) + "\n")


main()
