"""A .gguf file where MODEL stands: listed, cut, extracted, probed and predicted with, and refused when it lies."""
import json
import unittest

import program


class Gguf(program.ProgramTest):
    def gguf(self, name="gguf_llama_quantised"):
        return program.MODELS / name / f"{name}.gguf"

    def test_modules_are_listed_from_the_metadata(self):
        for name, model_class in (("gguf_llama", "LlamaForCausalLM"), ("gguf_qwen2", "Qwen2ForCausalLM"), ("gguf_bert", "BertModel")):
            body = self.done_json("modules", self.gguf(name))
            self.assertEqual(body["model"]["architecture"], model_class)
            golden = json.loads((program.MODELS / name / "golden.json").read_text(encoding="utf-8"))["addresses"]
            listed = {m["address"] for m in body["modules"]}
            recorded = {a.removesuffix(".output") for a, e in golden.items() if a.endswith(".output") and e["kind"] == "per_token"}
            self.assertEqual(recorded - listed, set())

    def test_tokens_come_from_the_metadata(self):
        golden = json.loads((program.MODELS / "gguf_llama" / "golden.json").read_text(encoding="utf-8"))
        for sequence in golden["sequences"][:2]:
            body = self.done_json("tokens", self.gguf("gguf_llama"), "--text", sequence["text"])
            self.assertEqual([t["id"] for t in body["tokens"]], sequence["ids"])
            self.assertEqual(body["tokenizer"]["source"], "gguf_llama.gguf")

    def test_probe_and_predict(self):
        data = self.table("reviews.csv", program.reviews(60))
        model = self.gguf()
        done = self.done_json("probe", model, "--data", data, "--text", "text", "--label", "label", "--out", "run")
        self.assertEqual(done["model"]["type"], "llama")
        self.assertEqual(done["model"]["name"], "gguf_llama_quantised.gguf")
        digest = json.loads((self.folder / "run" / "result.json").read_text(encoding="utf-8"))["provenance"]["weights_digest"]
        self.assertEqual(digest, program.sha256(model))
        self.done("predict", "run", "--text", "a fine film")

    def test_a_folder_of_one_file_is_that_file(self):
        copy = self.write("folder/any name.gguf", self.gguf().read_bytes())
        self.write("folder/README.md", b"")
        table = self.table("one.csv", [{"text": "film"}])
        args = ("--data", table, "--text", "text", "--at", "hidden[1]")
        self.done("extract", copy.parent, *args, "--out", "a.safetensors")
        self.done("extract", self.gguf(), *args, "--out", "b.safetensors")
        rows = [program.read_safetensors(self.folder / f"{n}.safetensors")[0]["hidden[1]"] for n in "ab"]
        self.assertEqual(*rows)
        self.write("folder/second.gguf", b"")
        self.refused(3, ["several GGUF files", "name one"], "modules", copy.parent)

    def test_lies_are_refused(self):
        good = self.gguf().read_bytes()
        for name, bad in (("cut", good[: len(good) // 2]), ("version", good[:4] + b"\x63" + good[5:]), ("empty", b""),
                          ("claims", b"GGUF\3\0\0\0" + b"\xff" * 16), ("magic", b"GGUX" + good[4:])):
            self.write(f"{name}.gguf", bad)
            self.refused(3, [f"{name}.gguf"], "modules", f"{name}.gguf")
        self.refused(3, ["no such"], "modules", "nowhere.gguf")


if __name__ == "__main__":
    unittest.main()
