"""Full disks, signals and closed pipes: the right exit code, and nothing left behind."""
import os
import resource
import shutil
import signal
import subprocess
import time
import unittest

import program

COLUMNS = ("--text", "text", "--label", "label")


def file_size_limit(limit):
    """No file of the program may grow past so many bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


class Disk(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.model()
        self.data = ("--data", self.table("reviews.csv", program.reviews(24)), *COLUMNS)

    def test_a_file_that_may_not_grow(self):
        for limit in (0, 100, 3000, 30000):
            with self.subTest(limit):
                self.refused(4, ["runs/", "space"], "probe", "bert", *self.data, "--resamples", "20", "--out", "runs/a",
                             preexec_fn=file_size_limit(limit))
        self.refused(4, ["x.safetensors", "space"], "extract", "bert", *self.data, "--out", "x.safetensors",
                     preexec_fn=file_size_limit(5000))

    def test_a_run_in_the_way_survives_a_full_disk(self):
        args = ("probe", "bert", *self.data, "--resamples", "20", "--out", "runs/a")
        self.done(*args)
        self.refused(4, ["runs/", "space"], *args, "--force", preexec_fn=file_size_limit(3000))

    def test_a_full_file_system(self):
        (self.folder / "small").mkdir()
        script = 'mount -t tmpfs -o size=24k none small && "$@"; code=$?; ls -A small >&2; exit $code'
        inside = ["unshare", "--mount", "sh", "-c", script, "sh"]
        if not shutil.which("unshare") or subprocess.run(inside + ["true"], cwd=self.folder, capture_output=True).returncode:
            self.skipTest("mounting a small file system is not allowed here")
        for args in (("probe", "bert", *self.data, "--resamples", "20", "--out", "small/a"),
                     ("extract", "bert", *self.data, "--at", "**", "--tokens", "none", "--out", "small/x.safetensors")):
            outcome = subprocess.run(inside + [program.PROGRAM, *args, "--quiet"], cwd=self.folder, capture_output=True, text=True)
            self.assertEqual((outcome.returncode, outcome.stdout), (4, ""), outcome.stderr)
            (line,) = outcome.stderr.splitlines()  # and no name from `ls` after it
            self.assertRegex(line, "^sonde: .*small/.*space")

    def test_standard_output_that_is_full(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("there is no /dev/full here")
        for args in (("modules", "bert"), ("modules", "bert", "--json"), ("--version",)):
            with open("/dev/full", "wb") as full:
                outcome = self.sonde(*args, stdout=full)
            self.assertEqual(outcome.code, 4, outcome)
            self.assertNotIn("report this", outcome.err)


class Signals(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.model()
        self.table("reviews.csv", program.reviews(96) * 40)
        self.long = ("probe", "bert", "--data", "reviews.csv", *COLUMNS, "--leaks", "warn", "--resamples", "60000", "--out", "runs/a")

    def interrupt(self, number, *more, wait_for=b'"probes"'):
        """Start a long run, send a signal once a stage has begun, and give what came of it."""
        before = program.tree(self.folder)
        with self.start(*self.long, "--progress", "json", *more) as process:
            seen = b""
            while wait_for not in seen:
                line = process.stderr.readline()
                self.assertTrue(line, f"the run ended before {wait_for}: {seen}")
                seen += line
            time.sleep(0.05)
            self.assertIsNone(process.poll(), seen)
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
        self.assertEqual(program.tree(self.folder), before)
        return program.Outcome(process, out.decode("utf-8"), (seen + err).decode("utf-8"))

    def test_an_interrupted_run_leaves_nothing(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(number):
                outcome = self.interrupt(number)
                self.assertEqual((outcome.code, outcome.out), (code, ""), outcome)
                last = outcome.err.splitlines()[-1]
                self.assertTrue(last.startswith("sonde: ") and "stopped" in last, outcome)

    def test_an_interrupted_run_says_so_in_json(self):
        outcome = self.interrupt(signal.SIGINT, "--json")
        self.assertEqual(outcome.code, 130, outcome)
        self.assertEqual(outcome.json()["error"]["code"], "partial", outcome)

    def test_an_early_interrupt(self):
        self.assertEqual(self.interrupt(signal.SIGINT, wait_for=b'"tokenize"').code, 130)


class Pipes(program.ProgramTest):
    def test_a_reader_that_left_ends_the_program_quietly(self):
        self.model()
        self.table("reviews.csv", program.reviews(24))
        for args in (("modules", "bert"), ("modules", "bert", "--json"), ("--help",),
                     ("probe", "bert", "--data", "reviews.csv", *COLUMNS, "--resamples", "20", "--quiet")):
            reader, writer = os.pipe()
            os.close(reader)
            try:
                outcome = self.sonde(*args, stdout=writer)
            finally:
                os.close(writer)
            self.assertIn(outcome.code, (-signal.SIGPIPE, 128 + signal.SIGPIPE, 0), outcome)
            self.assertEqual(outcome.err, "", outcome)

    def test_head_takes_the_first_line(self):
        script = f'"{program.PROGRAM}" modules bert | head -n 1'
        self.model()
        outcome = subprocess.run(["sh", "-c", script], cwd=self.folder, capture_output=True, text=True, timeout=60)
        self.assertEqual((outcome.returncode, outcome.stderr), (0, ""))
        self.assertIn("address", outcome.stdout)


if __name__ == "__main__":
    unittest.main()
