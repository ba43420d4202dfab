"""Studies whose examples are more than the rows of one column: samples, tables for tests, prompts, pairs, occurrences."""
import json
import unittest

import program

FAST = "[evaluate]\nresamples = 60\n"


class SourcesTest(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.model("bert")
        self.model("gpt2")

    def study(self, text, name="study.toml"):
        return self.write(name, text + FAST)

    def run_again(self, folder):
        """A result folder's own study gives the same numbers again."""
        again = self.done_json("run", f"{folder}/study.toml", "--out", f"{folder}-again")
        first = json.loads((self.folder / folder / "result.json").read_text())
        self.assertEqual(program.without_times(again)["results"], program.without_times(first)["results"])


class Samples(SourcesTest):
    def setUp(self):
        super().setUp()
        self.rows = program.reviews(60)
        self.table("reviews.csv", self.rows)

    def test_rows_are_counted_from_the_command_line(self):
        flags = ("probe", "bert", "--data", "reviews.csv", "--text", "text", "--label", "label", "--resamples", "60")
        self.assertEqual(self.done_json(*flags, "--sample", 30)["data"]["used"], 30)
        body = self.done_json(*flags, "--limit", 40)
        self.assertEqual((body["data"]["rows"], body["data"]["used"]), (40, 40))
        self.refused(3, ["got 61 of 60"], *flags, "--sample", 61)

    def test_a_table_for_tests_is_tested_on(self):
        self.table("more.csv", [dict(r, text=r["text"] + " fine") for r in program.reviews(32)])
        body = self.done_json("probe", "bert", "--data", "reviews.csv", "--test-data", "more.csv", "--text", "text",
                              "--label", "label", "--resamples", "60", "--out", "run")
        self.assertEqual((body["split"]["train"], body["split"]["valid"], body["split"]["test"]), (60, 12, 20))
        self.run_again("run")

    def test_parts_are_cut_from_samples_as_a_library_draws_them(self):
        self.table("more.csv", [dict(r, text=r["text"] + " fine") for r in program.reviews(40)])
        study = self.study('[model]\npath = "bert"\n[data]\nfile = "reviews.csv"\ntest_file = "more.csv"\ntext = "text"\n'
                           'label = "label"\n[split]\nmethod = "sample"\n[sample]\nstream = "datasets"\nseed = 42\n'
                           'train = 24\nvalid = 12\ntest = 16\n')
        body = self.done_json("run", study, "--out", "run")
        self.assertEqual((body["split"]["train"], body["split"]["valid"], body["split"]["test"]), (24, 12, 16))
        self.run_again("run")

    def test_resubstitution_says_what_its_number_means(self):
        study = self.study('[model]\npath = "bert"\n[data]\nfile = "reviews.csv"\ntext = "text"\nlabel = "label"\n'
                           '[split]\nmethod = "resubstitution"\n')
        body = self.done_json("run", study)
        self.assertEqual((body["split"]["train"], body["split"]["test"]), (60, 60))
        self.assertEqual([w["code"] for w in body["warnings"] if w["code"] == "resubstitution"], ["resubstitution"])
        for entry in body["results"]:
            self.assertEqual(entry["metrics"]["accuracy"]["value"], entry["train_metrics"]["accuracy"])
        self.assertEqual(sum(c["count"] for c in body["data"]["classes"]), 60)

    def test_a_row_drawn_twice_is_found_on_both_sides(self):
        study = self.study('[model]\npath = "bert"\n[data]\nfile = "reviews.csv"\ntext = "text"\nlabel = "label"\n'
                           '[sample]\nmethod = "replacement"\nstream = "numpy_legacy"\nseed = 1\ncount = 60\n')
        body = self.done_json("run", study)
        self.assertIn("leak", [w["code"] for w in body["warnings"]])


class Prompts(SourcesTest):
    def setUp(self):
        super().setUp()
        self.rows = program.reviews(48)
        self.table("reviews.csv", self.rows)
        self.flags = ("--data", "reviews.csv", "--text", "text", "--template", "the story is not good : {text}",
                      "--template", "the story is good : {text}")

    def probe(self, *more):
        return self.done_json("probe", "bert", *self.flags, "--label", "label", "--resamples", "60", *more)

    def test_contrast_probes_and_plain_ones_read_prompts(self):
        body = self.probe("--probe", "ccs:restarts=2,epochs=50", "--probe", "logistic:read=difference",
                          "--probe", "logistic:read=concatenation,c=0.1", "--at", "hidden[2:4]", "--out", "run")
        reads = [(e["at"], e["probe"], e["read"]) for e in body["results"]]
        self.assertEqual(reads, [(at, probe, read) for probe, read in
                                 (("ccs", ""), ("logistic", "difference"), ("logistic", "concatenation"))
                                 for at in ("hidden[2]", "hidden[3]")])
        self.assertEqual([w for w in body["warnings"] if w["code"] == "address"], [])
        self.run_again("run")

    def test_features_are_the_difference_of_what_extract_writes(self):
        self.done("extract", "bert", *self.flags, "--label", "label", "--at", "hidden[3]", "--out", "sets.safetensors")
        tensors, _ = program.read_safetensors(self.folder / "sets.safetensors")
        dtype, shape, values = tensors["hidden[3]"]
        self.assertEqual(shape[:2], [48, 2])
        width = shape[2]
        for k, lead in enumerate(("the story is not good : ", "the story is good : ")):
            name = self.table(f"prompt{k}.csv", [dict(r, text=lead + r["text"]) for r in self.rows])
            self.done("extract", "bert", "--data", name, "--text", "text", "--at", "hidden[3]", "--out", f"{k}.safetensors")
            plain = program.rows_of(program.read_safetensors(self.folder / f"{k}.safetensors")[0]["hidden[3]"])
            sets = [list(values[(2 * i + k) * width:(2 * i + k + 1) * width]) for i in range(48)]
            self.assertEqual(sets, plain)
        # A probe of stored sets is the probe of the study, rows divided alike.
        seen = self.probe("--probe", "logistic:read=difference", "--at", "hidden[3]")
        stored = self.done_json("fit", "sets.safetensors", "--probe", "logistic:read=difference", "--resamples", "60")
        self.assertEqual(stored["results"][0]["read"], "difference")
        self.assertEqual(stored["results"][0]["metrics"], seen["results"][0]["metrics"])
        self.refused(3, ["read=difference"], "fit", "sets.safetensors", "--probe", "logistic")

    def test_new_texts_go_through_the_templates(self):
        for probe in ("logistic:read=difference", "logistic:read=concatenation", "crc"):
            self.probe("--probe", probe, "--at", "hidden[3]", "--out", "run", "--force")
            best = json.loads((self.folder / "run/result.json").read_text())["results"][0]
            said = self.done_json("predict", "run", "--data", "reviews.csv", "--text", "text")["predictions"]
            self.assertEqual(len(said), 48)
            alone = self.done_json("predict", "run", "--text", self.rows[5]["text"])["predictions"][0]
            self.assertEqual(alone["probabilities"], said[5]["probabilities"])
            right = sum(p["label"] == r["label"] for p, r in zip(said, self.rows))
            self.assertGreaterEqual(right / 48 + 0.2, best["metrics"]["accuracy"]["value"])

    def test_a_text_column_of_another_name_fills_the_template(self):
        body = self.probe("--probe", "logistic:read=difference", "--probe", "logistic:read=concatenation", "--at", "hidden[3]",
                          "--out", "both")
        self.assertEqual([r["variant"] for r in body["results"]], ["read=difference", "read=concatenation"])
        for read in ("difference", "concatenation"):
            said = self.done_json("predict", "both", "--probe", f"logistic:read={read}", "--at", "hidden[3]", "--text", "good")
            self.assertEqual(said["probe"], f"logistic:read={read}")
        self.probe("--probe", "logistic:read=difference", "--at", "hidden[3]", "--out", "run")
        self.table("other.csv", [{"review": r["text"]} for r in self.rows])
        said = self.done_json("predict", "run", "--data", "other.csv", "--text", "review")["predictions"]
        same = self.done_json("predict", "run", "--data", "reviews.csv", "--text", "text")["predictions"]
        self.assertEqual(said, same)

    def test_controls_question_a_difference(self):
        body = self.probe("--probe", "logistic:read=difference", "--at", "hidden[3]", "--honesty")
        self.assertIn("random_weights", [b["name"] for b in body["baselines"]])

    def test_what_does_not_fit_is_refused(self):
        label = ("--label", "label")
        self.refused(2, ["one vector per row"], "probe", "bert", *self.flags, *label)
        data = ("probe", "bert", "--data", "reviews.csv", "--text", "text", *label)
        self.refused(2, ["no placeholder"], *data, "--template", "good or bad?")
        self.refused(2, ["textt"], *data, "--template", "good or bad? {textt}")
        self.refused(2, ["reads contrast sets"], *data, "--probe", "ccs")


class Pairs(SourcesTest):
    STUDY = ('[model]\npath = "gpt2"\n[numbers]\nhigh = 29\nsum_below = 30\n[split]\nmethod = "values"\nstream = "torch"\n'
             'valid = 0.2\ntest = 0.2\n[sample]\nstream = "python"\ntrain = 200\n[capture]\ntokens = "last"\n'
             '[[probes]]\nkind = "ridge"\n')

    def test_numbers_are_held_out_whole(self):
        body = self.done_json("run", self.study(self.STUDY), "--out", "run")
        self.assertEqual(body["task"], "numbers")
        self.assertEqual((body["data"]["rows"], body["split"]["train"]), (465, 200))
        self.assertEqual(body["data"]["label"], "b")
        self.run_again("run")
        said = self.done_json("predict", "run", "--text", "3 + 4", "--text", "5 + 4")
        self.assertEqual(len(said["predictions"]), 2)

    def test_what_does_not_fit_is_refused(self):
        self.refused(2, ["without a table"], "run", self.study(self.STUDY + '[data]\nfile = "x.csv"\n', "a.toml"))
        self.refused(3, ["no pair"], "run", self.study(self.STUDY.replace("high = 29", "high = -1"), "b.toml"))
        self.refused(2, ["{c}"], "run", self.study(self.STUDY.replace("high = 29", 'template = "{a}{b}{c}"'), "c.toml"))
        self.refused(2, ["predict numbers"], "run", self.study(self.STUDY.replace('"ridge"', '"logistic"'), "d.toml"))
        self.refused(3, ["got 900 of"], "run", self.study(self.STUDY.replace("200", "900"), "e.toml"))


class Tokens(SourcesTest):
    STUDY = ('[model]\npath = "gpt2"\n[data]\nfile = "documents.csv"\ntext = "text"\nlimit = 40\n[occurrences]\n'
             'targets = [" the", " is"]\nnext = "word_start"\nbefore = 3\nafter = 1\nper_class = 30\n'
             '[capture]\ntokens = "token:3"\n')

    def setUp(self):
        super().setUp()
        text = "a story is good and the film is a film the ending is the act and the story is a good film the end is good "
        self.table("documents.csv", [{"text": f"{i} {text * 2}"} for i in range(60)])

    def test_windows_are_examples_and_documents_groups(self):
        body = self.done_json("run", self.study(self.STUDY + '[split]\nmethod = "grouped"\n'), "--out", "run")
        self.assertEqual([c["name"] for c in body["data"]["classes"]], ["is", "the"])
        self.assertEqual([c["count"] for c in body["data"]["classes"]], [30, 30])
        self.assertEqual((body["data"]["rows"], body["data"]["tokens"]["min"], body["data"]["tokens"]["max"]), (40, 5, 5))
        self.assertNotIn("group", [w["code"] for w in body["warnings"]])
        # The target token itself tells the classes apart, at every state.
        self.assertEqual(min(e["metrics"]["accuracy"]["value"] for e in body["results"]), 1.0)
        self.run_again("run")
        said = self.done_json("predict", "run", "--text", "a good film and the story", "--text", "a film good is the story")
        self.assertEqual([p["label"] for p in said["predictions"]], ["the", "is"])
        self.refused(3, ["text 2", "none of the tokens"], "predict", "run", "--text", "a good film and the story",
                     "--text", "the film")

    def test_the_control_task_gives_every_token_a_label(self):
        # Two tokens are two types: to remember which label each got is all that there is to the real task too.
        for tokens in ("token:3", "target"):
            study = self.STUDY.replace("token:3", tokens) + "[honesty]\npermutations = 9\nseeds = 2\nrandom_weights = false\n"
            task = self.done_json("run", self.study(study, f"{tokens[:5]}.toml"))["honesty"]["controls"][1]
            self.assertEqual((task["note"], task["numbers"]["types"]["value"]), ("a type is a token", 2))
            self.assertEqual(task["numbers"]["selectivity"]["value"], 0)
        task = self.done_json("run", self.study(study.replace('"target"', '"mean"'), "mean.toml"))["honesty"]["controls"][1]
        self.assertNotEqual(task["note"], "a type is a token")

    def test_documents_that_cross_the_split_are_found(self):
        body = self.done_json("run", self.study(self.STUDY))
        self.assertTrue(any("group" in w["message"] for w in body["warnings"] if w["code"] == "leak"), body["warnings"])

    def test_joined_documents_leave_a_warning(self):
        body = self.done_json("run", self.study(self.STUDY.replace("[capture]", 'documents = "joined"\nchoose = "first"\n[capture]')))
        self.assertIn("occurrences", [w["code"] for w in body["warnings"]])

    def test_what_does_not_fit_is_refused(self):
        self.refused(3, ["too few occurrences", "got "], "run", self.study(self.STUDY.replace("= 30", "= 3000"), "a.toml"))
        self.refused(3, ["' goodly' is not one token"], "run", self.study(self.STUDY.replace(" is", " goodly"), "b.toml"))
        self.refused(3, ["' fil' does not occur"], "run", self.study(self.STUDY.replace('" is"', '" fil"'), "c.toml"))
        self.refused(2, ["at least 0"], "run", self.study(self.STUDY.replace("before = 3", "before = -1"), "d.toml"))


if __name__ == "__main__":
    unittest.main()
