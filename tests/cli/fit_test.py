"""sonde fit: probes on features that this program or another wrote."""
import json
import math
import random
import struct
import unittest

import program

FAST = ("--resamples", "60")
STUDY = '[features]\nfile = "features.safetensors"\n'


def blobs(count=60, width=5):
    """Rows that a plane divides, but for a few."""
    stream = random.Random(7)
    labels = [i % 2 for i in range(count)]
    rows = [[stream.gauss(2.0 * label if j == 1 else 0.0, 1.0) for j in range(width)] for label in labels]
    return rows, labels


class FitTest(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.rows, self.labels = blobs()
        self.parts = [(0, 0, 0, 0, 1, 1, 2, 2, 2, 2)[i % 10] for i in range(60)]

    def features(self, name="features.safetensors", metadata=None, **extra):
        tensors = {"layer": ("F32", [60, 5], [x for row in self.rows for x in row]), "labels": ("I64", [60], self.labels)}
        program.write_safetensors(self.folder / name, tensors | extra, metadata)
        return name

    def accuracy_by_hand(self, run, entry, part):
        """Share of a part that the saved probe gets right, computed from its weights."""
        tensors, _ = program.read_safetensors(self.folder / run / entry["path"])
        weight, bias = tensors["weight"][2], tensors["bias"][2][0]
        rows = [struct.unpack("<5f", struct.pack("<5f", *row)) for row in self.rows]
        hits = [(math.fsum(w * x for w, x in zip(weight, row, strict=True)) + bias > 0) == label
                for row, label, p in zip(rows, self.labels, self.parts, strict=True) if p == part]
        return sum(hits) / len(hits)


class Fit(FitTest):
    def test_a_foreign_file_with_its_own_split(self):
        self.features(split=("I64", [60], self.parts), metadata={"classes": '["no", "yes"]'})
        body = self.done_json("fit", "features.safetensors", "--split", "split", *FAST, "--out", "run")
        (entry,) = body["results"]
        self.assertEqual((entry["at"], entry["probe"], entry["width"]), ("layer", "logistic", 5))
        self.assertEqual({c["name"]: c["count"] for c in body["data"]["classes"]}, {"no": 30, "yes": 30})
        split = body["split"]
        self.assertEqual([split[p] for p in ("train", "valid", "test")], [24, 12, 24])
        self.assertEqual(entry["metrics"]["accuracy"]["value"], self.accuracy_by_hand("run", entry, 2))
        self.assertEqual(entry["train_metrics"]["accuracy"], self.accuracy_by_hand("run", entry, 0))
        self.assertLess(entry["kkt"], 1e-3)
        names = program.tree(self.folder / "run")
        self.assertLessEqual({"study.toml", "result.json", "report.html", entry["path"]}, set(names))

    def test_folds_test_every_row_once(self):
        self.features()
        body = self.done_json("fit", "features.safetensors", "--folds", "5", *FAST, "--out", "run")
        split = body["split"]
        self.assertEqual((split["method"], split["folds"], split["test"]), ("stratified_kfold", 5, 60))
        self.assertEqual([fold["test"] for fold in body["folds"]], [12] * 5)
        self.assertEqual({fold["at"] for fold in body["folds"]}, {"layer"})
        for fold in body["folds"]:
            self.assertEqual(fold["train"] + fold["valid"] + fold["test"], 60)
        self.assertEqual(sum(map(sum, body["best"]["confusion"]["counts"])), 60)
        # A plane divides all but a few rows, and a coin would get half.
        self.assertGreater(body["best"]["metrics"]["accuracy"]["value"], 0.75)
        again = self.done_json("fit", "features.safetensors", "--folds", "5", *FAST)
        self.assertEqual(again["results"][0]["metrics"], body["results"][0]["metrics"])

    def test_groups_stay_whole_in_folds(self):
        """Labels that follow the group alone, and features that name it: what is learned of a group is of no use on others."""
        stream = random.Random(3)
        group = [i // 4 for i in range(60)]
        label = [stream.randrange(2) for _ in range(15)]
        self.labels = [label[g] for g in group]
        self.rows = [[10.0 if j == g else 0.0 for j in range(15)] for g in group]
        program.write_safetensors(self.folder / "named.safetensors", {
            "layer": ("F32", [60, 15], [x for row in self.rows for x in row]), "labels": ("I64", [60], self.labels),
            "groups": ("I64", [60], group)})
        whole = self.done_json("fit", "named.safetensors", "--groups", "groups", "--folds", "5", *FAST)
        loose = self.done_json("fit", "named.safetensors", "--folds", "5", *FAST)
        self.assertEqual(whole["split"]["method"], "group_kfold")
        accuracy = [body["results"][0]["metrics"]["accuracy"]["value"] for body in (whole, loose)]
        self.assertGreater(accuracy[1], 0.9)
        self.assertLess(accuracy[0], 0.8)

    def test_nested_folds_say_what_each_chose(self):
        noise = [random.Random(11).gauss(0, 1) for _ in range(300)]
        self.features(noise=("F32", [60, 5], noise))
        (self.folder / "study.toml").write_text("""
[features]
file = "features.safetensors"
[split]
method = "nested"
folds = 4
inner = 3
[evaluate]
resamples = 60
""")
        body = self.done_json("run", "study.toml")
        self.assertEqual([fold["at"] for fold in body["folds"]], ["layer"] * 4)
        self.assertEqual(body["best"]["at"], "layer")
        self.assertEqual(body["best"]["chosen_on"], "valid")

    def test_a_published_split_comes_out_again(self):
        """scikit-learn 1.9.1, train_test_split of 60 rows at seed 42: the rows of the test part, sorted. It draws rows
        in another order, which moves the last digits of sums."""
        tested = [0, 3, 5, 12, 13, 31, 33, 36, 45, 46, 48, 50, 52, 54, 57]
        self.parts = [2 if i in tested else 0 for i in range(60)]
        self.features(split=("I64", [60], self.parts))
        (self.folder / "study.toml").write_text("""
[features]
file = "features.safetensors"
[split]
method = "random"
stream = "scikit-learn"
seed = 42
test = 0.25
valid = 0
[evaluate]
resamples = 60
""")
        replayed = self.done_json("run", "study.toml")
        listed = self.done_json("fit", "features.safetensors", "--split", "split", *FAST)
        self.assertEqual(replayed["split"]["test"], 15)
        for got, expected in zip(*(body["results"][0]["train_metrics"].values() for body in (replayed, listed)), strict=True):
            self.assertAlmostEqual(got, expected, places=6)
        values = [{name: m["value"] for name, m in body["results"][0]["metrics"].items()} for body in (replayed, listed)]
        for name, value in values[0].items():
            self.assertAlmostEqual(value, values[1][name], places=6)

    def test_folds_are_refused_where_they_make_no_sense(self):
        self.features(split=("I64", [60], self.parts))
        self.refused(2, ["fold"], "fit", "features.safetensors", "--split", "split", "--folds", "5")
        self.refused(2, ["dropped"], "fit", "features.safetensors", "--folds", "5", "--leaks", "drop")

    def test_npy_gives_what_safetensors_gives(self):
        flat = [x for row in self.rows for x in row]
        program.write_npy(self.folder / "x.npy", "<f4", (60, 5), flat)
        program.write_npy(self.folder / "y.npy", "<i8", (60,), self.labels)
        self.features()
        bodies = [self.done_json("fit", *what, *FAST, "--seed", "5")
                  for what in (("x.npy", "--labels", "y.npy"), ("features.safetensors", "--label", "labels"))]
        self.assertEqual(bodies[0]["results"][0]["metrics"], bodies[1]["results"][0]["metrics"])
        self.assertEqual({c["name"] for c in bodies[0]["data"]["classes"]}, {"0", "1"})

    def test_what_extract_wrote(self):
        self.table("reviews.csv", program.reviews())
        model = self.model()
        self.done("extract", model, "--data", "reviews.csv", "--text", "text", "--label", "label", "--out", "states.safetensors")
        body = self.done_json("fit", "states.safetensors", *FAST, "--seed", "1", "--at", "hidden[1:3]")
        self.assertEqual([r["at"] for r in body["results"]], ["hidden[1]", "hidden[2]"])
        self.assertEqual([c["name"] for c in body["data"]["classes"]], ["fresh", "rotten"])
        # The same rows, labels and seed are the same split, so the probe is the one that `probe` fits.
        probe = self.done_json("probe", model, "--data", "reviews.csv", "--text", "text", "--label", "label", *FAST,
                               "--seed", "1", "--at", "hidden[1:3]")
        for a, b in zip(body["results"], probe["results"], strict=True):
            self.assertEqual(a["metrics"], b["metrics"])

    def test_groups_stay_whole(self):
        self.features(groups=("I64", [60], [i // 6 for i in range(60)]))
        body = self.done_json("fit", "features.safetensors", "--group", "groups", *FAST)
        split = body["split"]
        self.assertEqual(split["method"], "grouped")
        self.assertEqual([split[p] % 6 for p in ("train", "valid", "test")], [0, 0, 0])

    def test_the_written_study_can_be_run_again(self):
        self.features()
        first = self.done_json("fit", "features.safetensors", *FAST, "--probe", "logistic:c=0.01", "--out", "run")
        again = self.done_json("run", "run/study.toml")
        self.assertEqual(again["results"][0]["metrics"], first["results"][0]["metrics"])

    def test_predictions_stand_beside_the_rows_they_are_of(self):
        self.features(split=("I64", [60], self.parts))
        self.write("s.toml", STUDY + 'split = "split"\n[evaluate]\npredictions = true\nresamples = 60\n')
        body = self.done_json("run", "s.toml")
        rows = body["split"]["rows"]
        self.assertEqual(rows["test"], [i + 1 for i, part in enumerate(self.parts) if part == 2])
        self.assertEqual({k: len(v) for k, v in rows.items()}, {"train": 24, "valid": 12, "test": 24})
        (entry,) = body["results"]
        hits = [int(said) == self.labels[row - 1] for said, row in zip(entry["predictions"], rows["test"], strict=True)]
        self.assertEqual(sum(hits) / len(hits), entry["metrics"]["accuracy"]["value"])

    def test_a_probe_at_some_of_the_features(self):
        values = [x for row in self.rows for x in row]
        self.features(**{name: ("F32", [60, 5], values) for name in ("hidden[0]", "hidden[1]", "hidden[2]")})
        self.write("s.toml", STUDY + '[[probes]]\nkind = "logistic"\nat = ["hidden[1:]"]\n[[probes]]\nkind = "lda"\nat = ["lay*"]\n'
                   "[evaluate]\nresamples = 60\n")
        body = self.done_json("run", "s.toml")
        self.assertEqual([(r["probe"], r["at"]) for r in body["results"]],
                         [("logistic", "hidden[1]"), ("logistic", "hidden[2]"), ("lda", "layer")])

    def test_a_study_runs_with_other_settings(self):
        self.features()
        self.write("s.toml", STUDY + '[[probes]]\nkind = "logistic"\n[evaluate]\nresamples = 60\n')
        first = self.done_json("run", "s.toml")
        body = self.done_json("run", "s.toml", "--set", "split.seed=3", "--set", "probes.*.c=0.001", "--out", "run")
        self.assertEqual((first["split"]["seed"], body["split"]["seed"]), (0, 3))
        self.assertEqual(body["probes"][0]["options"]["c"], 0.001)
        self.assertEqual(self.done_json("run", "run/study.toml")["results"][0]["metrics"], body["results"][0]["metrics"])
        self.refused(2, ["'sed'", "'seed'"], "run", "s.toml", "--set", "split.sed=3")
        self.refused(2, ["--set", "split.seed", "PATH=VALUE"], "run", "s.toml", "--set", "split.seed")


class Refused(FitTest):
    def test_a_probe_at_features_that_are_not_there(self):
        self.features()
        self.write("s.toml", STUDY + '[[probes]]\nkind = "logistic"\nat = ["l*"]\n[[probes]]\nkind = "lda"\nat = ["layer", "layr"]\n')
        self.refused(3, ["probe lda, at", "'layr'", "'layer'"], "run", "s.toml", "--out", "run")

    def test_tensors_that_are_not_there(self):
        self.features()
        self.refused(3, ["lables", "labels"], "fit", "features.safetensors", "--label", "lables", "--out", "run")
        self.refused(3, ["splits"], "fit", "features.safetensors", "--split", "splits", "--out", "run")
        self.refused(3, ["layr", "layer"], "fit", "features.safetensors", "--at", "layr", "--out", "run")
        self.refused(3, ["missing.safetensors"], "fit", "missing.safetensors", "--out", "run", way_out=False)

    def test_tensors_that_do_not_fit(self):
        self.features(split=("I64", [60], [3] * 60), groups=("I64", [59], [0] * 59), odd=("F32", [60], [0.5] * 60))
        self.refused(3, ["split", "3", "0 train, 1 valid or 2 test"], "fit", "features.safetensors", "--split", "split",
                     "--out", "run")
        self.refused(3, ["groups", "59", "60"], "fit", "features.safetensors", "--group", "groups", "--out", "run")
        self.refused(3, ["odd", "floating-point", "int64"], "fit", "features.safetensors", "--label", "odd", "--out", "run")

    def test_labels_of_one_class_and_outside_the_classes(self):
        self.labels = [1] * 60
        self.features("one.safetensors")
        self.refused(3, ["one class", "'1'"], "fit", "one.safetensors", "--out", "run")
        self.labels = [0, 1] * 29 + [0, 2]
        self.features("outside.safetensors", metadata={"classes": '["no", "yes"]'})
        self.refused(3, ["row 60", "2"], "fit", "outside.safetensors", "--out", "run", way_out=False)

    def test_features_that_are_not_numbers(self):
        self.rows[4][2] = math.nan
        self.features()
        self.refused(3, ["layer", "NaN", "5"], "fit", "features.safetensors", "--out", "run")

    def test_damaged_files(self):
        self.features()
        data = (self.folder / "features.safetensors").read_bytes()
        for cut in (0, 5, 40, len(data) - 1):
            self.write("cut.safetensors", data[:cut])
            self.refused(3, ["cut.safetensors"], "fit", "cut.safetensors", "--out", "run")
        self.write("bad.npy", b"\x93NUMPY\x01\x00\xff\xffnot a header")
        self.refused(3, ["bad.npy"], "fit", "bad.npy", "--labels", "bad.npy", "--out", "run")
        self.write("text.npy", json.dumps([1, 2]))
        self.refused(3, ["text.npy"], "fit", "text.npy", "--labels", "text.npy", "--out", "run")

    def test_class_names_that_are_no_list(self):
        for names in ("no, yes", '{"a": 1}', "7"):
            self.features("named.safetensors", metadata={"classes": names})
            self.refused(3, ["classes"], "fit", "named.safetensors", "--out", "run", way_out=False)


if __name__ == "__main__":
    unittest.main()
