"""Makes GGUF files that hold nothing but a tokenizer, and the token ids that transformers gives for awkward texts.

Run: python tests/golden/text_gguf.py   (gguf 0.19, transformers 5.23, tokenizers 0.23, sentencepiece 0.2.3)
Writes tests/data/gguf_tokenizers/NAME.gguf and goldens.json. transformers reads no BERT from GGUF: there the ids are those
of BertTokenizer on the vocabulary that the file was made from.
"""
import io
import json
import shutil
from pathlib import Path

import sentencepiece
import tokenizers
import transformers
from gguf import GGUFWriter, TokenType
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers
from transformers import AutoTokenizer, BertTokenizer

from text_goldens import CORPUS, STRINGS, byte_offset, write_json

DATA = Path(__file__).resolve().parents[1] / "data" / "gguf_tokenizers"
VOCABULARIES = DATA.parent / "text"
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
MORE = ["<tool> inside", "a<tool>b", "<s>hello</s>", "<unk>", "<0x41>", "▁under▁", "<bos> <eos> <mask>", "<|im_start|>user\nhi<|im_end|>",
        "\n\n", "    indented", "1234567 12", "a" * 60]


def start(name, architecture):
    writer = GGUFWriter(DATA / f"{name}.gguf", architecture)
    for key, value in (("context_length", 64), ("block_count", 1), ("embedding_length", 8), ("feed_forward_length", 8),
                       ("attention.head_count", 1), ("attention.head_count_kv", 1)):
        writer.add_uint32(f"{architecture}.{key}", value)
    return writer


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def byte_level(name, architecture, pre, split, extra, flags):
    """Byte-level BPE trained on CORPUS with the split it is used with, then special and user-defined tokens."""
    trained = Tokenizer(models.BPE())
    steps = [pre_tokenizers.Split(Regex(split), "isolated")] if split else []
    trained.pre_tokenizer = pre_tokenizers.Sequence(steps + [pre_tokenizers.ByteLevel(False, use_regex=not split)])
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trained.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False))
    model = json.loads(trained.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    types = [TokenType.NORMAL] * len(tokens)
    for token, kind in extra:
        tokens.append(token)
        types.append(kind)
    writer = start(name, architecture)
    writer.add_tokenizer_model("gpt2")
    if pre:
        writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([" ".join(merge) for merge in model["merges"]])
    for key, value in flags.items():
        if isinstance(value, bool):
            writer.add_bool(f"tokenizer.ggml.{key}", value)
        else:
            writer.add_uint32(f"tokenizer.ggml.{key}", tokens.index(value))
    finish(writer)


def train_sentencepiece(**options):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS), model_writer=model, model_type="bpe", vocab_size=420, byte_fallback=True,
        character_coverage=0.98, normalization_rule_name="identity", remove_extra_whitespaces=False, minloglevel=2, **options)
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def type_of(pieces, i):
    if pieces.is_unknown(i):
        return TokenType.UNKNOWN
    if pieces.is_control(i):
        return TokenType.CONTROL
    return TokenType.BYTE if pieces.is_byte(i) else TokenType.NORMAL


def sentence_piece(name, architecture, pieces, spell=lambda token: token, more=(), **flags):
    writer = start(name, architecture)
    size = pieces.get_piece_size()
    tokens = [spell(pieces.id_to_piece(i)) for i in range(size)] + ["<tool>", *more]
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_scores([pieces.get_score(i) for i in range(size)] + [-1000.0] * (1 + len(more)))
    writer.add_token_types([type_of(pieces, i) for i in range(size)] + [TokenType.USER_DEFINED] + [TokenType.CONTROL] * len(more))
    writer.add_bos_token_id(pieces.bos_id())
    writer.add_eos_token_id(pieces.eos_id())
    writer.add_unk_token_id(pieces.unk_id())
    for key, value in flags.items():
        writer.add_bool(f"tokenizer.ggml.{key}", value)
    finish(writer)


