"""sonde fetch when the hub misbehaves: what can pass is tried again, what cannot is refused, and the cache stays valid."""
import json
import os
import signal
import time
import unittest

import program
from fetch_test import ID, WANTED, HubTest
from mock_hub import TOKEN, etag

WEIGHTS = "model.safetensors"
AT_ONCE = {"Retry-After": "0"}


class Refusals(HubTest):
    def test_unknown_private_and_gated(self):
        self.refuse(5, ["401", "nobody/nothing", "HF_TOKEN"], "nobody/nothing")
        self.refuse(5, ["check that the token"], "nobody/nothing", HF_TOKEN=TOKEN)
        self.hub.gated.add(ID)
        self.refuse(5, ["granted on request", "403", f"/{ID}", "HF_TOKEN"])
        self.hub.gated.clear()
        self.refuse(5, ["no such revision", "v9"], f"{ID}@v9")
        self.refuse(5, ["401"], "hf://datasets/nobody/nothing/x.csv")

    def test_statuses(self):
        for status, words in ((400, ["400"]), (403, ["403", "token"]), (404, ["404", ID]), (410, ["410"])):
            self.hub.faults.clear()
            self.hub.seen.clear()
            self.hub.fail("/api/models", status=status)
            self.refuse(5, words, HF_TOKEN=TOKEN)
            self.assertEqual(len(self.hub.seen), 1, "a refusal is not asked twice")

    def test_what_may_pass_is_asked_again(self):
        for status in (408, 429, 500, 502, 503, 504):
            self.hub.faults.clear()
            self.hub.fail("/api/models", times=2, status=status, headers=AT_ONCE)
            self.hub.fail("config.json", method="HEAD", times=2, status=status, headers=AT_ONCE)
            self.hub.fail("config.json", times=2, status=status, headers=AT_ONCE)
            self.hub.fail("/", host="storage", times=2, status=status, headers=AT_ONCE)
            self.fetch(HF_HUB_CACHE=str(self.root / str(status)))

    def test_what_does_not_pass_ends(self):
        self.hub.fail("/api/models", status=503, headers=AT_ONCE)
        self.refuse(5, ["503", "try again later"])
        self.assertEqual(len(self.hub.seen), 5)
        self.hub.faults.clear()
        self.hub.fail("/api/models", status=429, headers={"Retry-After": "3600"})
        self.hub.seen.clear()
        self.refuse(5, ["429"])
        self.assertEqual(len(self.hub.seen), 1, "an hour is not waited for")

    def test_redirects_end(self):
        self.hub.fail("/api/models", location="/api/models/acme/tiny/revision/main")
        self.refuse(5, ["more than 5 times"])
        self.hub.faults.clear()
        self.hub.fail("/api/models", status=302)
        self.refuse(5, ["without saying where"])
        self.hub.faults.clear()
        self.hub.fail("/api/models", location="file:///etc/passwd")
        self.refuse(5, ["without saying where"])


