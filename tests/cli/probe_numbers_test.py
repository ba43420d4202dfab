"""sonde probe on a label that is a number, and on every token of a text."""
import unittest

import program

FAST = ("--resamples", "60")
COLUMNS = ("--text", "text", "--label", "rating")


class NumbersTest(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.rows = program.reviews()
        for i, row in enumerate(self.rows):
            row["rating"] = 2 + 5 * (row["label"] == "fresh") + i // 2 % 2  # one number for each of the four telling words
        self.table("reviews.csv", self.rows)
        self.data = ("--data", "reviews.csv", *COLUMNS)

    def test_a_numeric_column_is_a_number_where_every_probe_predicts_one(self):
        body = self.done_json("probe", self.model(), *self.data, *FAST, "--probe", "ridge", "--at", "hidden[*]", "--out", "run")
        self.assertEqual((body["task"], body["metric"], body["split"]["method"]), ("numbers", "r2", "random"))
        self.assertEqual([b["name"] for b in body["baselines"]], ["length", "mean"])
        # Twelve rows each of 2, 3, 7 and 8.
        self.assertEqual(body["data"]["target"], {"min": 2, "median": 5, "mean": 5, "max": 8, "whole": True})
        leader = max(body["results"], key=lambda r: r["valid_metrics"]["r2"])
        self.assertEqual(body["best"]["at"], leader["at"])
        self.assertGreater(body["best"]["metrics"]["r2"]["value"], 0.5)
        for baseline in body["baselines"]:
            self.assertEqual(baseline["best_minus_this"]["r2"]["value"],
                             body["best"]["metrics"]["r2"]["value"] - baseline["metrics"]["r2"]["value"])

    def test_the_saved_probe_says_the_number_again(self):
        body = self.done_json("probe", self.model(), *self.data, *FAST, "--probe", "ridge", "--at", "hidden[2]", "--out", "run")
        error = body["best"]["numbers"]["errors"][0]
        said = self.done_json("predict", "run", "--text", error["text"])["predictions"]
        self.assertEqual([list(p) for p in said], [["row", "number"]])
        # A text's bits do not depend on the texts beside it, so the number is the very same.
        self.assertEqual(said[0]["number"], error["predicted"])
        plain = self.done("predict", "run", "--text", error["text"]).out
        self.assertEqual(plain, f"{error['predicted']:.6g}\t{error['text']}\n")

    def test_a_column_of_words_is_refused(self):
        self.refused(3, ["label, row 1", "'fresh'"], "probe", self.model(), "--data", "reviews.csv", "--text", "text",
                     "--label", "label", "--probe", "ridge", "--out", "run")

    def test_classes_beside_numbers_need_whole_numbers(self):
        model = self.model()
        body = self.done_json("probe", model, *self.data, *FAST, "--probe", "logistic", "--probe", "ridge", "--at", "hidden[1]")
        self.assertEqual((body["task"], [r["task"] for r in body["results"]]), ("classes", ["classes", "numbers"]))
        self.assertEqual([(b["name"], b["task"]) for b in body["baselines"]],
                         [("bag_of_words", "classes"), ("length", "classes"), ("majority", "classes"),
                          ("length", "numbers"), ("mean", "numbers")])
        for row in self.rows:
            row["rating"] += 0.5
        self.table("halves.csv", self.rows)
        self.refused(3, ["rating", "whole numbers"], "probe", model, "--data", "halves.csv", *COLUMNS, "--probe", "logistic",
                     "--probe", "ridge", "--out", "run")

    def test_attention_reads_every_token(self):
        model, labels = self.model(), ("--data", "reviews.csv", "--text", "text", "--label", "label")
        kind = ("--probe", "attention:epochs=60,lr=0.02,patience=0")
        body = self.done_json("probe", model, *labels, *FAST, *kind, "--tokens", "none", "--at", "hidden[1]", "--out", "run")
        (entry,) = body["results"]
        self.assertEqual((entry["pooling"], entry["probe"]), ("none", "attention"))
        self.assertGreater(entry["metrics"]["accuracy"]["value"], 0.8)
        # The token rows that extract writes are the same, and so is the split: the same probe is fitted.
        self.done("extract", model, *labels, "--tokens", "none", "--at", "hidden[1]", "--out", "tokens.safetensors")
        stored = self.done_json("fit", "tokens.safetensors", *FAST, *kind)
        self.assertEqual(stored["results"][0]["metrics"], entry["metrics"])
        # Read back, it says of every row what the run counted.
        said = self.done_json("predict", "run", "--data", "reviews.csv", "--text", "text")["predictions"]
        right = sum(answer["label"] == row["label"] for answer, row in zip(said, self.rows, strict=True))
        shares = (entry["train_metrics"]["accuracy"], entry["valid_metrics"]["accuracy"], entry["metrics"]["accuracy"]["value"])
        sizes = (body["split"][part] for part in ("train", "valid", "test"))
        self.assertEqual(right, round(sum(share * size for share, size in zip(shares, sizes, strict=True))))
        self.refused(2, ["attention", "every token", "none"], "probe", model, *labels, *kind, "--out", "other")

    def test_a_pooling_that_the_probe_cannot_read(self):
        model = self.model()
        self.refused(2, ["ridge", "one vector per text", "mean"], "probe", model, *self.data, "--probe", "ridge", "--tokens",
                     "none", "--out", "run")
        self.refused(2, ["crc", "contrast sets", "sonde fit"], "probe", model, *self.data, "--probe", "crc", "--out", "run")


if __name__ == "__main__":
    unittest.main()
