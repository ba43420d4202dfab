"""The tables that stand in for the published data: what they hold, that films stay whole, and that bytes repeat."""
import csv
import json
import pathlib
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))

from fetching.recipe_data import write_recipe_data  # noqa: E402

REVIEWS = """category,text,movie_name
fresh,One fine film.,alpha
rotten,"Dull, and
long.",beta
fresh,Good again. ,alpha
rotten,Not for me.,gamma
fresh,A second look at beta.,beta
"""


class RecipeDataTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def write(self, name, reviews=REVIEWS):
        (self.folder / "reviews.csv").write_text(reviews, encoding="utf-8")
        write_recipe_data(self.folder / "reviews.csv", self.folder / name)
        return self.folder / name

    def rows(self, path):
        with open(path, encoding="utf-8", newline="") as file:
            return [tuple(row.values()) for row in csv.DictReader(file)]

    def test_halves_share_no_film_and_hold_every_row(self):
        made = self.write("made")
        train, test = self.rows(made / "reviews-train.csv"), self.rows(made / "reviews-test.csv")
        self.assertEqual(train, [("One fine film.", "positive", "alpha"), ("Good again. ", "positive", "alpha"),
                                 ("Not for me.", "negative", "gamma")])
        self.assertEqual(test, [("Dull, and\nlong.", "negative", "beta"), ("A second look at beta.", "positive", "beta")])
        self.assertEqual(sorted(train + test), sorted(self.rows(made / "reviews.csv")))

    def test_a_document_joins_a_film(self):
        lines = (self.write("made") / "documents.jsonl").read_text(encoding="utf-8").splitlines()
        self.assertEqual([json.loads(line) for line in lines],
                         [{"text": "One fine film. Good again.", "film": "alpha"},
                          {"text": "Dull, and\nlong. A second look at beta.", "film": "beta"},
                          {"text": "Not for me.", "film": "gamma"}])

    def test_the_bytes_repeat(self):
        first, second = self.write("first"), self.write("second")
        for path in first.iterdir():
            if path.suffix != ".parquet":  # whose bytes name the version of the writer
                self.assertEqual(path.read_bytes(), (second / path.name).read_bytes(), path.name)

    def test_an_unknown_category_is_refused_with_its_row(self):
        with self.assertRaises(SystemExit) as stopped:
            self.write("made", REVIEWS.replace("rotten,Not", "plot,Not"))
        self.assertEqual(stopped.exception.code, 3)


if __name__ == "__main__":
    unittest.main()
