"""sonde fit on what is not one row per example with a class: numbers, contrast sets, token rows."""
import math
import random
import struct
import unittest

import program

FAST = ("--resamples", "60")
COUNT, WIDTH = 60, 4


def as_float32(values):
    return list(struct.unpack(f"<{len(values)}f", struct.pack(f"<{len(values)}f", *values)))


def solve(matrix, right):
    """Gaussian elimination with pivoting."""
    n = len(right)
    rows = [list(row) + [value] for row, value in zip(matrix, right, strict=True)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(i + 1, n):
            factor = rows[r][i] / rows[i][i]
            rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i], strict=True)]
    x = [0.0] * n
    for i in reversed(range(n)):
        x[i] = (rows[i][n] - math.fsum(rows[i][j] * x[j] for j in range(i + 1, n))) / rows[i][i]
    return x


def r_squared(truth, said):
    mean = math.fsum(truth) / len(truth)
    return 1 - math.fsum((t - s) ** 2 for t, s in zip(truth, said, strict=True)) / math.fsum((t - mean) ** 2 for t in truth)


class FormsTest(program.ProgramTest):
    def setUp(self):
        super().setUp()
        stream = random.Random(11)
        self.rows = [as_float32([stream.gauss(0, 1) for _ in range(WIDTH)]) for _ in range(COUNT)]
        self.parts = [(0, 0, 0, 0, 1, 1, 2, 2, 2, 2)[i % 10] for i in range(COUNT)]
        self.numbers = [3 * row[0] - row[2] + 5 + stream.gauss(0, 0.5) for row in self.rows]

    def write_features(self, name, labels, metadata=None, **extra):
        tensors = {"layer": ("F32", [COUNT, WIDTH], [x for row in self.rows for x in row]), "labels": labels,
                   "split": ("I64", [COUNT], self.parts)}
        program.write_safetensors(self.folder / name, tensors | extra, metadata)
        return name

    def floats(self, name="numbers.safetensors", **extra):
        return self.write_features(name, ("F64", [COUNT], self.numbers), **extra)

    def part(self, values, part):
        return [v for v, p in zip(values, self.parts, strict=True) if p == part]


