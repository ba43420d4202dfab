"""Numbers read off the last token of "a + b" through a sinusoid and a binary basis, and by least squares, as published.

The classifier's "best" weights are a live reference, so the last ones are tested; the logarithm is inverted with + 1, which is
2 too much. Least squares takes the minimum norm: where the features repeat, a plain QR has no answer.
Source: the companion notebook of arXiv 2506.08966.
"""
import math
import random

import numpy as np
import torch

from .opening import open_model, open_tokenizer, states_of
from .outcome import Outcome

NAME = "number-basis"
PARTS = ("train", "valid", "test")
LATENT, PENALTY, CHECK = 100, 0.001, 500


def divide_values(below, seed):
    """Part of each number: torch's uniforms below 0.9 train, below 0.95 validate, the rest test."""
    drawn = torch.rand(below, generator=torch.Generator().manual_seed(seed))
    return [0 if u < 0.9 else 1 if u < 0.95 else 2 for u in drawn.tolist()]


def choose_pairs(below, part_of, keep, seed):
    """Pairs (a, b) with a + b < below, by the part of b, each list shuffled by Python's generator and cut."""
    pairs = [[(a, b) for a in range(below) for b in range(below - a) if part_of[b] == part] for part in range(3)]
    random.seed(seed)
    for of_part in pairs:
        random.shuffle(of_part)
    return {name: of_part[: count or None] for name, of_part, count in zip(PARTS, pairs, keep)}


def same_length_batches(ids, size):
    """Places of prompts of one length, at most `size` together: with one token a number all have the same."""
    by_length = {}
    for place, row in enumerate(ids):
        by_length.setdefault(len(row), []).append(place)
    for places in by_length.values():
        for first in range(0, len(places), size):
            yield places[first : first + size]


def last_token_states(net, tokenizer, pairs, size):
    """Every state of the last token: [states, n, d]."""
    ids = [tokenizer(f"{a} + {b}")["input_ids"] for a, b in pairs]
    shape = (net.config.num_hidden_layers + 1, len(ids), net.config.hidden_size)
    out = torch.empty(shape)
    with torch.no_grad():
        for places in same_length_batches(ids, size):
            states = states_of(net, torch.tensor([ids[place] for place in places]))
            for layer, state in enumerate(states):
                out[layer, places] = state[:, -1].float()
    return out


def sinusoid_basis(count, width):
    """Row x: sine of x·exp(−j·ln(count)/width) in the even column j, the cosine in the next."""
    even = torch.arange(0, width, 2)
    angles = torch.arange(count).unsqueeze(1).float() * torch.exp(-even * (torch.log(torch.tensor(count)) / width))
    return torch.stack([torch.sin(angles), torch.cos(angles)], dim=2).reshape(count, width)


