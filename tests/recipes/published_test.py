"""Every recipe run as published against what the re-enactment of the same study found, at sizes that take seconds.

Needs the model and reviews of the demo, from which the tables are made in a scratch folder; the other models are recorded.
"""
import json
import os
import pathlib
import sys
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "cli"), str(TESTS.parent / "tools")]

from compare import compare, read_enactment  # noqa: E402
from expectations import expect  # noqa: E402
from fetching.recipe_data import write_recipe_data  # noqa: E402
from program import ProgramTest  # noqa: E402
from published import published_command  # noqa: E402
from texts import extract_command  # noqa: E402

DEMO = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "sonde" / "demo"
RECORDED = TESTS / "data" / "recipes"
MINILM = DEMO / "all-MiniLM-L6-v2"


class PublishedTest(ProgramTest):
    def tables(self, *names):
        write_recipe_data(DEMO / "reviews.csv", self.folder / "tables")
        return [self.folder / "tables" / name for name in names]

    def check(self, name, model, tables):
        facts, features = read_enactment(RECORDED / f"{name}.json")
        settings = dict(facts["settings"], **({"closed": facts["values"]["test"]} if "values" in facts else {}))
        command = published_command(name, model, tables, settings)
        self.done(*command, "--out", "run", "--threads", "2")
        result = json.loads((self.folder / "run" / "result.json").read_text(encoding="utf-8"))
        self.done(*extract_command(facts, result["split"]["rows"], model, tables, self.folder))
        report = compare(result, expect(facts), features, [self.folder / "features.safetensors"])
        report.show(sys.stderr)
        self.assertEqual(report.failed(), [])

    def test_truth_direction(self):
        self.check("truth-direction", MINILM, self.tables("reviews.csv"))

    def test_layer_sentiment(self):
        self.check("layer-sentiment", MINILM, self.tables("reviews-train.csv", "reviews-test.csv"))

    def test_number_basis(self):
        self.check("number-basis", RECORDED / "models" / "numbers_llama", [])

    def test_online_probes(self):
        self.check("online-probes", RECORDED / "models" / "reviews_gpt2", self.tables("reviews.csv"))

    def test_sparse_neurons(self):
        self.check("sparse-neurons", RECORDED / "models" / "reviews_gpt2", self.tables("documents.jsonl"))


if __name__ == "__main__":
    unittest.main()
