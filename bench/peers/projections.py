"""Time t-SNE, UMAP and PCA against scikit-learn, openTSNE and umap-learn.

    python projections.py build/release/bin/projection_bench [--rows 100 1000 5000] [--width 768] [--rounds 3] [--only pca]

Rows are float32 around ten centres, in `width` columns whose variance falls as 1/j: clusters and a long tail, as activations have.
PCA gets 10,000 rows. Peers run with their defaults, on as many threads as Sonde; openTSNE both exact (Barnes-Hut) and with its
FFT, the better one counting. umap-learn is called once before it is timed, so that its compilation does not count, without a
seed, as it is then parallel. No speed is printed before the pictures are as true: mean trustworthiness over 10 neighbours at most
0.02 below the peer's, and PCA's coordinates equal to 1e-4 of their spread. The sides take turns; medians. One JSON line a measure on
stdout, a table on stderr.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

NEIGHBOURS = 10
TRUTH_TOLERANCE = 0.02  # of means over the rounds: UMAP of 100 rows moves by 0.02 from seed to seed


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path, help="the program projection_bench")
    parser.add_argument("--rows", type=int, nargs="+", default=[100, 1000, 5000])
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=["pca", "tsne", "umap"])
    return parser.parse_args()


def clustered(rows, width):
    rng = np.random.default_rng(0)
    scale = 1 / np.sqrt(1 + np.arange(width))
    centres = 2 * rng.standard_normal((10, width)) * scale
    return (centres[rng.integers(0, 10, rows)] + rng.standard_normal((rows, width)) * scale).astype(np.float32)


def sonde(work, how, x, seed, folder):
    np.save(folder / "x.npy", x)
    line = subprocess.run([work.bench, folder / "x.npy", how, "2", str(work.threads), str(seed), folder / "out.f32"], check=True,
                          capture_output=True, text=True).stdout
    return json.loads(line)["seconds"], np.fromfile(folder / "out.f32", np.float32).reshape(len(x), 2)


def timed(call):
    start = time.perf_counter()
    points = call()
    return time.perf_counter() - start, np.asarray(points)


def peers(work, how, x):
    """Callables by name that give the points."""
    if how == "pca":
        from sklearn.decomposition import PCA

        return {"scikit-learn": lambda: PCA(2).fit_transform(x)}
    if how == "tsne":
        from openTSNE import TSNE as OpenTSNE
        from sklearn.manifold import TSNE

        def open_tsne(method):
            return OpenTSNE(n_jobs=work.threads, negative_gradient_method=method).fit(x)

        return {"scikit-learn": lambda: TSNE(n_jobs=work.threads).fit_transform(x),
                "openTSNE, FFT": lambda: open_tsne("fft"), "openTSNE, Barnes-Hut": lambda: open_tsne("bh")}
    import umap

    umap.UMAP(n_epochs=2).fit_transform(x)
    return {"umap-learn": lambda: umap.UMAP(n_jobs=work.threads).fit_transform(x)}


def check(how, x, mine, theirs):
    """What the pictures of each side say of the rows; stops where mine are worse."""
    if how == "pca":
        apart = float(np.abs(mine[0] - theirs[0]).max() / theirs[0].std())
        if apart > 1e-4:
            sys.exit(f"PCA differs by {apart:.1e} of its spread")
        return {"apart": apart}
    from sklearn.manifold import trustworthiness

    truth = {name: float(np.mean([trustworthiness(x, points, n_neighbors=NEIGHBOURS) for points in pictures]))
             for name, pictures in (("sonde", mine), ("peer", theirs))}
    if truth["sonde"] < truth["peer"] - TRUTH_TOLERANCE:
        sys.exit(f"{how}: trustworthiness {truth}")
    return {"trustworthiness": truth}


def measure(work, how, x, folder):
    seeds = iter(range(work.rounds))
    sides = {"sonde": lambda: sonde(work, how, x, next(seeds), folder)}
    sides |= {name: lambda call=call: timed(call) for name, call in peers(work, how, x).items()}
    seconds, points = {name: [] for name in sides}, {name: [] for name in sides}
    for _ in range(work.rounds):
        for name, run in sides.items():
            spent, picture = run()
            seconds[name].append(spent)
            points[name].append(picture)
    median = {name: statistics.median(times) for name, times in seconds.items()}
    best = min((name for name in sides if name != "sonde"), key=median.get)
    agreement = check(how, x, points["sonde"], points[best])
    print(json.dumps({"how": how, "rows": len(x), "seconds": median, "best_peer": best,
                      "ratio": median[best] / median["sonde"]} | agreement), flush=True)
    print(f"{how:5} {len(x):6}  sonde {median['sonde']:8.3f} s  {best} {median[best]:8.3f} s  {median[best] / median['sonde']:5.1f} x",
          file=sys.stderr, flush=True)


def main():
    work = arguments()
    warnings.filterwarnings("ignore")
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = str(work.threads)
    with tempfile.TemporaryDirectory() as folder:
        if work.only in (None, "pca"):
            measure(work, "pca", clustered(10_000, work.width), Path(folder))
        for how in ("tsne", "umap"):
            for rows in work.rows:
                if work.only in (None, how):
                    measure(work, how, clustered(rows, work.width), Path(folder))


main()
