"""Makes the small tokenizers of tests/data/text and the token ids that transformers gives for awkward texts.

Made with transformers 5.23.0, tokenizers 0.23.3 (PyPI). Run: python tests/golden/text_goldens.py
"""

import json
import shutil
from pathlib import Path

import tokenizers
import transformers
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, BertTokenizer, GPT2Tokenizer

DATA = Path(__file__).resolve().parents[1] / "data" / "text"
MAX_LENGTHS = [8, 3]

CORPUS = """The film was a quiet wonder; the acting, the light and the music were all of one piece.
I didn't like the second half: it's too long, and we've seen it done better in 1999 and 2003.
A naïve café owner in Zürich — played by André Müller — can't decide between two lovers.
"Never again!" she said. He'd answered: "We'll see, won't we?" They're still talking about it.
Unbelievable, unforgettable, unwatchable: the reviewers' favourite words, I'm told (10/10).
東京で映画を見た。 It cost $12.50, or 1,800 yen; the popcorn was another $7.
The director's earlier films were slower, darker, and longer. This one runs 95 minutes.
""".splitlines()

STRINGS = [
    "", " ", "   ", "\n", "\t\n \r\n", "a", "A", ".", "...", "the film", "The Film", "  two  spaces  ", "trailing ",
    " leading", "tab\tseparated\twords", "line\nbreak", "carriage\r\nreturn", "don't can't won't we've I'm they're he'd she'll",
    "DON'T SHOUT", "naïve café Zürich", "nai\u0308ve cafe\u0301 Zu\u0308rich", "ﬁne ﬂour ½ ²", "ß ẞ İ ı", "ΑΒΓ αβγ ς",
    "Привет, мир", "مرحبا بالعالم", "שלום עולם", "नमस्ते दुनिया", "สวัสดีชาวโลก", "東京で映画を見た。", "한국어 텍스트",
    "中文english混合text", "\U00020000\U0002a700 rare", "emoji 😀 here", "👩‍👩‍👧‍👦 family", "🇩🇪🇯🇵 flags", "👍🏽 tone", "❤️ heart",
    "zero\u200bwidth", "zero\u200djoin", "no\u00a0break", "soft\u00adhyphen", "bom\ufeffinside", "\ufeffbom first",
    "ideographic\u3000space", "control\u0001\u0002char", "nul\u0000char", "delete\u007f", "replacement \ufffd char", "private \ue000 use",
    "combining a\u0301\u0302\u0303\u0304", "rtl \u202etext\u202c", "math 𝒜𝓑 ∑∞≠", "x" * 99, "x" * 100, "x" * 101, "ab" * 130,
    "unbelievably unforgettable", "1999 2003 12345678", "$12.50, 1,800", "a-b_c/d\\e", "http://example.org/a?b=c&d=%20",
    "<b>markup</b> & entities", "[CLS] inside [SEP] text [MASK]", "[cls] lower [UNK]", "<|endoftext|> inside", "<|begin_of_text|>hello",
    "The film was a quiet wonder; the acting, the light and the music were all of one piece. It's too long.",
    "ends with newline\n", "\n\nstarts", "a\n\n\nb  \n  c", "'s 'S 't 'LL", "word's  's", "１２３ full width ＡＢＣ",
]


def fresh(name):
    folder = DATA / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def write_json(path, value):
    path.write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n")


def train_wordpiece(lower):
    bert = tokenizers.BertWordPieceTokenizer(lowercase=lower, strip_accents=lower, handle_chinese_chars=lower)
    bert.train_from_iterator(CORPUS, vocab_size=360, min_frequency=1, show_progress=False)
    return bert.get_vocab()


