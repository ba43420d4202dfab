"""The cache is shared: the Hugging Face client reads what Sonde cached, and Sonde what the client cached.

Needs the Python package huggingface_hub, and is skipped without it.
"""
import importlib.util
import json
import os
import subprocess
import sys
import unittest

from fetch_test import ID, WANTED, HubTest

CLIENT = importlib.util.find_spec("huggingface_hub") is not None


@unittest.skipUnless(CLIENT, "the package huggingface_hub is not here")
class Shared(HubTest):
    def python(self, code, **more):
        """Run code with the client in a process of its own, which reads the environment once."""
        env = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING"))} | self.env(**more)
        env |= {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_UPDATE_CHECK": "1",
                "HF_HOME": str(self.folder / "cache" / "home")}
        done = subprocess.run([sys.executable, "-c", "import json\nfrom huggingface_hub import *\n" + code], env=env,
                              capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout.strip().splitlines()[-1])

    def test_the_client_reads_what_sonde_cached(self):
        body = self.fetch()
        for name in sorted(WANTED):
            path = self.python(f"print(json.dumps(hf_hub_download({ID!r}, {name!r})))", HF_HUB_OFFLINE="1")
            self.assertEqual(path, f"{body['folder']}/{name}")
        folder = self.python(f"print(json.dumps(snapshot_download({ID!r}, allow_patterns={sorted(WANTED)!r}, "
                             "local_files_only=True)))", HF_HUB_OFFLINE="1")
        self.assertEqual(folder, body["folder"])
        scanned = self.python("i = scan_cache_dir()\nprint(json.dumps([[r.repo_id, r.nb_files, [sorted(v.refs) for v in "
                              "r.revisions]] for r in i.repos] + [str(w) for w in i.warnings]))")
        self.assertEqual(scanned, [[ID, len(WANTED), [["main"]]]])

    def test_the_client_finds_nothing_to_fetch(self):
        self.fetch(ID, "--file", "**")
        self.hub.seen.clear()
        folder = self.python(f"print(json.dumps(snapshot_download({ID!r})))")
        self.assertEqual(folder, str(self.root / "models--acme--tiny" / "snapshots" / self.commit))
        self.assertEqual([s for s in self.hub.seen if s.method == "GET" and "/resolve/" in s.path], [])

    def test_sonde_reads_what_the_client_cached(self):
        self.python(f"print(json.dumps(snapshot_download({ID!r})))")
        self.hub.seen.clear()
        body = self.fetch(HF_HUB_OFFLINE="1")
        self.assertEqual({f["name"] for f in body["files"]}, WANTED)
        self.assertEqual((body["bytes_downloaded"], body["commit"]), (0, self.commit))
        self.assertEqual(self.fetch()["bytes_downloaded"], 0)

    def test_sonde_reads_single_files_of_the_client(self):
        for name in sorted(WANTED):
            self.python(f"print(json.dumps(hf_hub_download({ID!r}, {name!r})))")
        self.assertEqual({f["name"] for f in self.fetch(HF_HUB_OFFLINE="1")["files"]}, WANTED)

    def test_data_both_ways(self):
        files = {f"data/train-{i}.csv": b"a\n%d\n" % i for i in range(3)}
        commit = self.hub.add("dataset", "acme/data", files)
        self.fetch("hf://datasets/acme/data/data/*.csv")
        path = self.python("print(json.dumps(hf_hub_download('acme/data', 'data/train-1.csv', repo_type='dataset')))",
                           HF_HUB_OFFLINE="1")
        self.assertTrue(path.endswith(f"datasets--acme--data/snapshots/{commit}/data/train-1.csv"), path)
        self.python("print(json.dumps(snapshot_download('acme/data', repo_type='dataset')))", HF_HUB_CACHE=str(self.root / "2"))
        body = self.fetch("hf://datasets/acme/data/data/*.csv", HF_HUB_CACHE=str(self.root / "2"), HF_HUB_OFFLINE="1")
        self.assertEqual([f["name"] for f in body["files"]], sorted(files))

    def test_the_client_verifies_the_cache(self):
        self.fetch(ID, "--file", "**")
        found = self.python(f"r = HfApi().verify_repo_checksums({ID!r})\n"
                            "print(json.dumps([r.checked_count, len(r.mismatches), len(r.missing_paths)]))")
        self.assertEqual(found, [len(self.files), 0, 0])


if __name__ == "__main__":
    unittest.main()
