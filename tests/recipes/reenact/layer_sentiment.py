"""A two-layer perceptron on every hidden state of an encoder but the last, as published in a lesson on linear probes.

Pads are run and averaged over like words; the perceptron's sigmoid is squashed once more by the cross-entropy; the last
state is never probed, the test part never scored.
"""
import numpy as np
import torch
from sklearn.manifold import TSNE

from .opening import classes_of, open_model, open_tokenizer, read_table, states_of
from .outcome import Outcome

NAME = "layer-sentiment"
BATCH = 32


def shuffled(count, seed):
    """The order in which Hugging Face's `datasets` shuffles rows (tests/data/replay/streams.json holds it to the package)."""
    return np.random.default_rng(seed).permutation(count)


def choose_rows(train_rows, test_rows, keep, seed):
    """Rows that train (of the first table), and rows that validate and test (of the second)."""
    second = shuffled(test_rows, seed)
    return shuffled(train_rows, seed)[:keep], second[:keep], second[keep : 2 * keep]


def run_batches(net, tokenizer, texts, length, layer):
    """Every position of one hidden state [n, L, d]; with `layer` None, of all of them, pooled: [states, n, d]."""
    parts = []
    for first in range(0, len(texts), BATCH):
        inputs = tokenizer(texts[first : first + BATCH], return_tensors="pt", padding="max_length", truncation=True,
                           max_length=length)
        states = states_of(net, inputs["input_ids"], inputs["attention_mask"])
        parts.append(states[layer] if layer is not None else torch.stack([state.mean(dim=1) for state in states]))
    return torch.cat(parts, dim=0 if layer is not None else 1)


def make_probe(width):
    layers = [torch.nn.Linear(width, width), torch.nn.ReLU(), torch.nn.Linear(width, 2), torch.nn.Sigmoid()]
    return torch.nn.Sequential(*layers)


def train_probe(probe, x, y, epochs):
    """Adam over batches in their order. Gives the loss of each step before its update."""
    optimizer = torch.optim.Adam(probe.parameters(), lr=0.001)
    losses = []
    for _ in range(epochs):
        for first in range(0, len(x), BATCH):
            part = slice(first, first + BATCH)
            loss = torch.nn.functional.cross_entropy(probe(x[part]), y[part])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


def judge(probe, x, y):
    with torch.no_grad():
        outputs = probe(x)
    predictions = outputs.argmax(dim=-1)
    return dict(outputs=outputs, predictions=predictions, accuracy=int((predictions == y).sum()) / len(y))


class States:
    """Where the pooled states of a layer come from: "each" runs the model again for every layer and keeps the history of
    the gradients, as published; "once" runs it a single time. Both give the same numbers."""

    def __init__(self, net, tokenizer, length, texts, passes):
        self.run = lambda part, layer: run_batches(net, tokenizer, texts[part], length, layer)
        self.pooled = None
        if passes == "once":
            with torch.no_grad():
                self.pooled = {part: self.run(part, None) for part in texts}

    def of(self, part, layer):
        if self.pooled is not None:
            return self.pooled[part][layer]
        return self.run(part, layer).detach().mean(dim=1)


def read_parts(train_data, test_data, keep, seed):
    """Classes; and by part the rows chosen, their texts and labels."""
    tables = dict(train=read_table(train_data), test=read_table(test_data))
    rows = dict(zip(("train", "valid", "test"), choose_rows(len(tables["train"]), len(tables["test"]), keep, seed)))
    classes = classes_of(tables["train"], "label")[0]
    texts, labels = {}, {}
    for part, chosen in rows.items():
        table = tables["train" if part == "train" else "test"]
        texts[part] = [table[row]["text"] for row in chosen]
        labels[part] = torch.tensor([classes.index(table[row]["label"]) for row in chosen])
    return classes, {part: chosen.tolist() for part, chosen in rows.items()}, texts, labels


def run(model, train_data, test_data, keep=50, seed=42, torch_seed=42, length=512, epochs=5, passes="once", pictures=False,
        score_test=False):
    """Enact the study. `length`: what every batch is padded and cut to; published, each batch to its longest, which works
    only where that is the same for all, in practice 512. `score_test`: also predict the part that was loaded and left."""
    out = Outcome(NAME, keep=keep, seed=seed, torch_seed=torch_seed, length=length, epochs=epochs, passes=passes)
    classes, rows, texts, labels = read_parts(train_data, test_data, keep, seed)
    if not score_test:
        del texts["test"]
    with out.timed("load"):
        tokenizer, net = open_tokenizer(model), open_model(model)
    with out.timed("forward"):
        states = States(net, tokenizer, length, texts, passes)
    torch.manual_seed(torch_seed)
    width, layers = net.config.hidden_size, net.config.num_hidden_layers
    make_probe(width)  # built and never used, but it draws
    found, best = {}, dict(layer=-1, accuracy=0.0)
    for layer in range(layers):
        with out.timed("forward"):
            x = {part: states.of(part, layer) for part in texts}
        with out.timed("pictures"):
            if pictures:
                TSNE(n_components=2, random_state=0).fit_transform(x["train"].numpy())
        with out.timed("probes"):
            probe = make_probe(width)
            losses = train_probe(probe, x["train"], labels["train"], epochs)
            of_layer = dict(judge(probe, x["valid"], labels["valid"]), losses=losses)
            if score_test:
                of_layer["test"] = judge(probe, x["test"], labels["test"])
        out.keep(f"hidden[{layer}]", torch.cat(list(x.values())).numpy())
        found[f"hidden[{layer}]"] = of_layer
        if of_layer["accuracy"] > best["accuracy"]:
            best = dict(layer=layer, accuracy=of_layer["accuracy"])
    out.set(classes=classes, sample=rows, labels=labels, probes=dict(mlp=found), best=best)
    return out
