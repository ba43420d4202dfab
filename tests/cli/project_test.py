"""sonde project, --project and [[pictures]]: files, coordinates, refusals; coordinates are checked by hand where that is possible."""
import csv
import io
import json
import struct
import unittest
import xml.etree.ElementTree as xml

import program

HALVES = 24


def two_lines():
    """Rows on two parallel lines, one a class: along x they spread, along y the classes differ."""
    values = [v for i in range(HALVES) for c in (0, 1) for v in (10.0 * i, 30.0 * c, 5.0)]
    return {"states": ("F32", [2 * HALVES, 3], values), "labels": ("I64", [2 * HALVES], [0, 1] * HALVES)}


class Project(program.ProgramTest):
    def features(self, more=None, metadata=None):
        program.write_safetensors(self.folder / "f.safetensors", two_lines() | (more or {}), metadata or {"classes": '["low", "high"]'})
        return "f.safetensors"

    def test_coordinates_are_those_of_the_components(self):
        self.done("project", self.features(), "--out", "p.csv")
        rows = list(csv.DictReader(io.StringIO((self.folder / "p.csv").read_text())))
        self.assertEqual(list(rows[0]), ["row", "x", "y", "labels"])
        middle = 10.0 * (HALVES - 1) / 2
        for i, row in enumerate(rows):
            self.assertEqual(int(row["row"]), i + 1)
            self.assertEqual(row["labels"], ("low", "high")[i % 2])
            self.assertAlmostEqual(float(row["x"]), 10.0 * (i // 2) - middle, places=3)
            self.assertAlmostEqual(float(row["y"]), 30.0 * (i % 2) - 15, places=3)

    def test_every_format_is_what_it_says(self):
        features = self.features()
        body = self.done_json("project", features, "--how", "tsne:perplexity=5,iterations=50", "--out", "p.svg")
        self.assertEqual((body["points"], body["dims"], body["how"]), (2 * HALVES, 2, "tsne"))
        self.assertEqual(body["options"]["perplexity"], 5)
        self.assertNotIn("x", body)
        xml.fromstring((self.folder / "p.svg").read_text())
        self.done("project", features, "--dims", "3", "--out", "p.png")
        self.assertTrue((self.folder / "p.png").read_bytes().startswith(b"\x89PNG"))
        self.done("project", features, "--dims", "3", "--out", "p.npy")
        raw = (self.folder / "p.npy").read_bytes()
        (length,) = struct.unpack_from("<H", raw, 8)
        self.assertIn(b"'shape': (48, 3)", raw[10:10 + length])
        self.assertEqual(((10 + length) % 64, len(raw)), (0, 10 + length + 48 * 3 * 4))
        self.done("project", features, "--how", "umap", "--out", "p.html")
        page = (self.folder / "p.html").read_text()
        self.assertIn("Content-Security-Policy", page)
        self.assertNotIn("src=", page)

    def test_same_seed_same_bytes_for_any_number_of_threads(self):
        features = self.features()
        for how in ("pca", "tsne:perplexity=5,iterations=60", "umap:epochs=60"):
            for threads in (1, 2, 3):
                self.done("project", features, "--how", how, "--threads", threads, "--out", f"{threads}.html", "--force")
            pages = [(self.folder / f"{threads}.html").read_bytes() for threads in (1, 2, 3)]
            self.assertEqual(pages[0], pages[1])
            self.assertEqual(pages[0], pages[2])

    def test_names_in_the_data_stay_text(self):
        features = self.features(metadata={"classes": json.dumps(["</script><img src=x>", "b"])})
        self.done("project", features, "--out", "p.html")
        self.assertNotIn("<img", (self.folder / "p.html").read_text())

    def test_colours_by_a_named_tensor_and_without_any(self):
        features = self.features({"length": ("F32", [2 * HALVES], [float(i) for i in range(2 * HALVES)])})
        body = self.done_json("project", features, "--color-by", "length", "--out", "p.csv")
        self.assertEqual((body["colored_by"], body["classes"]), ("length", []))
        tensors = two_lines()
        program.write_npy(self.folder / "x.npy", "<f4", tensors["states"][1], tensors["states"][2])
        self.assertEqual(self.done_json("project", "x.npy", "--out", "q.csv")["colored_by"], "")

    def test_refusals(self):
        features = self.features({"other": ("F32", [2 * HALVES, 3], two_lines()["states"][2])})
        self.refused(2, ["2 tensors of features", "--at"], "project", features, "--out", "p.png")
        self.refused(2, [".html, .svg, .png"], "project", features, "--at", "states", "--out", "p.gif")
        self.refused(2, ["no output file"], "project", features, "--at", "states")
        self.refused(2, ["umpa", "umap"], "project", features, "--at", "states", "--how", "umpa", "--out", "p.png")
        self.refused(2, ["perplexty"], "project", features, "--at", "states", "--how", "tsne:perplexty=3", "--out", "p.png")
        self.refused(3, ["fewer rows than neighbours"], "project", features, "--at", "states", "--how", "umap:neighbours=90", "--out", "p.png")
        self.refused(3, ["colour"], "project", features, "--at", "states", "--color-by", "colour", "--out", "p.png")
        self.write("p.png", "mine")
        self.refused(2, ["the file exists", "--force"], "project", features, "--at", "states", "--out", "p.png")


class Tokens(program.ProgramTest):
    def states(self, texts):
        rows = self.table("reviews.csv", [{"text": text} for text in texts])
        self.done("extract", self.model(), "--data", rows, "--text", "text", "--at", "hidden[2],hidden[3]", "--tokens", "none",
                  "--out", "t.safetensors")
        return "t.safetensors"

    def test_tokens_of_one_text_with_their_texts(self):
        text = "the film ab is good and the story end"
        features = self.states([text, "the film cd is dull"])
        _, metadata = program.read_safetensors(self.folder / features)
        tokens = json.loads(metadata["tokens"])
        self.assertEqual(len(tokens), program.tokens_of(text) + program.tokens_of("the film cd is dull"))
        self.refused(2, ["tokens of 2 texts", "--row"], "project", features, "--at", "hidden[3]", "--out", "p.csv")
        self.refused(2, ["no such text", "1 to 2"], "project", features, "--at", "hidden[3]", "--row", "3", "--out", "p.csv")
        body = self.done_json("project", features, "--at", "hidden[3]", "--row", "1", "--dims", "3", "--out", "p.csv")
        self.assertEqual((body["of"], body["row"], body["points"]), ("tokens", 1, program.tokens_of(text)))
        rows = list(csv.DictReader(io.StringIO((self.folder / "p.csv").read_text())))
        self.assertEqual([row["text"] for row in rows], tokens[:len(rows)])
        self.assertEqual([rows[1]["text"], rows[2]["text"]], ["the", "film"])

    def test_a_file_of_one_text_needs_no_row(self):
        features = self.states(["the film ab is good"])
        self.assertEqual(self.done_json("project", features, "--at", "hidden[3]", "--out", "p.svg")["of"], "tokens")


class Studies(program.ProgramTest):
    def test_pictures_of_a_study(self):
        self.table("reviews.csv", program.reviews(48))
        self.model()
        self.write("s.toml", """
[model]
path = "bert"
[data]
file = "reviews.csv"
text = "text"
label = "label"
[capture]
at = ["hidden[*]"]
[report]
projections = ["pca", "tsne:perplexity=5,iterations=60"]
projections_at = "all"
[[pictures]]
how = "pca"
of = "tokens"
row = 2
dims = 3
at = "hidden[3]"
[[pictures]]
how = "pca"
at = "hidden[1:3]"
""")
        body = self.done_json("run", "s.toml", "--out", "run")
        pictures = body["pictures"]
        self.assertEqual([(p["how"], p["at"]) for p in pictures],
                         [(how, f"hidden[{i}]") for how in ("pca", "tsne") for i in range(4)] + [("pca", f"hidden[{i}]") for i in (3, 1, 2)])
        for p in pictures[:8] + pictures[9:]:
            self.assertEqual((len(p["x"]), len(p["y"]), p["z"], p["colored_by"]), (48, 48, [], "label"))
            self.assertEqual(sorted(p["rows"]), list(range(1, 49)))
        self.assertEqual((len(pictures[8]["z"]), pictures[8]["of"], pictures[8]["texts"][1]), (len(pictures[8]["x"]), "tokens", "the"))
        for p in pictures:
            for ending in ("svg", "png"):
                self.assertTrue((self.folder / "run/figures" / f"{p['name']}.{ending}").exists(), p["name"])
        report = (self.folder / "run/report.html").read_text()
        self.assertEqual(report.count("<b>Picture "), 11)
        # The resolved study draws the same again.
        again = self.done_json("run", "run/study.toml", "--out", "again")
        self.assertEqual([p["x"] for p in again["pictures"]], [p["x"] for p in pictures])

    def test_on_the_command_line(self):
        rows = self.table("reviews.csv", program.reviews(48))
        args = ("probe", self.model(), "--data", rows, "--text", "text", "--label", "label", "--at", "hidden[2:4]")
        body = self.done_json(*args, "--project", "pca:dims=3", "--project", "umap:of=tokens,row=1,neighbours=3,epochs=20,at=hidden[2]")
        self.assertEqual([(p["how"], p["dims"]) for p in body["pictures"]], [("pca", 3), ("umap", 2)])
        self.assertEqual(body["pictures"][0]["at"], body["best"]["at"])
        self.refused(2, ["not among the addresses", "hidden[1]", "add it to"], *args, "--project", "pca:at=hidden[1]")
        self.refused(2, ["pcaa"], *args, "--project", "pcaa")


if __name__ == "__main__":
    unittest.main()
