"""Logistic probes of many submodules trained while the model runs, as lm_probe's README did it, slips included.

Texts are padded on the left to one length and no mask reaches the model, so words see pads and stand at other positions; the
split gave the whole sample to both sides, so the numbers are those of the training texts; held rows are scaled twice before
their loss is taken. Nothing was seeded where this was published; here a seed chooses the sample, and starts numpy's stream for
each probe, so that a probe does not depend on which others are trained.
Source: t-shoemaker/lm_probe at the version of its README of 2024-12-04 (behaviour; the code here is our own).
"""
from dataclasses import dataclass, field

import numpy as np
import torch
from sklearn import metrics
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from .opening import classes_of, open_model, open_tokenizer, read_table
from .outcome import Outcome

NAME = "online-probes"
EXPORTED = 5


@dataclass
class Rules:
    """When a probe looks at held rows and when it stops; the defaults are those of the first run of the README."""

    held: float = 0.1
    warmup: int = 10
    patience: int = 5
    tolerance: float = 1e-5
    max_steps: int = 1000


SECOND_RUN = Rules(held=0.5, warmup=25, patience=10)


@dataclass
class Probe:
    classes: list
    rules: Rules
    scaler: StandardScaler = field(default_factory=StandardScaler)
    model: SGDClassifier = field(default_factory=lambda: SGDClassifier(loss="log_loss"))
    steps: int = 0
    best: float = np.inf
    waited: int = 0
    done: bool = False
    stream: tuple = field(default_factory=np.random.get_state)
    held_losses: list = field(default_factory=list)

    def learn(self, x, y):
        self.scaler.partial_fit(x)
        self.model.partial_fit(self.scaler.transform(x), y, classes=self.classes)
        self.steps += 1
        self.done = self.steps >= self.rules.max_steps

    def step(self, x, y):
        """Take a step with numpy's global stream where this probe left it."""
        np.random.set_state(self.stream)
        self.learn_or_watch(x, y)
        self.stream = np.random.get_state()

    def learn_or_watch(self, x, y):
        """Learn a whole batch while steps taken <= warm-up; afterwards hold some rows and watch their loss."""
        if self.steps <= self.rules.warmup:
            return self.learn(x, y)
        x, held, y, held_y = train_test_split(x, y, test_size=self.rules.held)
        self.learn(x, y)
        if not self.done:
            self.watch(self.loss_after_scaling_twice(held, held_y))

    def loss_after_scaling_twice(self, x, y):
        """The held rows are scaled, and then the function that scores them scales them again."""
        twice = self.scaler.transform(self.scaler.transform(x))
        return metrics.log_loss(y, self.model.predict_proba(twice).astype(np.float64), labels=self.classes)

    def watch(self, loss):
        self.held_losses.append(loss)
        better = loss < self.best and not np.isclose(loss, self.best, rtol=self.rules.tolerance)
        self.waited = 0 if better else self.waited + 1
        self.best = loss if better else self.best
        self.done = self.waited >= self.rules.patience


