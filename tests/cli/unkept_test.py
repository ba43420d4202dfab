"""--keep nothing: probes learn from sums and are scored in a second pass, and find what they find on kept activations."""
import unittest

import program

DATA = ("--data", "reviews.csv", "--text", "text", "--resamples", "60")
CLASSES = ("--label", "label", "--probe", "lda:shrinkage=0.1", "--probe", "lda", "--probe", "mass_mean:whiten=true")
NUMBERS = ("--label", "rating", "--probe", "ridge:alpha=auto", "--probe", "ridge:alpha=10", "--probe", "least_squares")


class Unkept(program.ProgramTest):
    def setUp(self):
        super().setUp()
        rows = program.reviews(96)
        for i, row in enumerate(rows):
            row["rating"] = 2 + 5 * (row["label"] == "fresh") + i // 2 % 2
        self.table("reviews.csv", rows)
        self.model()

    def run_of(self, *args):
        return self.done_json("probe", "bert", *DATA, *args)

    def same(self, got, expected, places=5):
        """Numbers within rounding, and the same words."""
        if isinstance(expected, dict):
            self.assertEqual(list(got), list(expected))
            for key, value in expected.items():
                self.same(got[key], value, places)
        elif isinstance(expected, list):
            self.assertEqual(len(got), len(expected))
            for one, other in zip(got, expected, strict=True):
                self.same(one, other, places)
        elif isinstance(expected, float) and isinstance(got, float):
            self.assertAlmostEqual(got, expected, places=places)
        else:
            self.assertEqual(got, expected)

    def compare(self, *args, kept_too=("--probe", "majority")):
        """The same study with and without kept activations; a probe that needs rows has the others keep theirs."""
        unkept, kept = self.run_of(*args, "--keep", "nothing"), self.run_of(*args, *kept_too)
        results = [r for r in kept["results"] if r["probe"] not in ("majority", "mean")]
        self.assertEqual(len(unkept["results"]), len(results))
        for got, expected in zip(unkept["results"], results, strict=True):
            for key in ("at", "probe", "variant", "width", "metrics", "valid_metrics", "converged"):
                self.same(got[key], expected[key])
        return unkept, kept

    def test_classes(self):
        unkept, _ = self.compare(*CLASSES)
        self.assertEqual({str(r["train_metrics"]) for r in unkept["results"]}, {"{}"})
        self.assertEqual(unkept["best"]["chosen_on"], "valid")

    def test_numbers_and_a_penalty_that_is_chosen(self):
        self.compare(*NUMBERS, kept_too=("--probe", "mean"))

    def test_folds(self):
        for folds in (("--folds", "4"), ("--folds", "4", "--valid", "0")):
            unkept, kept = self.compare(*CLASSES, *folds)
            self.same([r["train_metrics"] for r in unkept["results"]],
                      [r["train_metrics"] for r in kept["results"] if r["probe"] != "majority"])

    def test_nested_folds(self):
        study = ('[model]\npath = "bert"\n[data]\nfile = "reviews.csv"\ntext = "text"\nlabel = "label"\n'
                 '[split]\nmethod = "nested"\nfolds = 3\ninner = 3\n[[probes]]\nkind = "lda"\nshrinkage = 0.1\n')
        found = []
        for name, more in (("kept.toml", '[[probes]]\nkind = "majority"\n'), ("unkept.toml", '[capture]\nkeep = "nothing"\n')):
            (self.folder / name).write_text(study + more, encoding="utf-8")
            body = self.done_json("run", name)
            found.append([(r["metrics"]["accuracy"]["value"], r["valid_metrics"]["accuracy"], r["train_metrics"]["accuracy"])
                          for r in body["results"] if r["probe"] == "lda"])
        self.assertEqual(*found)

    def test_a_penalty_is_chosen_on_what_each_fold_holds_out(self):
        self.compare(*NUMBERS, "--folds", "4", kept_too=("--probe", "mean"))

    def test_contrast_sets_and_their_difference(self):
        prompts = ("--template", "bad: {text}", "--template", "good: {text}", "--label", "label")
        probes = ("--probe", "crc", "--probe", "lda:read=difference", "--probe", "mass_mean:read=concatenation")
        for folds in ((), ("--folds", "3")):
            unkept, kept = self.run_of(*prompts, *probes, *folds, "--keep", "nothing"), self.run_of(*prompts, *probes, *folds)
            for got, expected in zip(unkept["results"], kept["results"], strict=True):
                for key in ("at", "probe", "variant", "width", "metrics", "valid_metrics"):
                    self.same(got[key], expected[key])

    def test_online_descent_is_the_same_to_the_bit(self):
        args = ("--label", "label", "--probe", "sgd:batch=4,warmup=2")
        unkept, kept = self.run_of(*args, "--keep", "nothing"), self.run_of(*args)
        self.assertEqual([r["metrics"] for r in unkept["results"]], [r["metrics"] for r in kept["results"]])

    def test_pictures_follow_from_sums_or_from_the_rows_that_are_drawn(self):
        args = (*CLASSES, "--at", "hidden[2]", "--project", "pca", "--project", "tsne:perplexity=5")
        unkept, kept = self.run_of(*args, "--keep", "nothing"), self.run_of(*args, "--probe", "majority")
        for got, expected in zip(unkept["pictures"], kept["pictures"], strict=True):
            self.assertEqual((got["rows"], got["labels"], got["available"]), (expected["rows"], expected["labels"], 96))
        self.same(unkept["pictures"][0], kept["pictures"][0], places=4)
        self.assertEqual(unkept["pictures"][1]["x"], kept["pictures"][1]["x"])

    def test_pca_of_few_rows_knows_all(self):
        """The axes are those of all rows, however few are drawn."""
        args = (*CLASSES, "--at", "hidden[2]", "--keep", "nothing", "--project")
        few, all_rows = (self.run_of(*args, p)["pictures"][0] for p in ("pca:rows=12", "pca"))
        self.assertEqual((len(few["x"]), few["available"]), (12, 96))
        at = {row: i for i, row in enumerate(all_rows["rows"])}
        for i, row in enumerate(few["rows"]):
            self.assertAlmostEqual(few["x"][i], all_rows["x"][at[row]], places=5)
        self.same(few["details"], all_rows["details"], places=9)

    def test_a_written_study_repeats_it_and_predicts(self):
        self.done("probe", "bert", *DATA, *CLASSES, "--keep", "nothing", "--out", "run")
        again = self.done_json("run", "run/study.toml")
        self.same(again["results"][0]["metrics"], self.run_of(*CLASSES, "--keep", "nothing")["results"][0]["metrics"])
        self.assertEqual(len(self.done_json("predict", "run", "--text", "the film is good")["predictions"]), 1)

    def test_what_needs_activations_is_named(self):
        for words, args in ((["logistic", "needs all rows"], ("--label", "label", "--probe", "logistic")),
                            (["controls fit again"], (*CLASSES, "--honesty")),
                            (["no validation part"], (*CLASSES, "--valid", "0")),
                            (["does not follow from sums"], ("--label", "label", "--probe", "sgd", "--folds", "3")),
                            (["without a validation part"], (*NUMBERS, "--folds", "3", "--valid", "0"))):
            self.refused(2, words, "probe", "bert", *DATA, *args, "--keep", "nothing", "--out", "run")


if __name__ == "__main__":
    unittest.main()
