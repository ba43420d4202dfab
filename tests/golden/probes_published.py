"""Write tests/data/probes/published.json: published trainings of probes, re-enacted with torch and scikit-learn from equal seeds.

Run: python tests/golden/probes_published.py   (the versions used stand in the file)

Rows are not stored. `rows(seed, n, d)` are RandomState(seed).random_sample((n, d)) - 0.5 in float64, changed as each function
says, then rounded to float32; the tests make the same.
- `mlp`: a linear layer, ReLU, a linear layer and a sigmoid under the cross-entropy; one network that is never used, then one for
  each of three sets of rows, all from one generator.
- `basis`: the number probe: start from the global generator, rows from one of its own, and the first L1 terms at full size.
- `ccs`: a layer that is never used, then for each restart a layer and a permutation; ranked by the loss before the last update.
- `sgd`: StandardScaler and SGDClassifier.partial_fit a batch; after the warm-up a part of the batch is held.
"""
import json
import pathlib

import numpy as np
import sklearn
import torch
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn

OUT = pathlib.Path(__file__).parents[1] / "data/probes/published.json"


def rows(seed, n, d):
    return np.random.RandomState(seed).random_sample((n, d)) - 0.5


def numbers(values):
    """Nine digits name a float32 exactly."""
    return [float(f"{float(v):.9g}") for v in np.asarray(values).reshape(-1)]


def parameters_of(net):
    return numbers(torch.cat([p.detach().reshape(-1) for p in net.parameters()]))


def mlp(n=50, d=24, epochs=5, batch=32):
    y = torch.arange(n) % 2
    torch.manual_seed(42)
    network = lambda: nn.Sequential(nn.Linear(d, d), nn.ReLU(), nn.Linear(d, 2), nn.Sigmoid())
    network()
    runs = []
    for place in range(3):
        x = rows(11 + place, n, d)
        x[:, :3] += 0.5 * y.numpy()[:, None]  # the second class lies higher in three columns
        x = torch.tensor(x.astype(np.float32))
        net = network()
        optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)
        for _ in range(epochs):
            for first in range(0, n, batch):
                loss = nn.functional.cross_entropy(net(x[first:first + batch]), y[first:first + batch])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
        runs.append({"data_seed": 11 + place, "parameters": parameters_of(net), "last_loss": loss.item()})
    return {"n": n, "d": d, "epochs": epochs, "batch": batch, "seed": 42, "lr": 1e-3, "runs": runs}


class NumberProbe(nn.Module):
    def __init__(self, width, basis):
        super().__init__()
        self.activation, self.number = nn.Linear(width, 100), nn.Linear(basis.shape[1], 100)
        self.basis = basis

    def forward(self, x):
        return self.activation(x) @ self.number(self.basis).T


def binary(count):
    columns = (count - 1).bit_length()
    return torch.tensor([[float(v >> (columns - 1 - j) & 1) for j in range(columns)] for v in range(count)])


def basis(n=300, d=16, count=40, steps=61, batch=32, every=20):
    closed = [3, 8, 21, 34]
    open_values = [v for v in range(count) if v not in closed]
    y = np.array([open_values[i * 7 % len(open_values)] for i in range(n)])
    x = rows(21, n, d) + np.where(y[:, None] >> (np.arange(d)[None, :] % 6) & 1, 0.5, 0.0)  # the bits of the number
    held = np.array([(i * 11) % count for i in range(80)])
    held_x = rows(22, 80, d) + np.where(held[:, None] >> (np.arange(d)[None, :] % 6) & 1, 0.5, 0.0)
    x, held_x = torch.tensor(x.astype(np.float32)), torch.tensor(held_x.astype(np.float32))
    torch.manual_seed(0)
    probe = NumberProbe(d, binary(count))
    optimiser = torch.optim.Adam(probe.parameters(), lr=0.01)
    drawing = torch.Generator().manual_seed(0)
    losses, looks = [], []
    for step in range(steps):
        picked = torch.randint(n, size=(batch,), generator=drawing)
        logits = probe(x[picked])
        logits[:, closed] = float("-inf")
        loss = nn.functional.cross_entropy(logits, torch.tensor(y)[picked]) + 0.001 * sum(p.abs().sum() for p in probe.parameters())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        if step % every == 0:
            looks.append(float((probe(held_x).argmax(1).numpy() == held).mean()))
    return {"n": n, "d": d, "count": count, "steps": steps, "batch": batch, "every": every, "closed": closed, "lr": 0.01,
            "targets": y.tolist(), "held": held.tolist(), "first_loss": losses[0], "last_loss": losses[-1], "looks": looks,
            "parameters": parameters_of(probe), "said": probe(held_x).argmax(1).tolist(), "first_l1": first_l1()}


