"""compare.py on runs written by hand: what agrees passes, and each way to differ is found."""
import copy
import io
import json
import pathlib
import struct
import tempfile
import unittest

import compare
from expectations import STUDIES, expect, numbered, pair_rows

RECORDED = pathlib.Path(__file__).resolve().parents[1] / "data" / "recipes"
FACTS = {
    "recipe": "truth-direction", "classes": ["negative", "positive"], "sample": [7, 2, 9, 4], "parts": {"train": [3, 0], "test": [1, 2]},
    "probes": {"logistic": {"accuracy": 0.5, "predictions": [1, 1], "scores": [0.7, 0.0001]},
               "ccs": {"accuracy": 1.0, "unflattered": 0.0, "predictions": [1, 0], "scores": [0.2, 0.9]}},
    "features": {"hidden[-1]": {"every": 2, "norms": [5.0, 13.0], "first": [3.0, 4.0], "last": [0.0, 2.0]}}}
RESULT = {
    "split": {"rows": {"train": [5, 8], "valid": [], "test": [3, 10]}},
    "results": [{"at": "hidden[6]", "metrics": {"accuracy": {"value": 0.5}}, "predictions": ["positive", "positive"]},
                {"at": "hidden[6]", "metrics": {"accuracy": {"value": 1.0}}, "predictions": ["negative", "positive"]}]}
# Sonde's rows stand by part: 5, 8, 3, 10; the re-enactment's as drawn: 8, 3, 10, 5.
ROWS = [[0.0, 2.0], [3.0, 4.0], [1.0, 0.0], [5.0, 12.0]]


class CompareTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="sonde-compare-")))
        self.result, self.rows = copy.deepcopy(RESULT), copy.deepcopy(ROWS)

    def verdicts(self, facts=FACTS):
        values = [v for row in self.rows for v in row]
        header = json.dumps({"hidden[6]": {"dtype": "F32", "shape": [4, 2], "data_offsets": [0, 4 * len(values)]}}).encode()
        path = self.folder / "features.safetensors"
        path.write_bytes(struct.pack("<Q", len(header)) + header + struct.pack(f"<{len(values)}f", *values))
        report = compare.compare(self.result, expect(facts), facts["features"], [path])
        report.show(io.StringIO())
        return {what: verdict for what, verdict, *_ in report.lines}

    def differing(self):
        return [what for what, verdict in self.verdicts().items() if verdict == "differs"]

    def test_a_faithful_run_agrees(self):
        self.assertEqual(set(self.verdicts().values()), {"ok"})

    def test_another_row_is_found(self):
        self.result["split"]["rows"]["train"] = [5, 6]
        verdicts = self.verdicts()
        self.assertEqual((verdicts["rows train"], verdicts["features hidden[-1]"]), ("differs", "missing"))
        self.result["split"]["rows"]["train"] = [8, 5]
        self.assertEqual(self.differing(), ["rows train", "features hidden[-1]"])

    def test_a_feature_off_by_a_thousandth_is_found(self):
        for place in (0, 1, 3):  # the last row drawn, the first, and one of which only the length is recorded
            self.rows = copy.deepcopy(ROWS)
            self.rows[place] = [v * 1.001 for v in self.rows[place]]
            self.assertEqual(self.differing(), ["features hidden[-1]"])

    def test_another_prediction_is_found_except_on_the_edge(self):
        self.result["results"][0]["predictions"] = ["positive", "negative"]  # its score was 0.0001
        self.assertEqual(self.differing(), [])
        self.result["results"][0]["predictions"] = ["negative", "positive"]
        self.assertEqual(self.differing(), ["predictions logistic"])

    def test_a_turned_probe_is_read_turned(self):
        self.result["results"][1]["predictions"] = ["positive", "negative"]
        self.assertEqual(self.differing(), ["predictions ccs"])

    def test_another_metric_is_found(self):
        self.result["results"][1]["metrics"]["accuracy"]["value"] = 0.96
        self.assertEqual(self.differing(), ["accuracy ccs"])

    def test_what_is_missing_is_said(self):
        del self.result["results"][1], self.result["results"][0]["predictions"]
        missing = [what for what, verdict in self.verdicts().items() if verdict == "missing"]
        self.assertEqual(missing, ["predictions logistic", "ccs"])


class ExpectationsTest(unittest.TestCase):
    def test_pairs_count_up_by_the_second_number_first(self):
        self.assertEqual(pair_rows([(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0)], 3), [1, 2, 3, 4, 5, 6])

    def test_every_golden_says_what_a_run_should_hold(self):
        for name in STUDIES:
            with self.subTest(name):
                facts = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
                expected = expect(facts)
                for digest in facts["features"].values():
                    self.assertEqual(digest["shape"][0], len(expected.feature_keys))
                    self.assertEqual(len(digest["norms"]), -(-digest["shape"][0] // digest["every"]))
                for probe in expected.probes:
                    if probe.predictions is not None:
                        rows = list(numbered(expected.rows["test"]))[: facts.get("seen")]
                        self.assertEqual(list(probe.predictions), rows)
                said = [len(set(probe.predictions.values())) for probe in expected.probes if probe.predictions]
                self.assertTrue(not said or max(said) > 1, "no probe says two different things")


if __name__ == "__main__":
    unittest.main()
