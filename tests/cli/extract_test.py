"""sonde extract: names, shapes and numbers of the tensors it writes, read with no code of the program."""
import json
import unittest

import program

RELATIVE = 1e-4  # what an engine of its own may differ from the recorded reference, of the largest value


class ExtractTest(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.rows = program.reviews(12)
        self.data = ("--data", self.table("reviews.csv", self.rows), "--text", "text")

    def extract(self, model, *args):
        """Write a file of its own; give its tensors, its metadata and the printed object."""
        self.extracted = getattr(self, "extracted", 0) + 1
        name = f"states-{self.extracted}.safetensors"
        body = self.done_json("extract", model, *args, "--out", name)
        tensors, metadata = program.read_safetensors(self.folder / name)
        self.assertEqual({t["name"]: t["shape"] for t in body["tensors"]}, {n: t[1] for n, t in tensors.items()})
        return tensors, metadata, body

    def assert_close(self, got, wanted, what):
        self.assertEqual(len(got), len(wanted), what)
        scale = max(map(abs, wanted)) or 1
        worst = max(abs(a - b) for a, b in zip(got, wanted, strict=True))
        self.assertLessEqual(worst, RELATIVE * scale, what)


class Files(ExtractTest):
    def test_pooled_tensors_labels_and_metadata(self):
        model = self.model()
        tensors, metadata, body = self.extract(model, *self.data, "--label", "label")
        self.assertEqual(set(tensors), {"hidden[0]", "hidden[1]", "hidden[2]", "hidden[3]", "labels"})
        for name in ("hidden[0]", "hidden[3]"):
            self.assertEqual(tensors[name][:2], ("F32", [12, 24]))
        self.assertEqual(tensors["labels"], ("I64", [12], (0, 1) * 6))
        self.assertEqual(json.loads(metadata["classes"]), ["fresh", "rotten"])
        self.assertEqual((metadata["pooling"], metadata["dtype"], metadata["schema_version"]), ("mean", "float32", "1"))
        self.assertEqual(metadata["model_digest"], program.sha256(model / "model.safetensors"))
        self.assertEqual(metadata["data_digest"], program.sha256(self.folder / "reviews.csv"))
        self.assertRegex(metadata["tokenizer_digest"], "^[0-9a-f]{64}$")
        tokens = sum(program.tokens_of(row["text"]) for row in self.rows)
        self.assertEqual((body["texts"], body["tokens"], body["truncated"]), (12, tokens, 0))

    def test_bfloat16_products_are_near_and_say_so(self):
        model = self.model()
        exact, _, _ = self.extract(model, *self.data)
        rounded, metadata, _ = self.extract(model, *self.data, "--dtype", "bfloat16")
        self.assertEqual(metadata["dtype"], "bfloat16")
        # State 0 is looked up and normalised: no product. Later ones carry roundings of one part in 256 each.
        self.assertEqual(rounded["hidden[0]"], exact["hidden[0]"])
        self.assertNotEqual(rounded["hidden[3]"], exact["hidden[3]"])
        scale = max(map(abs, exact["hidden[3]"][2]))
        worst = max(abs(a - b) for a, b in zip(rounded["hidden[3]"][2], exact["hidden[3]"][2], strict=True))
        self.assertLess(worst, 0.03 * scale)

    def test_table_on_standard_output_and_the_summary_beside_it(self):
        outcome = self.done("extract", self.model(), *self.data, "--at", "hidden[1]", "--out", "one.safetensors")
        self.assertEqual(outcome.out.split(), ["hidden[1]", "[12,", "24]"])
        self.assertIn("one.safetensors", outcome.err)

    def test_every_token_with_offsets(self):
        tensors, metadata, _ = self.extract(self.model(), *self.data, "--at", "hidden[2],embed", "--tokens", "none")
        lengths = [program.tokens_of(row["text"]) for row in self.rows]
        offsets = [sum(lengths[:i]) for i in range(13)]
        self.assertEqual(tensors["offsets"], ("I64", [13], tuple(offsets)))
        self.assertEqual(tensors["hidden[2]"][:2], ("F32", [offsets[-1], 24]))
        self.assertEqual(metadata["pooling"], "none")

    def test_every_pooling_follows_from_the_tokens(self):
        model = self.model()
        at = ("--at", "encoder.layer.1.intermediate")
        every, _, _ = self.extract(model, *self.data, *at, "--tokens", "none")
        rows, offsets = program.rows_of(every["encoder.layer.1.intermediate"]), every["offsets"][2]
        texts = [rows[begin:end] for begin, end in zip(offsets, offsets[1:])]
        mean = lambda part: [sum(column) / len(part) for column in zip(*part)]  # noqa: E731
        for pooling, by_hand in {"mean": mean, "mean_content": lambda t: mean(t[1:-1]), "first": lambda t: t[0],
                                 "last": lambda t: t[-1], "token:2": lambda t: t[2], "token:-3": lambda t: t[-3],
                                 "max": lambda t: [max(column) for column in zip(*t)]}.items():
            pooled, _, _ = self.extract(model, *self.data, *at, "--tokens", pooling)
            got = program.rows_of(pooled["encoder.layer.1.intermediate"])
            self.assertEqual(len(got), 12)
            for text, row in zip(texts, got, strict=True):
                for a, b in zip(row, by_hand(text), strict=True):
                    self.assertAlmostEqual(a, b, delta=1e-5, msg=pooling)

    def test_jsonl_and_tsv_give_what_csv_gives(self):
        model = self.model()
        self.write("reviews.jsonl", "".join(json.dumps(row) + "\n" for row in self.rows))
        self.table("reviews.tsv", self.rows, delimiter="\t")
        states = [self.extract(model, "--data", f"reviews.{kind}", "--text", "text", "--at", "hidden[3]")[0]
                  for kind in ("csv", "jsonl", "tsv")]
        self.assertEqual(states[0], states[1])
        self.assertEqual(states[0], states[2])

    def test_token_ids_give_the_bits_of_their_text(self):
        model = self.model()
        rows = [{"ids": str([t["id"] for t in self.done_json("tokens", model, "--text", row["text"])["tokens"]])}
                for row in self.rows[:4]]
        self.table("ids.csv", rows)
        self.table("texts.csv", self.rows[:4])
        from_ids, _, _ = self.extract(model, "--data", "ids.csv", "--ids", "ids", "--at", "hidden[2]")
        from_text, _, _ = self.extract(model, "--data", "texts.csv", "--text", "text", "--at", "hidden[2]")
        self.assertEqual(from_ids["hidden[2]"], from_text["hidden[2]"])

    def test_rows_to_skip_are_left_out(self):
        self.rows[3]["text"] = ""
        self.table("gaps.csv", self.rows)
        tensors, _, body = self.extract(self.model(), "--data", "gaps.csv", "--text", "text", "--at", "hidden[0]",
                                        "--missing", "skip")
        self.assertEqual((tensors["hidden[0]"][1], body["texts"]), ([11, 24], 11))


class Addresses(ExtractTest):
    def names(self, model, *asked, tokens="mean"):
        at = [part for text in asked for part in ("--at", text)]
        tensors, _, body = self.extract(model, *self.data, *at, "--tokens", tokens)
        return set(tensors) - {"offsets"}, body

    def test_every_module_but_those_without_a_vector_per_token(self):
        names, body = self.names(self.model(), "**")
        golden = json.loads((program.MODELS / "bert" / "golden.json").read_text(encoding="utf-8"))["addresses"]
        wanted = {n.removesuffix(".output") for n, a in golden.items() if n.endswith(".output") and a["kind"] == "per_token"}
        self.assertEqual(names, wanted)
        told = " ".join(w["message"] for w in body["warnings"] if w["code"] == "address")
        for module in ("'pooler'", "'pooler.dense'", "'pooler.activation'"):
            self.assertIn(module, told)
        self.assertNotIn("encoder.layer.0.intermediate", told)

    def test_what_is_left_out_is_told_on_standard_error(self):
        outcome = self.done("extract", self.model(), *self.data, "--at", "**", "--out", "all.safetensors")
        self.assertIn("'pooler'", outcome.err)
        self.assertNotIn("pooler", outcome.out)

    def test_the_pooler_is_given_when_asked_for_by_name(self):
        names, body = self.names(self.model(), "pooler")
        self.assertEqual((names, body["tensors"][0]["shape"]), ({"pooler"}, [12, 24]))

    def test_names_are_written_in_full(self):
        model = self.model("bert_mlm")
        for asked in ("encoder.layer.0.attention", "bert.encoder.layer.0.attention", "layers[0].attention",
                      "layers[-2].attention", "bert.encoder.layer.0.attention,encoder.layer.0.attention"):
            self.assertEqual(self.names(model, asked)[0], {"bert.encoder.layer.0.attention"}, asked)
        base = self.model("bert")
        self.assertEqual(self.names(base, "bert.encoder.layer.1")[0], {"encoder.layer.1"})
        self.assertEqual(self.names(base, "encoder.layer.1.attention.output.output")[0], {"encoder.layer.1.attention.output"})

    def test_lists_ranges_patterns_and_ports(self):
        model = self.model("gpt2")
        self.assertEqual(self.names(model, "hidden[-1]")[0], {"hidden[2]"})
        self.assertEqual(self.names(model, "hidden[0:2]", "hidden[1],hidden[2]")[0], {"hidden[0]", "hidden[1]", "hidden[2]"})
        self.assertEqual(self.names(model, "h.*.mlp.act")[0], {"transformer.h.0.mlp.act", "transformer.h.1.mlp.act"})
        self.assertEqual(self.names(model, "h.1.ln_*")[0], {"transformer.h.1.ln_1", "transformer.h.1.ln_2"})
        self.assertEqual(self.names(model, "h.0.mlp.input", "final_norm")[0], {"transformer.h.0.mlp.input", "transformer.ln_f"})

    def test_attention_weights_come_with_their_own_offsets(self):
        tensors, _, _ = self.extract(self.model("gpt2"), *self.data, "--at", "h.1.attn.weights", "--tokens", "none")
        dtype, (count,), values = tensors["transformer.h.1.attn.weights"]
        _, _, offsets = tensors["transformer.h.1.attn.weights.offsets"]
        self.assertEqual((dtype, count, len(offsets)), ("F32", offsets[-1], 13))
        for begin, end in zip(offsets, offsets[1:]):
            t = round(((end - begin) / 4) ** 0.5)
            self.assertEqual(end - begin, 4 * t * t)
            for row in range(begin, end, t):
                self.assertAlmostEqual(sum(values[row:row + t]), 1, places=5)


class Recorded(ExtractTest):
    """The program against what transformers gives, for every module and hidden state of every recorded model."""

    def check(self, name, use):
        golden = json.loads((program.MODELS / name / "golden.json").read_text(encoding="utf-8"))
        wanted, _ = program.read_safetensors(program.MODELS / name / "golden.safetensors")
        sequences = [s for s in golden["sequences"] if use == "ids" or s["text"] is not None]
        rows = [{use: str(s["ids"]) if use == "ids" else s["text"]} for s in sequences]
        self.table(f"{name}.csv", rows)
        got, _, _ = self.extract(self.model(name), "--data", f"{name}.csv", f"--{use}", use, "--at", "**", "--at", "hidden[*]",
                                 "--tokens", "none")
        lengths = [len(s["ids"]) for s in sequences]
        self.assertEqual(got["offsets"][2], tuple(sum(lengths[:i]) for i in range(len(lengths) + 1)))
        compared = 0
        for address, entry in golden["addresses"].items():
            if entry["kind"] != "per_token" or not (address.endswith(".output") or address.startswith("hidden[")):
                continue
            tensor = got[address.removesuffix(".output")]
            values = wanted[entry["tensor"]][2][:sum(lengths) * entry["width"]]  # texts come first, a bare id last
            self.assert_close(tensor[2], values, f"{name} {address}")
            compared += 1
        self.assertEqual(compared, len(got) - 1)

    def test_from_texts(self):
        for name in ("bert", "gpt2", "llama_gqa", "llama_mha"):
            with self.subTest(name):
                self.check(name, "text")

    def test_from_token_ids(self):
        for name in ("bert_mlm", "gpt2_options", "llama3_rope"):
            with self.subTest(name):
                self.check(name, "ids")


class Refused(ExtractTest):
    def test_token_ids_that_the_model_cannot_take(self):
        self.model()
        for ids, words in {"[2, 91, 3]": ("91", "90"), "[2, -1, 3]": ("-1",), "[2, 99999999999, 3]": ("99999999999",),
                           str([5] * 18): ("18", "17"), "[2, x]": ("'x'", "line 3")}.items():
            with self.subTest(ids):
                self.table("ids.csv", [{"ids": "[2, 3]"}, {"ids": ids}])
                where = ("line 3",) if "x" in ids else ("2",)
                self.refused(3, words + where, "extract", "bert", "--data", "ids.csv", "--ids", "ids", "--out", "x.safetensors",
                             way_out=False)

    def test_half_a_request(self):
        self.model()
        out = ("--out", "x.safetensors")
        self.refused(2, ["--out"], "extract", "bert", *self.data)
        self.refused(2, ["--data"], "extract", "bert", *out)
        self.refused(2, ["--text", "--ids"], "extract", "bert", "--data", "reviews.csv", *out)
        self.refused(2, ["--text", "--ids"], "extract", "bert", *self.data, "--ids", "ids", *out)

    def test_an_output_that_is_there_is_kept(self):
        self.model()
        self.write("x.safetensors", "mine")
        self.refused(2, ["x.safetensors", "--force"], "extract", "bert", *self.data, "--out", "x.safetensors")
        self.done("extract", "bert", *self.data, "--at", "hidden[0]", "--out", "x.safetensors", "--force")
        self.assertIn("hidden[0]", program.read_safetensors(self.folder / "x.safetensors")[0])

    def test_an_output_that_cannot_be(self):
        self.model()
        (self.folder / "a_folder").mkdir()
        self.refused(2, ["a_folder"], "extract", "bert", *self.data, "--out", "a_folder")
        self.refused(2, ["a_folder"], "extract", "bert", *self.data, "--out", "a_folder", "--force")
        self.refused(2, ["nowhere"], "extract", "bert", *self.data, "--out", "nowhere/x.safetensors")

    def test_attention_weights_cannot_be_pooled(self):
        self.model()
        self.refused(2, ["encoder.layer.0.attention.self.weights", "--tokens none"], "extract", "bert", *self.data, "--at",
                     "encoder.layer.0.attention.self.weights", "--out", "x.safetensors")


if __name__ == "__main__":
    unittest.main()
