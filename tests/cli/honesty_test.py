"""--honesty: the controls of a run, in JSON, on the terminal, in the report, and what is refused."""
import json
import unittest

import program

DATA = ("--data", "reviews.csv", "--text", "text", "--label", "label", "--resamples", "60", "--seed", "1")
STUDY = """
[model]
path = "bert"
[data]
file = "reviews.csv"
text = "text"
label = "label"
[capture]
at = ["hidden[*]"]
[evaluate]
resamples = 60
[honesty]
permutations = 19
seeds = 4
subsets = 2
control_tasks = 2
"""
CONTROLS = ["shuffled_labels", "control_task", "codelength", "learning_curve", "seeds", "erasure", "nullspace",
            "random_weights", "embeddings"]


def without_times(value):
    """The result without what a clock decides."""
    if isinstance(value, dict):
        clock = {"seconds", "timing", "provenance", "peak_rss_mb", "tokens_per_second"}
        return {k: without_times(v) for k, v in value.items() if k not in clock}
    return [without_times(v) for v in value] if isinstance(value, list) else value


class HonestyTest(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.table("reviews.csv", program.reviews())
        self.model()

    def study(self, more=""):
        (self.folder / "study.toml").write_text(STUDY + more, encoding="utf-8")
        return "study.toml"


class Honesty(HonestyTest):
    def test_the_flag_runs_every_control_on_the_best(self):
        body = self.done_json("probe", "bert", *DATA, "--honesty", "--out", "run")
        honesty = body["honesty"]
        self.assertEqual([c["name"] for c in honesty["controls"]], CONTROLS)
        self.assertEqual((honesty["at"], honesty["probe"]), (body["best"]["at"], body["best"]["probe"]))
        self.assertEqual(honesty["options"]["permutations"], 99)
        shuffled = honesty["controls"][0]
        real = body["best"]["metrics"]["accuracy"]["value"]
        self.assertEqual(len(shuffled["draws"]), 99)
        as_good = sum(draw >= real for draw in shuffled["draws"])
        self.assertEqual(shuffled["numbers"]["p"]["value"], (1 + as_good) / 100)
        task = honesty["controls"][1]["numbers"]
        self.assertAlmostEqual(task["selectivity"]["value"],
                               task["task_accuracy"]["value"] - task["control_accuracy"]["value"], places=12)
        code = honesty["controls"][2]
        self.assertEqual(code["numbers"]["uniform_codelength"]["value"], body["split"]["train"])
        self.assertEqual(code["points"][0]["rows"], 0)
        self.assertGreater(body["timing"]["controls"], 0)
        self.assertLessEqual({"shuffled_labels", "random_weights"}, {b["name"] for b in body["baselines"]})
        page = (self.folder / "run" / "report.html").read_text(encoding="utf-8")
        self.assertIn("Could this be an accident?", page)
        self.assertTrue((self.folder / "run" / "figures" / "shuffled_labels.svg").exists())
        self.assertEqual(json.loads((self.folder / "run" / "result.json").read_text())["honesty"], honesty)

    def test_without_the_flag_nothing_is_questioned(self):
        body = self.done_json("probe", "bert", *DATA, "--at", "hidden[1]")
        self.assertEqual((body["honesty"]["controls"], body["honesty"]["addresses"]), ([], []))

    def test_threads_change_nothing_and_a_written_study_repeats_it(self):
        one = self.done_json("run", self.study(), "--out", "run", "--threads", "1")
        four = self.done_json("run", "run/study.toml", "--threads", "4")
        self.assertEqual(without_times(one)["honesty"], without_times(four)["honesty"])

    def test_all_addresses_are_corrected(self):
        body = self.done_json("run", self.study('addresses = "all"\n'))
        entries = body["honesty"]["addresses"]
        self.assertEqual([e["at"] for e in entries], [r["at"] for r in body["results"]])
        left, largest = len(entries), 0.0
        for entry in sorted(entries, key=lambda e: e["p"]):  # Holm by hand
            largest = max(largest, left * entry["p"])
            self.assertAlmostEqual(entry["holm"], min(1, largest), places=12)
            self.assertGreaterEqual(entry["against_best"], entry["p"])
            left -= 1

    def test_the_terminal_names_every_control(self):
        out = self.done("run", self.study()).out
        for name in CONTROLS:
            self.assertIn(f"\n  {name}", out)
        self.assertIn("selectivity", out)

    def test_stored_features_are_questioned_without_a_model(self):
        self.done("extract", "bert", "--data", "reviews.csv", "--text", "text", "--label", "label", "--out", "x.safetensors")
        body = self.done_json("fit", "x.safetensors", "--honesty", "--resamples", "60")
        names = [c["name"] for c in body["honesty"]["controls"]]
        self.assertEqual(names, [n for n in CONTROLS if n != "random_weights"])

    def test_a_split_of_whole_groups_shuffles_within_them(self):
        body = self.done_json("probe", "bert", *DATA, "--group", "film", "--honesty")
        self.assertIn("within groups", body["honesty"]["controls"][0]["note"])


class Forms(HonestyTest):
    """Folds, numbers, contrast sets and token sequences are questioned too."""

    def questioned(self, more, names, *changes):
        text = STUDY
        for old, new in changes:
            text = text.replace(old, new)
        (self.folder / "study.toml").write_text(text + more, encoding="utf-8")
        body = self.done_json("run", "study.toml", "--out", "run")
        self.assertEqual([c["name"] for c in body["honesty"]["controls"]], names)
        self.assertNotIn("controls", [w["code"] for w in body["warnings"]])
        numbers = {c["name"]: {n: v["value"] for n, v in c["numbers"].items()} for c in body["honesty"]["controls"]}
        self.assertEqual(numbers["shuffled_labels"]["value"],
                         next(r for r in body["results"] if r["at"] == body["honesty"]["at"])["metrics"][body["metric"]]["value"])
        page = (self.folder / "run" / "report.html").read_text(encoding="utf-8")
        self.assertIn("Could this be an accident?", page)
        return body, numbers

    def test_folds_judge_every_row(self):
        body, numbers = self.questioned('[split]\nmethod = "stratified_kfold"\nfolds = 4\nvalid = 0\n', CONTROLS)
        self.assertEqual(numbers["codelength"]["uniform_codelength"], 48)
        self.assertIn("also fitted to", body["honesty"]["controls"][0]["note"])
        # The last point of the curve is the study's own number, after the rows that a fold is fitted to.
        curve = body["honesty"]["controls"][3]
        self.assertEqual((curve["points"][-1]["rows"], curve["points"][-1]["value"]["value"]),
                         (36, numbers["shuffled_labels"]["value"]))
        weights = numbers["random_weights"]
        self.assertAlmostEqual(weights["best_minus_this"], numbers["shuffled_labels"]["value"] - weights["value"], places=12)

    def test_folds_are_corrected_over_addresses(self):
        body, _ = self.questioned('addresses = "all"\nrandom_weights = false\n[split]\nmethod = "kfold"\nfolds = 3\n',
                                  [c for c in CONTROLS if c != "random_weights"])
        self.assertEqual([e["at"] for e in body["honesty"]["addresses"]], [r["at"] for r in body["results"]])

    def test_numbers_have_all_but_bits(self):
        rows = program.reviews()
        for i, row in enumerate(rows):
            row["rating"] = 2 + 5 * (row["label"] == "fresh") + i // 2 % 2
        self.table("reviews.csv", rows)
        body, numbers = self.questioned('[[probes]]\nkind = "ridge"\n', [c for c in CONTROLS if c != "codelength"],
                                        ('label = "label"', 'label = "rating"'))
        self.assertEqual(body["metric"], "r2")
        self.assertAlmostEqual(numbers["control_task"]["selectivity"],
                               numbers["control_task"]["task_r2"] - numbers["control_task"]["control_r2"], places=12)
        self.assertEqual({b["task"] for b in body["baselines"]}, {"numbers"})
        self.assertIn("random numbers of", (self.folder / "run" / "report.html").read_text(encoding="utf-8"))

    def test_contrast_sets_shuffle_the_labels_that_judge(self):
        body, _ = self.questioned('[[probes]]\nkind = "crc"\n', CONTROLS,
                                  ('label = "label"', 'label = "label"\ntemplates = ["bad: {text}", "good: {text}"]'))
        self.assertIn("learns without labels", body["honesty"]["controls"][0]["note"])

    def test_token_sequences(self):
        self.questioned('[[probes]]\nkind = "attention"\nepochs = 3\n', CONTROLS,
                        ('at = ["hidden[*]"]', 'at = ["hidden[*]"]\ntokens = "none"'))


class Refused(HonestyTest):
    def test_values_that_make_no_sense(self):
        for line, words in (("permutations = 0", ["permutations", "0"]), ('sizes = "1,0.5"', ["sizes", "1,0.5"]),
                            ("shuffles = 3", ["shuffles"]), ('addresses = "some"', ["addresses", "some"])):
            study = STUDY.replace("permutations = 19", line)
            (self.folder / "study.toml").write_text(study, encoding="utf-8")
            self.refused(2, words, "run", "study.toml", "--out", "run")


if __name__ == "__main__":
    unittest.main()
