"""Write tests/data/probes/torch_contrast.json: contrast-consistent search by torch and eigenvectors by numpy.

Run: python tests/golden/probes_torch_contrast.py   (torch 2.15.0 on CPU, numpy 2.4.6; the versions used stand in
the file)

`ccs`: pairs that are normalised already, the layers at the start, the loss before every 50th update and after the
last, the layers at the end. `float64_gap` is the largest difference to the same run in float64: what the
float32 trajectory is worth.
`eigen`: raw contrast sets, the matrix of VINC (Belrose, Mallen et al. 2024, equation 8) built in float64 from its
definition, its largest eigenvalue and the eigenvector by numpy.linalg.eigh.
"""
import json
import pathlib

import numpy as np
import torch

OUT = pathlib.Path(__file__).parents[1] / "data/probes/torch_contrast.json"


def rounded(values):
    """Nine digits name a float32 exactly; float64 keeps all of its own."""
    values = np.asarray(values)
    if values.dtype == np.float64:
        return values.tolist()
    return [rounded(row) for row in values] if values.ndim > 1 else [float(f"{value:.9g}") for value in values]


def planted(rng, n, d, noise):
    """Pairs around a truth direction: the true statement lies on one side, the false one on the other."""
    truth = rng.choice([-1.0, 1.0], size=(n, 1))
    direction = rng.normal(size=d)
    shared = rng.normal(size=(n, d))
    first = shared + truth * direction + noise * rng.normal(size=(n, d))
    second = shared - truth * direction + noise * rng.normal(size=(n, d)) + 0.5
    return first.astype(np.float32), second.astype(np.float32), (truth[:, 0] > 0).astype(int)


def search(first, second, start, options, dtype):
    probe = torch.nn.Linear(first.shape[1], 1).to(dtype)
    with torch.no_grad():
        probe.weight.copy_(torch.tensor(start["weight"]).reshape(1, -1))
        probe.bias.copy_(torch.tensor([start["bias"]]))
    x0, x1 = torch.tensor(first).to(dtype), torch.tensor(second).to(dtype)
    optimiser = torch.optim.AdamW(probe.parameters(), lr=options["lr"], weight_decay=options["weight_decay"])

    def measured():
        p0, p1 = torch.sigmoid(probe(x0)), torch.sigmoid(probe(x1))
        return ((torch.min(p0, p1) ** 2).mean(0) + ((p0 - (1 - p1)) ** 2).mean(0))

    losses = []
    for epoch in range(options["epochs"]):
        loss = measured()
        if epoch % 50 == 0:
            losses.append(float(loss.detach()))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    losses.append(float(measured().detach()))
    return {"losses": losses, "weight": rounded(probe.weight.detach().numpy()[0]), "bias": float(probe.bias.detach())}


def ccs(rng, n, d, restarts, noise, scaled, options):
    first, second, _ = planted(rng, n, d, noise)
    first, second = first - first.mean(0, keepdims=True), second - second.mean(0, keepdims=True)
    if scaled:
        first, second = first / first.std(0, keepdims=True), second / second.std(0, keepdims=True)
    runs, gap = [], 0.0
    for restart in range(restarts):
        torch.manual_seed(100 + restart)
        layer = torch.nn.Linear(d, 1)
        start = {"weight": rounded(layer.weight.detach().numpy()[0]), "bias": float(layer.bias.detach())}
        end = search(first, second, start, options, torch.float32)
        exact = search(first, second, start, options, torch.float64)
        gap = max(gap, np.abs(np.array(end["weight"]) - exact["weight"]).max(), abs(end["bias"] - exact["bias"]),
                  np.abs(np.array(end["losses"]) - exact["losses"]).max())
        runs.append({"start": start, "end": end})
    return {"first": rounded(first), "second": rounded(second), "options": options, "every": 50, "runs": runs,
            "float64_gap": gap}


def covariance(a, b):
    return (a - a.mean(0)).T @ (b - b.mean(0)) / len(a)


def eigen(rng, n, variants, d, weights, scaled):
    """x [n, variants, 2, d]; normalised per prompt, then A = a·confidence − b·spread within − c·agreement."""
    first, second, _ = planted(rng, n, d, 0.7)
    x = np.repeat(np.stack([first, second], 1)[:, None], variants, axis=1)
    x = (x + 0.8 * rng.normal(size=(n, variants, 1, d)) * (np.arange(d) % 3 == 0)
         + 0.2 * rng.normal(size=x.shape) + rng.normal(size=(1, variants, 2, d))).astype(np.float32)
    z = x.astype(np.float64) - x.astype(np.float64).mean(0)
    if scaled:
        z = z / z.std(0)
    centroids = z.mean(1)
    confidence = covariance(centroids[:, 0], centroids[:, 0]) + covariance(centroids[:, 1], centroids[:, 1])
    agreement = covariance(centroids[:, 0], centroids[:, 1]) + covariance(centroids[:, 1], centroids[:, 0])
    within = sum(covariance(z[i, :, j], z[i, :, j]) for i in range(n) for j in range(2)) / n
    a, b, c = weights
    values, vectors = np.linalg.eigh(a * confidence - b * within - c * agreement)
    return {"x": rounded(x.reshape(n, -1)), "prompts": 2 * variants, "scaled": scaled,
            "variance": a, "invariance": b, "covariance": c, "eigenvalue": float(values[-1]),
            "second": float(values[-2]), "vector": rounded(vectors[:, -1])}


def main():
    torch.set_num_threads(1)
    rng = np.random.default_rng(17)
    default = {"epochs": 1000, "lr": 1e-3, "weight_decay": 0.01}
    data = {"script": "tests/golden/probes_torch_contrast.py", "torch": torch.__version__, "numpy": np.__version__,
            "ccs": [ccs(rng, 15, 24, 4, 0.5, False, default),
                    ccs(rng, 10, 5, 2, 2.0, True, {"epochs": 300, "lr": 0.01, "weight_decay": 0.1})],
            "eigen": [eigen(rng, 20, 1, 6, (1.0, 1.0, 1.0), False), eigen(rng, 12, 1, 30, (1.0, 1.0, 1.0), True),
                      eigen(rng, 25, 3, 8, (1.0, 1.0, 1.0), False), eigen(rng, 9, 4, 40, (0.5, 2.0, 1.5), True)]}
    print("float64 gaps", [case["float64_gap"] for case in data["ccs"]])
    print("eigenvalues", [(case["eigenvalue"], case["second"]) for case in data["eigen"]])
    print("losses", [[r["end"]["losses"][-1] for r in case["runs"]] for case in data["ccs"]])
    OUT.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")


main()
