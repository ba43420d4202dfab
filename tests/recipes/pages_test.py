"""The commands of docs/recipes run as they stand there, on what stands in for the studies' models and data."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from fetching.recipe_data import write_recipe_data  # noqa: E402

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "sonde"
MARK = "# runs in the tests\n"


def commands_of(page):
    """The blocks of a page that say they run in the tests."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [block for block in blocks if block.startswith(MARK)]


class PagesTest(unittest.TestCase):
    def run_page(self, name):
        blocks = commands_of(ROOT / "docs" / "recipes" / f"{name}.md")
        self.assertTrue(blocks, f"the page of {name} has no command that runs in the tests")
        with tempfile.TemporaryDirectory(prefix="sonde-pages-") as folder:
            write_recipe_data(CACHE / "demo" / "reviews.csv", pathlib.Path(folder) / "tables")
            program = pathlib.Path(os.environ["SONDE"])
            environment = os.environ | {
                "PATH": f"{program.parent}:{os.environ['PATH']}", "TABLES": f"{folder}/tables", "HF_HUB_OFFLINE": "1",
                "MINILM": str(CACHE / "demo" / "all-MiniLM-L6-v2"), "SMOLLM2": str(CACHE / "models" / "smollm2-135m-instruct")}
            for block in blocks:
                ran = subprocess.run(["bash", "-euo", "pipefail", "-c", block], cwd=folder, env=environment, text=True,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
                self.assertEqual(ran.returncode, 0, f"{block}\n{ran.stdout[-3000:]}")
            for edition in ("published", "corrected"):
                reports = list(pathlib.Path(folder).glob(f"runs/*/{edition}/report.html"))
                self.assertEqual(len(reports), 1, f"{name}, {edition}")

    def test_truth_direction(self):
        self.run_page("truth-direction")

    def test_layer_sentiment(self):
        self.run_page("layer-sentiment")

    def test_number_basis(self):
        self.run_page("number-basis")

    def test_online_probes(self):
        self.run_page("online-probes")

    def test_sparse_neurons(self):
        self.run_page("sparse-neurons")


if __name__ == "__main__":
    unittest.main()
