"""Runs the program as a user does, in a folder of its own, and reads the files it writes without any of its code.

The environment variable SONDE names the program, SONDE_TEST_DATA the recorded models.
"""
import csv
import hashlib
import json
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import unittest

PROGRAM = os.environ.get("SONDE", "")
MODELS = pathlib.Path(os.environ.get("SONDE_TEST_DATA", "")) / "models"
ERROR_KEYS = {"code", "message", "hint", "path", "offset"}
ERROR_WORDS = {2: "usage", 3: "input", 4: "limit", 5: "network", 6: "partial", 70: "internal"}
DTYPES = {"F32": ("f", 4), "F64": ("d", 8), "I64": ("q", 8), "I32": ("i", 4), "U8": ("B", 1)}


class Outcome:
    """What one run of the program left on its streams, and how it ended."""

    def __init__(self, process, out, err):
        self.code, self.out, self.err = process.returncode, out, err
        self.command = process.args

    def json(self):
        """The one object on standard output; anything around it fails."""
        return json.loads(self.out)

    def __str__(self):
        return f"{self.command}\nexit {self.code}\n--- stdout\n{self.out[:3000]}\n--- stderr\n{self.err[:3000]}"


class ProgramTest(unittest.TestCase):
    """A test with a scratch folder, which is also the working folder of the program."""

    def setUp(self):
        self.assertTrue(PROGRAM, "the environment variable SONDE must name the program")
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="sonde-cli-")))

    def start(self, *args, env=None, **options):
        clean = {k: v for k, v in os.environ.items() if k not in ("SOURCE_DATE_EPOCH", "NO_COLOR", "XDG_CACHE_HOME")
                 and not k.startswith(("HF_", "HUGGING"))}
        clean["HF_HUB_OFFLINE"] = "1"  # a test that means a hub says so
        defaults = dict(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder)
        return subprocess.Popen([PROGRAM, *map(str, args)], env=clean | (env or {}), **(defaults | options))

    def sonde(self, *args, **options):
        with self.start(*args, **options) as process:
            out, err = process.communicate(timeout=120)
        return Outcome(process, (out or b"").decode("utf-8"), (err or b"").decode("utf-8"))

    def done(self, *args, **options):
        """Run a command that must succeed."""
        outcome = self.sonde(*args, **options)
        self.assertEqual(outcome.code, 0, outcome)
        return outcome

    def done_json(self, *args, **options):
        outcome = self.done(*args, "--json", **options)
        body = outcome.json()
        self.assertEqual((body["schema_version"], body["status"]), (1, "ok"), outcome)
        self.assertIsInstance(body["warnings"], list, outcome)
        return body

    def refused(self, code, words, *args, way_out=True, **options):
        """Run a command that must be refused with this exit code, a message that holds all words, and no file written.

        It runs twice: once for people, once with --json. Gives the error object of the second. `way_out` is False where
        the message itself says what to do, so that neither a hint nor what was expected has to follow.
        """
        before = tree(self.folder)
        plain = self.sonde(*args, **options)
        self.assertEqual(plain.code, code, plain)
        self.assertEqual(plain.out, "", plain)
        self.assertTrue(plain.err.splitlines()[-1].startswith("sonde: "), plain)
        self.assertNotIn("\x1b", plain.err, plain)
        self.assertEqual(tree(self.folder), before, f"files changed\n{plain}")
        outcome = self.sonde(*args, "--json", **options)
        error = self.error_of(outcome, code, way_out)
        self.assertEqual(tree(self.folder), before, f"files changed\n{outcome}")
        for word in words:
            self.assertIn(word, plain.err, plain)
            self.assertIn(word, error["message"], outcome)
        return error

    def error_of(self, outcome, code, way_out=True):
        """The error object of a run with --json, checked for its form."""
        self.assertEqual(outcome.code, code, outcome)
        try:
            body = outcome.json()
        except json.JSONDecodeError:
            self.fail(f"--json printed no JSON object\n{outcome}")
        self.assertEqual((body["schema_version"], body["status"], body["warnings"]), (1, "error", []), outcome)
        error = body["error"]
        self.assertEqual(set(error), ERROR_KEYS, outcome)
        self.assertEqual(error["code"], ERROR_WORDS[code], outcome)
        self.assertTrue(not way_out or error["hint"] or "expected" in error["message"], f"no way out is named\n{outcome}")
        return error

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    def table(self, name, rows, delimiter=","):
        """Write rows (dicts of one shape) as a table with a header."""
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        with open(self.folder / name, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]), delimiter=delimiter, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return name

    def model(self, name="bert", to=None):
        """Copy a recorded model without its recorded activations; the copy may be broken."""
        target = self.folder / (to or name)
        shutil.copytree(MODELS / name, target, ignore=shutil.ignore_patterns("golden*"))
        return target