def make_wordpiece():
    vocabulary = train_wordpiece(True)
    lines = "".join(token + "\n" for token in sorted(vocabulary, key=vocabulary.get))
    config = {"do_lower_case": True, "tokenizer_class": "BertTokenizer", "model_max_length": 64}
    plain = fresh("wordpiece")
    (plain / "vocab.txt").write_text(lines)
    write_json(plain / "tokenizer_config.json", config)

    saved = fresh("wordpiece_json")
    BertTokenizer(vocab=vocabulary).save_pretrained(saved)
    backend = Tokenizer.from_file(str(saved / "tokenizer.json"))
    backend.enable_truncation(5)
    backend.enable_padding(length=9)
    (saved / "tokenizer.json").write_text(json.dumps(json.loads(backend.to_str()), separators=(",", ":")))
    write_json(saved / "tokenizer_config.json", config)

    vocabulary = train_wordpiece(False)
    cased = fresh("wordpiece_cased")
    (cased / "vocab.txt").write_text("".join(token + "\n" for token in sorted(vocabulary, key=vocabulary.get)))
    options = {"do_lower_case": False, "strip_accents": False, "tokenize_chinese_chars": False}
    write_json(cased / "tokenizer_config.json", {**options, "tokenizer_class": "BertTokenizer", "cls_token": "[CLS]"})


def train_byte_level():
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=420, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet, show_progress=False)
    backend.train_from_iterator(CORPUS, trainer)
    return backend


def make_byte_level():
    backend = train_byte_level()
    for name, options in {"byte_level": {}, "byte_level_prefix": {"add_prefix_space": True}}.items():
        folder = fresh(name)
        backend.model.save(str(folder))
        write_json(folder / "tokenizer_config.json", {"tokenizer_class": "GPT2Tokenizer", "model_max_length": 1e30, **options})
    folder = fresh("byte_level_json")
    GPT2Tokenizer(vocab=backend.get_vocab(), merges=merges_of(backend)).save_pretrained(folder)


def merges_of(backend):
    return [tuple(merge) for merge in json.loads(backend.to_str())["model"]["merges"]]


def make_llama3():
    """The layout of Llama 3's tokenizer.json: split by regex, bytes, BPE that ignores merges, BOS by template."""
    pattern = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
               r"|\s*[\r\n]+|\s+(?!\S)|\s+")
    backend = Tokenizer(models.BPE(ignore_merges=True))
    backend.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), behavior="isolated", invert=False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    backend.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False)
    backend.train_from_iterator(CORPUS, trainer)
    backend.add_special_tokens(["<|begin_of_text|>", "<|end_of_text|>"])
    bos = "<|begin_of_text|>"
    template = processors.TemplateProcessing(
        single=f"{bos}:0 $A:0", pair=f"{bos}:0 $A:0 {bos}:1 $B:1", special_tokens=[(bos, backend.token_to_id(bos))])
    backend.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template])
    folder = fresh("llama3")
    (folder / "tokenizer.json").write_text(json.dumps(json.loads(backend.to_str()), separators=(",", ":")))
    write_json(folder / "tokenizer_config.json", {
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": bos, "eos_token": "<|end_of_text|>",
        "model_max_length": 131072})


def byte_offset(text, place):
    return len(text[:place].encode())


def encode(tokenizer, text):
    full = tokenizer(text, return_offsets_mapping=True, return_special_tokens_mask=True, truncation=False, padding=False)
    plain = tokenizer(text, add_special_tokens=False, truncation=False, padding=False)["input_ids"]
    cut = [tokenizer(text, truncation=True, max_length=m, padding=False)["input_ids"] for m in MAX_LENGTHS]
    offsets = [[byte_offset(text, b), byte_offset(text, e)] for b, e in full["offset_mapping"]]
    return {"ids": full["input_ids"], "plain": plain, "cut": cut, "offsets": offsets,
            "tokens": full.tokens(), "decoded": tokenizer.backend_tokenizer.decode(
                full["input_ids"], skip_special_tokens=False)}


def record():
    """Encode all texts with the tokenizer of every folder."""
    goldens = {"made_with": {"transformers": transformers.__version__, "tokenizers": tokenizers.__version__},
               "max_lengths": MAX_LENGTHS, "texts": STRINGS, "tokenizers": {}}
    for folder in sorted(path for path in DATA.iterdir() if path.is_dir()):
        tokenizer = AutoTokenizer.from_pretrained(folder)
        cases = [encode(tokenizer, text) for text in STRINGS]
        goldens["tokenizers"][folder.name] = {key: [case[key] for case in cases] for key in cases[0]}
    write_json(DATA / "goldens.json", goldens)


def main():
    make_wordpiece()
    make_byte_level()
    make_llama3()
    record()


if __name__ == "__main__":
    main()
