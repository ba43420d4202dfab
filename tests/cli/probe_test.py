"""sonde probe, run and predict: the main job, what it prints, what it keeps, and that it can be done again."""
import json
import math
import re
import shutil
import unittest
import xml.etree.ElementTree as xml

import program

COLUMNS = ("--text", "text", "--label", "label")
FAST = ("--resamples", "60")


class ProbeTest(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.rows = program.reviews()
        self.data = ("--data", self.table("reviews.csv", self.rows), *COLUMNS)


class Output(ProbeTest):
    def test_table_goes_to_standard_output_and_one_note_to_standard_error(self):
        model = self.model()
        outcome = self.done("probe", model, *self.data, "--group", "film", *FAST)
        for word in ("hidden[0]", "hidden[1]", "hidden[2]", "hidden[3]", "bag_of_words", "length", "majority", "best: "):
            self.assertIn(word, outcome.out)
        self.assertNotIn("\x1b", outcome.out + outcome.err)
        self.assertEqual(len(outcome.err.splitlines()), 1, outcome)
        self.assertIn("--out", outcome.err)
        self.assertEqual(self.done("probe", model, *self.data, "--group", "film", *FAST, "--quiet").err, "")

    def test_table_shows_the_numbers_of_the_json(self):
        model = self.model()
        body = self.done_json("probe", model, *self.data, *FAST)
        lines = self.done("probe", model, *self.data, *FAST).out.splitlines()
        for entry in body["results"] + body["baselines"]:
            name = entry.get("at") or entry["name"]
            line = next(line for line in lines if f" {name} " in line)
            shown = re.findall(r"[-+]?\d+\.\d{3}", line.split(name, 1)[1])
            metrics = entry["metrics"]
            accuracy = metrics["accuracy"]
            wanted = [accuracy["value"], accuracy["low"], accuracy["high"]]
            wanted += [metrics[m]["value"] for m in ("balanced_accuracy", "f1", "mcc", "auroc", "log_loss")]
            self.assertEqual(shown, [f"{value:.3f}" for value in wanted if value is not None], line)

    def test_colour_only_when_asked(self):
        outcome = self.done("probe", self.model(), *self.data, *FAST, "--at", "hidden[0]", "--color", "always")
        self.assertIn("\x1b[", outcome.out)

    def test_progress_as_json_names_each_stage_on_standard_error(self):
        outcome = self.done("probe", self.model(), *self.data, *FAST, "--progress", "json")
        lines = [json.loads(line) for line in outcome.err.splitlines() if line.startswith("{")]
        self.assertLessEqual({"tokenize", "forward", "probes"}, {line["stage"] for line in lines}, outcome)
        for line in lines:
            self.assertLessEqual({"stage", "done", "total", "unit", "per_second", "seconds_left"}, set(line))
        self.assertNotIn('"stage"', outcome.out)

    def test_json_is_one_object_with_the_fixed_keys(self):
        body = self.done_json("probe", self.model(), *self.data, "--group", "film", *FAST)
        wanted = {"schema_version", "status", "warnings", "model", "data", "split", "results", "baselines", "best", "timing",
                  "tokens_per_second", "peak_rss_mb", "versions"}
        self.assertLessEqual(wanted, set(body))
        for key, inner in {"model": "path type parameters dtype", "data": "rows used classes truncated tokens",
                           "split": "train valid test method seed group", "best": "at chosen_on metrics",
                           "timing": "load tokenize forward probes total"}.items():
            self.assertLessEqual(set(inner.split()), set(body[key]), key)
        self.assertLessEqual({"min", "median", "p95", "max"}, set(body["data"]["tokens"]))
        for entry in body["results"]:
            self.assertLessEqual({"at", "probe", "metrics", "train_metrics", "n_iter", "converged", "seconds", "path"}, set(entry))
            self.assertLessEqual({"objective", "kkt", "nonzero"}, set(entry))
        self.assertEqual(body["warnings"], [])


class Numbers(ProbeTest):
    def setUp(self):
        super().setUp()
        self.body = self.done_json("probe", self.model(), *self.data, "--group", "film", *FAST, "--seed", "3")

    def test_data_are_counted_as_they_are(self):
        data, split = self.body["data"], self.body["split"]
        self.assertEqual((data["rows"], data["used"], data["truncated"]), (48, 48, 0))
        counts = {c["name"]: c["count"] for c in data["classes"]}
        self.assertEqual(counts, {"fresh": 24, "rotten": 24})
        lengths = sorted(program.tokens_of(row["text"]) for row in self.rows)
        self.assertEqual((data["tokens"]["min"], data["tokens"]["max"]), (lengths[0], lengths[-1]))
        self.assertEqual(data["tokens"]["median"], (lengths[23] + lengths[24]) / 2)
        self.assertEqual((split["method"], split["group"], split["seed"]), ("grouped", "film", 3))
        self.assertEqual(split["train"] + split["valid"] + split["test"], 48)
        # Groups of four cannot be cut.
        self.assertEqual([split[part] % 4 for part in ("train", "valid", "test")], [0, 0, 0])

    def test_addresses_are_in_order_and_every_interval_holds_its_value(self):
        self.assertEqual([r["at"] for r in self.body["results"]], [f"hidden[{i}]" for i in range(4)])
        for entry in self.body["results"] + self.body["baselines"]:
            for name, metric in entry["metrics"].items():
                self.assertEqual(set(metric), {"value", "low", "high"})
                if metric["low"] is not None:
                    self.assertLessEqual(metric["low"], metric["high"], (name, entry))
            self.assertLessEqual(entry["metrics"]["accuracy"]["low"], entry["metrics"]["accuracy"]["value"] + 1e-12)
            self.assertGreaterEqual(entry["metrics"]["accuracy"]["high"], entry["metrics"]["accuracy"]["value"] - 1e-12)

    def test_majority_is_the_share_of_the_larger_class(self):
        classes = self.body["data"]["classes"]
        most = max(classes, key=lambda c: c["train"])
        majority = next(b for b in self.body["baselines"] if b["name"] == "majority")
        share = most["test"] / self.body["split"]["test"]
        self.assertAlmostEqual(majority["metrics"]["accuracy"]["value"], share, places=12)

    def test_baselines_say_what_they_are(self):
        notes = {b["name"]: b["note"] for b in self.body["baselines"]}
        self.assertRegex(notes["majority"], "fresh|rotten")
        words = re.search(r"([\d,]+) word counts", notes["bag_of_words"])
        self.assertGreater(int(words[1].replace(",", "")), 5, notes)

    def test_what_stands_in_the_embeddings_is_found(self):
        self.assertEqual(self.body["results"][0]["train_metrics"]["accuracy"], 1)
        self.assertGreater(self.body["best"]["metrics"]["accuracy"]["value"], 0.9)

    def test_best_is_chosen_on_validation(self):
        best = self.body["best"]
        self.assertEqual(best["chosen_on"], "valid")
        leader = max(self.body["results"], key=lambda r: r["valid_metrics"]["accuracy"])  # the first of equals
        self.assertEqual(best["at"], leader["at"])
        self.assertEqual(best["metrics"], leader["metrics"])


class RunFolder(ProbeTest):
    def setUp(self):
        super().setUp()
        self.model_folder = self.model()
        self.body = self.done_json("probe", self.model_folder, *self.data, "--group", "film", *FAST, "--out", "runs/a")
        self.run_folder = self.folder / "runs" / "a"

    def test_holds_study_result_probes_figures_and_report(self):
        names = program.tree(self.run_folder)
        self.assertLessEqual({"study.toml", "result.json", "report.html", "probes", "figures"}, set(names))
        self.assertEqual({n.split("/")[0] for n in names}, {"study.toml", "result.json", "report.html", "probes", "figures"})
        saved = {n for n in names if n.startswith("probes/")}
        self.assertEqual(saved, {r["path"] for r in self.body["results"]})
        self.assertEqual(len(saved), 4)
        figures = {n for n in names if n.startswith("figures/")}
        drawn = {n.removesuffix(".svg") for n in figures if n.endswith(".svg")}
        self.assertTrue(drawn)
        self.assertEqual(figures, {f"{n}.{kind}" for n in drawn for kind in ("svg", "png")})
        for name in drawn:
            self.assertTrue(xml.parse(self.run_folder / f"{name}.svg").getroot().tag.endswith("svg"))
            self.assertTrue((self.run_folder / f"{name}.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n"))
        self.assertEqual([p for p in program.tree(self.folder) if "partial" in p], [])

    def test_result_json_is_what_was_printed(self):
        stored = json.loads((self.run_folder / "result.json").read_text(encoding="utf-8"))
        self.assertEqual(program.without_times(stored), program.without_times(self.body))

    def test_report_is_one_page_with_the_headline_number(self):
        page = (self.run_folder / "report.html").read_text(encoding="utf-8")
        self.assertTrue(page.lstrip().lower().startswith("<!doctype html>"))
        self.assertIsNone(re.search(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=[\"']?(?:https?:)?//", page))
        self.assertIn(self.body["best"]["at"], page)
        for text in ("fresh", "rotten", "bag-of-words", self.body["provenance"]["data_digest"][:8]):
            self.assertTrue(text in page.lower(), text)

    def test_provenance_holds_the_digests_of_what_was_read(self):
        provenance = self.body["provenance"]
        self.assertEqual(provenance["data_digest"], program.sha256(self.folder / "reviews.csv"))
        self.assertEqual(provenance["weights_digest"], program.sha256(self.model_folder / "model.safetensors"))
        self.assertEqual(provenance["study"], (self.run_folder / "study.toml").read_text(encoding="utf-8"))

    def test_running_the_written_study_gives_the_same(self):
        again = self.done_json("run", "runs/a/study.toml", "--out", "runs/b")
        self.assertEqual(program.without_times(again), program.without_times(self.body))
        first, second = (program.tree(self.folder / "runs" / name) for name in "ab")
        self.assertEqual(set(first), set(second))
        for name in first:
            if name.startswith("probes/") or name == "study.toml":
                self.assertEqual(first[name], second[name], name)

    def test_a_saved_probe_scores_by_hand_as_predict_does(self):
        tensors, metadata = program.read_safetensors(self.run_folder / self.body["results"][2]["path"])
        self.assertEqual((tensors["weight"][1], tensors["bias"][1]), ([1, 24], [1]))
        self.assertEqual((metadata["kind"], json.loads(metadata["classes"])), ("logistic", ["fresh", "rotten"]))
        self.assertEqual((metadata["address"], metadata["pooling"]), ("hidden[2]", "mean"))
        self.assertEqual(metadata["model_digest"], program.sha256(self.model_folder / "model.safetensors"))
        self.assertEqual(json.loads(metadata["options"])["c"], 1)
        self.done("extract", self.model_folder, *self.data, "--at", "hidden[2]", "--out", "states.safetensors")
        states = program.rows_of(program.read_safetensors(self.folder / "states.safetensors")[0]["hidden[2]"])
        answer = self.done_json("predict", "runs/a", "--at", "hidden[2]", "--data", "reviews.csv", "--text", "text")
        self.assertEqual((answer["at"], len(answer["predictions"])), ("hidden[2]", 48))
        for state, row in zip(states, answer["predictions"], strict=True):
            z = math.fsum(w * x for w, x in zip(tensors["weight"][2], state, strict=True)) + tensors["bias"][2][0]
            self.assertAlmostEqual(row["probabilities"]["rotten"], 1 / (1 + math.exp(-z)), delta=2e-5)
            self.assertEqual(row["label"], "rotten" if z > 0 else "fresh")


class Bfloat16(ProbeTest):
    def test_a_run_says_its_products_were_rounded_and_predict_rounds_them_again(self):
        model = self.model()
        asked = ("--at", "hidden[2]", "--dtype", "bfloat16")
        body = self.done_json("probe", model, *self.data, *FAST, *asked, "--out", "runs/b")
        self.assertEqual(body["model"]["dtype"], "bfloat16")
        self.assertTrue(body["versions"]["gemm"].endswith("_bfloat16"), body["versions"])
        self.assertIn('dtype = "bfloat16"', (self.folder / "runs/b/study.toml").read_text(encoding="utf-8"))
        tensors, _ = program.read_safetensors(self.folder / "runs/b" / body["results"][0]["path"])
        answer = self.done_json("predict", "runs/b", "--data", "reviews.csv", "--text", "text")
        for dtype, same in (("bfloat16", True), ("float32", False)):
            self.done("extract", model, *self.data, "--at", "hidden[2]", "--dtype", dtype, "--out", f"{dtype}.safetensors")
            states = program.rows_of(program.read_safetensors(self.folder / f"{dtype}.safetensors")[0]["hidden[2]"])
            worst = 0
            for state, row in zip(states, answer["predictions"], strict=True):
                z = math.fsum(w * x for w, x in zip(tensors["weight"][2], state, strict=True)) + tensors["bias"][2][0]
                worst = max(worst, abs(row["probabilities"]["rotten"] - 1 / (1 + math.exp(-z))))
            self.assertEqual(worst < 2e-5, same, (dtype, worst))

    def test_an_unknown_number_type_is_refused(self):
        self.refused(2, ["--dtype", "float16"], "probe", self.model(), *self.data, "--dtype", "float16")


class Predict(ProbeTest):
    def setUp(self):
        super().setUp()
        self.model_folder = self.model()
        self.done("probe", self.model_folder, *self.data, "--group", "film", *FAST, "--out", "runs/a")

    def test_texts_of_the_command_line(self):
        texts = [row["text"] for row in self.rows[:4]]
        outcome = self.done("predict", "runs/a", *(part for text in texts for part in ("--text", text)))
        lines = [line.split("\t") for line in outcome.out.splitlines()]
        self.assertEqual([line[0] for line in lines], [row["label"] for row in self.rows[:4]], outcome)
        self.assertEqual([line[2] for line in lines], texts)
        for line in lines:
            self.assertTrue(0.5 <= float(line[1]) <= 1, line)
        self.assertEqual(outcome.err, "")

    def test_json_holds_the_probability_of_each_class(self):
        body = self.done_json("predict", "runs/a", "--text", self.rows[0]["text"])
        (row,) = body["predictions"]
        self.assertEqual((row["row"], row["label"], set(row["probabilities"])), (1, "fresh", {"fresh", "rotten"}))
        self.assertAlmostEqual(sum(row["probabilities"].values()), 1, places=6)

    def test_a_table_without_labels(self):
        self.write("new.jsonl", "".join(json.dumps({"review": row["text"]}) + "\n" for row in self.rows[:2]))
        body = self.done_json("predict", "runs/a", "--data", "new.jsonl", "--text", "review")
        self.assertEqual([row["label"] for row in body["predictions"]], ["fresh", "rotten"])

    def test_a_moved_model_is_found_where_it_lies_now(self):
        shutil.move(self.model_folder, self.folder / "moved")
        error = self.refused(3, ["bert"], "predict", "runs/a", "--text", "good")
        self.assertTrue(error["path"].endswith("bert"), error)
        body = self.done_json("predict", "runs/a", "--model", "moved", "--text", self.rows[0]["text"])
        self.assertEqual(body["predictions"][0]["label"], "fresh")

    def test_a_text_cut_at_the_models_positions_is_counted(self):
        body = self.done_json("predict", "runs/a", "--text", "good " * 40)
        self.assertEqual(body["truncated"], 1)
        self.assertTrue(any(w["code"] == "truncation" for w in body["warnings"]), body["warnings"])


class HostileData(ProbeTest):
    def test_data_never_becomes_markup(self):
        evil = "</script><script>alert(1)</script>"
        for row in self.rows:
            row["label"] += evil
            row["text"] += f" {evil}<img src=x onerror=alert(1)>"
            row["film"] = f"<b>{row['film']}</b>"
        # Labels that say nothing make mistakes, whose texts are shown.
        for row in self.rows[::3]:
            row["label"] = ("fresh" if row["label"].startswith("rotten") else "rotten") + evil
        self.table("evil<i>.csv", self.rows)
        body = self.done_json("probe", self.model(), "--data", "evil<i>.csv", *COLUMNS, "--group", "film", *FAST, "--out", "run")
        self.assertGreater(len(body["best"]["mistakes"]), 0)
        page = (self.folder / "run" / "report.html").read_text(encoding="utf-8")
        for markup in ("<script>alert", "<img src=x", "<b>film", "evil<i>"):
            self.assertFalse(markup in page, markup)
        for figure in (self.folder / "run" / "figures").glob("*.svg"):
            self.assertTrue(xml.parse(figure).getroot().tag.endswith("svg"), figure)


class Studies(ProbeTest):
    def test_a_study_names_its_files_from_where_it_lies(self):
        self.model("gpt2", to="studies/gpt2")
        self.table("studies/reviews.csv", self.rows)
        self.write("studies/one.toml", """
            [model]
            path = "gpt2"
            dtype = "float32"
            [data]
            file = "reviews.csv"
            text = "text"
            label = "label"
            group = "film"
            [capture]
            at = ["hidden[*]", "h.*.mlp"]
            tokens = "last"
            [split]
            method = "grouped"
            test = 0.25
            valid = 0.15
            seed = 42
            [evaluate]
            resamples = 50
            [[probes]]
            kind = "logistic"
            c = 0.5
            """)
        body = self.done_json("run", "studies/one.toml")
        self.assertEqual([r["at"] for r in body["results"]],
                         ["hidden[0]", "hidden[1]", "hidden[2]", "transformer.h.0.mlp", "transformer.h.1.mlp"])
        self.assertEqual((body["split"]["seed"], body["probes"][0]["options"]["c"]), (42, 0.5))
        self.assertEqual({r["pooling"] for r in body["results"]}, {"last"})

    def test_relative_paths_of_a_run_stay_good_in_its_study(self):
        self.model()
        first = self.done_json("probe", "bert", *self.data, *FAST, "--at", "hidden[1]", "--out", "runs/a")
        again = self.done_json("run", "runs/a/study.toml")
        self.assertEqual(again["best"]["metrics"], first["best"]["metrics"])
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        self.done("predict", "../runs/a", "--text", "the film is good", cwd=elsewhere)

    def test_several_probes_and_a_split_column(self):
        parts = ["train", "train", "train", "train", "valid", "valid", "test", "test"]
        for i, row in enumerate(self.rows):
            row["part"] = parts[i % 8]
        self.table("parted.csv", self.rows)
        body = self.done_json("probe", self.model(), "--data", "parted.csv", *COLUMNS, "--split", "part", *FAST, "--at",
                              "hidden[-1]", "--probe", "logistic:c=0.1,class_weight=balanced", "--probe", "majority")
        self.assertEqual([(r["at"], r["probe"]) for r in body["results"]],
                         [("hidden[3]", "logistic"), ("hidden[3]", "majority")])
        self.assertEqual(body["probes"][0]["options"]["class_weight"], "balanced")
        split = body["split"]
        self.assertEqual((split["method"], split["train"], split["valid"], split["test"]), ("column", 24, 12, 12))

    def test_three_classes(self):
        for i, row in enumerate(self.rows):
            row["label"] = ("good", "dull", "story")[i % 3]
            row["text"] = f"the {row['label']} film {'abcdefgh'[i % 8]} {'klmnopqr'[i // 8]}"
        self.table("three.csv", self.rows)
        body = self.done_json("probe", self.model(), "--data", "three.csv", *COLUMNS, *FAST, "--at", "hidden[0]")
        self.assertEqual([c["name"] for c in body["data"]["classes"]], ["dull", "good", "story"])
        self.assertGreater(body["best"]["metrics"]["accuracy"]["value"], 0.8)


if __name__ == "__main__":
    unittest.main()
