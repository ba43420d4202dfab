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


def lbfgs(generator):
    """½|w|² + C·Σ log(1 + exp(−y·x·w)) in float64, from a start away from the optimum, to the end of float64."""
    n, d, c = 40, 5, 3.0
    x = (torch.randn(n, d, generator=generator, dtype=torch.float64) * torch.tensor([0.1, 1, 2, 5, 1])).double()
    y = torch.where(x @ torch.randn(d, generator=generator, dtype=torch.float64)
                    + 2 * torch.randn(n, generator=generator, dtype=torch.float64) > 0, 1.0, -1.0).double()
    start = torch.randn(d, generator=generator, dtype=torch.float64)
    w = torch.nn.Parameter(start.clone())
    optimiser = torch.optim.LBFGS([w], max_iter=200, tolerance_grad=1e-12, tolerance_change=1e-16, history_size=12,
                                  line_search_fn="strong_wolfe")
    values = []

    def closure():
        optimiser.zero_grad()
        loss = 0.5 * (w @ w) + c * torch.nn.functional.softplus(-y * (x @ w)).sum()
        loss.backward()
        values.append(float(loss.detach()))
        return loss

    optimiser.step(closure)
    state = optimiser.state[w]
    return {"x": [numbers(row) for row in x], "y": numbers(y), "c": c, "start": numbers(start), "end": numbers(w),
            "value": float(closure().detach()), "gradient": float(w.grad.abs().max()),
            "iterations": state["n_iter"], "evaluations": state["func_evals"]}


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
    print({k: v for k, v in data["lbfgs"].items() if k not in ("x", "y")})
    OUT.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")


main()
