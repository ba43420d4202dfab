"""Write tests/data/probes/torch_nets.json: networks trained by torch from recorded starts on recorded batches, with the
losses and the parameters after some of the steps.

Run: python tests/golden/probes_torch_nets.py   (torch 2.15, numpy; the versions used stand in the file)
"""
import json
import pathlib

import numpy as np
import torch
from torch import nn

OUT = pathlib.Path(__file__).parents[1] / "data/probes/torch_nets.json"
STEPS, EVERY = 12, 4


def numbers(tensor):
    return [float(v) for v in tensor.detach().reshape(-1)]


def train(parameters, loss_of, batches, optimizer, l1=0.0):
    """Take a step on each batch; the losses (without L1) before each step and the parameters after every EVERY steps."""
    losses, states = [], []
    for i, rows in enumerate(batches):
        loss = loss_of(rows)
        losses.append(loss.item())
        total = loss + l1 * sum(p.abs().sum() for p in parameters) if l1 else loss
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        if (i + 1) % EVERY == 0:
            states.append(numbers(torch.cat([p.reshape(-1) for p in parameters])))
    return {"batches": [[int(r) for r in rows] for rows in batches], "every": EVERY, "losses": losses, "states": states}


def mlp(name, sizes, activation, head, weight_decay):
    layers = []
    for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
        layers += [nn.Linear(a, b)] + ([activation()] if i + 2 < len(sizes) else [])
    net = nn.Sequential(*layers, *([nn.Sigmoid()] if head == "sigmoid" else []))
    x, y = torch.randn(24, sizes[0]), torch.randint(0, sizes[-1], (24,))
    parameters = list(net.parameters())
    start = numbers(torch.cat([p.reshape(-1) for p in parameters]))
    optimizer = torch.optim.AdamW(parameters, lr=0.02, weight_decay=weight_decay)
    batches = [torch.randperm(24)[: 8 if i % 3 else 5] for i in range(STEPS)]
    run = train(parameters, lambda rows: nn.functional.cross_entropy(net(x[rows]), y[rows]), batches, optimizer)
    return {"name": name, "sizes": sizes, "activation": activation.__name__.lower(), "head": head, "lr": 0.02,
            "weight_decay": weight_decay, "x": numbers(x), "y": y.tolist(), "start": start, **run}


def basis(name, d, m, latent, k, l1):
    """Always with L1: the bias of the second map adds the same to every logit, so without L1 its gradient is nothing but
    rounding, which Adam blows up to whole steps."""
    first, second = nn.Linear(d, latent), nn.Linear(m, latent)
    x, y, rows_of = torch.randn(30, d), torch.randint(0, k, (30,)), torch.randn(k, m)
    parameters = [*first.parameters(), *second.parameters()]
    start = numbers(torch.cat([p.reshape(-1) for p in parameters]))
    optimizer = torch.optim.Adam(parameters, lr=0.01)
    batches = [torch.randint(0, 30, (16,)) for _ in range(STEPS)]
    run = train(parameters, lambda rows: nn.functional.cross_entropy(first(x[rows]) @ second(rows_of).T, y[rows]),
                batches, optimizer, l1)
    return {"name": name, "d": d, "m": m, "latent": latent, "k": k, "l1": l1, "lr": 0.01, "x": numbers(x),
            "y": y.tolist(), "basis": numbers(rows_of), "start": start, **run}


def attention(name, d, heads, k):
    queries, out = nn.Parameter(torch.zeros(heads, d)), nn.Linear(heads * d, k)
    counts = torch.randint(1, 9, (20,)).tolist()
    texts, y = [torch.randn(t, d) for t in counts], torch.randint(0, k, (20,))
    parameters = [queries, *out.parameters()]
    start = numbers(torch.cat([p.reshape(-1) for p in parameters]))
    optimizer = torch.optim.AdamW(parameters, lr=0.02, weight_decay=0.01)
    batches = [torch.randperm(20)[: 7 if i % 3 else 6] for i in range(STEPS)]

    def logits(i):
        weights = torch.softmax(queries @ texts[i].T, dim=1)
        return out((weights @ texts[i]).reshape(-1))

    run = train(parameters, lambda rows: nn.functional.cross_entropy(torch.stack([logits(i) for i in rows]), y[rows]),
                batches, optimizer)
    return {"name": name, "d": d, "heads": heads, "k": k, "lr": 0.02, "weight_decay": 0.01, "counts": counts,
            "tokens": numbers(torch.cat(texts)), "y": y.tolist(), "start": start, **run}


def main():
    torch.manual_seed(3)
    torch.set_num_threads(1)
    data = {"script": "tests/golden/probes_torch_nets.py", "torch": torch.__version__, "numpy": np.__version__,
            "mlp": [mlp("one hidden layer", [5, 7, 2], nn.ReLU, "logits", 0.0),
                    mlp("two hidden layers, gelu, decay", [4, 6, 5, 3], nn.GELU, "logits", 0.1),
                    mlp("squashed twice", [5, 6, 2], nn.ReLU, "sigmoid", 0.0)],
            "basis": [basis("with L1", 6, 5, 4, 9, 0.01), basis("with less L1", 3, 8, 5, 4, 0.001)],
            "attention": [attention("two queries", 5, 2, 3), attention("one query", 4, 1, 2)]}
    OUT.write_text(json.dumps(data, separators=(",", ":")) + "\n")


main()