class Numbers(FormsTest):
    def by_hand(self):
        """What least squares, solved by the normal equations, says of every row."""
        x = [row + [1.0] for row in self.rows]
        train, y = self.part(x, 0), self.part(self.numbers, 0)
        normal = [[math.fsum(r[i] * r[j] for r in train) for j in range(WIDTH + 1)] for i in range(WIDTH + 1)]
        weight = solve(normal, [math.fsum(r[i] * t for r, t in zip(train, y, strict=True)) for i in range(WIDTH + 1)])
        return [math.fsum(w * v for w, v in zip(weight, row, strict=True)) for row in x]

    def test_float_labels_give_what_the_normal_equations_give(self):
        body = self.done_json("fit", self.floats(), "--split", "split", "--probe", "least_squares", *FAST, "--out", "run")
        self.assertEqual((body["task"], body["metric"]), ("numbers", "r2"))
        (entry,) = body["results"]
        said = self.by_hand()
        for metrics, part in ((entry["train_metrics"], 0), (entry["valid_metrics"], 1)):
            self.assertAlmostEqual(metrics["r2"], r_squared(self.part(self.numbers, part), self.part(said, part)), places=5)
        truth, test = self.part(self.numbers, 2), self.part(said, 2)
        # Predictions are stored as floats, to 6e-8 of values up to 15.
        self.assertAlmostEqual(entry["metrics"]["r2"]["value"], r_squared(truth, test), places=5)
        mae = math.fsum(abs(t - s) for t, s in zip(truth, test, strict=True)) / len(truth)
        self.assertAlmostEqual(entry["metrics"]["mae"]["value"], mae, places=5)
        self.assertIsNone(entry["metrics"]["rounded_accuracy"]["value"], "the targets are no whole numbers")
        self.assertEqual(len(body["best"]["numbers"]["pairs"]), len(truth))
        self.assertEqual([p["truth"] for p in body["best"]["numbers"]["pairs"]], truth)
        errors = [abs(e["truth"] - e["predicted"]) for e in body["best"]["numbers"]["errors"]]
        self.assertEqual(errors, sorted(errors, reverse=True))
        self.assertEqual(body["best"]["confusion"]["classes"], [])
        self.assertEqual(body["data"]["classes"], [])
        self.assertEqual((body["data"]["target"]["min"], body["data"]["target"]["max"]), (min(self.numbers), max(self.numbers)))

    def test_the_mean_is_a_baseline_and_differences_are_paired_to_it(self):
        body = self.done_json("fit", self.floats(), "--split", "split", "--probe", "ridge", *FAST)
        (mean,) = body["baselines"]
        self.assertEqual((mean["name"], mean["task"]), ("mean", "numbers"))
        train = self.part(self.numbers, 0)
        truth = self.part(self.numbers, 2)
        constant = [math.fsum(train) / len(train)] * len(truth)
        self.assertAlmostEqual(mean["metrics"]["r2"]["value"], r_squared(truth, constant), places=5)
        self.assertGreater(mean["best_minus_this"]["r2"]["low"], 0)
        self.assertEqual(body["results"][0]["differences"][0]["metrics"], mean["best_minus_this"])

    def test_whole_labels_are_taken_as_their_numbers(self):
        whole = [round(n) for n in self.numbers]
        name = self.write_features("whole.safetensors", ("I64", [COUNT], whole))
        body = self.done_json("fit", name, "--split", "split", "--probe", "ridge", *FAST)
        self.assertEqual([p["truth"] for p in body["best"]["numbers"]["pairs"]], self.part(whole, 2))
        self.assertGreater(body["results"][0]["metrics"]["r2"]["value"], 0.8)
        self.assertIsNotNone(body["results"][0]["metrics"]["rounded_accuracy"]["value"])

    def test_class_names_that_are_numbers_count_by_name_and_not_by_place(self):
        places = [i % 3 for i in range(COUNT)]
        name = self.write_features("named.safetensors", ("I64", [COUNT], places), {"classes": '["100", "2.5", "-7"]'})
        body = self.done_json("fit", name, "--split", "split", "--probe", "ridge", *FAST)
        self.assertEqual([p["truth"] for p in body["best"]["numbers"]["pairs"]],
                         self.part([(100, 2.5, -7)[p] for p in places], 2))

    def test_classes_and_numbers_in_one_study(self):
        signs = [int(n > 5) for n in self.numbers]
        name = self.write_features("signs.safetensors", ("I64", [COUNT], signs))
        body = self.done_json("fit", name, "--split", "split", "--probe", "logistic", "--probe", "ridge", *FAST, "--out", "run")
        self.assertEqual([(r["probe"], r["task"]) for r in body["results"]], [("logistic", "classes"), ("ridge", "numbers")])
        self.assertEqual((body["task"], body["metric"], body["best"]["probe"]), ("classes", "accuracy", "logistic"))
        self.assertIn("accuracy", body["results"][0]["metrics"])
        self.assertIn("r2", body["results"][1]["metrics"])
        self.assertEqual({b["name"]: b["task"] for b in body["baselines"]}, {"majority": "classes", "mean": "numbers"})
        other = self.done_json("fit", name, "--split", "split", "--probe", "logistic", "--probe", "ridge", *FAST,
                               "--metric", "mae")
        self.assertEqual((other["task"], other["best"]["probe"]), ("numbers", "ridge"))
        # The same fits, judged over the same resamples, whatever leads.
        self.assertEqual(other["results"][0]["metrics"], body["results"][0]["metrics"])

    def test_the_table_and_the_report_speak_of_numbers(self):
        outcome = self.done("fit", self.floats(), "--split", "split", "--probe", "ridge", *FAST, "--out", "run")
        for word in ("r2", "MAE", "Spearman", "minus mean"):
            self.assertIn(word, outcome.out)
        html = (self.folder / "run/report.html").read_text(encoding="utf-8")
        for words in ("can be read off as a number", "the mean of train", "Predicted against true"):
            self.assertIn(words, html)
        for words in ("majority", "Confusion", "bag-of-words", "Calibration"):
            self.assertNotIn(words, html)

    def test_the_written_study_can_be_run_again(self):
        first = self.done_json("fit", self.floats(), "--split", "split", "--probe", "ridge:alpha=3", *FAST, "--out", "run")
        again = self.done_json("run", "run/study.toml")
        self.assertEqual(again["results"][0]["metrics"], first["results"][0]["metrics"])
        self.assertIn('metric = "r2"', (self.folder / "run/study.toml").read_text(encoding="utf-8"))


