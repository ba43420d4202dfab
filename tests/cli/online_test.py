"""A study of probes that learn online keeps no training rows, and finds what it finds when they are kept."""
import json
import unittest

import program

SGD = "sgd:batch=4,warmup=2,patience=2"


class Online(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.data = ("--data", self.table("reviews.csv", program.reviews(96)), "--text", "text", "--label", "label",
                     "--resamples", "60")

    def study(self, out, *args):
        self.done("probe", self.model(to=f"{out}-model"), *self.data, *args, "--out", out)
        return json.loads((self.folder / out / "result.json").read_text(encoding="utf-8"))

    def sgd_of(self, result, out):
        """What a result says of sgd, and the files it saved."""
        found = []
        for entry in result["results"]:
            if entry["probe"] == "sgd":
                tensors, metadata = program.read_safetensors(self.folder / out / entry["path"])
                metadata.pop("model_digest", None)
                kept = {key: entry[key] for key in ("metrics", "valid_metrics", "n_iter", "converged")}
                found.append((entry["at"], kept, tensors, metadata))
        return found

    def test_finds_what_it_finds_on_kept_rows(self):
        online = self.study("online", "--probe", SGD, "--probe", SGD + ",standardize=false")
        # One probe that needs all rows at once, and all rows are kept.
        kept = self.study("kept", "--probe", SGD, "--probe", SGD + ",standardize=false", "--probe", "majority")
        self.assertEqual(len(online["results"]), 8)
        self.assertEqual(self.sgd_of(online, "online"), self.sgd_of(kept, "kept"))
        for entry in online["results"]:
            self.assertEqual(entry["train_metrics"], {})
        for entry in kept["results"]:
            self.assertNotEqual(entry["train_metrics"], {})

    def test_finds_the_same_for_any_number_of_threads(self):
        found = [self.sgd_of(self.study(f"run-{threads}", "--probe", SGD, "--threads", threads), f"run-{threads}")
                 for threads in (1, 3)]
        self.assertEqual(found[0], found[1])

    def test_rows_are_kept_where_the_best_must_be_chosen_on_them(self):
        result = self.study("run", "--probe", SGD, "--valid", "0")
        self.assertEqual(result["best"]["chosen_on"], "train")
        for entry in result["results"]:
            self.assertNotEqual(entry["train_metrics"], {})

    def test_rows_are_kept_for_controls_and_folds(self):
        for name, args in (("honest", ("--honesty",)), ("folds", ("--folds", "4"))):
            for entry in self.study(name, "--probe", SGD, "--at", "hidden[2]", *args)["results"]:
                self.assertNotEqual(entry["train_metrics"], {}, name)

    def test_a_run_can_be_read_and_predicts(self):
        self.study("run", "--probe", SGD)
        self.assertIn("sgd", (self.folder / "run/report.html").read_text(encoding="utf-8"))
        body = self.done_json("predict", "run", "--text", "the film ak is good")
        self.assertEqual(body["probe"], "sgd")
        self.assertEqual(len(body["predictions"]), 1)


if __name__ == "__main__":
    unittest.main()
