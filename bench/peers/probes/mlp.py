"""Time a training step of a 768-768-2 perceptron against torch: batches of 32, ReLU, Adam at 1e-3.

    python mlp.py build/release/bin/probe_bench [--rounds 5]

There are 32 rows, so an epoch is a step. Torch runs with the faster of its two optimizers, fused or not. Before the speed is
printed the losses after 3 and 20 steps must agree (starts are drawn alike, not the same). That every step follows torch's to
1e-5 from the same start is a test (tests/golden/probes_torch_nets.py)."""

import argparse

import numpy as np
import torch
from torch import nn
from training_steps import THREADS, compare, require, sonde_fit, sonde_step, torch_step, write_features

PROBE = "mlp:hidden=768,batch=32,standardize=false,shuffle=false"


class TorchSide:
    def __init__(self, x, y, fused):
        torch.manual_seed(0)
        self.x, self.y = torch.from_numpy(x), torch.from_numpy(y)
        self.net = nn.Sequential(nn.Linear(768, 768), nn.ReLU(), nn.Linear(768, 2))
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=1e-3, fused=fused)

    def step(self):
        loss = nn.functional.cross_entropy(self.net(self.x), self.y)
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
    x, y = rng.standard_normal((32, 768)).astype(np.float32), rng.integers(0, 2, 32)
    y[:2] = 0, 1
    features = write_features(x, y)
    reference = TorchSide(x, y, False)
    losses = [reference.step().item() for _ in range(20)]
    for steps, tolerance in ((3, 0.05), (20, 0.01)):
        details = sonde_fit(options.program, features, f"{PROBE},epochs={steps}")[1]["details"]
        require(f"loss after {steps} steps", details["training_loss"], losses[steps - 1], tolerance)
    sides = [TorchSide(x, y, False), TorchSide(x, y, True)]
    best = min(sides, key=lambda side: torch_step(side.step, 20, 220))
    compare("perceptron step", lambda: torch_step(best.step, 20, 320),
            lambda: sonde_step(options.program, features, PROBE, "epochs", 20, 620), 2.8, options.rounds)


main()
