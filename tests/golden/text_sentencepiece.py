"""Trains the small SentencePiece models of tests/data/text, lays them out as published folders do, and records their ids.

Run: python tests/golden/text_sentencepiece.py   (sentencepiece 0.2.3, transformers 5.23.0, tokenizers 0.23.3)
For a check by hand, `text_sentencepiece.py FOLDER COUNT` trains models with the real normalisers, too large for this
repository, and writes what transformers makes of COUNT odd strings to FOLDER/MODEL/expected.jsonl.
"""
import io
import json
import pathlib
import random
import shutil
import sys
import unicodedata

import sentencepiece

from text_goldens import CORPUS, DATA, STRINGS, record

# A table of a few rules keeps the model small; the real ones are of a quarter of a megabyte.
RULES = {"\uff21": "A", "\uff22": "B", "\u00bd": "1/2", "\ufb01": "fi", "\ufb02": "fl", "\u3000": " ", "\u00a0": " ",
         "\u200b": " ", "\u2014": "-", "\u2026": "...", "\uff01": "!", "e\u0301": "\u00e9", "\t": " ", "\n": " "}
DEBERTA = dict(pad_id=0, pad_piece="[PAD]", bos_id=1, bos_piece="[CLS]", eos_id=2, eos_piece="[SEP]", unk_id=3, unk_piece="[UNK]")
ALBERT = dict(pad_id=0, pad_piece="<pad>", unk_id=1, unk_piece="<unk>", bos_id=-1, eos_id=-1, control_symbols=["[CLS]", "[SEP]", "[MASK]"])


def train(rules=None, **options):
    """The bytes of a Unigram model."""
    model = io.BytesIO()
    table = None
    if rules:
        table = pathlib.Path(DATA, "rules.tsv")
        lines = ["\t".join(" ".join(f"{ord(c):X}" for c in word) for word in rule) for rule in rules.items()]
        table.write_text("\n".join(lines) + "\n")
        options["normalization_rule_tsv"] = str(table)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS * 4), model_writer=model, model_type="unigram", hard_vocab_limit=False,
        num_threads=1, minloglevel=2, character_coverage=1.0, **options)
    if table:
        table.unlink()
    return model.getvalue()


def lay_out(name, file, model, **texts):
    folder = DATA / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / file).write_bytes(model)
    for stem, value in texts.items():
        (folder / f"{stem}.json").write_text(json.dumps(value) + "\n")


def make_folders():
    plain = train(vocab_size=240, normalization_rule_name="identity", **DEBERTA)
    lay_out("deberta", "spm.model", plain, config={"model_type": "deberta-v2"},
            tokenizer_config={"do_lower_case": False, "vocab_type": "spm"})
    options = {"do_lower_case": True, "split_by_punct": True, "tokenizer_class": "DebertaV2Tokenizer", "mask_token": "<mask>"}
    bytes_too = train(vocab_size=500, normalization_rule_name="identity", byte_fallback=True, user_defined_symbols=["film", "\u6620\u753b"], **DEBERTA)
    lay_out("deberta_options", "spm.model", bytes_too, config={"model_type": "deberta-v2"}, tokenizer_config=options,
            added_tokens={"<mask>": 500, "[extra]": 501},
            special_tokens_map={"unk_token": {"content": "[UNK]", "lstrip": False, "normalized": True, "rstrip": False, "single_word": False},
                                "cls_token": "[CLS]", "sep_token": "[SEP]"})
    lay_out("albert", "spiece.model", train(RULES, vocab_size=240, **ALBERT), config={"model_type": "albert"},
            tokenizer_config={"tokenizer_class": "AlbertTokenizer", "model_max_length": 512})
    lay_out("albert_cased", "spiece.model", train(RULES, vocab_size=240, **ALBERT), config={"model_type": "albert"},
            tokenizer_config={"do_lower_case": False, "keep_accents": True})
    record()


def odd_strings(count):
    """Strings of words, single code points of every plane, marks, controls and special tokens."""
    random.seed(17)
    points = [c for c in range(1, 0x30000) if unicodedata.category(chr(c)) not in ("Cs", "Cn")]
    words = " ".join(CORPUS).split() + ["[CLS]", "[MASK]", "<mask>", "[UNK]", "''", "``", "film", "\u6620\u753b", "[extra]"]
    pick = [lambda: random.choice(words), lambda: chr(random.choice(points)), lambda: chr(random.randrange(0x300, 0x370)),
            lambda: random.choice([" ", "  ", "\n", "\t", "\u3000", "\u00a0", "\u200b", "\u2581", "\u200d", "\r\n"]),
            lambda: random.choice(words).upper(), lambda: random.choice(STRINGS)[:12], lambda: chr(random.randrange(0x1F300, 0x1FAFF))]
    for _ in range(count):
        blank = random.choice(["", " "])
        yield blank.join(random.choice(pick)() for _ in range(random.randrange(0, 14)))


def compare(root, count):
    from transformers import AutoTokenizer
    names = ("nmt_nfkc", "identity", "nmt_nfkc_cf")
    for name, fallback in ((name, fallback) for name in names for fallback in (False, True)):
        for kind, file, special in (("deberta-v2", "spm.model", DEBERTA), ("albert", "spiece.model", ALBERT)):
            folder = pathlib.Path(root, f"{kind}_{name}_{fallback}")
            folder.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(train(vocab_size=600, normalization_rule_name=name, byte_fallback=fallback, **special))
            (folder / "config.json").write_text(json.dumps({"model_type": kind}))
            names_of_class = {"deberta-v2": "DebertaV2Tokenizer", "albert": "AlbertTokenizer"}
            config = {"tokenizer_class": names_of_class[kind], "split_by_punct": fallback, "do_lower_case": fallback, "keep_accents": fallback}
            (folder / "tokenizer_config.json").write_text(json.dumps(config))
            tokenizer = AutoTokenizer.from_pretrained(folder)
            texts = list(odd_strings(count))
            with open(folder / "expected.jsonl", "w") as out:
                for text, ids in zip(texts, tokenizer(texts, truncation=False, padding=False)["input_ids"]):
                    out.write(json.dumps({"text": text, "ids": ids}) + "\n")
            print(folder, len(tokenizer))


if __name__ == "__main__":
    make_folders() if len(sys.argv) == 1 else compare(sys.argv[1], int(sys.argv[2]))
