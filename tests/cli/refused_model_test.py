"""Model folders that are broken: each is named, with what was expected, and nothing is written."""
import io
import json
import math
import struct
import unittest
import zipfile

import program


class BrokenModel(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.broken = self.model(to="broken")
        self.weights = self.broken / "model.safetensors"
        self.request = ("--data", self.table("reviews.csv", program.reviews(24)), "--text", "text", "--label", "label",
                        "--resamples", "20")

    def assert_refused(self, words, code=3, at="hidden[*]"):
        """Both commands that open weights refuse; gives the error of `probe`."""
        self.refused(code, words, "extract", "broken", *self.request[:4], "--at", at, "--out", "x.safetensors")
        return self.refused(code, words, "probe", "broken", *self.request, "--at", at, "--out", "runs/a")

    def change_tensor(self, name, change):
        tensors, metadata = program.read_safetensors(self.weights)
        dtype, shape, values = tensors[name]
        tensors[name] = change(dtype, list(shape), list(values))
        program.write_safetensors(self.weights, {n: t for n, t in tensors.items() if t is not None}, metadata)

    def change_config(self, **values):
        config = json.loads((self.broken / "config.json").read_text(encoding="utf-8")) | values
        self.write("broken/config.json", json.dumps({k: v for k, v in config.items() if v is not None}))


class Folder(BrokenModel):
    def test_missing_folder(self):
        self.broken.rename(self.folder / "elsewhere")
        error = self.assert_refused(["broken", "no such", "config.json"])
        self.assertEqual(error["path"], "broken")

    def test_a_file_in_place_of_a_folder(self):
        self.broken.rename(self.folder / "elsewhere")
        self.write("broken", "x")
        self.assert_refused(["broken"])

    def test_missing_config(self):
        (self.broken / "config.json").unlink()
        error = self.assert_refused(["broken", "config.json"])
        self.assertEqual(error["path"], "broken/config.json")

    def test_missing_weights(self):
        self.weights.unlink()
        error = self.assert_refused(["broken", "weights", "model.safetensors"])
        self.assertEqual(error["path"], "broken")

    def test_weights_in_a_format_that_is_not_read(self):
        self.weights.rename(self.broken / "tf_model.h5")
        self.assert_refused(["tf_model.h5", "model.safetensors", "pytorch_model.bin"])

    def test_weights_that_would_run_code(self):
        self.weights.unlink()
        magic = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."
        machine = b"\x80\x02}X\x0d\x00\x00\x00little_endian\x88s."
        attack = b"\x80\x02cos\nsystem\nX\x0c\x00\x00\x00touch canary\x85R."
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("model/data.pkl", attack)
            file.writestr("model/version", "3\n")
        for content in (magic + machine + attack, archive.getvalue(), attack):
            with self.subTest(content[:12]):
                self.write("broken/pytorch_model.bin", content)
                error = self.assert_refused(["broken/pytorch_model.bin", "os.system", "safetensors"])
                self.assertIsNotNone(error["offset"])
                self.assertEqual(list(self.folder.rglob("canary")), [])

    def test_missing_shard_and_lying_index(self):
        sharded = self.model("llama_mha", to="sharded")
        (sharded / "model-00002-of-00003.safetensors").rename(sharded / "aside")
        words = ["model-00002-of-00003.safetensors"]
        self.refused(3, words, "extract", "sharded", *self.request[:4], "--out", "x.safetensors")
        (sharded / "model-00001-of-00003.safetensors").rename(sharded / "model-00002-of-00003.safetensors")
        (sharded / "aside").rename(sharded / "model-00001-of-00003.safetensors")
        self.refused(3, ["model.safetensors.index.json", "shard"], "extract", "sharded", *self.request[:4], "--out", "x.safetensors")


class Config(BrokenModel):
    def test_not_json(self):
        self.write("broken/config.json", '{"model_type": "bert",')
        error = self.assert_refused(["config.json", "JSON"])
        self.assertEqual(error["path"], "broken/config.json")
        self.assertIsNotNone(error["offset"])

    def test_unknown_model_type_names_the_nearest(self):
        self.change_config(model_type="brt")
        self.assert_refused(["model_type", "'brt'", "'bert'"])

    def test_no_model_type(self):
        self.change_config(model_type=None)
        self.assert_refused(["model_type"])

    def test_unknown_class(self):
        self.change_config(architectures=["BertForDivination"])
        self.assert_refused(["architectures", "BertForDivination", "BertModel"])

    def test_sizes_that_make_no_sense(self):
        for values, words in (({"num_hidden_layers": -1}, ["num_hidden_layers", "-1"]),
                              ({"hidden_size": "24"}, ["hidden_size", '"24"']),
                              ({"num_attention_heads": 5}, ["num_attention_heads", "5", "24"]),
                              ({"vocab_size": 10 ** 12}, ["vocab_size", "1000000000000"]),
                              ({"hidden_act": "gelo"}, ["gelo", "gelu"])):
            with self.subTest(values):
                self.write("broken/config.json", (program.MODELS / "bert" / "config.json").read_bytes())
                self.change_config(**values)
                self.assert_refused(words)


class Weights(BrokenModel):
    def test_a_file_cut_anywhere(self):
        data = self.weights.read_bytes()
        header = 8 + struct.unpack_from("<Q", data)[0]
        for cut in (0, 1, 7, 8, 9, 100, header - 1, header, header + 10, len(data) // 2, len(data) - 4, len(data) - 1):
            with self.subTest(cut=cut):
                self.weights.write_bytes(data[:cut])
                error = self.refused(3, ["model.safetensors"], "probe", "broken", *self.request, "--out", "runs/a")
                self.assertEqual(error["path"], "broken/model.safetensors")

    def test_a_header_that_lies(self):
        data = self.weights.read_bytes()
        length = struct.unpack_from("<Q", data)[0]
        header, body = json.loads(data[8:8 + length]), data[8 + length:]
        name = "embeddings.word_embeddings.weight"
        good = header[name]
        begin, end = good["data_offsets"]
        for lie, words in (({"data_offsets": [begin, end + 10 ** 9]}, [name, str(end + 10 ** 9)]),
                           ({"data_offsets": [end, begin]}, [name]), ({"data_offsets": [begin + 4, end]}, [name]),
                           ({"shape": [91, 25]}, [name, "bytes"]), ({"shape": [2 ** 62, 2 ** 62]}, [name]),
                           ({"shape": [-91, -24]}, [name, "-91"]), ({"dtype": "F31"}, [name, "F31", "F32"])):
            with self.subTest(lie):
                text = json.dumps(header | {name: good | lie}).encode("utf-8")
                self.weights.write_bytes(struct.pack("<Q", len(text)) + text + body)
                self.refused(3, words, "probe", "broken", *self.request, "--out", "runs/a")
        for size in (2 ** 63, 2 ** 64 - 1, 10 ** 9):
            self.weights.write_bytes(struct.pack("<Q", size) + data[8:])
            self.refused(3, ["model.safetensors", "header"], "probe", "broken", *self.request, "--out", "runs/a")

    def test_a_missing_weight(self):
        name = "encoder.layer.1.attention.self.query.weight"
        self.change_tensor(name, lambda *tensor: None)
        self.assert_refused([name, "[24, 24]"])

    def test_a_missing_weight_that_no_address_needs(self):
        self.change_tensor("pooler.dense.weight", lambda *tensor: None)
        self.done("extract", "broken", *self.request[:4], "--out", "x.safetensors")

    def test_a_shape_that_the_config_does_not_imply(self):
        name = "encoder.layer.1.intermediate.dense.weight"
        self.change_tensor(name, lambda dtype, shape, values: (dtype, [20, 48], values))
        self.assert_refused([name, "[20, 48]", "[40, 24]"])

    def test_a_weight_that_is_not_used_is_told(self):
        self.change_tensor("pooler.dense.bias", lambda dtype, shape, values: (dtype, shape, values))
        tensors, metadata = program.read_safetensors(self.weights)
        program.write_safetensors(self.weights, tensors | {"extra.weight": ("F32", [2], [0.0, 1.0])}, metadata)
        body = self.done_json("extract", "broken", *self.request[:4], "--out", "x.safetensors")
        self.assertTrue(any("extra.weight" in w["message"] for w in body["warnings"]), body["warnings"])

    def test_weights_that_are_not_numbers(self):
        def spoil(index, value):
            return lambda dtype, shape, values: (dtype, shape, values[:index] + [value] + values[index + 1:])

        the = (program.MODELS / "bert" / "vocab.txt").read_text(encoding="utf-8").split().index("the")
        for name, index, value in (("encoder.layer.0.intermediate.dense.weight", 17, math.nan),
                                   ("encoder.layer.1.output.dense.bias", 3, math.inf),
                                   ("encoder.layer.0.output.LayerNorm.weight", 0, math.nan),
                                   ("embeddings.word_embeddings.weight", the * 24 + 5, math.nan),
                                   ("embeddings.position_embeddings.weight", 2 * 24, -math.inf)):
            with self.subTest(name):
                self.weights.write_bytes((program.MODELS / "bert" / "model.safetensors").read_bytes())
                self.change_tensor(name, spoil(index, value))
                self.assert_refused([name, "NaN or infinite"])


class Tokenizer(BrokenModel):
    def test_no_tokenizer(self):
        (self.broken / "vocab.txt").unlink()
        error = self.assert_refused(["broken", "tokenizer.json", "vocab.txt"])
        self.assertEqual(error["path"], "broken")

    def test_a_damaged_tokenizer_json(self):
        good = (program.MODELS / "bert_mlm" / "tokenizer.json").read_bytes()
        for content in (b"", good[:len(good) // 2], b"[]", b'{"version": "1.0"}', b"\xff\xfe{}", good.replace(b'"WordPiece"', b'"WordPeace"')):
            with self.subTest(content[:12]):
                self.write("broken/tokenizer.json", content)
                error = self.assert_refused(["tokenizer.json"])
                self.assertEqual(error["path"], "broken/tokenizer.json")

    def test_a_vocabulary_of_another_model(self):
        lines = (program.MODELS / "bert" / "vocab.txt").read_text(encoding="utf-8").split()
        self.write("broken/vocab.txt", "\n".join(lines[:20] + [f"filler{i}" for i in range(90)] + lines[20:]) + "\n")
        self.assert_refused(["vocabulary", "0 to 90"])

    def test_damaged_merges(self):
        other = self.model("gpt2")
        self.write("gpt2/vocab.json", (other / "vocab.json").read_bytes()[:50])
        self.refused(3, ["vocab.json"], "extract", "gpt2", *self.request[:4], "--out", "x.safetensors")


if __name__ == "__main__":
    unittest.main()
