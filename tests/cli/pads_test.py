"""Pads that a replayed study computes: what they change, what they leave as it is, and that the reader is told."""
import json
import unittest

import program

LENGTH = "16"
FAST = ("--resamples", "50", "--probe", "logistic")


class PadsTest(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.rows = program.reviews(24)
        self.data = ("--data", self.table("reviews.csv", self.rows), "--text", "text")

    def states(self, model, *args):
        """The rows at the last hidden state, and the codes of the warnings."""
        body = self.done_json("extract", model, *self.data, "--at", "hidden[-1]", *args, "--out", "s.safetensors", "--force")
        tensors, _ = program.read_safetensors(self.folder / "s.safetensors")
        return next(iter(tensors.values()))[2], [w["code"] for w in body["warnings"]], body

    def test_pads_that_nobody_sees_or_pools_change_nothing(self):
        plain, none, _ = self.states(self.model())
        padded, codes, body = self.states("bert", "--pad", "right:" + LENGTH)
        self.assertEqual(padded, plain)
        self.assertEqual((none, codes), ([], ["pads"]))
        self.assertEqual(body["tokens"], sum(program.tokens_of(row["text"]) for row in self.rows))

    def test_pads_count_once_they_are_pooled_or_seen(self):
        model = self.model()
        seen = [self.states(model)[0]]
        for asked in (("--tokens", "mean_padded:" + LENGTH), ("--pad", "left:" + LENGTH, "--attend-pads"),
                      ("--tokens", "mean_padded:" + LENGTH, "--attend-pads")):
            rows, codes, _ = self.states(model, *asked)
            self.assertEqual(codes, ["pads"], asked)
            self.assertNotIn(rows, seen, asked)
            seen.append(rows)

    def test_texts_are_cut_where_pads_end(self):
        _, codes, body = self.states(self.model(), "--tokens", "mean_padded:5")
        self.assertEqual(sorted(codes), ["pads", "truncation"])
        self.assertGreater(body["truncated"], 0)

    def test_a_decoder_without_a_pad_token_is_padded_with_its_end_token(self):
        model = self.model("gpt2")
        plain, _, _ = self.states(model, "--tokens", "last")
        padded, codes, _ = self.states(model, "--tokens", "last", "--pad", "left:" + LENGTH, "--attend-pads")
        self.assertEqual(codes, ["pads"])
        self.assertNotEqual(padded, plain)
        config = json.loads((model / "config.json").read_text())
        for key in ("pad_token_id", "eos_token_id"):
            config.pop(key, None)
        (model / "config.json").write_text(json.dumps(config))
        tokenizer = model / "tokenizer_config.json"
        if tokenizer.exists():
            tokenizer.write_text(json.dumps({k: v for k, v in json.loads(tokenizer.read_text()).items() if k != "pad_token"}))
        self.refused(3, ["no token to pad with", "pad_token"], "extract", model, *self.data, "--pad", "left:" + LENGTH,
                     "--attend-pads", "--out", "t.safetensors")

    def test_what_makes_no_sense_is_refused(self):
        model = self.model()
        for words, asked in ((["pad", "up:3", "left:L"], ("--pad", "up:3")),
                             (["pad", "99", "positions"], ("--pad", "right:99")),
                             (["attend_pads", "no pads"], ("--attend-pads",)),
                             (["pad", "5 tokens"], ("--pad", "right:6", "--tokens", "mean_padded:5")),
                             (["row 1", "no target"], ("--tokens", "target"))):
            self.refused(2, words, "extract", model, *self.data, *asked, "--out", "t.safetensors")

    def test_a_run_keeps_its_pads_and_predict_computes_them_again(self):
        asked = ("--tokens", "mean_padded:" + LENGTH, "--at", "hidden[2]")
        body = self.done_json("probe", self.model(), *self.data, "--label", "label", *FAST, *asked, "--out", "runs/a")
        warning = next(w for w in body["warnings"] if w["code"] == "pads")
        self.assertTrue(warning["affects_numbers"])
        self.assertIn("16 tokens", warning["message"])
        self.assertIn('tokens = "mean_padded:16"', (self.folder / "runs/a/study.toml").read_text().replace("'", '"'))
        again = self.done_json("run", "runs/a/study.toml", "--out", "runs/b")
        self.assertEqual(program.without_times(again), program.without_times(body))
        answer = self.done_json("predict", "runs/a", "--data", "reviews.csv", "--text", "text")
        self.assertIn("pads", [w["code"] for w in answer["warnings"]])
        right = sum(p["label"] == row["label"] for p, row in zip(answer["predictions"], self.rows, strict=True))
        self.assertGreater(right, 18)


if __name__ == "__main__":
    unittest.main()
