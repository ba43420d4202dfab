"""A sparse probe over a sweep of C: what the run says of its weights, and the figures it draws."""
import unittest

import fit_test
import program


class Sparse(fit_test.FitTest):
    def test_a_published_path_stands_beside_the_optimum(self):
        self.features(split=("I64", [60], self.parts))
        probe = "logistic:l1_ratio=1,c=0.2,c_sweep=0.05:2:4,solver=saga,tol=1e-4,max_iter=3,standardize=false"
        body = self.done_json("fit", "features.safetensors", "--split", "split", "--probe", probe, *fit_test.FAST,
                              "--out", "run")
        (entry,) = body["results"]
        self.assertFalse(entry["converged"])
        self.assertEqual(entry["n_iter"], 3)
        path, exact = entry["details"]["path"], entry["details"]["exact_path"]
        self.assertEqual([round(point["c"], 9) for point in path], [0.05, 0.7, 1.35, 2.0])
        for published, optimum in zip(path, exact, strict=True):
            self.assertGreaterEqual(published["objective"], optimum["objective"])
            self.assertLess(optimum["kkt"], 1e-7)
            self.assertEqual(optimum["density"], optimum["nonzero"] / 5)
        sparse = body["best"]["sparse"]
        weights = program.read_safetensors(self.folder / "run" / entry["path"])[0]["weight"][2]
        self.assertEqual([(c["column"], c["weight"]) for c in sparse["coefficients"]],
                         [(j, w) for j, w in enumerate(weights) if w != 0])
        self.assertLess(sparse["nonzero"], 5)
        self.assertEqual([sum(h["counts"]) for h in sparse["activations"]], [150, 150])
        self.assertEqual([p["support"] for p in entry["per_class"]], [p["support"] for p in body["best"]["per_class"]])
        names = set(program.tree(self.folder / "run"))
        for figure in ("coefficients", "coefficient_values", "density", "density_by_penalty", "activations", "selected_columns"):
            self.assertIn(f"figures/{figure}.svg", names)


if __name__ == "__main__":
    unittest.main()
