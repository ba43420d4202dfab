"""Write tests/data/projections/peers.json: real rows, and what scikit-learn and umap-learn make of them.

Run: python tests/golden/projections_peers.py STATES.safetensors   (scikit-learn 1.9.1, umap-learn 0.5.12, numpy, safetensors; the
versions used stand in the file). STATES holds the states of MiniLM on the reviews that `make demo` fetches:

    sonde extract MINILM --data REVIEWS.csv --text text --label category --at 'hidden[6]' --out STATES.safetensors

Rows are integers, so that every side reads the same: 8 x 8 grey values of scikit-learn's digits, and mean-pooled states times 256,
rounded. Layouts differ from run to run, t-SNE's with the order of the rows, UMAP's with the seed: the mean and the standard
deviation over ten runs stand in the file. Digits are often equally far from each other, so graphs are those of the states.
"""
import json
import pathlib
import sys
import warnings

import numpy as np
import sklearn
import umap
from safetensors.numpy import load_file
from scipy.sparse import csr_matrix
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness
from sklearn.manifold._t_sne import _joint_probabilities_nn
from sklearn.neighbors import NearestNeighbors
from umap.umap_ import find_ab_params, fuzzy_simplicial_set

OUT = pathlib.Path(__file__).parents[1] / "data/projections/peers.json"
SEEDS = range(10)
NEIGHBOURS = 10


def numbers(values):
    return [float(np.format_float_positional(v, 9, fractional=False)) if v else 0.0 for v in np.asarray(values, float).ravel()]


def spread(values):
    return {"mean": float(np.mean(values)), "deviation": float(np.std(values, ddof=1))}


def pca(x):
    model = PCA(3, svd_solver="full").fit(x)
    points = model.transform(x)
    return {"variance": numbers(model.explained_variance_), "ratio": numbers(model.explained_variance_ratio_),
            "points": numbers(points),
            "trustworthiness": {str(k): trustworthiness(x, points[:, :2], n_neighbors=k) for k in (1, 5, 10, 30)}}


def divergence(x, points):
    """What the layout reached, exactly: scikit-learn's own figure takes the normaliser from its approximation."""
    near = NearestNeighbors(n_neighbors=min(len(x) - 1, 91)).fit(x.astype(float)).kneighbors_graph(mode="distance")
    near.sort_indices()
    near.data **= 2
    p = _joint_probabilities_nn(near, 30, 0).tocoo()
    q = 1 / (1 + ((points[:, None].astype(float) - points[None]) ** 2).sum(-1))
    np.fill_diagonal(q, 0)
    return float((p.data * np.log(p.data * q.sum() / q[p.row, p.col])).sum())


def tsne(x):
    orders = [x[np.random.default_rng(seed).permutation(len(x))] for seed in SEEDS]
    layouts = [TSNE(random_state=0).fit_transform(y) for y in orders]
    return {"trustworthiness": spread([trustworthiness(y, p, n_neighbors=NEIGHBOURS) for y, p in zip(orders, layouts, strict=True)]),
            "kl_divergence": spread([divergence(y, p) for y, p in zip(orders, layouts, strict=True)])}


def umap_layouts(x):
    points = [umap.UMAP(random_state=seed).fit_transform(x) for seed in SEEDS]
    return {"trustworthiness": spread([trustworthiness(x, p, n_neighbors=NEIGHBOURS) for p in points])}


def sparse(matrix):
    matrix = csr_matrix(matrix)
    matrix.sort_indices()
    return {"begin": matrix.indptr.tolist(), "columns": matrix.indices.tolist(), "weights": numbers(matrix.data)}


def graphs(x):
    """Both graphs over 60 rows, from distances in float64."""
    x = x[:60].astype(float)
    near = NearestNeighbors(n_neighbors=31).fit(x).kneighbors_graph(mode="distance")
    near.sort_indices()
    near.data **= 2
    distances, rows = NearestNeighbors(n_neighbors=15).fit(x).kneighbors(x)
    assert (rows[:, 0] == np.arange(60)).all()
    fuzzy = fuzzy_simplicial_set(x, 15, None, "euclidean", knn_indices=rows, knn_dists=distances)[0]
    return {"joint": sparse(_joint_probabilities_nn(near, 10, 0)), "perplexity": 10, "fuzzy": sparse(fuzzy)}


def data_set(name, x, labels):
    print(name, x.shape, file=sys.stderr)
    return {"name": name, "rows": x.shape[0], "columns": x.shape[1], "values": x.ravel().tolist(),
            "labels": labels.tolist(), "pca": pca(x.astype(float)), "tsne": tsne(x.astype(np.float32)),
            "umap": umap_layouts(x.astype(np.float32))}


def main():
    warnings.filterwarnings("ignore")
    digits = load_digits()
    states = load_file(sys.argv[1])
    rows = np.random.default_rng(0).permutation(len(states["labels"]))[:150]
    minilm = np.rint(states["hidden[6]"][rows] * 256).astype(int)
    curves = [{"min_dist": m, "spread": s, "a": float(a), "b": float(b)}
              for m, s in ((0.1, 1.0), (0.0, 1.0), (0.5, 1.0), (0.25, 2.0)) for a, b in [find_ab_params(s, m)]]
    result = {"script": "tests/golden/projections_peers.py", "scikit-learn": sklearn.__version__,
              "umap-learn": umap.__version__, "numpy": np.__version__, "neighbours": NEIGHBOURS, "curves": curves,
              "sets": [data_set("digits", digits.data[:300].astype(int), digits.target[:300]),
                       data_set("minilm", minilm, states["labels"][rows]) | {"graphs": graphs(minilm)}]}
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(result, separators=(",", ":")) + "\n")


main()
