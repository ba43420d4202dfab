"""The leak guard: the same thing on both sides of a split is told in table, JSON and report, and can be dropped or refused."""
import json
import unittest

import program

COLUMNS = ("--text", "text", "--label", "label")
FAST = ("--resamples", "60", "--at", "hidden[0]")


class LeakTest(program.ProgramTest):
    """Rows 7 and 15 are test rows whose text also stands in train; row 5 is a validation row that does, but for case."""

    def setUp(self):
        super().setUp()
        self.model()
        self.rows = program.reviews(48)
        parts = ["train", "train", "train", "train", "valid", "valid", "test", "test"]
        for i, row in enumerate(self.rows):
            row |= {"part": parts[i % 8], "key": f"k{i}"}
        self.rows[6]["text"], self.rows[14]["text"] = self.rows[0]["text"], self.rows[0]["text"]
        self.rows[4]["text"] = self.rows[2]["text"].title() + " "
        self.table("reviews.csv", self.rows)

    def probe(self, *args):
        return ("probe", "bert", "--data", "reviews.csv", *COLUMNS, "--split", "part", *FAST, *args)


class Warned(LeakTest):
    def test_in_the_json(self):
        body = self.done_json(*self.probe())
        found = {(leak["kind"], leak["part"], leak["other"]): leak for leak in body["leaks"] if leak["count"]}
        self.assertEqual(set(found), {("text", "test", "train"), ("near_text", "valid", "train")})
        leak = found["text", "test", "train"]
        self.assertEqual((leak["count"], leak["of"], leak["action"]), (2, 12, "warn"))
        self.assertEqual(found["near_text", "valid", "train"]["count"], 1)
        warnings = [w for w in body["warnings"] if w["code"] == "leak"]
        self.assertEqual(len(warnings), 2, warnings)
        (told,) = [w for w in warnings if "test" in w["message"]]
        self.assertIn("2 test rows have the same text as a train row", told["message"])
        self.assertIn("rows 7, 15", told["message"])
        self.assertIn("--leaks drop", told["hint"])
        self.assertTrue(told["affects_numbers"])
        self.assertEqual(body["data"]["used"], 48)

    def test_what_dropping_would_change_is_said(self):
        body = self.done_json(*self.probe())
        (leak,) = [x for x in body["leaks"] if x["kind"] == "text" and x["part"] == "test" and x["count"]]
        # Without those rows the numbers are those of the other ten; the probe itself does not change.
        kept = self.done_json(*self.probe("--leaks", "drop"))
        self.assertEqual(leak["without"]["accuracy"], kept["best"]["metrics"]["accuracy"]["value"])
        self.assertEqual(leak["without"]["log_loss"], kept["best"]["metrics"]["log_loss"]["value"])

    def test_in_the_table_and_the_report(self):
        outcome = self.done(*self.probe("--out", "run"))
        self.assertIn("leak: 2 test rows have the same text as a train row", outcome.out)
        page = (self.folder / "run" / "report.html").read_text(encoding="utf-8")
        self.assertTrue("word for word" in page)
        self.assertTrue("--leaks drop" in page)

    def test_what_was_looked_for_and_not_found_is_said(self):
        body = self.done_json("probe", "bert", "--data", self.table("clean.csv", program.reviews(48)), *COLUMNS, "--group", "film", *FAST)
        self.assertEqual({leak["kind"]: leak["count"] for leak in body["leaks"]}, {"text": 0, "near_text": 0, "group": 0})
        self.assertEqual([w for w in body["warnings"] if w["code"] == "leak"], [])

    def test_groups_and_ids_are_compared(self):
        self.rows[7]["key"] = "k0"
        self.table("reviews.csv", self.rows)
        body = self.done_json(*self.probe("--id", "key", "--group", "film"))
        found = {(leak["kind"], leak["part"], leak["other"]): leak["count"] for leak in body["leaks"] if leak["count"]}
        self.assertEqual(found["id", "test", "train"], 1)
        films = {part: {row["film"] for row in self.rows if row["part"] == part} for part in ("train", "test")}
        crossing = sum(row["film"] in films["train"] for row in self.rows if row["part"] == "test")
        self.assertEqual(found.get(("group", "test", "train"), 0), crossing)


class Dropped(LeakTest):
    def test_dropped_rows_are_not_used(self):
        body = self.done_json(*self.probe("--leaks", "drop", "--out", "run"))
        self.assertEqual((body["data"]["rows"], body["data"]["used"]), (48, 45))
        split = body["split"]
        self.assertEqual((split["train"], split["valid"], split["test"]), (24, 11, 10))
        (leak,) = [x for x in body["leaks"] if x["kind"] == "text" and x["count"]]
        self.assertEqual((leak["count"], leak["action"]), (2, "drop"))
        told = [w for w in body["warnings"] if w["code"] == "leak"]
        self.assertEqual({w["affects_numbers"] for w in told}, {False})
        page = (self.folder / "run" / "report.html").read_text(encoding="utf-8")
        self.assertTrue("word for word" in page)
        again = json.loads((self.folder / "run" / "result.json").read_text(encoding="utf-8"))
        self.assertEqual(again["data"]["used"], 45)

    def test_refused_before_anything_is_computed(self):
        self.refused(3, ["leak", "2 test rows", "rows 7, 15"], *self.probe("--leaks", "refuse", "--out", "run"))
        self.table("clean.csv", program.reviews(48))
        self.done("probe", "bert", "--data", "clean.csv", *COLUMNS, *FAST, "--leaks", "refuse")


if __name__ == "__main__":
    unittest.main()
