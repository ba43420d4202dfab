"""Tables that cannot be used: the row, line or column is named, and nothing is written."""
import unittest

import program

FAST = ("--resamples", "20", "--at", "hidden[0]")
COLUMNS = ("--text", "text", "--label", "label")


class BrokenData(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.model()
        self.rows = program.reviews(24)

    def assert_refused(self, words, *args, code=3, data="reviews.csv", **options):
        return self.refused(code, words, "probe", "bert", "--data", data, *(args or COLUMNS), *FAST, "--out", "runs/a/deep",
                            **options)


class Columns(BrokenData):
    def test_an_absent_column_names_the_nearest(self):
        self.table("reviews.csv", self.rows)
        for words, args in ((("'txet'", "'text'"), ("--text", "txet", "--label", "label")),
                            (("'labl'", "'label'"), ("--text", "text", "--label", "labl")),
                            (("'flim'", "'film'"), (*COLUMNS, "--group", "flim")),
                            (("'fylm'", "'film'"), (*COLUMNS, "--id", "fylm")),
                            (("'splt'",), (*COLUMNS, "--split", "splt"))):
            error = self.assert_refused(words + ("reviews.csv",), *args, code=2)
            self.assertEqual(error["path"], "reviews.csv")

    def test_two_columns_of_one_name(self):
        self.write("reviews.csv", "text,text,label\na,b,x\nc,d,y\n")
        self.assert_refused(["two columns", "'text'"], way_out=False)

    def test_a_request_without_columns(self):
        self.table("reviews.csv", self.rows)
        self.assert_refused(["--text"], "--label", "label", code=2)
        self.assert_refused(["--label"], "--text", "text", code=2)
        self.refused(2, ["--data"], "probe", "bert", *COLUMNS, "--out", "runs/a")


class Files(BrokenData):
    def test_no_file_an_empty_file_and_only_a_header(self):
        error = self.assert_refused(["nowhere.csv", "no such file"], data="nowhere.csv", way_out=False)
        self.assertEqual(error["path"], "nowhere.csv")
        for name, content, word in (("empty.csv", "", "empty"), ("header.csv", "text,label\n", "no rows"), ("blank.csv", "\n\n", "")):
            self.write(name, content)
            self.assertEqual(self.assert_refused([name, word], data=name, way_out=False)["path"], name)

    def test_a_folder_and_an_unknown_kind_of_file(self):
        self.assert_refused(["bert"], data="bert")
        self.write("archive.csv.gz", b"\x1f\x8b\x08\x00" + b"\x00" * 20)
        self.assert_refused(["archive.csv.gz", "compressed"], data="archive.csv.gz")

    def test_invalid_utf8_names_its_line(self):
        self.write("reviews.csv", b"text,label\nthe film,a\nthe story,b\nthe f\xfflm,a\nthe end,b\n")
        error = self.assert_refused(["reviews.csv", "line 4", "UTF-8"], way_out=False)
        self.assertEqual((error["path"], error["offset"]), ("reviews.csv", 4))
        self.write("reviews.jsonl", b'{"text": "a", "label": "x"}\n{"text": "\xc3\x28", "label": "y"}\n')
        error = self.assert_refused(["line 2", "UTF-8"], data="reviews.jsonl", way_out=False)
        self.assertEqual(error["offset"], 2)

    def test_a_line_with_too_many_cells_and_an_open_quote(self):
        self.write("reviews.csv", "text,label\nthe film,a\nthe, story,b\n")
        error = self.assert_refused(["line 3", "3", "2"], way_out=False)
        self.assertEqual(error["offset"], 3)
        self.write("reviews.csv", 'text,label\nthe film,a\n"the story,b\nend,a\n')
        self.assert_refused(["line 3", "quote"], way_out=False)

    def test_a_line_that_is_no_json(self):
        self.write("reviews.jsonl", '{"text": "a", "label": "x"}\n{"text": "b", "label": }\n')
        error = self.assert_refused(["line 2"], data="reviews.jsonl", way_out=False)
        self.assertEqual(error["offset"], 2)


class Rows(BrokenData):
    def test_a_row_without_text_is_named(self):
        for empty in ("", " \t "):
            self.rows[6]["text"] = empty
            self.table("reviews.csv", self.rows)
            self.assert_refused(["text", "row 7", "skip"])

    def test_a_row_without_label_is_named(self):
        self.rows[2]["label"] = self.rows[9]["label"] = ""
        self.table("reviews.csv", self.rows)
        self.assert_refused(["label", "rows 3, 10"])

    def test_rows_to_skip_are_counted(self):
        self.rows[6]["text"] = self.rows[9]["label"] = ""
        self.table("reviews.csv", self.rows)
        body = self.done_json("probe", "bert", "--data", "reviews.csv", *COLUMNS, *FAST, "--missing", "skip")
        self.assertEqual((body["data"]["rows"], body["data"]["used"]), (24, 22))

    def test_every_row_skipped(self):
        for row in self.rows:
            row["text"] = ""
        self.table("reviews.csv", self.rows)
        self.assert_refused(["no row"], *COLUMNS, "--missing", "skip")

    def test_one_class_only(self):
        for row in self.rows:
            row["label"] = "fresh"
        self.table("reviews.csv", self.rows)
        self.assert_refused(["one class", "'fresh'", "two classes"])

    def test_a_class_of_one_row(self):
        self.rows[5]["label"] = "odd"
        self.table("reviews.csv", self.rows)
        self.assert_refused(["'odd'"])

    def test_too_few_rows(self):
        self.table("reviews.csv", self.rows[:2])
        self.assert_refused(["test part", "2 rows"])

    def test_a_short_text_without_the_token_is_named_by_its_row(self):
        self.rows[17]["text"] = "film"
        self.table("reviews.csv", self.rows)
        self.assert_refused(["row 18", "token 5", "3 tokens"], *COLUMNS, "--tokens", "token:5")
        self.refused(3, ["row 18", "token 5"], "extract", "bert", "--data", "reviews.csv", "--text", "text", "--tokens", "token:5",
                     "--out", "x.safetensors")

    def test_a_text_without_tokens_of_its_own_is_named_by_its_row(self):
        self.rows[4]["text"] = "\u200b"
        self.table("reviews.csv", self.rows)
        self.assert_refused(["row 5", "mean_content"], *COLUMNS, "--tokens", "mean_content")


class LongTexts(BrokenData):
    def test_a_text_longer_than_the_positions_is_cut_counted_and_told(self):
        self.rows[3]["text"] += " and the story end" * 5
        self.table("reviews.csv", self.rows)
        args = ("probe", "bert", "--data", "reviews.csv", *COLUMNS, *FAST)
        body = self.done_json(*args, "--out", "run")
        self.assertEqual((body["data"]["truncated"], body["data"]["max_length"]), (1, 17))
        self.assertEqual(body["data"]["tokens"]["max"], program.tokens_of(self.rows[3]["text"]))
        (warning,) = [w for w in body["warnings"] if w["code"] == "truncation"]
        self.assertIn("1 of 24 texts", warning["message"])
        self.assertIn("17 tokens", self.done(*args).out)
        report = (self.folder / "run" / "report.html").read_text(encoding="utf-8")
        self.assertIn("17 tokens", report)

    def test_extract_cuts_and_counts(self):
        self.rows[3]["text"] += " and the story end" * 5
        self.table("reviews.csv", self.rows)
        args = ("extract", "bert", "--data", "reviews.csv", "--text", "text", "--tokens", "none", "--at", "embed")
        body = self.done_json(*args, "--out", "x.safetensors")
        self.assertEqual(body["truncated"], 1)
        self.assertTrue(any(w["code"] == "truncation" for w in body["warnings"]), body["warnings"])
        _, _, offsets = program.read_safetensors(self.folder / "x.safetensors")[0]["offsets"]
        self.assertEqual(offsets[4] - offsets[3], 17)

    def test_a_shorter_limit(self):
        self.table("reviews.csv", self.rows)
        body = self.done_json("probe", "bert", "--data", "reviews.csv", *COLUMNS, *FAST, "--max-length", "9")
        self.assertEqual(body["data"]["truncated"], sum(program.tokens_of(row["text"]) > 9 for row in self.rows))

    def test_limits_that_make_no_sense(self):
        self.table("reviews.csv", self.rows)
        self.assert_refused(["18", "17"], *COLUMNS, "--max-length", "18", code=2)
        self.assert_refused(["1"], *COLUMNS, "--max-length", "1", code=2, way_out=False)
        self.assert_refused(["max", "-1"], *COLUMNS, "--max-length", "-1", code=2)


class Parts(BrokenData):
    def setUp(self):
        super().setUp()
        parts = ["train", "train", "train", "train", "valid", "valid", "test", "test"]
        for i, row in enumerate(self.rows):
            row["part"] = parts[i % 8]

    def test_an_unknown_word_in_the_split_column(self):
        self.rows[10]["part"] = "tset"
        self.table("reviews.csv", self.rows)
        self.assert_refused(["row 11", "'tset'", "'test'"], *COLUMNS, "--split", "part")

    def test_a_part_without_rows_or_without_a_class(self):
        for row in self.rows:
            row["part"] = "train"
        self.table("reviews.csv", self.rows)
        self.assert_refused(["test"], *COLUMNS, "--split", "part")
        self.rows[0]["part"] = "test"
        self.table("reviews.csv", self.rows)
        self.assert_refused(["'rotten'", "test"], *COLUMNS, "--split", "part")

    def test_fractions_that_leave_nothing(self):
        self.table("reviews.csv", self.rows)
        self.assert_refused(["0.6", "0.5"], *COLUMNS, "--test", "0.6", "--valid", "0.5", code=2)
        self.assert_refused(["test"], *COLUMNS, "--test", "0", code=2)
        self.assert_refused(["1.5"], *COLUMNS, "--test", "1.5", code=2)
        self.assert_refused(["--valid"], *COLUMNS, "--valid", "-0.1", code=2)

    def test_too_few_groups(self):
        for row in self.rows:
            row["film"] = "one"
        self.table("reviews.csv", self.rows)
        self.assert_refused(["group"], *COLUMNS, "--group", "film")


if __name__ == "__main__":
    unittest.main()
