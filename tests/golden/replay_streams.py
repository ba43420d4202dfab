"""Write tests/data/replay/streams.json: what Python, numpy, torch, scikit-learn and datasets draw from given seeds.

Run: python tests/golden/replay_streams.py   (the versions used stand in the file)

Long streams are kept as the FNV-1a hash of their bytes beside their first values.
"""
import json
import os
import pathlib
import random
import struct
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
import datasets
import numpy as np
import sklearn
import torch
from sklearn import model_selection as ms
from sklearn.utils._seq_dataset import ArrayDataset32

OUT = pathlib.Path(__file__).parents[1] / "data/replay/streams.json"


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def floats(tensor):
    return [float(v) for v in np.asarray(tensor).ravel()]


def ints(values):
    return [int(v) for v in np.asarray(values).ravel()]


def of_python(seed):
    r = random.Random(seed)
    out = {"seed": seed, "random": [r.random() for _ in range(8)], "bits7": [r.getrandbits(7) for _ in range(8)],
           "bits32": r.getrandbits(32), "bits48": [r.getrandbits(48) for _ in range(4)], "bits64": r.getrandbits(64),
           "below": [[n, r.randrange(n)] for n in (1, 2, 3, 10, 1000, 2**31, 2**32, 2**40 + 1)],
           "between": [r.randint(-5, 9) for _ in range(8)]}
    values = list(range(40))
    r.shuffle(values)
    out["shuffled"] = values
    # Small and large populations take different ways; 21 + 4**3 = 85 is the border for nine of them.
    out["samples"] = [[n, k, r.sample(range(n), k)] for n, k in ((10, 4), (21, 5), (22, 5), (85, 9), (86, 9), (10**6, 30))]
    return out


def of_numpy_legacy(seed):
    r = np.random.RandomState(seed)
    out = {"seed": seed, "random_sample": floats(r.random_sample(8)), "normal": floats(r.standard_normal(9)),
           "integers": [[low, high, ints(r.randint(low, high, 6))] for low, high in
                        ((0, 10), (-5, 3), (7, 8), (0, 2**32), (0, 2**32 + 1), (-2**62, 2**62))],
           "normal_after": floats(r.standard_normal(2)), "permutation": ints(r.permutation(30)),
           "choice": ints(r.choice(50, 12)), "chosen": ints(r.choice(np.arange(100, 120), 7, replace=False))}
    values = np.arange(17)
    r.shuffle(values)
    out["shuffled"] = ints(values)
    return out


def of_numpy_generator(seed):
    r = np.random.default_rng(seed)
    out = {"seed": seed, "random": floats(r.random(5))}
    # Odd numbers of 32-bit draws between 64-bit ones: the held half must wait.
    out["mixed"] = [[low, high, ints(r.integers(low, high, 5))] for low, high in
                    ((0, 10), (0, 2**40), (-5, 3), (0, 2**32), (7, 8), (0, 2**33), (-2**62, 2**62), (0, 3 * 2**30))]
    out["random_after"] = floats(r.random(2))
    out["permutation"] = ints(r.permutation(30))
    values = np.arange(17)
    r.shuffle(values)
    out["shuffled"] = ints(values)
    return out


