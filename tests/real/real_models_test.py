"""Real checkpoints against transformers: every token of every hidden state, in fp32, and what a head says.

Needs what `make test-real` sets up: the models that tools/fetch_models fetches, and the packages of bench/peers. The
environment variables SONDE and SONDE_FILL_MASK name the program and the example.
"""
import csv
import json
import os
import pathlib
import subprocess
import tempfile
import unittest
import warnings

import numpy as np
import torch
import transformers
from safetensors.numpy import load_file

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "sonde"
TOLERANCE = 1e-4  # relative to the largest number of the state; float32 rounding over 30 layers stays below 1e-5
ODD_TEXTS = ["", "Ünïcödé — “quoted” naïve café", "日本語の映画", "a\tb\n c", "🎬🍿 5/10", "don't can't", "x" * 300]


def reviews(count):
    with open(CACHE / "demo" / "reviews.csv", encoding="utf-8", newline="") as source:
        rows = csv.DictReader(source)
        return [row["text"] for row, _ in zip(rows, range(count))]


class RealModelTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="sonde-real-")))
        self.enterContext(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        transformers.logging.set_verbosity_error()
        transformers.logging.disable_progress_bar()
        torch.set_num_threads(os.cpu_count())

    def sonde(self, *arguments):
        done = subprocess.run([os.environ["SONDE"], *map(str, arguments)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def sonde_states(self, model, ids):
        """All hidden states of texts given as token ids: a list over states of a list over texts of [t, d]."""
        data, out = self.folder / "ids.jsonl", self.folder / "states.safetensors"
        data.write_text("".join(json.dumps({"ids": row}) + "\n" for row in ids), encoding="utf-8")
        self.sonde("extract", model, "--data", data, "--ids", "ids", "--at", "hidden[*]", "--tokens", "none", "--out", out)
        tensors = load_file(out)
        offsets = tensors["offsets"]
        count = sum(name.startswith("hidden[") for name in tensors)
        return [np.split(tensors[f"hidden[{i}]"], offsets[1:-1]) for i in range(count)]

    def assert_states_agree(self, path, model, ids):
        ours = self.sonde_states(path, ids)
        worst = np.zeros(len(ours))
        for text, row in enumerate(ids):
            with torch.no_grad():
                theirs = model(torch.tensor([row]), output_hidden_states=True).hidden_states
            self.assertEqual(len(theirs), len(ours))
            for i, state in enumerate(theirs):
                state = state[0].numpy()
                error = np.abs(ours[i][text] - state).max() / np.abs(state).max()
                worst[i] = max(worst[i], error)
        print(f"{path.name}: {len(ids)} texts, {len(ours)} states, largest relative error {worst.max():.2e}", flush=True)
        self.assertLess(worst.max(), TOLERANCE)


    def assert_ids_agree(self, path, tokenizer):
        for text in reviews(60) + ODD_TEXTS:
            body = json.loads(self.sonde("tokens", path, "--text", text, "--json"))
            self.assertEqual([t["id"] for t in body["tokens"]], tokenizer(text)["input_ids"], text)


class BertBaseUncased(RealModelTest):
    path = CACHE / "models" / "bert-base-uncased"

    def test_every_hidden_state(self):
        tokenizer = transformers.BertTokenizer.from_pretrained(self.path)
        model = transformers.BertModel.from_pretrained(self.path, attn_implementation="eager").eval()
        ids = [tokenizer(text, truncation=True, max_length=512)["input_ids"] for text in reviews(40) + ODD_TEXTS]
        self.assert_states_agree(self.path, model, ids)

    def test_the_capital_of_france(self):
        done = subprocess.run([os.environ["SONDE_FILL_MASK"], self.path, "The capital of France is [MASK]."],
                              capture_output=True, text=True, check=True)
        self.assertEqual([line.split()[0] for line in done.stdout.splitlines()],
                         ["paris", "lille", "lyon", "marseille", "tours"])


class Smollm2(RealModelTest):
    """Llama from a GGUF file with weights in Q4_1, which both sides widen."""

    folder_path = CACHE / "models" / "smollm2-135m-instruct"
    file = "SmolLM2-135M-Instruct.Q4_1.gguf"

    def test_every_hidden_state(self):
        tokenizer = transformers.AutoTokenizer.from_pretrained(self.folder_path, gguf_file=self.file)
        model = transformers.AutoModel.from_pretrained(self.folder_path, gguf_file=self.file, dtype=torch.float32,
                                                       attn_implementation="eager").eval()
        ids = [row for row in (tokenizer(text)["input_ids"] for text in reviews(20) + ODD_TEXTS) if row]
        self.assert_states_agree(self.folder_path / self.file, model, ids)

    def test_the_tokenizer_of_its_metadata(self):
        tokenizer = transformers.AutoTokenizer.from_pretrained(self.folder_path, gguf_file=self.file)
        self.assert_ids_agree(self.folder_path / self.file, tokenizer)


class RxnmapperAlbert(RealModelTest):
    """ALBERT from the .bin layout that torch wrote before 1.6."""

    path = CACHE / "models" / "rxnmapper-albert"

    def test_every_hidden_state(self):
        model = transformers.AlbertModel.from_pretrained(self.path, attn_implementation="eager").eval()
        generator = np.random.default_rng(0)
        lengths = generator.integers(1, 200, size=24)
        ids = [generator.integers(0, model.config.vocab_size, size=n).tolist() for n in lengths]
        self.assert_states_agree(self.path, model, ids)

    def test_the_training_arguments_are_refused(self):
        folder = self.folder / "arguments"
        folder.mkdir()
        (folder / "config.json").write_bytes((self.path / "config.json").read_bytes())
        (folder / "pytorch_model.bin").write_bytes((self.path / "training_args.bin").read_bytes())
        done = subprocess.run([os.environ["SONDE"], "extract", folder, "--data", "-", "--ids", "ids", "--at", "hidden[*]",
                               "--out", self.folder / "x.safetensors"], capture_output=True, text=True, input="")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("argparse.Namespace", done.stderr)


class Tokenizers(RealModelTest):
    def test_gpt2(self):
        path = CACHE / "models" / "gpt2-tokenizer"
        self.assert_ids_agree(path, transformers.GPT2Tokenizer.from_pretrained(path))

    def test_targets_of_the_neuron_study_are_single_tokens(self):
        """Document 4 tells " the" from " an"; without its space a word is another token."""
        path = CACHE / "models" / "gpt2-tokenizer"

        def ids(text):
            return [token["id"] for token in json.loads(self.sonde("tokens", path, "--text", text, "--json"))["tokens"]]

        self.assertEqual((ids(" the"), ids(" an")), ([262], [281]))
        self.assertNotEqual(ids("the"), [262])

    def test_llama3(self):
        path = CACHE / "models" / "llama3-tokenizer"
        self.assert_ids_agree(path, transformers.PreTrainedTokenizerFast.from_pretrained(path))


if __name__ == "__main__":
    unittest.main()
