"""The truth direction of contrast pairs, as published: logistic regression on differences, and contrast-consistent search.

One global stream of numpy draws everything: first the normals of two principal component analyses of one review's tokens,
then the rows. torch was not seeded where this was published; here its seed is a setting.
Source: C. Burns et al., "Discovering Latent Knowledge in Language Models Without Supervision", 2022, in the form of a blog's
notebook of 2023-05-08.
"""
import copy

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import TSNE
from sklearn.model_selection import train_test_split

from .opening import classes_of, open_model, open_tokenizer, read_table, states_of
from .outcome import Outcome

PROMPT = "The following review expresses a {} sentiment:\n{}"
SIDES = ("negative", "positive")
NAME = "truth-direction"


def last_state(model, tokenizer, text):
    """The last hidden state of one text, alone: [t, d]."""
    ids = tokenizer(text, truncation=True, return_tensors="pt").input_ids
    with torch.no_grad():
        return states_of(model, ids)[-1][0].numpy()


def draw_pictures(points, with_tsne):
    """Project the tokens of one review to two and three dimensions.

    What matters to the study is how much the analyses draw from numpy's global stream: with a state of more than 500 columns
    scikit-learn takes its randomised solver.
    """
    pictures = {}
    if with_tsne:
        pictures["tsne"] = TSNE(n_components=2, random_state=42).fit_transform(points)
    pictures["pca"] = PCA(n_components=2).fit_transform(points)
    pictures["pca_3d"] = PCA(n_components=3).fit_transform(points)
    return pictures


def pair_features(model, tokenizer, texts):
    """Features [n, 2, d] of both prompts of each text, batch size one."""
    pairs = [[last_state(model, tokenizer, PROMPT.format(side, text))[-1] for side in SIDES] for text in texts]
    return np.array(pairs, dtype=np.float32)


def centred(x):
    return x - x.mean(axis=0, keepdims=True)


def linear_probe(width):
    return torch.nn.Sequential(torch.nn.Linear(width, 1), torch.nn.Sigmoid())


def contrast_loss(p0, p1):
    return (torch.minimum(p0, p1) ** 2).mean() + ((p0 - (1 - p1)) ** 2).mean()


def search_once(x0, x1, epochs):
    """One restart: a fresh probe, a permutation, full batches. Gives the probe and the loss before its last update."""
    probe = linear_probe(x0.shape[1])
    order = torch.randperm(len(x0))
    x0, x1 = x0[order], x1[order]
    optimizer = torch.optim.AdamW(probe.parameters(), lr=1e-3, weight_decay=0.01)
    for _ in range(epochs):
        loss = contrast_loss(probe(x0), probe(x1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return probe, loss.item()


def contrast_search(pairs, train, test, torch_seed, epochs=1000, restarts=10):
    """Contrast-consistent search on centred pairs; the test part is centred on itself."""
    torch.manual_seed(torch_seed)
    linear_probe(pairs.shape[2])  # built and never used, but it draws
    x0, x1 = (torch.tensor(centred(pairs[train, side])) for side in (0, 1))
    best, losses = None, []
    for _ in range(restarts):
        probe, loss = search_once(x0, x1, epochs)
        if not losses or loss < min(losses):
            best = copy.deepcopy(probe)
        losses.append(loss)
    with torch.no_grad():
        p0, p1 = (best(torch.tensor(centred(pairs[test, side])))[:, 0].numpy() for side in (0, 1))
    return dict(losses=losses, scores=0.5 * (p0 + (1 - p1)), weight=best[0].weight[0], bias=best[0].bias)


def judge_contrast(found, truth):
    """Predict 1 below one half; the sign is whichever flatters on the test labels."""
    predictions = (found["scores"] < 0.5).astype(int)
    accuracy = float((predictions == truth).mean())
    return dict(found, predictions=predictions, unflattered=accuracy, accuracy=max(accuracy, 1 - accuracy))


def supervised(pairs, y, train, test):
    x = pairs[:, 0] - pairs[:, 1]
    probe = LogisticRegression(class_weight="balanced").fit(x[train], y[train])
    return dict(predictions=probe.predict(x[test]), scores=probe.decision_function(x[test]),
                accuracy=float(probe.score(x[test], y[test])), n_iter=int(probe.n_iter_[0]))


def draw_rows(tokenizer, rows, text, count):
    """Draw with replacement. The length filter counts the fields of the tokenizer's answer, so it lets everything pass."""
    drawn = []
    while len(drawn) < count:
        row = np.random.randint(len(rows))
        if len(tokenizer(rows[row][text])) < 400:
            drawn.append(int(row))
    return drawn


def run(model, data, n=100, seed=42, torch_seed=0, normals=None, pictures=False, head="masked", epochs=1000):
    """Enact the study. `normals`: draw so many in place of what the two analyses of this model's tokens would draw; 3,300
    are those of the published model and review. `head`: "masked", or "causal" for a decoder."""
    out = Outcome(NAME, n=n, seed=seed, torch_seed=torch_seed, normals=normals, head=head, epochs=epochs)
    np.random.seed(seed)
    rows = read_table(data)
    classes, labels = classes_of(rows, "label")
    with out.timed("load"):
        tokenizer, net = open_tokenizer(model), open_model(model, head)
    with out.timed("pictures"):
        if normals is None:
            shown = draw_pictures(last_state(net, tokenizer, rows[0]["text"]), pictures)
            out.set(pictures={name: points.shape for name, points in shown.items()})
        else:
            np.random.standard_normal(normals)
    drawn = draw_rows(tokenizer, rows, "text", n)
    with out.timed("forward"):
        pairs = pair_features(net, tokenizer, [rows[row]["text"] for row in drawn])
    y = np.array([labels[row] for row in drawn])
    train, test = train_test_split(np.arange(n), random_state=seed)
    with out.timed("probes"):
        ceiling = supervised(pairs, y, train, test)
        search = judge_contrast(contrast_search(pairs, train, test, torch_seed, epochs), y[test])
    out.keep("hidden[-1]", pairs)
    out.set(classes=classes, sample=drawn, parts=dict(train=train, valid=[], test=test), labels=y,
            repeats=n - len(set(drawn)), probes=dict(logistic=ceiling, ccs=search))
    return out
