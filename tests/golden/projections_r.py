"""Write tests/data/projections/peers_r.json: how true the pictures of R's Rtsne and uwot are.

Run: python tests/golden/projections_r.py   (R's Rtsne 0.16 and uwot 0.1.14, scikit-learn 1.9.1; the versions used stand in the file)
The rows are those of peers.json, the measure is scikit-learn's trustworthiness. Each runs ten times with seeds of its own: Rtsne
exactly and without its PCA, as rows have few columns, uwot with umap-learn's min_dist, which is ours; else as they come. Mean and
standard deviation stand in the file.
"""
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import sklearn
from sklearn.manifold import trustworthiness

DATA = pathlib.Path(__file__).parents[1] / "data/projections"
SEEDS = 10
LAYOUTS = """
suppressMessages({library(Rtsne); library(uwot)})
x <- as.matrix(read.csv("x.csv", header = FALSE))
for (seed in 0:(SEEDS - 1)) {
  set.seed(seed); tsne <- Rtsne(x, theta = 0, pca = FALSE, check_duplicates = FALSE)$Y
  set.seed(seed); umap <- umap(x, min_dist = 0.1, n_threads = 1, n_sgd_threads = 1)
  write.table(tsne, paste0("tsne", seed, ".csv"), row.names = FALSE, col.names = FALSE)
  write.table(umap, paste0("umap", seed, ".csv"), row.names = FALSE, col.names = FALSE)
}
cat(as.character(packageVersion("Rtsne")), as.character(packageVersion("uwot")))
"""


def pictures(x, neighbours):
    with tempfile.TemporaryDirectory() as folder:
        np.savetxt(pathlib.Path(folder) / "x.csv", x, fmt="%.9g", delimiter=",")
        script = LAYOUTS.replace("SEEDS", str(SEEDS))
        versions = subprocess.run(["Rscript", "-e", script], cwd=folder, check=True, capture_output=True, text=True).stdout
        truth = {}
        for kind in ("tsne", "umap"):
            values = [trustworthiness(x, np.loadtxt(pathlib.Path(folder) / f"{kind}{seed}.csv"), n_neighbors=neighbours)
                      for seed in range(SEEDS)]
            truth[kind] = {"mean": float(np.mean(values)), "deviation": float(np.std(values, ddof=1))}
        return truth, versions.split()


def main():
    peers = json.loads((DATA / "peers.json").read_text())
    out = {"script": "tests/golden/projections_r.py", "scikit-learn": sklearn.__version__, "sets": {}}
    for given in peers["sets"]:
        x = np.array(given["values"], float).reshape(given["rows"], given["columns"])
        out["sets"][given["name"]], (out["Rtsne"], out["uwot"]) = pictures(x, peers["neighbours"])
    print(json.dumps(out, indent=1))
    (DATA / "peers_r.json").write_text(json.dumps(out, separators=(",", ":")) + "\n", encoding="utf-8")


main()
