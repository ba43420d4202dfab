"""Write tests/data/solvers/glmnet.json: the L1 path of R's glmnet, and liblinear with the intercept that it penalises.

Run: python tests/golden/solvers_glmnet.py   (R's glmnet 4.1-6, scikit-learn 1.9.1; the versions used stand in the file)
The rows are those of `rivals` in sparse_logistic.json. glmnet minimises the mean loss and λ‖w‖₁ on columns that it standardises, so
λ = 1 / (C n). liblinear gets them as they are, with a column of ones whose weight is the intercept, penalised as any other.
"""
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

DATA = pathlib.Path(__file__).parents[1] / "data/solvers"
GRID = (0.2, 0.5, 2.0, 10.0)
GLMNET = """
library(glmnet)
x <- as.matrix(read.csv("x.csv", header = FALSE)); y <- scan("y.csv", quiet = TRUE); c <- scan("c.csv", quiet = TRUE)
fit <- glmnet(x, y, family = "binomial", lambda = 1 / (c * nrow(x)), thresh = 1e-20, maxit = 1e8)
write.table(format(as.matrix(coef(fit)), digits = 17), "coef.csv", row.names = FALSE, col.names = FALSE, quote = FALSE)
cat(as.character(packageVersion("glmnet")))
"""


def glmnet(x, y):
    """Intercept and weights at each C, in that order: [C, 1 + d]."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        np.savetxt(path / "x.csv", x, fmt="%.17g", delimiter=",")
        np.savetxt(path / "y.csv", y, fmt="%d")
        np.savetxt(path / "c.csv", GRID, fmt="%.17g")  # glmnet walks from the largest λ down
        version = subprocess.run(["Rscript", "-e", GLMNET], cwd=folder, check=True, capture_output=True, text=True).stdout
        return np.loadtxt(path / "coef.csv").T, version


def liblinear(x, y):
    for c in GRID:
        model = LogisticRegression(C=c, l1_ratio=1.0, solver="liblinear", tol=1e-12, max_iter=10_000_000, random_state=0).fit(x, y)
        yield {"c": c, "intercept": float(model.intercept_[0]), "coef": model.coef_[0].tolist()}


def main():
    rows = json.loads((DATA / "sparse_logistic.json").read_text())["rivals"]
    x, y = np.array(rows["x"]), np.array(rows["y"])
    path, version = glmnet(x, y)
    out = {"script": "tests/golden/solvers_glmnet.py", "glmnet": version, "scikit-learn": sklearn.__version__,
           "glmnet_path": [{"c": c, "intercept": float(w[0]), "coef": w[1:].tolist()} for c, w in zip(GRID, path)],
           "liblinear": list(liblinear(x, y))}
    for name in ("glmnet_path", "liblinear"):
        print(name, [int(np.count_nonzero(row["coef"])) for row in out[name]])
    (DATA / "glmnet.json").write_text(json.dumps(out, separators=(",", ":")) + "\n", encoding="utf-8")


main()
