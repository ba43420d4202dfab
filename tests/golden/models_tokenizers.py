"""Tiny tokenizers for the golden models, in the file layouts that real model folders have. Downloads nothing.

WordPiece as `vocab.txt` (BERT) or `tokenizer.json`, byte-level BPE as `vocab.json` + `merges.txt` (GPT-2), and as
`tokenizer.json`: BPE with byte fallback (the layout of Llama 2) and byte-level BPE with the split pattern of Llama 3.
"""

import json

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

CORPUS = [
    "The film is a fine film, and the acting is good.",
    "A dull story with a good ending; the acting sings.",
    "The director films the city as if the city were acting.",
    "Not good, not bad: the story is a story, and then the ending.",
    "I laughed at the ending and the ending laughed at me.",
    "An ending as fine as the story is dull.",
]

WORDS = ["the", "film", "is", "good", "act", "story", "##ing", "##s", "end", "fine", "and", "dull", "##ed", "not", "a"]
PUNCTUATION = list(".,;:!?'-()/")
LETTERS = "abcdefghijklmnopqrstuvwxyz"

LLAMA3_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def wordpiece_vocabulary():
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces += PUNCTUATION + list("0123456789") + list(LETTERS) + ["##" + c for c in LETTERS] + WORDS
    return list(dict.fromkeys(pieces))


def write_wordpiece_vocab_txt(folder):
    """The oldest BERT layout: one piece per line, and nothing else says how the text is split."""
    (folder / "vocab.txt").write_text("\n".join(wordpiece_vocabulary()) + "\n", encoding="utf-8")


def write_wordpiece_json(folder):
    """A cased WordPiece tokenizer.json, so that it cannot be mistaken for the uncased default of vocab.txt."""
    vocabulary = {piece: i for i, piece in enumerate(wordpiece_vocabulary())}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", continuing_subword_prefix="##"))
    tokenizer.add_special_tokens([AddedToken(t, special=True) for t in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")])
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)


def write_deberta_json(folder):
    """The same pieces under a config whose own tokenizer class wants a SentencePiece file."""
    write_wordpiece_json(folder)
    config = dict(tokenizer_class="PreTrainedTokenizerFast", cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]")
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def byte_level_bpe(merges):
    """Vocabulary (the 256 bytes, then one piece per merge) and merges, trained on CORPUS."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=len(alphabet) + merges, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], [tuple(m) for m in model["merges"]]


def write_gpt2(folder):
    vocabulary, merges = byte_level_bpe(40)
    vocabulary["<|endoftext|>"] = len(vocabulary)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2"] + [" ".join(m) for m in merges]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_roberta(folder):
    """GPT-2's split, RoBERTa's specials at the ids that its published vocabulary gives them; 277 pieces."""
    pieces, merges = byte_level_bpe(16)
    names = ["<s>", "<pad>", "</s>", "<unk>", *pieces, "<mask>"]
    tokenizer = Tokenizer(models.BPE({piece: i for i, piece in enumerate(names)}, merges))
    tokenizer.add_special_tokens([AddedToken(t, special=True) for t in (*names[:4], names[-1])])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)


def write_albert(folder):
    """Unigram pieces with `▁` for the space, lower case without accents, ALBERT's specials at its ids."""
    metaspace = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    steps = [normalizers.Replace("``", '"'), normalizers.Replace("''", '"')]
    steps += [normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()]
    specials = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
    # Scores as one counts them: a longer piece wins where it fits.
    pieces = ["▁"] + list(LETTERS) + list(".,;:!?") + ["▁" + w for w in WORDS if not w.startswith("##")] + ["ing", "ed"]
    vocabulary = [(s, 0.0) for s in specials] + [(p, -float(9 - len(p))) for p in pieces]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=1, byte_fallback=False))
    tokenizer.add_special_tokens([AddedToken(t, special=True) for t in specials])
    tokenizer.normalizer = normalizers.Sequence(steps)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), metaspace])
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)


def write_xlm_roberta(folder):
    """Unigram pieces with `▁` for the space between `<s>` and `</s>`, as converted from SentencePiece."""
    specials = ["<s>", "<pad>", "</s>", "<unk>"]
    pieces = ["▁"] + list(LETTERS) + list(".,;:!?") + ["▁" + w for w in WORDS if not w.startswith("##")] + ["ing", "ed"]
    vocabulary = [(s, 0.0) for s in specials] + [(p, -float(9 - len(p))) for p in pieces] + [("<mask>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=3, byte_fallback=False))
    tokenizer.add_special_tokens([AddedToken(t, special=True) for t in specials])
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)


def write_modernbert(folder):
    """Byte-level BPE as GPT-NeoX splits, with BERT's specials behind the pieces; 277 of them."""
    vocabulary, merges = byte_level_bpe(16)
    specials = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    first = len(vocabulary)
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    tokenizer.add_special_tokens([AddedToken(t, special=True) for t in specials])
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    ids = [("[CLS]", first + 1), ("[SEP]", first + 2)]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ids
    )
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config = dict(tokenizer_class="PreTrainedTokenizerFast", clean_up_tokenization_spaces=True, model_max_length=8192)
    config |= {f"{name}_token": f"[{name.upper()}]" for name in ("unk", "cls", "sep", "pad", "mask")}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def write_llama3(folder, bos):
    """Byte-level BPE with the Llama 3 split; `bos` puts <|begin_of_text|> in front, as Llama 3 does."""
    vocabulary, merges = byte_level_bpe(32)
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, ignore_merges=True))
    first = len(vocabulary)
    tokenizer.add_special_tokens([AddedToken("<|begin_of_text|>", special=True), AddedToken("<|end_of_text|>", special=True)])
    split = pre_tokenizers.Split(Regex(LLAMA3_SPLIT), behavior="isolated", invert=False)
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    steps = [processors.ByteLevel(trim_offsets=False)]
    if bos:
        template = dict(single="<|begin_of_text|> $A", pair="<|begin_of_text|> $A <|begin_of_text|>:1 $B:1")
        steps.append(processors.TemplateProcessing(special_tokens=[("<|begin_of_text|>", first)], **template))
    tokenizer.post_processor = processors.Sequence(steps)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)


def write_llama2(folder):
    """BPE over characters with `▁` for the space and bytes for what is not in the vocabulary, as converted from SentencePiece."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    trained.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=72, show_progress=False))
    model = json.loads(trained.to_str())["model"]
    pieces = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)] + list(model["vocab"])
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    merges = [tuple(m) for m in model["merges"]]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.add_special_tokens([AddedToken(t, special=True) for t in ("<unk>", "<s>", "</s>")])
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", vocabulary["<s>"])]
    )
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
