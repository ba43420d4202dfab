"""An L1 probe on the neurons of one block's perceptron at two words, as published in a course on language models.

The first so many occurrences of each word in one joined stream, so the words come from different texts and windows may overlap
and cross borders; features as they are; SAGA stopped after 1,000 passes. The division was unseeded where this was published;
here its seed is a setting.
"""
import warnings

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split

from .opening import open_model, open_tokenizer, read_table
from .outcome import Outcome

NAME = "sparse-neurons"
BEFORE, AFTER = 14, 2
C = 10
SWEEP = np.linspace(1, 100, 17)


def joined_stream(tokenizer, texts):
    """All documents as one row of ids, and where each ends."""
    ids = [np.array(tokenizer.encode(text), dtype=np.int64) for text in texts]
    return np.concatenate(ids), np.cumsum([len(of_text) for of_text in ids])


def single_token(tokenizer, word):
    ids = tokenizer.encode(word, add_special_tokens=False)
    if len(ids) != 1:
        raise ValueError(f"{word!r}: {len(ids)} tokens; expected one")
    return ids[0]


def choose_windows(tokenizer, stream, target, count):
    """Places of the first `count` occurrences whose next token begins with a space, and how many had no whole window.

    As published nothing guards the borders of the stream: an occurrence without a whole window stops the notebook. Here it is
    passed over and counted.
    """
    places, cut = [], 0
    for place in np.flatnonzero(stream == target):
        if len(places) == count:
            break
        if place + AFTER >= len(stream) or not tokenizer.decode(stream[place + 1 : place + 2])[:1] == " ":
            continue
        if place < BEFORE:
            cut += 1
            continue
        places.append(int(place))
    if len(places) < count:
        raise ValueError(f"token {target}: {len(places)} occurrences; expected {count}")
    return places, cut


def windows_at(stream, places):
    return np.array([stream[place - BEFORE : place + AFTER + 1] for place in places])


def activations(net, address, windows):
    """Output of one module at the target of each window: [n, f]."""
    caught = []
    hook = net.get_submodule(address).register_forward_hook(lambda module, inputs, output: caught.append(output))
    with torch.no_grad():
        net(torch.tensor(windows))
    hook.remove()
    return caught[0][:, BEFORE].numpy()


def sparse_fit(x, y, c, seed, **solver):
    options = dict(l1_ratio=1, max_iter=1000, solver="saga", random_state=seed) | solver
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(C=c, **options).fit(x, y)


def objective(x, y, probe, c):
    """The L1 norm of the weights plus C times the summed loss: what every solver here should minimise."""
    margins = (x.astype(np.float64) @ probe.coef_[0] + probe.intercept_[0]) * (2 * y - 1)
    return float(np.abs(probe.coef_).sum() + c * np.logaddexp(0, -margins).sum())


def describe(probe, x, y, c):
    weights = probe.coef_[0]
    used = np.flatnonzero(weights)
    return dict(c=c, nonzero=len(used), density=100 * len(used) / len(weights), used=used, weights=weights[used],
                intercept=float(probe.intercept_[0]), n_iter=int(probe.n_iter_[0]), objective=objective(x, y, probe, c))


def probe_words(x, y, train, test, seed):
    probe = sparse_fit(x[train], y[train], C, seed)
    predictions = probe.predict(x[test])
    report = classification_report(y[test], predictions, target_names=["the", "an"], output_dict=True, zero_division=0)
    return dict(describe(probe, x[train], y[train], C), predictions=predictions, scores=probe.decision_function(x[test]),
                accuracy=float((predictions == y[test]).mean()), report=report)


def converged_density(x, y, c, seed):
    """What the same objective gives when its solver goes to the end (liblinear, whose intercept is penalised: scaled away)."""
    probe = sparse_fit(x, y, c, seed, solver="liblinear", tol=1e-10, max_iter=20_000, intercept_scaling=100.0)
    return {k: v for k, v in describe(probe, x, y, c).items() if k in ("c", "nonzero", "density", "objective", "n_iter")}


def histogram(rows):
    counts, edges = np.histogram(rows.ravel(), 100)
    return dict(counts=counts, low=float(edges[0]), high=float(edges[-1]))


def run(model, data, address, seed=0, documents=500, per_class=100, words=(" the", " an"), sweep=True, reference=False):
    """Enact the study. `address`: the module whose output is read. `reference`: add what converged fits give."""
    out = Outcome(NAME, address=address, seed=seed, documents=documents, per_class=per_class, words=words)
    with out.timed("load"):
        tokenizer, net = open_tokenizer(model), open_model(model, "causal")
    with out.timed("tokenize"):
        stream, ends = joined_stream(tokenizer, [row["text"] for row in read_table(data)[:documents]])
    targets = [single_token(tokenizer, word) for word in words]
    found = [choose_windows(tokenizer, stream, target, per_class) for target in targets]
    windows = [windows_at(stream, places) for places, _ in found]
    with out.timed("forward"):
        rows = [activations(net, address, of_word) for of_word in windows]
    x, y = np.concatenate(rows), np.repeat([0, 1], per_class)
    names = np.repeat([word.strip() for word in words], per_class)  # by name: a seed then divides alike whatever a class is called
    train, test = train_test_split(np.arange(len(y)), test_size=0.3, stratify=names, random_state=seed)
    with out.timed("probe"):
        probe = probe_words(x, y, train, test, seed)
    with out.timed("sweep"):
        swept = [describe(sparse_fit(x[train], y[train], c, seed), x[train], y[train], c) for c in SWEEP] if sweep else []
    keys = ("c", "nonzero", "density", "objective", "n_iter")
    if reference:
        out.set(converged=[converged_density(x[train], y[train], c, seed) for c in [C, *SWEEP]])
    out.keep(address, x)
    sample = [place for places, _ in found for place in places]
    out.set(classes=[word.strip() for word in words], targets=targets, sample=sample,
            sample_documents=np.searchsorted(ends, sample, side="right"),
            windows=np.concatenate(windows), passed_over=[cut for _, cut in found], stream_tokens=len(stream), labels=y,
            parts=dict(train=train, valid=[], test=test), probes=dict(logistic={address: probe}),
            sweep=[{k: fit[k] for k in keys} for fit in swept], histograms=[histogram(r) for r in rows])
    return out
