"""Time a step of the basis classifier against torch: batch 1,024, 2,048 features, 100 latent dimensions, 1,000 classes.

    python basis.py build/release/bin/probe_bench [--rounds 5]

Both sides draw rows, copy them, and take a step of Adam on cross-entropy plus 0.001 times the L1 norm of all parameters.
Before any speed is printed the losses must agree: of the first step (starts are drawn alike, not the same) and after 60
steps. That every step follows torch's to 1e-5 from the same start is a test (tests/golden/probes_torch_nets.py)."""

import argparse

import numpy as np
import torch
from torch import nn
from training_steps import THREADS, compare, require, sonde_fit, sonde_step, torch_step, write_features

ROWS, WIDTH, LATENT, CLASSES, BATCH, L1 = 4096, 2048, 100, 1000, 1024, 1e-3


def basis_rows(kind):
    numbers = torch.arange(CLASSES, dtype=torch.float64)
    if kind == "binary":
        return torch.stack([(numbers.long() >> (9 - j)) & 1 for j in range(10)], 1).float()
    even = torch.arange(0, WIDTH, 2, dtype=torch.float64)
    angles = numbers[:, None] * torch.exp(-even * np.log(CLASSES) / WIDTH)
    return torch.stack([angles.sin(), angles.cos()], 2).reshape(CLASSES, WIDTH).float()


class TorchSide:
    def __init__(self, kind, x, y):
        torch.manual_seed(0)
        self.x, self.y, self.rows = torch.from_numpy(x), torch.from_numpy(y), basis_rows(kind)
        self.of_state, self.of_basis = nn.Linear(WIDTH, LATENT), nn.Linear(self.rows.shape[1], LATENT)
        self.parameters = [*self.of_state.parameters(), *self.of_basis.parameters()]
        self.optimizer = torch.optim.Adam(self.parameters, lr=1e-3)

    def step(self):
        drawn = torch.randint(0, ROWS, (BATCH,))
        logits = self.of_state(self.x[drawn]) @ self.of_basis(self.rows).T
        loss = nn.functional.cross_entropy(logits, self.y[drawn]) + L1 * sum(p.abs().sum() for p in self.parameters)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(THREADS)
    rng = np.random.default_rng(0)
    y = rng.integers(0, CLASSES, ROWS)
    y[:2] = 0, CLASSES - 1
    centres = rng.standard_normal((CLASSES, WIDTH))
    x = (0.03 * (centres[y] + 0.3 * rng.standard_normal((ROWS, WIDTH)))).astype(np.float32)
    features = write_features(x, y)
    for kind in ("sinusoid", "binary"):
        probe = f"basis:basis={kind},range=0:{CLASSES},mask=none,batch={BATCH},latent={LATENT},l1={L1}"
        side = TorchSide(kind, x, y)
        losses = [side.step().item() for _ in range(60)]
        details = sonde_fit(options.program, features, f"{probe},steps=60")[1]["details"]
        require(f"{kind}, first loss", details["first_loss"], losses[0], 0.05)
        require(f"{kind}, loss after 60 steps", details["last_loss"], losses[-1], 0.2)
        compare(f"basis step, {kind}", lambda: torch_step(side.step, 5, 45),
                lambda: sonde_step(options.program, features, probe, "steps", 5, 65), 2.5, options.rounds)


main()