class Contrast(FormsTest):
    """Two prompts: the first says that class 0 is true, the second that class 1 is; one column tells which is."""

    def setUp(self):
        super().setUp()
        self.labels = [i % 2 for i in range(COUNT)]
        self.pairs = []
        for row, label in zip(self.rows, self.labels, strict=True):
            truth = 2.0 if label == 0 else -2.0
            self.pairs += [row[0] + truth, *row[1:], row[0] - truth, *row[1:]]

    def pairs_file(self, name="pairs.safetensors", **extra):
        tensors = {"pair": ("F32", [COUNT, 2, WIDTH], self.pairs), "labels": ("I64", [COUNT], self.labels),
                   "split": ("I64", [COUNT], self.parts)}
        program.write_safetensors(self.folder / name, tensors | extra)
        return name

    def test_pairs_are_read_prompt_by_prompt(self):
        for probe in ("ccs:epochs=200", "crc", "vinc"):
            body = self.done_json("fit", self.pairs_file(), "--split", "split", "--probe", probe, *FAST)
            (entry,) = body["results"]
            self.assertEqual((entry["at"], entry["width"]), ("pair", WIDTH))
            # The planted column divides the rows without an error.
            self.assertEqual(entry["metrics"]["accuracy"]["value"], 1, probe)

    def test_the_flattering_sign_says_so_and_never_scores_below_a_half(self):
        name = self.pairs_file()
        for sign, flattered in (("train", False), ("flattering", True)):
            body = self.done_json("fit", name, "--split", "split", "--probe", f"crc:sign={sign}", *FAST)
            warned = [w for w in body["warnings"] if w["code"] == "flattery"]
            self.assertEqual(len(warned), int(flattered), body["warnings"])
            if flattered:
                self.assertIn("max(a, 1 − a)", warned[0]["message"])
                self.assertGreaterEqual(body["results"][0]["metrics"]["accuracy"]["value"], 0.5)

    def test_each_probe_takes_the_tensors_of_its_form(self):
        name = self.pairs_file(layer=("F32", [COUNT, WIDTH], [x for row in self.rows for x in row]))
        body = self.done_json("fit", name, "--split", "split", "--probe", "crc", "--probe", "logistic", *FAST)
        self.assertEqual([(r["probe"], r["at"]) for r in body["results"]], [("crc", "pair"), ("logistic", "layer")])
        alone = self.done_json("fit", name, "--split", "split", "--probe", "crc", *FAST)
        self.assertIn("'layer'", "".join(w["message"] for w in alone["warnings"]))

    def test_refuses_a_form_that_a_probe_does_not_read(self):
        self.refused(3, ["crc", "[n, d]", "[n, prompts, d]"], "fit", self.floats_as_classes(), "--probe", "crc", "--out", "run")
        self.refused(3, ["logistic", "[n, prompts, d]", "[n, d]"], "fit", self.pairs_file(), "--out", "run")
        wrong = {"pair": ("F32", [COUNT, 2, WIDTH], [math.inf] + self.pairs[1:])}
        self.refused(3, ["pair, row 1"], "fit", self.pairs_file("bad.safetensors", **wrong), "--probe", "crc", "--out", "run")

    def floats_as_classes(self):
        return self.write_features("rows.safetensors", ("I64", [COUNT], self.labels))


class TokenRows(FormsTest):
    def setUp(self):
        super().setUp()
        self.labels = [i % 2 for i in range(COUNT)]
        self.offsets = [0]
        for i in range(COUNT):
            self.offsets.append(self.offsets[-1] + 1 + i % 3)
        self.tokens = [0.5] * (self.offsets[-1] * 2)

    def ragged(self, name="tokens.safetensors", offsets=None):
        offsets = self.offsets if offsets is None else offsets
        program.write_safetensors(self.folder / name, {
            "layer": ("F32", [len(self.tokens) // 2, 2], self.tokens), "labels": ("I64", [COUNT], self.labels),
            "offsets": ("I64", [len(offsets)], offsets)})
        return name

    def test_refuses_token_rows_for_a_probe_of_one_row(self):
        self.refused(3, ["logistic", "one row per token", "[n, d]"], "fit", self.ragged(), "--out", "run")

    def test_refuses_offsets_that_are_none(self):
        empty = list(self.offsets)
        empty[4] = empty[5]
        self.refused(3, ["offsets", "row 5"], "fit", self.ragged(offsets=empty), "--out", "run")
        late = [o + 1 for o in self.offsets]
        self.refused(3, ["offsets", "0"], "fit", self.ragged(offsets=late), "--out", "run")
        self.refused(3, ["offsets", "59", "60"], "fit", self.ragged(offsets=self.offsets[:-1]), "--out", "run")


class Refused(FormsTest):
    def test_labels_that_do_not_suit_the_probe(self):
        self.refused(3, ["labels", "classes", "floating-point", "int64"], "fit", self.floats(), "--out", "run")
        names = self.write_features("named.safetensors", ("I64", [COUNT], [i % 2 for i in range(COUNT)]),
                                    {"classes": '["fresh", "rotten"]'})
        self.refused(3, ["labels, row 1", "'fresh'", "a number"], "fit", names, "--probe", "ridge", "--out", "run")
        self.numbers = [4.5] * COUNT
        self.refused(3, ["one number", "4.5"], "fit", self.floats("same.safetensors"), "--probe", "ridge", "--out", "run")
        self.numbers = [math.nan] + [1.0] * (COUNT - 1)
        self.refused(3, ["labels, row 1", "NaN"], "fit", self.floats("nan.safetensors"), "--probe", "ridge", "--out", "run")

    def test_a_metric_of_the_other_task(self):
        self.refused(2, ["'accuracy'", "not of numbers", "r2, mae"], "fit", self.floats(), "--probe", "ridge",
                     "--metric", "accuracy", "--out", "run")

    def test_a_probe_that_reads_texts(self):
        name = self.write_features("rows.safetensors", ("I64", [COUNT], [i % 2 for i in range(COUNT)]))
        self.refused(3, ["bag_of_words", "texts"], "fit", name, "--probe", "bag_of_words", "--out", "run")


if __name__ == "__main__":
    unittest.main()