class Replies(HubTest):
    def change(self, **what):
        self.hub.faults.clear()
        self.hub.fail("/api/models", change=what)

    def test_commits(self):
        for bad in ("", "main", "../../../etc", "A" * 40, "0" * 39, "0" * 41, 7, None):
            self.change(sha=bad)
            self.refuse(3, ["commit"])
        self.hub.faults.clear()
        for bad in ("", "0" * 40, "../.."):
            self.hub.fail("config.json", method="HEAD", times=1, headers={"X-Repo-Commit": bad})
            self.refuse(3, ["commit"])

    def test_names(self):
        for bad in ("../evil", "a/../../evil", "/etc/evil", "C:/evil", "C:evil", "\\\\host\\share", "a\\..\\evil", "a//b", "nul",
                    "con.txt", "evil.", "evil ", "x\u0000y", "x\ny", "./x", "x" * 256, "a/" * 600 + "b", "a:b", "~/../x?"):
            self.change(siblings=[{"rfilename": bad, "size": 4, "blobId": "0" * 40}])
            for pattern in ("**", "*", bad):
                outcome = self.sonde("fetch", ID, "--file", pattern.replace("\0", ""), "--json", env=self.env())
                self.assertIn(outcome.code, (3, 5), outcome)
            self.refuse(3, ["unsafe file name"], ID, "--file", "**")
        self.assertEqual(self.blobs(), set())

    def test_an_unsafe_name_that_nobody_asks_for_disturbs_nobody(self):
        files = [{"rfilename": name} for name in (*self.files, "../evil", "aux.py")]
        self.change(siblings=files)
        self.assertEqual({f["name"] for f in self.fetch()["files"]}, WANTED)
        self.check_cache()

    def test_names_that_would_steer_a_terminal_are_not_shown(self):
        self.change(siblings=[{"rfilename": "confi\x1b[2Jg.json"}, {"rfilename": "x\x1b]0;\x07.gguf"}])
        for args in ((ID,), (ID, "--file", "config.json"), (ID, "--file", "confi*x"), (ID, "--file", "**")):
            outcome = self.sonde("fetch", *args, env=self.env())
            self.assertIn(outcome.code, (3, 5))
            self.assertNotIn("\x1b", outcome.err)

    def test_forms(self):
        for change in ({"siblings": None}, {"siblings": {}}, {"siblings": [1]}, {"siblings": [{"name": "x"}]}):
            self.change(**change)
            self.refuse(3, ["file"])
        self.hub.faults.clear()
        for body in (b"", b"<html>login</html>", b"[]", b"[" * 100000, b'{"sha": "'):
            self.hub.fail("/api/models", times=1, status=200, body=body)
            self.refuse(3, [ID])
        self.hub.fail("/api/models", times=1, gzip=True)
        self.refuse(3, ["packed"])

    def test_a_reply_without_end(self):
        self.hub.fail("/api/models", endless=True)
        self.refuse(4, ["too large"])

    def test_metadata(self):
        for headers, word in (({"X-Linked-Etag": "", "ETag": ""}, "digest"), ({"X-Linked-Etag": '"../../evil"'}, "digest"),
                              ({"X-Linked-Etag": "0" * 41}, "digest"), ({"X-Linked-Size": "-5"}, "size"),
                              ({"X-Linked-Size": "many"}, "size"), ({"X-Linked-Size": "9" * 30}, "size")):
            self.hub.faults.clear()
            self.hub.fail(WEIGHTS, method="HEAD", headers=headers)
            self.refuse(3, [word])

    def test_a_size_beyond_the_disk(self):
        self.hub.fail(WEIGHTS, method="HEAD", headers={"X-Linked-Size": str(1 << 60)})
        self.refuse(4, [etag(WEIGHTS, self.files[WEIGHTS])])