def reviews(count=48):
    """Rows whose label can be read off one word, told apart by a name, in groups of four that hold both labels."""
    rows = []
    for i in range(count):
        name = "abcdefghij"[i // 10] + "klmnopqrst"[i % 10]
        good = i % 2 == 0
        word = ("good", "fine")[i // 2 % 2] if good else ("dull", "not")[i // 2 % 2]
        extra = "" if i % 3 else " and the story end"
        rows.append({"text": f"the film {name} is {word}{extra}", "label": "fresh" if good else "rotten",
                     "film": f"film {i // 4}"})
    return rows


def tokens_of(text):
    """Tokens of such a text under the recorded WordPiece vocabulary: a name is two, every other word one, and two added."""
    words = text.split()
    known = {"the", "film", "is", "good", "fine", "dull", "not", "and", "story", "end"}
    return 2 + sum(1 if word in known else len(word) for word in words)


def tree(folder):
    """Every path below a folder with the digest of its content; a folder has none."""
    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        found[path.relative_to(folder).as_posix()] = sha256(path) if path.is_file() else None
    return found


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def read_safetensors(path):
    """Tensors of a file as {name: (dtype, shape, values)}, and its metadata."""
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + length])
    metadata = header.pop("__metadata__", {})
    body = data[8 + length:]
    tensors = {}
    for name, entry in header.items():
        code, size = DTYPES[entry["dtype"]]
        begin, end = entry["data_offsets"]
        values = struct.unpack(f"<{(end - begin) // size}{code}", body[begin:end])
        tensors[name] = (entry["dtype"], entry["shape"], values)
    return tensors, metadata


def write_safetensors(path, tensors, metadata=None):
    """Write {name: (dtype, shape, values)} as a safetensors file."""
    header, body = ({"__metadata__": metadata} if metadata else {}), b""
    for name, (dtype, shape, values) in tensors.items():
        packed = struct.pack(f"<{len(values)}{DTYPES[dtype][0]}", *values)
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [len(body), len(body) + len(packed)]}
        body += packed
    text = json.dumps(header).encode("utf-8")
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + body)


def write_npy(path, descr, shape, values):
    """Write an array in version 1.0 of NumPy's format. `descr` is '<f4' or '<i8'."""
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {tuple(shape)!r}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    code = {"<f4": "f", "<i8": "q"}[descr]
    packed = struct.pack(f"<{len(values)}{code}", *values)
    head = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode("latin-1")
    pathlib.Path(path).write_bytes(head + packed)


def rows_of(tensor):
    """Rows of a matrix as lists."""
    _, (count, width), values = tensor
    return [list(values[i * width:(i + 1) * width]) for i in range(count)]


def without_times(result):
    """A result without what may differ between two equal runs of one study."""
    result = json.loads(json.dumps(result))
    for key in ("timing", "tokens_per_second", "peak_rss_mb"):
        result.pop(key)
    for key in ("created", "command", "threads"):
        result["provenance"].pop(key)
    for entry in result["results"]:
        entry.pop("seconds")
    # A study is stored with absolute paths, so that it can be run from anywhere.
    for section, key in (("model", "path"), ("data", "file")):
        result[section][key] = os.path.basename(result[section][key])
    return result
