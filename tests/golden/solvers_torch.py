"""Write tests/data/solvers/torch.json: steps of torch's optimisers on gradients and problems that the file holds.

Run: python tests/golden/solvers_torch.py   (torch 2.15.0 on CPU; the version used stands in the file)
"""
import json
import pathlib

import torch

OUT = pathlib.Path(__file__).parents[1] / "data/solvers/torch.json"
SIZE, STEPS = 19, 30


def numbers(tensor):
    return [float(v) for v in tensor.detach().reshape(-1)]


def adam(name, kind, options, generator):
    """Given gradients of very different sizes, some exactly 0; every fifth state of the parameters."""
    start = torch.randn(SIZE, generator=generator)
    scale = torch.exp(3 * torch.randn(SIZE, generator=generator))
    gradients = scale * torch.randn(STEPS, SIZE, generator=generator)
    gradients[:, 3] = 0
    gradients[10:, 4] = 0
    gradients[:, 5] *= 1e-9
    parameter = torch.nn.Parameter(start.clone())
    optimiser = kind([parameter], foreach=False, fused=False, **options)
    states = []
    for step in range(STEPS):
        parameter.grad = gradients[step].clone()
        optimiser.step()
        if (step + 1) % 5 == 0:
            states.append(numbers(parameter))
    filled = {k: optimiser.defaults[k] for k in ("lr", "eps", "weight_decay")}
    filled["beta1"], filled["beta2"] = optimiser.defaults["betas"]
    return {"name": name, "options": filled, "decoupled": kind is torch.optim.AdamW, "start": numbers(start),
            "gradients": [numbers(g) for g in gradients], "every": 5, "states": states}


def path(name, objective, start, steps, memory=12):
    """The points of LBFGS after each of `steps` steps with a strong-Wolfe search, in float64. One step a call, so
    that each can be read; the tolerances end nothing."""
    w = torch.nn.Parameter(start.clone())
    optimiser = torch.optim.LBFGS([w], max_iter=1, max_eval=1000, tolerance_grad=0, tolerance_change=0,
                                  history_size=memory, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        loss = objective(w)
        loss.backward()
        return loss

    points = []
    for _ in range(steps):
        optimiser.step(closure)
        points.append(numbers(w))
    # Each call evaluates its start once more.
    return {"name": name, "memory": memory, "start": numbers(start), "points": points,
            "evaluations": optimiser.state[w]["func_evals"] - steps}


def rosenbrock(w):
    return (100 * (w[1:] - w[:-1] ** 2) ** 2 + (1 - w[:-1]) ** 2).sum()


def bowl(w):
    return (0.5 * torch.arange(1, w.numel() + 1, dtype=w.dtype) ** 2 * w**2 - w).sum()


def plain(w):
    scale = 4.0 ** torch.arange(1, w.numel() + 1, dtype=w.dtype)
    return torch.sqrt(1 + (w / scale) ** 2).sum()


# Height, frequency and start of waves on which each of these alone decides the path: a second trial that is higher
# than the first, and the same where torch turns back; a bracket whose far end is the lower one; trials near its ends,
# once and again; a bracket that grows as little as it may, and as much.
WAVES = ((1.1, 2.0, -9.81), (2.4, 8.0, 3.14), (11.3, 9.3, -0.13), (7.4, 6.4, 18.74), (3.0, 1.8, 8.21), (7.2, 0.5, 0.14))


def wave_path(height, frequency, start):
    def waves(w):
        return (0.5 * w**2 + height * torch.cos(frequency * w)).sum()

    return {"height": height, "frequency": frequency,
            **path("waves", waves, torch.tensor([start], dtype=torch.float64), 3)}


def logistic_data(generator):
    n, d = 40, 5
    x = (torch.randn(n, d, generator=generator, dtype=torch.float64) * torch.tensor([0.1, 1, 2, 5, 1])).double()
    y = torch.where(x @ torch.randn(d, generator=generator, dtype=torch.float64)
                    + 2 * torch.randn(n, generator=generator, dtype=torch.float64) > 0, 1.0, -1.0).double()
    return x, y, torch.randn(d, generator=generator, dtype=torch.float64)


def lbfgs(generator):
    """Paths over ½|w|² + C·Σ log(1 + exp(−y·x·w)) and over functions that send the line search out and back."""
    x, y, start = logistic_data(generator)
    c = 3.0

    def logistic(w):
        return 0.5 * (w @ w) + c * torch.nn.functional.softplus(-y * (x @ w)).sum()

    def full(size, value):
        return torch.full((size,), value, dtype=torch.float64)

    paths = [path("logistic", logistic, start, 20), path("rosenbrock", rosenbrock, full(10, -1.0), 60),
             path("rosenbrock", rosenbrock, full(10, -1.0), 60, memory=3), path("bowl", bowl, full(8, 0.0), 15),
             path("plain", plain, 40 * 4.0 ** torch.arange(1, 4, dtype=torch.float64), 15),
             *(wave_path(*wave) for wave in WAVES)]
    return {"x": [numbers(row) for row in x], "y": numbers(y), "c": c, "paths": paths}


def main():
    generator = torch.Generator().manual_seed(11)
    cases = [adam("Adam", torch.optim.Adam, {}, generator),
             adam("AdamW", torch.optim.AdamW, {}, generator),
             adam("Adam with a penalty", torch.optim.Adam,
                  {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-6, "weight_decay": 0.1}, generator),
             adam("AdamW with other settings", torch.optim.AdamW,
                  {"lr": 0.05, "betas": (0.7, 0.95), "eps": 1e-5, "weight_decay": 0.2}, generator)]
    data = {"script": "tests/golden/solvers_torch.py", "torch": torch.__version__, "adam": cases,
            "lbfgs": lbfgs(generator)}
    for p in data["lbfgs"]["paths"]:
        print(p["name"], p["memory"], len(p["points"]), "steps,", p["evaluations"], "evaluations to", p["points"][-1])
    OUT.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")


main()
