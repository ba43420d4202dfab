"""sonde modules, tokens, --version and --help: what a user asks before starting."""
import json
import math
import re
import unittest

import program

COMMANDS = ("probe", "run", "extract", "fit", "predict", "modules", "tokens", "demo")


class Modules(program.ProgramTest):
    def test_every_recorded_module_is_listed_with_its_width(self):
        for name in ("albert_groups", "bert_mlm", "gpt2", "llama_gqa"):
            with self.subTest(name):
                golden = json.loads((program.MODELS / name / "golden.json").read_text(encoding="utf-8"))["addresses"]
                body = self.done_json("modules", program.MODELS / name)
                listed = {m["address"]: m for m in body["modules"]}
                for address, entry in golden.items():
                    if not address.endswith((".input", ".output")) or entry["kind"] != "per_token":
                        continue
                    module = address.rsplit(".", 1)[0]
                    self.assertIn(module, listed)
                    if address.endswith(".output"):
                        self.assertEqual(listed[module]["shape"], f"[t, {entry['width']}]", module)

    def test_parameters_are_those_of_the_checkpoint(self):
        for name in ("albert_groups", "bert", "gpt2", "llama_gqa", "llama_mha"):
            shards = sorted((program.MODELS / name).glob("model*.safetensors"))
            stored = {n: t for shard in shards for n, t in program.read_safetensors(shard)[0].items()}
            total = sum(math.prod(shape) for n, (_, shape, _) in stored.items() if not n.endswith(("position_ids", ".attn.bias")))
            body = self.done_json("modules", program.MODELS / name)
            self.assertEqual(body["model"]["parameters"], total, name)
            modules = {m["address"]: m for m in body["modules"]}
            top = [m for a, m in modules.items() if not any(a.startswith(f"{other}.") for other in modules)]
            self.assertEqual(sum(m["parameters"] for m in top), total, name)
            for module in modules.values():
                self.assertAlmostEqual(module["megabytes"], module["parameters"] * 4 / 1e6)

    def test_config_alone_is_enough(self):
        self.write("only/config.json", (program.MODELS / "gpt2" / "config.json").read_bytes())
        outcome = self.done("modules", "only")
        for word in ("transformer.h.*.mlp.act", "2 ×", "hidden[*]", "lm_head", "parameters", "GPT2LMHeadModel", "is short for"):
            self.assertIn(word, outcome.out)
        every = self.done("modules", "only", "--all").out
        for word in ("transformer.h.0.mlp.act", "transformer.h.1.mlp.act", "hidden[2]"):
            self.assertIn(word, every)
            self.assertNotIn(word, outcome.out)
        self.assertEqual(outcome.err, "")

    def test_activations_are_those_of_the_texts_asked_about(self):
        width, inner, tokens = 20, 80, 11  # of the recorded GPT-2, whose head gives 297 logits a token
        body = self.done_json("modules", program.MODELS / "gpt2", "--texts", 3, "--length", tokens)
        rows = 3 * tokens
        self.assertEqual(body["workload"]["tokens"], tokens)
        modules = {m["address"]: m for m in body["modules"]}
        self.assertAlmostEqual(modules["transformer.h.0.mlp.act"]["activation_megabytes"], rows * inner * 4 / 1e6)
        # Two embeddings; two norms, c_attn (three widths), two c_proj and c_fc a layer; the last norm and the head.
        layer = 2 * width + 3 * width + 2 * width + inner
        self.assertAlmostEqual(body["workload"]["activation_megabytes"], rows * (3 * width + 2 * layer + 297) * 4 / 1e6)
        self.assertEqual(self.done_json("modules", program.MODELS / "gpt2", "--length", 999)["workload"]["tokens"], 16)

    def test_a_folded_address_selects_what_it_stands_for(self):
        model = self.model("gpt2")
        self.table("one.csv", [{"text": "film"}])
        rows = [line.split() for line in self.done("modules", model).out.splitlines() if " × " in line and "[t, " in line]
        self.assertGreater(len(rows), 5)
        for row in rows:
            done = self.done_json("extract", model, "--data", "one.csv", "--text", "text", "--at", row[0], "--out", "x.safetensors", "--force")
            self.assertEqual(len(done["tensors"]), int(row[row.index("×") - 1]), row)

    def test_the_tokenizer_is_described(self):
        body = self.done_json("modules", program.MODELS / "bert")
        vocabulary = (program.MODELS / "bert" / "vocab.txt").read_text(encoding="utf-8").splitlines()
        self.assertEqual(body["tokenizer"]["model"], "WordPiece")
        self.assertEqual(body["tokenizer"]["source"], "vocab.txt")
        self.assertEqual(body["tokenizer"]["vocabulary"], len(vocabulary))
        self.assertEqual(body["tokenizer"]["specials_per_text"], 2)
        special = {t["token"]: t["id"] for t in body["tokenizer"]["special_tokens"]}
        self.assertEqual(special, {t: vocabulary.index(t) for t in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")})
        self.assertIn("tokenizer: WordPiece from vocab.txt", self.done("modules", program.MODELS / "bert").out)

    def test_a_tokenizer_that_cannot_be_opened_is_a_warning(self):
        model = self.model("gpt2")
        (model / "tokenizer.json").write_text("{", encoding="utf-8")
        body = self.done_json("modules", model)
        self.assertIsNone(body["tokenizer"])
        self.assertEqual([w["code"] for w in body["warnings"]], ["tokenizer"])
        self.assertIn("tokenizer.json", self.done("modules", model).err)
        self.assertEqual(body["modules"], self.done_json("modules", program.MODELS / "gpt2")["modules"])

    def test_calls_of_one_module_are_listed_by_layer(self):
        aliases = self.done_json("modules", program.MODELS / "albert")["aliases"]
        shared = "encoder.albert_layer_groups.0[{}].albert_layers.0"
        self.assertEqual(aliases["layers[i]"], [shared.format(i) for i in range(3)])
        self.assertEqual(aliases["embed"], "embeddings")

    def test_weights_that_do_not_fit_the_config_are_named(self):
        model = self.model("gpt2")
        body = self.done_json("modules", model)
        self.assertEqual((body["weights"]["missing"], body["weights"]["unused"]), ([], []))
        config = json.loads((model / "config.json").read_text(encoding="utf-8"))
        (model / "config.json").write_text(json.dumps(config | {"n_layer": 1}), encoding="utf-8")
        unused = self.done_json("modules", model)["weights"]["unused"]
        self.assertIn("h.1.mlp.c_fc.weight", unused)
        (model / "config.json").write_text(json.dumps(config | {"n_layer": 3}), encoding="utf-8")
        missing = self.done_json("modules", model)["weights"]["missing"]
        self.assertIn("transformer.h.2.mlp.c_fc.weight", missing)
        self.assertIn(f"{len(missing)} missing: ", self.done("modules", model).out)

    def test_every_listed_address_can_be_asked_for(self):
        model = self.model("gpt2")
        self.table("one.csv", [{"text": "film"}])
        body = self.done_json("modules", model)
        asked = [m["address"] for m in body["modules"] if m["shape"].startswith("[t, ")]
        done = self.done_json("extract", model, "--data", "one.csv", "--text", "text", "--at", ",".join(asked), "--out", "x.safetensors")
        self.assertEqual({t["name"] for t in done["tensors"]}, set(asked))

    def test_a_missing_folder(self):
        self.refused(3, ["nowhere", "no such"], "modules", "nowhere")


class Tokens(program.ProgramTest):
    def test_pieces_are_those_of_the_reference(self):
        for name in ("bert", "gpt2", "llama3_rope", "llama_gqa"):
            golden = json.loads((program.MODELS / name / "golden.json").read_text(encoding="utf-8"))
            for sequence in golden["sequences"]:
                if sequence["text"] is None or sequence["truncated"]:
                    continue
                tokens = self.done_json("tokens", program.MODELS / name, "--text", sequence["text"])["tokens"]
                self.assertEqual([t["id"] for t in tokens], sequence["ids"], name)
                self.assertEqual([int(t["special"]) for t in tokens], sequence["special"], name)
                self.assertEqual([[t["begin"], t["end"]] for t in tokens], sequence["offsets_bytes"], name)

    def test_the_tokens_a_pooling_reads_are_marked(self):
        model = program.MODELS / "bert"
        for pooling, wanted in {"mean": [1] * 5, "mean_content": [0, 1, 1, 1, 0], "first": [1, 0, 0, 0, 0],
                                "last": [0, 0, 0, 0, 1], "token:1": [0, 1, 0, 0, 0], "token:-2": [0, 0, 0, 1, 0],
                                "max": [1] * 5, "none": [1] * 5}.items():
            body = self.done_json("tokens", model, "--text", "the film is", "--tokens", pooling)
            self.assertEqual([int(t["read"]) for t in body["tokens"]], wanted, pooling)

    def test_table(self):
        outcome = self.done("tokens", program.MODELS / "bert", "--text", "the acting", "--tokens", "last")
        self.assertEqual([line.split()[-1] for line in outcome.out.splitlines()[1:]], ["[CLS]", "the", "act", "##ing", "[SEP]"])
        self.assertEqual([line.count("*") for line in outcome.out.splitlines()[1:]], [0, 0, 0, 0, 1])

    def test_a_token_that_is_not_there(self):
        self.refused(3, ["99", "3"], "tokens", program.MODELS / "bert", "--text", "film", "--tokens", "token:99")


class Words(program.ProgramTest):
    def test_version(self):
        outcome = self.done("--version")
        self.assertRegex(outcome.out, r"\Asonde \d+\.\d+\.\d+\S*\n\Z")
        self.assertEqual(outcome.err, "")
        body = self.done_json("--version")
        self.assertEqual(f"sonde {body['sonde']}\n", outcome.out)
        self.assertLessEqual({"compiler", "gemm", "simd"}, set(body))

    def test_help_lists_the_commands_and_exit_codes(self):
        outcome = self.done("--help")
        for word in COMMANDS + ("Exit codes", "130"):
            self.assertIn(word, outcome.out)
        self.assertEqual(outcome.err, "")

    def test_help_of_each_command_has_examples_whose_options_exist(self):
        for command in COMMANDS:
            text = self.done(command, "--help").out
            self.assertEqual(self.done(command, "-h").out, text)
            options, _, examples = text.partition("Examples:\n")
            lines = [line for line in examples.splitlines() if line.strip()]
            self.assertTrue(lines, command)
            for line in lines:
                self.assertRegex(line, rf"^  sonde {command}\b")
                for option in re.findall(r"--[a-z-]+", line):
                    self.assertIn(option, options, line)
            for option in ("--json", "--quiet", "--threads", "--progress"):
                self.assertIn(option, options, command)

    def test_help_of_probe_names_every_pooling_and_probe(self):
        text = self.done("probe", "--help").out
        for word in ("mean_content", "first", "last", "token:I", "max", "logistic", "hidden[*]", "--leaks", "--force"):
            self.assertIn(word, text)

    def test_the_demo_says_how_to_get_its_data(self):
        error = self.refused(3, ["make demo"], "demo", env={"XDG_CACHE_HOME": str(self.folder / "cache")})
        self.assertTrue(error["path"].startswith(str(self.folder / "cache")), error)

    def test_no_command_is_a_usage_error_with_help(self):
        outcome = self.sonde()
        self.assertEqual((outcome.code, outcome.out), (2, ""), outcome)
        self.assertIn("probe", outcome.err)


if __name__ == "__main__":
    unittest.main()