def of_torch(seed):
    g = torch.Generator().manual_seed(seed)
    empty = torch.empty
    out = {"seed": seed, "rand": floats(torch.rand(8, generator=g)),
           "rand_double": floats(torch.rand(5, generator=g, dtype=torch.float64)),
           "uniform": floats(empty(40).uniform_(-3, 5.5, generator=g)),
           "uniform_double": floats(empty(20, dtype=torch.float64).uniform_(-3, 5.5, generator=g)),
           "randperm": ints(torch.randperm(30, generator=g)),
           "integers": [[low, high, ints(torch.randint(low, high, (5,), generator=g))] for low, high in
                        ((0, 10), (-5, 3), (0, 2**28 - 1), (0, 2**28), (-5, 2**40))],
           "normal_3": floats(torch.randn(3, generator=g)),
           "normal_4_double": floats(torch.randn(4, generator=g, dtype=torch.float64)),
           "normal_15": floats(empty(15).normal_(2, 3, generator=g)),
           "normal_16": floats(torch.randn(16, generator=g)),
           "normal_37": floats(empty(37).normal_(2, 3, generator=g)),
           "normal_37_double": floats(empty(37, dtype=torch.float64).normal_(2, 3, generator=g)),
           "normal_1_after": floats(torch.randn(1, generator=g))}
    p = torch.linspace(0, 1, 24)
    out["probabilities"] = floats(p)
    out["bernoulli"] = ints(torch.bernoulli(p, generator=g))
    long_normal = torch.randn(100003, generator=g).numpy()
    out["normal_long"] = {"count": len(long_normal), "fnv": fnv(long_normal.tobytes())}
    long_uniform = torch.empty(10007).uniform_(-0.3, 0.7, generator=g).numpy()
    out["uniform_long"] = {"count": len(long_uniform), "fnv": fnv(long_uniform.tobytes())}
    torch.manual_seed(seed)
    out["linear"] = []
    for inputs, outputs in ((5, 3), (37, 4), (1, 1)):
        layer = torch.nn.Linear(inputs, outputs)
        out["linear"].append({"inputs": inputs, "outputs": outputs, "weight": floats(layer.weight.detach()),
                              "bias": floats(layer.bias.detach())})
    return out


