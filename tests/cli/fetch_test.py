"""sonde fetch against a hub on this machine: the cache it leaves, what it asks for, and to whom."""
import os
import unittest

import mock_hub
import program
from mock_hub import TOKEN, MockHub, etag, is_large

ID = "acme/tiny"


def repository():
    """A small model and files that no model needs."""
    return {"config.json": b'{"model_type": "bert"}', "tokenizer.json": b"{}", "vocab.txt": b"a\nb\n",
            "model.safetensors": bytes(range(256)) * 5000, "pytorch_model.bin": b"never" * 100, "tf_model.h5": b"never",
            "onnx/model.onnx": b"never", "README.md": b"# tiny\n"}


WANTED = {"config.json", "tokenizer.json", "vocab.txt", "model.safetensors"}


class HubTest(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.hub = self.enterContext(MockHub())
        self.root = self.folder / "cache"
        self.files = repository()
        self.commit = self.hub.add("model", ID, self.files)

    def env(self, **more):
        return {"HF_ENDPOINT": self.hub.endpoint, "HF_HUB_CACHE": str(self.root), "HF_HUB_OFFLINE": "0",
                "HF_HUB_DOWNLOAD_TIMEOUT": "1", "HOME": str(self.folder)} | more

    def fetch(self, *args, **more):
        return self.done_json("fetch", *(args or (ID,)), env=self.env(**more))

    def refuse(self, code, words, *args, **more):
        """The fetch fails with this exit code and a message that holds the words; the cache stays valid."""
        outcome = self.sonde("fetch", *(args or (ID,)), "--json", env=self.env(**more))
        error = self.error_of(outcome, code)
        for word in words:
            self.assertIn(word, error["message"], outcome)
        self.check_cache()
        self.assertNotIn(TOKEN, outcome.out + outcome.err)
        self.assertNotIn("verysecret", outcome.out + outcome.err)
        return error

    def check_cache(self):
        """Every blob is what its name says, every link leads to one, every ref is a commit; nothing lies outside."""
        self.assertLessEqual({p.name for p in self.folder.iterdir()}, {"cache", "token", *self.expected_beside})
        for path in self.root.rglob("*"):
            below = path.relative_to(self.root).parts
            if path.is_symlink():
                self.assertFalse(os.path.isabs(os.readlink(path)))
                self.assertTrue(path.resolve().is_relative_to(self.root.resolve()), path)
                self.assertTrue(path.exists(), path)
                continue
            if path.is_dir() or below[0] == ".locks":
                continue
            content = path.read_bytes()
            if below[1] == "blobs" and not path.name.endswith(".incomplete"):
                self.assertIn(path.name, (mock_hub.git_sha1(content), program.sha256(path)), path)
            elif below[1] == "refs":
                self.assertRegex(content.decode(), r"\A[0-9a-f]{40}\Z", path)
            else:
                self.assertIn(below[1], ("blobs", "trees"), path)

    expected_beside = ()

    def blobs(self, kind="models", identity=ID):
        folder = self.root / f"{kind}--{identity.replace('/', '--')}" / "blobs"
        return {p.name for p in folder.iterdir()} if folder.exists() else set()


class Layout(HubTest):
    def test_what_a_model_needs(self):
        body = self.fetch()
        self.assertEqual({f["name"] for f in body["files"]}, WANTED)
        self.assertEqual((body["id"], body["kind"], body["revision"], body["commit"]), (ID, "model", "main", self.commit))
        folder = self.root / "models--acme--tiny"
        self.assertEqual(body["folder"], str(folder / "snapshots" / self.commit))
        self.assertEqual((folder / "refs" / "main").read_text(), self.commit)
        for name in WANTED:
            link = folder / "snapshots" / self.commit / name
            self.assertEqual(os.readlink(link), f"../../blobs/{etag(name, self.files[name])}")
            self.assertEqual(link.read_bytes(), self.files[name])
        self.assertEqual(body["bytes_downloaded"], sum(len(self.files[n]) for n in WANTED))
        self.check_cache()

    def test_the_folder_is_printed(self):
        plain = self.done("fetch", ID, env=self.env())
        self.assertEqual(plain.out, f"{self.root}/models--acme--tiny/snapshots/{self.commit}\n")

    def test_a_second_time_nothing_is_fetched(self):
        self.fetch()
        self.hub.seen.clear()
        body = self.fetch()
        self.assertEqual(body["bytes_downloaded"], 0)
        self.assertTrue(all(f["cached"] for f in body["files"]))
        self.assertEqual(len(self.hub.seen), 1, self.hub.seen)

    def test_a_pinned_commit_asks_nobody(self):
        self.fetch()
        self.hub.seen.clear()
        self.fetch(f"{ID}@{self.commit}")
        self.assertEqual(self.hub.seen, [])

    def test_patterns(self):
        body = self.fetch(ID, "--file", "*.md", "--file", "onnx/*")
        self.assertEqual([f["name"] for f in body["files"]], ["README.md", "onnx/model.onnx"])
        link = self.root / "models--acme--tiny" / "snapshots" / self.commit / "onnx" / "model.onnx"
        self.assertTrue(os.readlink(link).startswith("../../../blobs/"))
        self.refuse(5, ["no file matches", "*.gguf"], ID, "--file", "*.gguf")
        self.refuse(5, ["no file", "confg.json", "config.json"], ID, "--file", "confg.json")

    def test_revisions_share_blobs(self):
        old = self.hub.add("model", ID, self.files | {"config.json": b"{}"}, refs=("refs/pr/1", "v1"))
        first = self.fetch(f"{ID}@refs/pr/1")
        self.assertEqual((first["commit"], first["revision"]), (old, "refs/pr/1"))
        body = self.fetch()
        self.assertEqual(body["bytes_downloaded"], len(self.files["config.json"]))
        self.assertEqual(self.fetch(ID, "--revision", "v1")["commit"], old)
        self.assertEqual((self.root / "models--acme--tiny/refs/refs/pr/1").read_text(), old)
        self.check_cache()

    def test_shards_come_from_the_index(self):
        index = b'{"weight_map": {"a": "w-1.safetensors", "b": "w-2.safetensors", "c": "w-1.safetensors"}}'
        files = {"config.json": b"{}", "model.safetensors.index.json": index, "w-1.safetensors": b"one" * 9,
                 "w-2.safetensors": b"two" * 9, "w-3.safetensors": b"no" * 9}
        self.hub.add("model", "acme/shards", files)
        self.assertEqual([f["name"] for f in self.fetch("acme/shards")["files"]],
                         ["config.json", "model.safetensors.index.json", "w-1.safetensors", "w-2.safetensors"])
        self.hub.add("model", "acme/bad", files | {"model.safetensors.index.json": b'{"weight_map": {"a": "../../x"}}'})
        self.refuse(3, ["no plain file"], "acme/bad")

    def test_bin_weights_only_where_there_is_nothing_else(self):
        del self.files["model.safetensors"]
        self.hub.add("model", ID, self.files)
        self.assertIn("pytorch_model.bin", {f["name"] for f in self.fetch()["files"]})
        self.hub.add("model", "acme/none", {"config.json": b"{}", "x.gguf": b"x"})
        self.refuse(5, ["weights", "x.gguf", "--file"], "acme/none")

    def test_the_cache_is_where_the_environment_says(self):
        for more, place in (({"HF_HUB_CACHE": "", "HF_HOME": str(self.folder / "cache")}, "cache/hub"),
                            ({"HF_HUB_CACHE": "", "XDG_CACHE_HOME": str(self.folder / "cache")}, "cache/huggingface/hub"),
                            ({"HF_HUB_CACHE": "~/cache/x"}, "cache/x")):
            self.assertTrue(self.fetch(**more)["folder"].startswith(f"{self.folder}/{place}/models--"), more)

    def test_not_an_id(self):
        for bad in ("nowhere", "a/b/c", "../x", "acme/ti--ny", "/etc/passwd", "acme/.tiny", "hf://datasets/acme"):
            self.refuse(2, ["OWNER/NAME"], bad)
        self.refuse(2, ["no file of the dataset"], "hf://datasets/acme/data")


class Token(HubTest):
    def sent(self, host):
        return {s.headers.get("Authorization") for s in self.hub.seen if s.host == host}

    def test_it_goes_to_the_hub_and_not_to_the_storage(self):
        self.fetch(HF_TOKEN=TOKEN)
        self.assertEqual(self.sent("hub"), {f"Bearer {TOKEN}"})
        self.assertEqual(self.sent("storage"), {None})

    def test_from_a_file(self):
        self.write("token", TOKEN + "\n")
        self.fetch(HF_TOKEN_PATH=str(self.folder / "token"))
        self.assertEqual(self.sent("hub"), {f"Bearer {TOKEN}"})

    def test_not_when_it_is_not_wanted(self):
        self.fetch(HF_TOKEN=TOKEN, HF_HUB_DISABLE_IMPLICIT_TOKEN="1")
        self.assertEqual(self.sent("hub"), {None})

    def test_a_redirected_question_does_not_take_it_along(self):
        self.hub.fail("/api/models", location=self.hub.storage_url + "/api", method="GET")
        self.hub.fail("/api", method="GET", host="storage", status=200, body=b"{}")
        self.refuse(3, ["commit"], HF_TOKEN=TOKEN)
        self.assertEqual(self.sent("storage"), {None})

    def test_a_redirect_on_the_same_host_keeps_it(self):
        self.hub.add("model", "new/name", self.files)
        self.hub.fail("/api/models/acme/tiny/", location="/api/models/new/name/revision/main")
        for name in WANTED:
            for method in ("GET", "HEAD"):
                self.hub.fail(f"/acme/tiny/resolve/{self.commit}/{name}", method=method,
                              location=f"/new/name/resolve/{self.commit}/{name}")
        self.fetch(HF_TOKEN=TOKEN)
        self.assertEqual(self.sent("hub"), {f"Bearer {TOKEN}"})
        self.check_cache()

    def test_one_that_would_write_headers(self):
        self.refuse(2, ["HF_TOKEN", "blanks"], HF_TOKEN=f"{TOKEN}\r\nX-Evil: 1")

    def test_endpoints_that_are_refused(self):
        for endpoint in ("http://example.invalid", "ftp://127.0.0.1", "https://user:" + TOKEN + "@127.0.0.1", "nonsense"):
            self.refuse(2, ["HF_ENDPOINT"], HF_ENDPOINT=endpoint, HF_TOKEN=TOKEN)
        self.hub.fail("/api/models", location="http://example.invalid/api")
        self.refuse(5, ["not https"], HF_TOKEN=TOKEN)


class Offline(HubTest):
    def test_what_is_there_serves(self):
        self.fetch()
        self.hub.seen.clear()
        for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
            body = self.fetch(**{variable: "1"})
            self.assertEqual((body["commit"], body["bytes_downloaded"]), (self.commit, 0))
        self.assertEqual(self.hub.seen, [])

    def test_what_is_not_there_is_named(self):
        self.refuse(5, ["not in the cache", "HF_HUB_OFFLINE"], HF_HUB_OFFLINE="1")
        self.fetch(ID, "--file", "config.json")
        error = self.refuse(5, ["tokenizer.json", "not in the cache"], HF_HUB_OFFLINE="1")
        self.assertTrue(error["path"].endswith(f"snapshots/{self.commit}/tokenizer.json"))
        self.refuse(5, ["not in the cache"], f"{ID}@v9", HF_HUB_OFFLINE="1")

    def test_a_hub_that_is_not_reached(self):
        gone = {"HF_ENDPOINT": "http://127.0.0.1:9"}
        self.refuse(5, ["connect", "HF_ENDPOINT"], **gone)
        self.fetch()
        body = self.fetch(**gone)
        self.assertEqual([w["code"] for w in body["warnings"]], ["hub"])
        self.assertEqual(body["commit"], self.commit)

    def test_refs_and_links_that_are_not_what_they_should_be(self):
        self.fetch()
        repo = self.root / "models--acme--tiny"
        (repo / "refs/main").write_text("../../../../etc")
        self.assertIn("40 hex", self.error_of(self.sonde("fetch", ID, "--json", env=self.env(HF_HUB_OFFLINE="1")), 3)["message"])
        (repo / "refs/main").write_text(self.commit)
        outside = self.write("outside", '{"secret": 1}')
        link = repo / "snapshots" / self.commit / "config.json"
        link.unlink()
        link.symlink_to(outside)
        self.assertIn("leaves the cache", self.error_of(self.sonde("fetch", ID, "--json", env=self.env()), 3)["message"])

    def test_a_folder_that_leads_out_of_the_cache(self):
        outside = self.folder / "outside"
        (self.root / "models--acme--tiny").mkdir(parents=True)
        outside.mkdir()
        (self.root / "models--acme--tiny" / "snapshots").symlink_to(outside)
        self.assertIn("leaves the cache", self.error_of(self.sonde("fetch", ID, "--json", env=self.env()), 3)["message"])
        self.assertEqual(list(outside.iterdir()), [])

    def test_a_cache_that_cannot_be_written_serves(self):
        if os.geteuid() == 0:
            self.skipTest("root may write anywhere")
        self.fetch()
        self.hub.add("model", ID, self.files, refs=("other",))
        for path in (self.root / "models--acme--tiny" / "refs", self.root / "models--acme--tiny"):
            path.chmod(0o555)
        self.fetch(f"{ID}@other")


if __name__ == "__main__":
    unittest.main()