class Features:
    """Masked means of the outputs of named submodules, batch by batch; what was computed once is kept when `keep`."""

    def __init__(self, net, encoded, addresses, batch, keep):
        self.net, self.ids, self.mask, self.batch = net, encoded["input_ids"], encoded["attention_mask"], batch
        self.addresses, self.outputs, self.kept = addresses, {}, {} if keep else None
        for address in addresses:
            net.get_submodule(address).register_forward_hook(self.catch(address))

    def catch(self, address):
        def hook(module, inputs, output):
            self.outputs[address] = output[0] if isinstance(output, tuple) else output
        return hook

    def count(self):
        return -(-len(self.ids) // self.batch)

    def of(self, number):
        """Features {address: [b, d]} of a batch. The model gets ids alone; the mask is for the mean only."""
        if self.kept is not None and number in self.kept:
            return self.kept[number]
        part = slice(number * self.batch, (number + 1) * self.batch)
        with torch.no_grad():
            self.net(input_ids=self.ids[part], use_cache=False)
        mask = self.mask[part].unsqueeze(-1).float()
        pooled = {a: ((out * mask).sum(1) / mask.sum(1).clamp(min=1e-8)).numpy() for a, out in self.outputs.items()}
        if self.kept is not None:
            self.kept[number] = pooled
        return pooled


def encode(tokenizer, texts, length):
    tokenizer.padding_side = "left"
    tokenizer.pad_token = tokenizer.eos_token
    return tokenizer(texts, padding="max_length", truncation=True, max_length=length, return_tensors="pt")


def train(probes, features, y, epochs):
    """All probes share each pass. Gives how many batches were run, those of the probe that took longest."""
    ran = 0
    for _ in range(epochs):
        for number in range(features.count()):
            going = {address: probe for address, probe in probes.items() if not probe.done}
            if not going:
                return ran
            x = features.of(number)
            labels = y[number * features.batch : (number + 1) * features.batch]
            for address, probe in going.items():
                probe.step(x[address], labels)
            ran += 1
    return ran


def judge(probe, x, y):
    probabilities = probe.model.predict_proba(probe.scaler.transform(x))
    predictions = probe.model.predict(probe.scaler.transform(x))
    macro = dict(labels=probe.classes, average="macro", zero_division=0)
    return dict(
        stop=probe.steps, held_losses=probe.held_losses, predictions=predictions, scores=probabilities[:, 1],
        loss=metrics.log_loss(y, probabilities, labels=probe.classes), accuracy=metrics.accuracy_score(y, predictions),
        precision=metrics.precision_score(y, predictions, **macro), recall=metrics.recall_score(y, predictions, **macro),
        f1=metrics.f1_score(y, predictions, **macro), matthews=metrics.matthews_corrcoef(y, predictions),
        confusion=metrics.confusion_matrix(y, predictions, labels=probe.classes))


def run_probes(features, y, rules, seed, epochs=10):
    """Train a probe at each address and judge it on as many batches of the same texts as the longest took."""
    np.random.seed(seed)
    probes = {address: Probe(sorted(set(y.tolist())), rules) for address in features.addresses}
    ran = min(train(probes, features, y, epochs), features.count())
    seen = min(ran * features.batch, len(y))
    x = [features.of(number) for number in range(ran)]
    found = {a: judge(probe, np.concatenate([part[a] for part in x]), y[:seen]) for a, probe in probes.items()}
    return dict(seen=seen, probes=found)


def run(model, data, addresses, n=1000, length=1024, batch=8, seed=0, second=False, seeds_after=0, keep=True):
    """Enact one run. `addresses`: dotted submodules; `second`: the README's second run, of several probes. `seeds_after`:
    train so many times more on the same features from seeds of their own, for the spread. `keep`: compute features once."""
    out = Outcome(NAME, n=n, length=length, batch=batch, seed=seed, second=second, addresses=addresses)
    rules = SECOND_RUN if second else Rules()
    rows = read_table(data)
    classes, labels = classes_of(rows, "label")
    np.random.seed(seed)
    sample = np.random.choice(len(rows), size=n, replace=False)  # as pandas' DataFrame.sample draws
    y = np.array([labels[row] for row in sample])
    with out.timed("load"):
        tokenizer, net = open_tokenizer(model), open_model(model, "causal")
    encoded = encode(tokenizer, [rows[row]["text"] for row in sample], length)
    features = Features(net, encoded, addresses, batch, keep)
    with out.timed("study"):
        first = run_probes(features, y, rules, seed)
    spread = []
    for again in range(seeds_after):
        found = run_probes(features, y, rules, 1000 + again)["probes"]
        spread.append({a: {k: f[k] for k in ("stop", "accuracy", "loss")} for a, f in found.items()})
    for address in addresses:
        shown = [features.of(number)[address] for number in range(-(-first["seen"] // batch))]
        out.keep(address, np.concatenate(shown)[: first["seen"]])
    out.set(classes=classes, sample=sample, labels=y, seen=first["seen"], exported=[EXPORTED, net.config.hidden_size],
            parts=dict(train=list(range(first["seen"])), valid=[], test=list(range(first["seen"]))),
            probes=dict(sgd=first["probes"]), spread=spread)
    return out