def labels_for(n, k):
    """Class shares of 1 : 2 : … in a scattered order, without drawing."""
    wheel = [c for c in range(k) for _ in range(c + 1)]
    return [wheel[(i * i + 3 * i) // 2 % len(wheel)] if i % 5 else wheel[i % len(wheel)] for i in range(n)]


def of_scikit_learn(n, k, test, seed):
    labels = labels_for(n, k)
    groups = [(i * 7 + i // 3) % max(6, n // 6) for i in range(n)]
    x = np.zeros(n)
    split = lambda stratify: [ints(part) for part in ms.train_test_split(
        np.arange(n), test_size=test, random_state=seed, stratify=stratify)]
    shuffled = next(ms.ShuffleSplit(1, test_size=test, random_state=seed).split(x))
    plain, stratified = split(None), split(labels)
    assert plain == [ints(part) for part in shuffled]
    grouped = next(ms.GroupShuffleSplit(1, test_size=test, random_state=seed).split(x, groups=groups))

    def folds(splitter, **more):
        fold_of = np.full(n, -1)
        for fold, (_, tested) in enumerate(splitter.split(x, **more)):
            fold_of[tested] = fold
        return ints(fold_of)

    return {"n": n, "test": test, "seed": seed, "labels": labels, "groups": groups, "plain": plain,
            "stratified": stratified, "grouped": [ints(part) for part in grouped],
            "k_fold": folds(ms.KFold(5, shuffle=True, random_state=seed)),
            "stratified_k_fold": folds(ms.StratifiedKFold(5, shuffle=True, random_state=seed), y=labels),
            "group_k_fold": folds(ms.GroupKFold(5), groups=groups)}


def of_scikit_learn_parts(n, k, seed):
    """Train, valid and test at 0.6, 0.15 and 0.25 of all rows, and five folds with the same validation part, as codes
    0, 1 and 2; nested folds as (tested, inner) with -1 for the tested rows. Groups are names, not numbers."""
    labels, rows = np.array(labels_for(n, k)), np.arange(n)
    names = np.array([f"g{(i * 7 + i // 3) % 23}" for i in range(n)])

    def hold_out(among, size, kind):
        if kind == "grouped":
            kept, held = next(ms.GroupShuffleSplit(1, test_size=size, random_state=seed).split(
                among, groups=names[among]))
            return among[kept], among[held]
        return ms.train_test_split(among, test_size=size, random_state=seed,
                                   stratify=labels[among] if kind == "stratified" else None)

    def codes(valid, test):
        out = np.zeros(n, int)
        out[valid], out[test] = 1, 2
        return ints(out)

    def once(kind):
        rest, test = hold_out(rows, 0.25, kind)
        return codes(hold_out(rest, 0.15 / (1 - 0.25), kind)[1], test)

    def drawn(kind):
        rest, test = hold_out(rows, 0.25, kind)
        return ints(np.concatenate([*hold_out(rest, 0.15 / (1 - 0.25), kind), test]))

    def splits(kind, among, folds):
        if kind == "random":
            return ms.KFold(folds, shuffle=True, random_state=seed).split(among)
        if kind == "stratified":
            return ms.StratifiedKFold(folds, shuffle=True, random_state=seed).split(among, labels[among])
        return ms.GroupKFold(folds).split(among, groups=names[among])

    def folds(kind):
        return [codes(hold_out(rest, 0.15 / (1 - 1 / 5), kind)[1], test) for rest, test in splits(kind, rows, 5)]

    def nested(kind):
        out = []
        for rest, test in splits(kind, rows, 5):
            inner = np.full(n, -1)
            for fold, (_, held) in enumerate(splits(kind, rest, 4)):
                inner[rest[held]] = fold
            out.append([codes([], test), ints(inner)])
        return out

    kinds = ("random", "stratified", "grouped")
    return {"seed": seed, "labels": ints(labels), "groups": names.tolist(), "once": {kind: once(kind) for kind in kinds}, "drawn": {kind: drawn(kind) for kind in kinds},
            "folds": {kind: folds(kind) for kind in kinds}, "nested": {kind: nested(kind) for kind in kinds}}


def of_shuffled_lists(n, seed):
    """0 … n-1 shuffled and cut at int(0.6 n) and int(0.15 n) further: the part of each row, and all rows as drawn."""
    def cut(order):
        train, valid = int(n * 0.6), int(n * 0.15)
        out = [0] * n
        for place, row in enumerate(order):
            out[row] = 0 if place < train else 1 if place < train + valid else 2
        return out

    mixed = list(range(n))
    random.Random(seed).shuffle(mixed)
    first = datasets.Dataset.from_dict({"row": list(range(n))}).train_test_split(test_size=0.25, seed=seed)
    second = first["train"].train_test_split(test_size=0.15 / (1 - 0.25), seed=seed)
    lists = [list(part["row"]) for part in (second["train"], second["test"], first["test"])]
    parts = [set(part) for part in lists]
    divided = torch.utils.data.random_split(range(n), [0.6, 0.15, 0.25], generator=torch.Generator().manual_seed(seed))
    generator, legacy = np.random.default_rng(seed).permutation(n).tolist(), np.random.RandomState(seed).permutation(n).tolist()
    return {"n": n, "seed": seed, "python": cut(mixed), "numpy": cut(generator), "numpy_legacy": cut(legacy),
            "drawn": {"python": mixed, "numpy": generator, "numpy_legacy": legacy, "datasets": sum(lists, []),
                      "torch": [row for part in divided for row in part]},
            "datasets": [[row in part for part in parts].index(True) for row in range(n)],
            "torch": [[row in set(part) for part in divided].index(True) for row in range(n)]}


def of_scikit_learn_rows(n, seed):
    """The rows that SAG and SAGA visit."""
    rows = np.zeros((n, 1), np.float32)
    first = np.random.RandomState(seed).randint(1, np.iinfo(np.int32).max)
    data = ArrayDataset32(rows, rows[:, 0].copy(), rows[:, 0].copy(), seed=first)
    visited = [int(data._random_py()[3]) for _ in range(30)]
    few = np.zeros((min(n, 20), 1), np.float32)
    data = ArrayDataset32(few, few[:, 0].copy(), few[:, 0].copy(), seed=1)
    data._shuffle_py(seed)
    return {"n": n, "seed": seed, "rows": visited, "shuffled": [int(data._next_py()[3]) for _ in range(len(few))]}


def document_0():
    """Two randomised decompositions of 132 tokens draw their normals before the reviews are drawn."""
    r = np.random.RandomState(42)
    normals = np.concatenate([r.normal(size=(132, 12)).ravel(), r.normal(size=(132, 13)).ravel()])
    state = r.get_state()
    draws = {}
    for rows in (400000, 12808):
        r.set_state(state)
        draws[str(rows)] = ints(r.choice(rows, 100, replace=True))
    train, test = ms.train_test_split(np.arange(100), random_state=42)
    return {"normals": {"count": len(normals), "fnv": fnv(normals.tobytes()), "first": floats(normals[:4]),
                        "last": floats(normals[-4:])}, "draws": draws, "train": ints(train), "test": ints(test)}


def document_2():
    """Values divided by uniforms of torch, pairs shuffled by Python."""
    uniforms = torch.rand(1000, generator=torch.Generator().manual_seed(0))
    part = [0 if u < 0.9 else 1 if u < 0.95 else 2 for u in uniforms.tolist()]
    pairs = [[], [], []]
    for a in range(1000):
        for b in range(1000 - a):
            pairs[part[b]].append((a, b))
    random.seed(0)
    for of_part in pairs:
        random.shuffle(of_part)
    kept = [pairs[0][:100000], pairs[1][:4096], pairs[2]]
    packed = [struct.pack(f"<{2 * len(p)}q", *(v for pair in p for v in pair)) for p in kept]
    return {"uniforms_fnv": fnv(uniforms.numpy().tobytes()), "values": [part.count(p) for p in range(3)],
            "pairs": [len(p) for p in pairs], "kept_fnv": [fnv(p) for p in packed],
            "first_kept": [list(map(list, p[:3])) for p in kept]}


def of_datasets(n, seed):
    data = datasets.Dataset.from_dict({"row": list(range(n))})
    divided = data.train_test_split(test_size=0.2, seed=seed)
    return {"n": n, "seed": seed, "shuffled": data.shuffle(seed=seed)["row"][:], "train": divided["train"]["row"][:],
            "test": divided["test"]["row"][:]}


def of_random_split(n, fractions, seed):
    parts = torch.utils.data.random_split(range(n), fractions, generator=torch.Generator().manual_seed(seed))
    return {"n": n, "fractions": fractions, "seed": seed, "parts": [list(part) for part in parts]}


def main():
    data = {"script": "tests/golden/replay_streams.py", "python": sys.version.split()[0], "numpy": np.__version__,
            "torch": torch.__version__, "scikit-learn": sklearn.__version__, "datasets": datasets.__version__,
            "simd": torch.backends.cpu.get_cpu_capability(),
            "python_random": [of_python(seed) for seed in (0, 42, -7, 2**40 + 5)],
            "numpy_random_state": [of_numpy_legacy(seed) for seed in (0, 42, 2**32 - 1)],
            "numpy_generator": [of_numpy_generator(seed) for seed in (0, 42, 2**40 + 5)],
            "torch": [of_torch(seed) for seed in (0, 42, 2**40 + 5)],
            "scikit_learn": [of_scikit_learn(*case) for case in
                             ((60, 3, 0.25, 0), (101, 2, 0.2, 42), (97, 4, 1 / 3, 7), (40, 2, 0.5, 1))],
            "scikit_learn_rows": [of_scikit_learn_rows(140, 0), of_scikit_learn_rows(7, 42), of_scikit_learn_rows(10**6, 3)],
            "parts": [of_scikit_learn_parts(120, 3, 42), of_scikit_learn_parts(101, 2, 0)],
            "shuffled_lists": [of_shuffled_lists(103, 42), of_shuffled_lists(60, 0)],
            "datasets": [of_datasets(50, 42), of_datasets(1000, 42)],
            "random_split": [of_random_split(103, [0.6, 0.15, 0.25], 42), of_random_split(40, [0.75, 0.25], 0)],
            "document_0": document_0(), "document_2": document_2()}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(data, separators=(",", ":")) + "\n")


main()