def first_l1():
    """0.001 times the sum of all |parameters| at full size, for both bases, from seed 0."""
    terms = {}
    for name, columns in (("sinusoid", 2048), ("binary", 10)):
        torch.manual_seed(0)
        probe = NumberProbe(2048, torch.zeros(1, columns))
        terms[name] = 0.001 * float(sum(p.detach().double().abs().sum() for p in probe.parameters()))
    return terms


def ccs(n=100, kept=75, d=1536, restarts=10, epochs=1000):
    truth = np.where(np.arange(n) % 2 == 0, 1.0, -1.0)[:, None]
    shared, direction = rows(31, n, d) / 8, rows(32, 1, d) / 64
    first = (shared + truth * direction + rows(33, n, d) / 16).astype(np.float32)
    second = (shared - truth * direction + rows(34, n, d) / 16 + 0.25).astype(np.float32)
    centred = lambda x: torch.tensor(x - x.mean(axis=0, keepdims=True))
    x0, x1 = centred(first[:kept]), centred(second[:kept])
    torch.manual_seed(7)
    layer = lambda: nn.Linear(d, 1)
    layer()
    best, least, losses = None, np.inf, []
    for _ in range(restarts):
        net = layer()
        order = torch.randperm(kept)
        a, b = x0[order], x1[order]
        optimiser = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.01)
        for _ in range(epochs):
            p0, p1 = torch.sigmoid(net(a)), torch.sigmoid(net(b))
            loss = (torch.min(p0, p1) ** 2).mean(0) + ((p0 - (1 - p1)) ** 2).mean(0)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        losses.append(loss.item())
        if losses[-1] < least:
            best, least = net, losses[-1]
    with torch.no_grad():
        p0, p1 = torch.sigmoid(best(centred(first[kept:]))), torch.sigmoid(best(centred(second[kept:])))
    confidence = (0.5 * (p0 + (1 - p1)))[:, 0].numpy()
    labels = (np.arange(n) % 2)[kept:]
    right = float(((confidence < 0.5).astype(int) == labels).mean())
    return {"n": n, "kept": kept, "d": d, "seed": 7, "losses": losses, "confidence": numbers(confidence),
            "accuracy": max(right, 1 - right)}


def sgd(name, data_seed, seed, n=400, d=12, batch=8, held=0.1, patience=5, warmup=10, alpha=1e-4):
    y = np.arange(n) * 5 % 7 % 2
    x = rows(data_seed, n, d)
    x[:, 0] += 0.3 * y
    x = x.astype(np.float32).astype(np.float64)
    np.random.seed(seed)
    scaler, model = StandardScaler(), SGDClassifier(loss="log_loss", alpha=alpha)
    steps, best, waited = 0, np.inf, 0
    losses = []
    for epoch in range(10):
        for first in range(0, n, batch):
            bx, by = x[first:first + batch], y[first:first + batch]
            judged = None
            if steps > warmup:
                bx, judged, by, judged_y = train_test_split(bx, by, test_size=held)
            model.partial_fit(scaler.partial_fit(bx).transform(bx), by, classes=[0, 1])
            steps += 1
            if judged is None:
                continue
            loss = log_loss(judged_y, model.predict_proba(scaler.transform(judged)), labels=[0, 1])
            losses.append(loss)
            if np.isclose(loss, best, rtol=1e-5) or loss > best:
                waited += 1
            else:
                best, waited = loss, 0
            if waited >= patience:
                break
        if waited >= patience:
            break
    return {"name": name, "data_seed": data_seed, "seed": seed, "n": n, "d": d, "batch": batch, "held": held, "patience": patience,
            "warmup": warmup, "alpha": alpha, "steps": steps, "held_loss": best,
            "probabilities": model.predict_proba(scaler.transform(x[:20]))[:, 1].tolist()}


def main():
    torch.set_num_threads(1)
    runs = [sgd("a batch of eight, one held", 41, 0), sgd("half of it held", 42, 3, held=0.5, patience=10, warmup=25, alpha=0.3),
            sgd("more epochs than one", 43, 5, n=64, patience=12, alpha=0.05), sgd("another seed", 41, 1)]
    data = {"script": "tests/golden/probes_published.py", "torch": torch.__version__, "numpy": np.__version__,
            "scikit-learn": sklearn.__version__, "mlp": mlp(), "basis": basis(), "ccs": ccs(), "sgd": runs}
    OUT.write_text(json.dumps(data, separators=(",", ":")) + "\n")
    print([(r["steps"], round(r["held_loss"], 4)) for r in runs], data["ccs"]["losses"], data["ccs"]["accuracy"], data["basis"]["looks"],
          data["basis"]["first_l1"], data["basis"]["last_loss"], [r["last_loss"] for r in data["mlp"]["runs"]])


main()
