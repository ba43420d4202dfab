"""The same inputs give the same bytes: for any number of threads, order of rows, and other addresses asked for."""
import json
import unittest

import program

FAST = ("--resamples", "60")


class Determinism(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.rows = program.reviews(40)
        self.data = ("--data", self.table("reviews.csv", self.rows), "--text", "text")

    def states(self, model, *args, data=None):
        self.done("extract", model, *(data or self.data), *args, "--out", "states.safetensors", "--force")
        return program.read_safetensors(self.folder / "states.safetensors")[0]

    def test_extract_writes_the_same_file_for_any_number_of_threads(self):
        for name, pooling in (("bert", "mean"), ("gpt2", "none"), ("llama_gqa", "last")):
            model = self.model(name)
            digests = set()
            for threads in (1, 2, 3):
                out = f"{name}-{threads}.safetensors"
                self.done("extract", model, *self.data, "--at", "**,hidden[*]", "--tokens", pooling, "--label", "label",
                          "--threads", threads, "--out", out)
                digests.add(program.sha256(self.folder / out))
            self.assertEqual(len(digests), 1, name)

    def test_probe_finds_the_same_for_any_number_of_threads(self):
        model, results, files = self.model(), [], []
        for threads in (1, 2, 3):
            out = f"run-{threads}"
            self.done("probe", model, *self.data, "--label", "label", "--group", "film", *FAST, "--threads", threads, "--out", out)
            results.append(program.without_times(json.loads((self.folder / out / "result.json").read_text(encoding="utf-8"))))
            kept = program.tree(self.folder / out)
            files.append({n: d for n, d in kept.items() if n not in ("result.json", "report.html")})
        self.assertEqual(results[0], results[1])
        self.assertEqual(results[0], results[2])
        self.assertEqual(files[0], files[1])
        self.assertEqual(files[0], files[2])

    def test_a_row_has_the_same_bits_in_any_order(self):
        model = self.model()
        forward = self.states(model, "--at", "hidden[3]")
        self.table("backward.csv", self.rows[::-1])
        backward = self.states(model, "--at", "hidden[3]", data=("--data", "backward.csv", "--text", "text"))
        self.assertEqual(program.rows_of(forward["hidden[3]"]), program.rows_of(backward["hidden[3]"])[::-1])
        self.table("alone.csv", self.rows[7:8])
        alone = self.states(model, "--at", "hidden[3]", data=("--data", "alone.csv", "--text", "text"))
        self.assertEqual(program.rows_of(alone["hidden[3]"]), program.rows_of(forward["hidden[3]"])[7:8])

    def test_an_address_has_the_same_bits_whatever_else_is_asked_for(self):
        for name in ("bert", "gpt2", "llama_mha"):
            model = self.model(name)
            together = self.states(model, "--at", "**,hidden[*]")
            for address in list(together)[::5]:
                self.assertEqual(self.states(model, "--at", address)[address], together[address], (name, address))

    def test_the_seed_decides_the_split(self):
        model = self.model()
        studies = [self.done_json("probe", model, *self.data, "--label", "label", *FAST, "--at", "hidden[0]", "--seed", seed)
                   for seed in (1, 1, 2)]
        self.assertEqual(program.without_times(studies[0]), program.without_times(studies[1]))
        self.assertNotEqual(studies[0]["results"][0]["objective"], studies[2]["results"][0]["objective"])

    def test_source_date_epoch_is_the_time_of_the_run(self):
        model = self.model()
        args = ("probe", model, *self.data, "--label", "label", *FAST, "--at", "hidden[0]")
        body = self.done_json(*args, env={"SOURCE_DATE_EPOCH": "1000000000"})
        self.assertEqual(body["provenance"]["created"], "2001-09-09T01:46:40Z")
        now = self.done_json(*args)["provenance"]["created"]
        self.assertRegex(now, r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertNotEqual(now, "2001-09-09T01:46:40Z")


if __name__ == "__main__":
    unittest.main()
