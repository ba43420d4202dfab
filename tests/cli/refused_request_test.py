"""Words that mean nothing, folders in the way, studies and runs that are mangled: the nearest is named, nothing is written."""
import json
import shutil
import unittest

import program

COLUMNS = ("--text", "text", "--label", "label")


class Request(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.model()
        self.data = ("--data", self.table("reviews.csv", program.reviews(24)), *COLUMNS)

    def assert_refused(self, words, *args, code=2, **options):
        return self.refused(code, words, "probe", "bert", *self.data, *args, "--out", "runs/a", **options)

    def run_folder(self, name="run", *args):
        self.done("probe", "bert", *self.data, "--resamples", "20", "--at", "hidden[1]", *args, "--out", name)
        return self.folder / name


class Words(Request):
    def test_an_unknown_command(self):
        self.refused(2, ["'prob'", "'probe'"], "prob")
        self.refused(2, ["'exrtact'", "'extract'"], "exrtact", "bert", *self.data)

    def test_an_unknown_option(self):
        self.refused(2, ["'--lable'", "'--label'"], "probe", "bert", "--data", "reviews.csv", "--text", "text", "--lable", "label")
        self.refused(2, ["'--toekns'", "'--tokens'"], "tokens", "bert", "--text", "film", "--toekns", "last")
        self.refused(2, ["surplus"], "modules", "bert", "surplus")

    def test_a_missing_argument_and_value(self):
        self.refused(2, ["model"], "probe")
        self.refused(2, ["--text"], "tokens", "bert")
        outcome = self.sonde("probe", "bert", *self.data, "--at")
        self.assertEqual((outcome.code, outcome.out), (2, ""), outcome)
        self.assertIn("--at", outcome.err)

    def test_an_unknown_probe_and_its_options(self):
        self.assert_refused(["'logstic'", "'logistic'"], "--probe", "logstic")
        self.assert_refused(["logistic", "'max_itr'", "'max_iter'"], "--probe", "logistic:max_itr=5")
        self.assert_refused(["'c'", "-1"], "--probe", "logistic:c=-1")
        self.assert_refused(["'c'", "much"], "--probe", "logistic:c=much")
        self.assert_refused(["'class_weight'", "balancd", "balanced"], "--probe", "logistic:class_weight=balancd")
        self.assert_refused(["'c' has no value"], "--probe", "logistic:c")

    def test_an_unknown_pooling(self):
        self.assert_refused(["'meen'", "'mean'"], "--tokens", "meen")
        self.assert_refused(["'token:x'", "token:-2"], "--tokens", "token:x")
        self.assert_refused(["'token'", "token:I"], "--tokens", "token")
        self.assert_refused(["'last:2'", "last"], "--tokens", "last:2")
        self.assert_refused(["mean or last"], "--tokens", "none")

    def test_an_unknown_metric(self):
        self.assert_refused(["acuracy", "'accuracy'"], "--metric", "acuracy")

    def test_a_word_that_an_option_does_not_take(self):
        for option, word, known in (("--leaks", "dorp", "drop"), ("--missing", "skp", "skip"), ("--progress", "jsn", "json"),
                                    ("--color", "alway", "always"), ("--threads", "0", "1"), ("--threads", "many", "many"),
                                    ("--resamples", "1", "2"), ("--seed", "-1", "0")):
            with self.subTest(f"{option} {word}"):
                self.assert_refused([option, word, known], option, word)

    def test_an_unknown_format(self):
        self.assert_refused(["'cvs'", "'csv'"], "--format", "cvs")


class Addresses(Request):
    def test_the_three_nearest_are_named(self):
        for asked, near in (("encoder.layer.1.atention.self", "encoder.layer.1.attention.self"), ("hiden[1]", "hidden[1]"),
                            ("bert.encoder.layer.7", "encoder.layer."), ("encoder.layer.*.mlp", "encoder.layer.")):
            with self.subTest(asked):
                error = self.assert_refused([f"'{asked}'", near], "--at", asked)
                self.assertEqual(error["hint"].count("'"), 6, error)
                self.refused(2, [f"'{asked}'", near], "extract", "bert", *self.data, "--at", asked, "--out", "x.safetensors")

    def test_an_index_that_is_not_there(self):
        for asked in ("hidden[4]", "hidden[-5]", "hidden[3:2]", "hidden[x]", "layers[3]"):
            with self.subTest(asked):
                self.assert_refused([asked.partition("[")[0]], "--at", asked)
        self.assert_refused(["hidden[1", "']'"], "--at", "hidden[1", way_out=False)

    def test_values_that_no_probe_can_read(self):
        self.assert_refused(["no address"], "--at", "encoder.layer.0.attention.self.weights", way_out=False)
        self.assert_refused(["address"], "--at", "", way_out=False)
        self.refused(2, ["address"], "extract", "bert", *self.data, "--at", "", "--out", "x.safetensors", way_out=False)
        self.assert_refused(["embeddings.word_embeddings.input", "output"], "--at", "embeddings.word_embeddings.input")


class Places(Request):
    def test_a_folder_in_the_way_is_kept(self):
        self.write("runs/a/notes.txt", "mine")
        self.assert_refused(["runs/a", "--force"])
        self.assert_refused(["runs/a"], "--force")

    def test_a_file_in_the_way_is_kept(self):
        self.write("runs/a", "mine")
        self.assert_refused(["runs/a"])
        self.assert_refused(["runs/a"], "--force")
        self.write("runs/b", "mine")
        self.refused(2, ["runs/b"], "probe", "bert", *self.data, "--out", "runs/b/c")

    def test_force_replaces_a_run_as_a_whole(self):
        run = self.run_folder("runs/a")
        (run / "report.html").write_text("old")
        self.write("runs/a/probes/old.safetensors", "old")
        self.assert_refused(["runs/a", "--force"])
        body = self.done_json("probe", "bert", *self.data, "--resamples", "20", "--at", "hidden[2]", "--out", "runs/a", "--force")
        names = set(program.tree(run))
        self.assertNotIn("probes/old.safetensors", names)
        self.assertIn(body["results"][0]["path"], names)
        self.assertNotEqual((run / "report.html").read_text(encoding="utf-8"), "old")
        self.assertEqual([p for p in program.tree(self.folder) if "partial" in p], [])

    def test_a_run_that_fails_keeps_the_run_it_would_replace(self):
        self.run_folder("runs/a")
        self.assert_refused(["'logstic'"], "--force", "--probe", "logstic")
        self.table("reviews.csv", [{"text": "film", "label": "one"}] * 9)
        self.assert_refused(["one class"], "--force", code=3)


class Studies(Request):
    def setUp(self):
        super().setUp()
        self.study = (self.run_folder() / "study.toml").read_text(encoding="utf-8")
        shutil.copytree(self.folder / "bert", self.folder / "run" / "bert")
        shutil.copy(self.folder / "reviews.csv", self.folder / "run" / "reviews.csv")
        shutil.copytree(self.folder / "run", self.folder / "studies")

    def refused_study(self, words, old, new, code=2, **options):
        self.assertIn(old, self.study)
        self.write("studies/mangled.toml", self.study.replace(old, new, 1))
        return self.refused(code, words, "run", "studies/mangled.toml", "--out", "runs/b", **options)

    def test_broken_toml_names_its_line(self):
        line = self.study.splitlines().index("[data]") + 1
        error = self.refused_study(["mangled.toml", f"line {line}"], "[data]", "[data", way_out=False)
        self.assertEqual((error["path"], error["offset"]), ("studies/mangled.toml", line))
        line = self.study.splitlines().index('tokens = "mean"') + 1
        self.refused_study(["mangled.toml", f"line {line}"], 'tokens = "mean"', 'tokens = "mean', way_out=False)
        self.refused_study(["mangled.toml", f"line {line}"], 'tokens = "mean"', "tokens =", way_out=False)
        self.refused_study(["mangled.toml", f"line {line + 1}"], 'tokens = "mean"', 'tokens = "mean"\ntokens = "last"', way_out=False)

    def test_an_unknown_key_or_section_names_the_nearest(self):
        self.refused_study(["[capture]", "'toekns'", "'tokens'"], "tokens =", "toekns =")
        self.refused_study(["[model]", "'pth'", "'path'"], "path =", "pth =")
        self.refused_study(["evaluat", "'evaluate'"], "[evaluate]", "[evaluat]")
        self.refused_study(["'max_itr'", "'max_iter'"], "max_iter =", "max_itr =")
        self.refused_study(["'logstic'", "'logistic'"], '"logistic"', '"logstic"')

    def test_values_that_are_not_allowed(self):
        self.refused_study(["'test'", "0.95"], "test = 0.25", "test = 0.95")
        self.refused_study(["'seed'", "one"], "seed = 0", 'seed = "one"')
        self.refused_study(["'method'", "stratfied", "stratified"], '"stratified"', '"stratfied"')
        self.refused_study(["'dtype'", "float16", "float32"], '"float32"', '"float16"')
        self.refused_study(["at", "7"], 'at = ["hidden[1]"]', "at = [7]", way_out=False)
        self.refused_study(["date"], "seed = 0", "seed = 2024-01-01")
        self.refused_study(["probes"], "[[probes]]", "[probes]")
        self.refused_study(["[model]", "path"], "path =", "# path =")

    def test_a_study_that_is_not_there(self):
        self.refused(3, ["nowhere.toml"], "run", "nowhere.toml", "--out", "runs/b", way_out=False)
        self.refused(3, ["folder"], "run", "bert", "--out", "runs/b")

    def test_a_study_of_nothing(self):
        self.write("empty.toml", "")
        self.refused(2, ["[model] path"], "run", "empty.toml", "--out", "runs/b")


class Runs(Request):
    def setUp(self):
        super().setUp()
        self.run_folder()

    def refused_run(self, words, *args, code=3, run="run", **options):
        return self.refused(code, words, "predict", run, *(args or ("--text", "the film")), **options)

    def test_a_folder_that_is_no_run(self):
        self.assertIn("bert", self.refused_run(["bert", "result.json"], run="bert")["path"])
        self.refused_run(["nowhere"], run="nowhere")

    def test_a_model_that_changed(self):
        tensors, metadata = program.read_safetensors(self.folder / "bert" / "model.safetensors")
        dtype, shape, values = tensors["pooler.dense.bias"]
        tensors["pooler.dense.bias"] = (dtype, shape, [x + 1 for x in values])
        program.write_safetensors(self.folder / "bert" / "model.safetensors", tensors, metadata)
        self.refused_run(["bert", "weights", "--model"])

    def test_a_tokenizer_that_changed(self):
        vocabulary = (self.folder / "bert" / "vocab.txt").read_text(encoding="utf-8").split()
        swapped = vocabulary[:-2] + vocabulary[:-3:-1]
        self.write("bert/vocab.txt", "\n".join(swapped) + "\n")
        self.refused_run(["bert", "tokenizer"])

    def test_a_run_that_was_damaged(self):
        stored = (self.folder / "run" / "result.json").read_text(encoding="utf-8")
        path = json.loads(stored)["results"][0]["path"]
        probe = (self.folder / "run" / path).read_bytes()
        for content in (stored[:len(stored) // 2], "[]", stored.replace('"schema_version": 1', '"schema_version": 99', 1)):
            self.write("run/result.json", content)
            self.refused_run(["result"], way_out=False)
        self.write("run/result.json", stored)
        for content in (b"", probe[:30], probe[:-1]):
            self.write(f"run/{path}", content)
            self.refused_run([path])
        (self.folder / "run" / path).unlink()
        self.refused_run([path], way_out=False)

    def test_an_address_or_probe_that_the_run_has_not(self):
        self.refused_run(["'hidden[2]'", "'hidden[1]'"], "--text", "film", "--at", "hidden[2]", code=2)
        self.refused_run(["majority"], "--text", "film", "--probe", "majority", code=2)

    def test_texts_that_are_missing(self):
        self.refused(2, ["--text", "--data"], "predict", "run")
        self.refused(2, ["--text"], "predict", "run", "--data", "reviews.csv")
        self.refused_run(["'txt'", "'text'"], "--data", "reviews.csv", "--text", "txt", code=2)

    def test_a_run_on_stored_features_cannot_read_texts(self):
        program.write_safetensors(self.folder / "f.safetensors", {"x": ("F32", [40, 1], [float(i % 2) for i in range(40)]),
                                                                  "labels": ("I64", [40], [i % 2 for i in range(40)])})
        self.done("fit", "f.safetensors", "--out", "fitted")
        error = self.refused_run(["fitted", "features"], code=2, run="fitted")
        self.assertNotIn("unknown section", error["message"])


if __name__ == "__main__":
    unittest.main()