class Bodies(HubTest):
    def body_fails(self, **what):
        self.hub.faults.clear()
        self.hub.fail("/", host="storage", **what)

    def test_other_bytes(self):
        for what, word in (({"corrupt": True}, "digest"), ({"length": 5}, "length"), ({"length": -5}, "length"),
                           ({"gzip": True}, "packed"), ({"endless": True}, "more than"),
                           ({"headers": {"Content-Range": "bytes 7-9/10"}, "status": 206}, "elsewhere")):
            self.body_fails(**what)
            self.refuse(5, [word])
            self.assertNotIn(etag(WEIGHTS, self.files[WEIGHTS]), self.blobs())
            self.assertFalse([b for b in self.blobs() if "incomplete" in b], what)
        self.hub.faults.clear()
        self.root = self.folder / "cache" / "anew"
        self.hub.fail(f"resolve/{self.commit}/vocab.txt", corrupt=True)
        self.refuse(5, ["vocab.txt", "digest"])
        self.hub.faults.clear()
        self.fetch()
        self.check_cache()

    def test_cut_connections_go_on_where_they_were(self):
        size = len(self.files[WEIGHTS])
        for tenth in range(10):
            self.root = self.folder / "cache" / str(tenth)
            self.hub.seen.clear()
            self.body_fails(times=1, cut=size * tenth // 10)
            self.assertEqual(self.fetch()["bytes_downloaded"], sum(len(self.files[n]) for n in WANTED))
            ranges = [s.headers.get("Range") for s in self.hub.asked("GET", "/", host="storage")]
            self.assertEqual(ranges[0], None)
            self.assertEqual(ranges[1], f"bytes={size * tenth // 10}-" if tenth else None)
            self.check_cache()

    def test_a_server_that_ignores_ranges(self):
        self.body_fails(times=1, cut=1000)
        self.hub.fail("/", host="storage", ignore_range=True)
        self.fetch()
        self.check_cache()

    def test_a_connection_that_is_always_cut_is_given_up_and_resumed(self):
        self.body_fails(cut=100_000, times=5)
        self.refuse(5, [WEIGHTS, "what was fetched is kept"])
        self.assertEqual(len(self.hub.asked("GET", "/", host="storage")), 5)
        self.assertEqual(len([b for b in self.blobs() if "incomplete" in b]), 1)
        self.hub.seen.clear()
        body = self.fetch()
        (asked,) = self.hub.asked("GET", "/", host="storage")
        self.assertEqual(asked.headers["Range"], "bytes=500000-")
        self.assertEqual(body["bytes_downloaded"], len(self.files[WEIGHTS]) - 500_000)
        self.assertFalse([b for b in self.blobs() if "incomplete" in b])
        self.check_cache()

    def test_leftovers_that_are_wrong(self):
        digest, blobs = etag(WEIGHTS, self.files[WEIGHTS]), self.root / "models--acme--tiny" / "blobs"
        size = len(self.files[WEIGHTS])
        for content in (b"x" * 1000, b"x" * (size - 1), b"x" * size, b"x" * (size + 1000)):
            for name in (f"{digest}.incomplete", f"{digest}.abcd1234.incomplete"):
                blobs.mkdir(parents=True, exist_ok=True)
                (blobs / name).write_bytes(content)
                self.fetch()
                self.check_cache()
                self.assertEqual(self.blobs() & {digest, name}, {digest})
                (blobs / digest).unlink()

    def test_a_blob_of_the_wrong_length_is_fetched_again(self):
        self.fetch()
        digest = etag(WEIGHTS, self.files[WEIGHTS])
        (self.root / "models--acme--tiny" / "blobs" / digest).write_bytes(b"poison")
        self.assertEqual(self.fetch()["bytes_downloaded"], len(self.files[WEIGHTS]))
        self.check_cache()

    def test_a_slow_body_is_given_up(self):
        self.files["config.json"] = b" " * 600 + b"{}"
        self.hub.add("model", ID, self.files)
        self.hub.fail("config.json", slow=0.4)
        process = self.start("fetch", ID, "--file", "config.json", env=self.env())
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 5, err)
        self.check_cache()

    def test_an_interrupt_keeps_what_came(self):
        self.body_fails(slow=0.001)
        process = self.start("fetch", ID, env=self.env(HF_HUB_DOWNLOAD_TIMEOUT="30"))
        deadline = time.monotonic() + 30
        while not self.hub.asked("GET", "/", host="storage") and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 130, err)
        self.check_cache()
        self.hub.faults.clear()
        self.hub.seen.clear()
        self.fetch()
        self.assertTrue(self.hub.asked("GET", "/", host="storage")[0].headers.get("Range"))
        self.check_cache()


class Together(HubTest):
    def test_processes_that_fetch_one_repository(self):
        for count in (2, 8):
            self.root = self.folder / "cache" / str(count)
            self.hub.seen.clear()
            processes = [self.start("fetch", ID, "--json", env=self.env()) for _ in range(count)]
            for process in processes:
                out, err = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 0, err)
                self.assertEqual(json.loads(out)["commit"], self.commit)
            self.check_cache()
            self.assertEqual(len(self.hub.asked("GET", "/", host="storage")), 1, "the lock lets one fetch")

    def test_nothing_breaks_where_there_are_no_locks(self):
        self.root.mkdir()
        (self.root / ".locks").write_text("no folder")
        self.hub.fail("/", host="storage", times=3, cut=400_000)
        processes = [self.start("fetch", ID, "--json", env=self.env()) for _ in range(8)]
        for process in processes:
            _, err = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, err)
        self.check_cache()
        self.assertLessEqual(len(self.hub.asked("GET", "/", host="storage")), 8 + 3)
        self.assertEqual(len(self.blobs()), len(WANTED))

    def test_a_process_that_was_killed_is_gone_on_from(self):
        self.hub.fail("/", host="storage", slow=0.001)
        process = self.start("fetch", ID, env=self.env(HF_HUB_DOWNLOAD_TIMEOUT="30"))
        deadline = time.monotonic() + 30
        while not any("incomplete" in b for b in self.blobs()) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.3)
        process.kill()
        process.communicate()
        self.hub.faults.clear()
        self.fetch()
        self.check_cache()
        self.assertFalse([b for b in self.blobs() if "incomplete" in b])


if __name__ == "__main__":
    unittest.main()
