"""Hub ids wherever MODEL stands and hf:// addresses wherever a data file stands, end to end against a hub on this machine."""
import csv
import io
import json
import pathlib
import tomllib
import unittest

import program
from fetch_test import HubTest

MODEL, DATA = "acme/bert", "hf://datasets/acme/films"
FAST = ("--text", "text", "--label", "label", "--resamples", "20")
TABLES = program.MODELS.parent / "tables"


def as_csv(rows, delimiter=","):
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


class Commands(HubTest):
    expected_beside = ("local", "run", "again", "moved", "reviews.csv", "study.toml", "a.safetensors", "b.safetensors", "acme")

    def setUp(self):
        super().setUp()
        names = ("config.json", "model.safetensors", "vocab.txt")
        self.model_commit = self.hub.add("model", MODEL, {n: (program.MODELS / "bert" / n).read_bytes() for n in names})
        rows = program.reviews(48)
        shards = {f"data/train-{i:05}-of-00003.csv": as_csv(rows[i * 16:i * 16 + 16]) for i in range(3)}
        self.data_commit = self.hub.add("dataset", "acme/films", shards | {
            "all.csv": as_csv(rows), "all.tsv": as_csv(rows, "\t"), "data/test-00000-of-00001.csv": as_csv(rows[:1]),
            "all.jsonl": "".join(json.dumps(row) + "\n" for row in rows).encode(),
            "p/1.parquet": (TABLES / "many_zstd.parquet").read_bytes(), "p/2.parquet": (TABLES / "no_rows.parquet").read_bytes(),
            "p/3.parquet": (TABLES / "many_gzip.parquet").read_bytes()})
        self.table("reviews.csv", rows)

    def sonde(self, *args, env=None, **options):
        return super().sonde(*args, env=env or self.env(), **options)

    def test_modules_and_tokens_fetch_what_they_read(self):
        body = self.done_json("modules", MODEL)
        self.assertEqual(body["model"]["path"], MODEL)
        local = self.done_json("modules", self.model("bert", to="local"))
        self.assertEqual(body["modules"], local["modules"])
        self.assertEqual({p.name for p in self.snapshot("models", MODEL, self.model_commit).iterdir()}, {"config.json", "vocab.txt"})
        tokens = self.done_json("tokens", f"{MODEL}@{self.model_commit}", "--text", "the film")
        self.assertEqual(tokens["tokens"], self.done_json("tokens", "local", "--text", "the film")["tokens"])
        self.check_cache()

    def snapshot(self, kind, identity, commit):
        return self.root / f"{kind}--{identity.replace('/', '--')}" / "snapshots" / commit

    def test_probe_finds_what_it_finds_locally_and_is_pinned(self):
        found = self.done_json("probe", MODEL, "--data", f"{DATA}/data/train-*.csv", *FAST, "--out", "run")
        local = self.done_json("probe", self.model("bert", to="local"), "--data", "reviews.csv", *FAST)
        numbers = lambda body: [(r["at"], r["metrics"], r["objective"]) for r in body["results"]]
        self.assertEqual(numbers(found), numbers(local))
        self.assertEqual((found["model"]["path"], found["model"]["revision"], found["model"]["name"]),
                         (MODEL, self.model_commit, "bert"))
        self.assertEqual((found["data"]["file"], found["data"]["revision"], found["data"]["rows"]),
                         (f"{DATA}/data/train-*.csv", self.data_commit, 48))
        study = tomllib.loads((self.folder / "run/study.toml").read_text())
        self.assertEqual((study["model"]["path"], study["model"]["revision"]), (MODEL, self.model_commit))
        self.assertEqual((study["data"]["file"], study["data"]["revision"]), (f"{DATA}/data/train-*.csv", self.data_commit))
        # What main stands for has moved on; the study has not.
        self.hub.add("model", MODEL, {"config.json": b"{}", "model.safetensors": b"new"})
        self.hub.add("dataset", "acme/films", {"data/train-00000-of-00001.csv": as_csv(program.reviews(20))})
        again = self.done_json("run", "run/study.toml", "--out", "again")
        self.assertEqual(numbers(again), numbers(found))
        self.assertEqual((self.folder / "run/study.toml").read_text(), (self.folder / "again/study.toml").read_text())
        scores = self.done_json("predict", "run", "--text", "the film is good")
        self.assertEqual(self.done_json("predict", "run", "--text", "the film is good",
                                        env=self.env(HF_HUB_OFFLINE="1"))["predictions"], scores["predictions"])
        self.check_cache()

    def test_one_table_from_many_forms(self):
        files = []
        for data in ("reviews.csv", *(f"{DATA}/{n}" for n in ("all.csv", "all.tsv", "all.jsonl", "data/train-*.csv"))):
            self.done("extract", MODEL, "--data", data, "--text", "text", "--at", "hidden[1]", "--out", "a.safetensors", "--force")
            files.append(program.read_safetensors(self.folder / "a.safetensors")[0])
        for other in files[1:]:
            self.assertEqual(other, files[0])

    def test_parquet_shards_in_order_of_name_an_empty_one_among_them(self):
        def states(data):
            self.done("extract", MODEL, "--data", data, "--text", "text", "--at", "hidden[0]", "--max-length", "8",
                      "--missing", "skip", "--out", "b.safetensors", "--force")
            (tensor,) = program.read_safetensors(self.folder / "b.safetensors")[0].values()
            return tensor
        whole, first, last = (states(f"{DATA}/p/{name}.parquet") for name in ("*", "1", "3"))
        self.assertEqual(whole[1][0], first[1][0] + last[1][0])
        self.assertEqual(whole[2], first[2] + last[2])

    def test_a_study_names_a_hub(self):
        self.write("study.toml", f'[model]\npath = "{MODEL}@main"\n[data]\nfile = "{DATA}/all.csv"\ntext = "text"\n'
                                 'label = "label"\n[evaluate]\nresamples = 20\n')
        body = self.done_json("run", "study.toml", "--out", "run")
        self.assertEqual(body["model"]["path"], f"{MODEL}@main")
        self.assertEqual(tomllib.loads((self.folder / "run/study.toml").read_text())["model"]["revision"], self.model_commit)

    def test_an_existing_path_is_a_path(self):
        self.model("bert", to="acme/bert")
        self.hub.seen.clear()
        self.done_json("modules", MODEL)
        self.assertEqual(self.hub.seen, [])
        self.done_json("modules", f"hf://{MODEL}")
        self.assertNotEqual(self.hub.seen, [])

    def refusal(self, code, words, *args, **more):
        error = self.error_of(self.sonde(*args, "--json", env=self.env(**more)), code)
        for word in words:
            self.assertIn(word, error["message"])

    def test_what_is_refused(self):
        self.refusal(5, ["401", "nobody/nothing", "no such path here"], "modules", "nobody/nothing")
        self.refusal(3, ["no such model folder"], "modules", "nowhere")
        self.refusal(3, ["no such model folder"], "modules", "models/x/y")
        data = ("extract", MODEL, "--text", "text", "--out", "a.safetensors", "--data")
        self.refusal(5, ["no file", "al.csv", "all.csv"], *data, f"{DATA}/al.csv")
        self.refusal(5, ["no file matches"], *data, f"{DATA}/none-*.csv")
        self.refusal(2, ["no file of the dataset"], *data, DATA)
        self.refusal(2, ["hf://datasets/OWNER/NAME/PATH"], *data, "hf://datasets/acme")
        self.refusal(2, ["column", "txt", "text"], "extract", MODEL, "--text", "txt", "--out", "a.safetensors", "--data",
                     f"{DATA}/data/train-*.csv")
        self.write("study.toml", '[model]\npath = "local/x/y"\nrevision = "v1"\n[data]\nfile = "reviews.csv"\ntext = "text"\n'
                                 'label = "label"\n')
        self.refusal(2, ["revision"], "run", "study.toml")

    def test_offline_a_pattern_means_what_it_meant(self):
        args = ("extract", MODEL, "--text", "text", "--at", "hidden[1]", "--force", "--out")
        self.done(*args, "a.safetensors", "--data", f"{DATA}/data/train-*.csv")
        offline = self.env(HF_HUB_OFFLINE="1")
        self.done(*args, "b.safetensors", "--data", f"{DATA}/data/train-*.csv", env=offline)
        self.assertEqual(program.sha256(self.folder / "a.safetensors"), program.sha256(self.folder / "b.safetensors"))
        # A shard that went missing is missed, with and without the list of what the commit holds.
        snapshot = self.snapshot("datasets", "acme/films", self.data_commit)
        (snapshot / "data/train-00001-of-00003.csv").unlink()
        error = self.error_of(self.sonde(*args, "b.safetensors", "--data", f"{DATA}/data/train-*.csv", "--json", env=offline), 5)
        self.assertIn("train-00001-of-00003.csv", error["message"])
        for listing in pathlib.Path(self.root / "datasets--acme--films/trees").iterdir():
            listing.unlink()
        error = self.error_of(self.sonde(*args, "b.safetensors", "--data", f"{DATA}/data/train-*.csv", "--json", env=offline), 5)
        self.assertIn("cannot tell", error["message"])


if __name__ == "__main__":
    unittest.main()