def binary_basis(count, width):
    """Row x: its bits, the lowest in the last column."""
    powers = 2 ** torch.arange(width - 1, -1, -1)
    return (torch.arange(count).unsqueeze(1) // powers % 2).float()


class BasisClassifier(torch.nn.Module):
    def __init__(self, width, basis):
        super().__init__()
        self.of_state = torch.nn.Linear(width, LATENT)
        self.of_basis = torch.nn.Linear(basis.shape[1], LATENT)
        self.basis = basis

    def forward(self, x):
        return self.of_state(x) @ self.of_basis(self.basis).T


def accuracy_of(logits, y):
    return (logits.argmax(dim=1) == y).float().mean().item()


def fit_classifier(basis, x, y, closed, options):
    """Train with the test classes closed; what is tested are the last weights, whatever validated best."""
    torch.manual_seed(options["seed"])
    probe = BasisClassifier(x["train"].shape[1], basis)
    optimizer = torch.optim.Adam(probe.parameters(), lr=1e-3)
    generator = torch.Generator().manual_seed(options["seed"])
    checks = []
    for step in range(options["steps"]):
        rows = torch.randint(len(y["train"]), size=(options["batch"],), generator=generator)
        logits = probe(x["train"][rows])
        logits[:, closed] = float("-inf")
        penalty = sum(p.abs().sum() for p in probe.parameters())
        loss = torch.nn.functional.cross_entropy(logits, y["train"][rows]) + PENALTY * penalty
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % CHECK == 0:
            with torch.no_grad():
                valid = probe(x["valid"])
            checks.append(dict(step=step, loss=loss.item(), train_accuracy=accuracy_of(logits, y["train"][rows]),
                               valid_loss=torch.nn.functional.cross_entropy(valid, y["valid"]).item(),
                               valid_accuracy=accuracy_of(valid, y["valid"])))
    with torch.no_grad():
        predictions = probe(x["test"]).argmax(dim=1)
    best = max(checks, key=lambda check: check["valid_accuracy"])
    return dict(checks=checks, best_valid=best, predictions=predictions,
                accuracy=(predictions == y["test"]).float().mean().item())


def least_squares(x, y):
    """Columns of y on x and a column of ones, of minimum norm, in float64. Gives what the test rows are read as."""
    with_ones = {part: np.column_stack([rows.double().numpy(), np.ones(len(rows))]) for part, rows in x.items()}
    weights, _, rank, _ = np.linalg.lstsq(with_ones["train"], y, rcond=None)
    return with_ones["test"] @ weights, int(rank)


def fit_lines(x, y):
    """Regressions on the number and on ln(1 + number); the second's inverse is exp(·) + 1, as published."""
    train = y["train"].double().numpy()
    read, rank = least_squares(x, np.column_stack([train, np.log1p(train)]))
    with np.errstate(over="ignore"):
        values = dict(lin=read[:, 0], log=np.exp(read[:, 1]) + 1)
    found = {}
    for name, numbers in values.items():
        predictions = np.round(np.clip(numbers, -1e9, 1e9)).astype(int)
        hits = float((predictions == y["test"].numpy()).mean())
        found[name] = dict(values=numbers, predictions=predictions, accuracy=hits, rank=rank)
    truly = np.round(np.clip(values["log"] - 2, -1e9, 1e9)).astype(int)
    found["log"]["accuracy_with_true_inverse"] = float((truly == y["test"].numpy()).mean())
    return found


def run(model, below=1000, seed=0, keep=(100_000, 4096, 0), steps=10_001, batch=1024, forward_batch=1024, layers=None):
    """Enact the study. `keep`: rows that train, validate and test, 0 for all. `layers`: states that are probed, all without.
    Published in half precision on a GPU; here in float32."""
    out = Outcome(NAME, below=below, seed=seed, keep=keep, steps=steps, batch=batch, layers=layers)
    part_of = divide_values(below, seed)
    pairs = choose_pairs(below, part_of, keep, seed)
    with out.timed("load"):
        tokenizer, net = open_tokenizer(model), open_model(model)
    with out.timed("forward"):
        states = {part: last_token_states(net, tokenizer, pairs[part], forward_batch) for part in PARTS}
    y = {part: torch.tensor([b for _, b in pairs[part]]) for part in PARTS}
    width = net.config.hidden_size
    bases = dict(sin=sinusoid_basis(below, width), bin=binary_basis(below, math.ceil(math.log2(below))))
    closed = torch.tensor(part_of) == 2
    probes = {name: {} for name in ("sin", "bin", "lin", "log")}
    for layer in range(len(states["train"])) if layers is None else layers:
        x, address = {part: states[part][layer] for part in PARTS}, f"hidden[{layer}]"
        out.keep(address, torch.cat([x[part] for part in PARTS]).numpy())
        with out.timed("probes"):
            for name, basis in bases.items():
                options = dict(seed=seed, steps=steps, batch=batch)
                probes[name][address] = fit_classifier(basis, x, y, closed, options)
        with out.timed("least_squares"):
            for name, found in fit_lines(x, y).items():
                probes[name][address] = found
    values = {name: [v for v in range(below) if part_of[v] == part] for part, name in enumerate(PARTS)}
    out.set(sample=pairs, values=values, probes=probes)
    return out