def word_piece(name, folder, lower):
    """As llama.cpp's convert_hf_to_gguf.py spells BERT's vocabulary. Gives the tokenizer of the vocabulary it is made from."""
    words = (VOCABULARIES / folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
    vocabulary = {word: i for i, word in enumerate(words)}
    special = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}
    writer = start(name, "bert")
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([w if w in special else w[2:] if w.startswith("##") else "▁" + w for w in words])
    writer.add_token_types([TokenType.CONTROL if w in special else TokenType.NORMAL for w in words])
    for key, token in (("unknown", "[UNK]"), ("seperator", "[SEP]"), ("padding", "[PAD]"), ("cls", "[CLS]"), ("mask", "[MASK]")):
        writer.add_uint32(f"tokenizer.ggml.{key}_token_id", vocabulary[token])
    finish(writer)
    return BertTokenizer(vocab=vocabulary, do_lower_case=lower)


def encode(tokenizer, text):
    full = tokenizer(text, return_offsets_mapping=True)
    offsets = [[byte_offset(text, b), byte_offset(text, e)] for b, e in full["offset_mapping"]]
    return {"ids": full["input_ids"], "plain": tokenizer(text, add_special_tokens=False)["input_ids"], "offsets": offsets,
            "decoded": tokenizer.backend_tokenizer.decode(full["input_ids"], skip_special_tokens=False)}


def make_files():
    control, user = TokenType.CONTROL, TokenType.USER_DEFINED
    text_end = ("<|endoftext|>", control)
    byte_level("gpt2", "llama", None, None, [text_end, ("<tool>", user)], {"eos_token_id": "<|endoftext|>"})
    byte_level("smollm", "llama", "smollm", None, [text_end, ("<|im_start|>", control), ("<|im_end|>", control)],
               {"bos_token_id": "<|im_start|>", "eos_token_id": "<|im_end|>", "unknown_token_id": "<|endoftext|>",
                "add_bos_token": False})
    byte_level("llama_bpe", "llama", "llama-bpe", LLAMA3, [text_end, ("<|begin_of_text|>", control), ("<|end_of_text|>", control)],
               {"bos_token_id": "<|begin_of_text|>", "eos_token_id": "<|end_of_text|>", "add_bos_token": True,
                "add_eos_token": True})
    byte_level("qwen2", "qwen2", "qwen2", QWEN2, [text_end, ("<|im_start|>", control), ("<|im_end|>", control), ("<tool>", user)],
               {"bos_token_id": "<|endoftext|>", "eos_token_id": "<|im_end|>", "padding_token_id": "<|endoftext|>",
                "add_bos_token": False})
    pieces = train_sentencepiece()
    sentence_piece("sentencepiece", "llama", pieces)
    sentence_piece("sentencepiece_flags", "llama", pieces, add_bos_token=False, add_eos_token=True)
    blanks = train_sentencepiece(split_by_whitespace=False, allow_whitespace_only_pieces=True, bos_piece="<bos>", eos_piece="<eos>")
    sentence_piece("gemma", "gemma2", blanks, lambda token: " " * len(token) if token and not token.strip("▁") and len(token) > 1 else token,
                   ["<pad>", "<mask>"], add_bos_token=True, add_space_prefix=False)


def main():
    shutil.rmtree(DATA, ignore_errors=True)
    DATA.mkdir(parents=True)
    make_files()
    readers = {path.stem: AutoTokenizer.from_pretrained(DATA, gguf_file=path.name) for path in sorted(DATA.glob("*.gguf"))}
    readers["bert"] = word_piece("bert", "wordpiece", True)
    readers["bert_cased"] = word_piece("bert_cased", "wordpiece_cased", False)
    texts = STRINGS + MORE
    goldens = {"made_with": {"transformers": transformers.__version__, "tokenizers": tokenizers.__version__}, "texts": texts,
               "tokenizers": {}}
    for name, tokenizer in readers.items():
        cases = [encode(tokenizer, text) for text in texts]
        goldens["tokenizers"][name] = {key: [case[key] for case in cases] for key in cases[0]}
        print(name, len(tokenizer), sum(len(case["ids"]) for case in cases))
    write_json(DATA / "goldens.json", goldens)


if __name__ == "__main__":
    main()
