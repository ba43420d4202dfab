"""Two tiny random models for the published studies: a Llama whose numbers below 100 are one token each, and a GPT-2 whose
pieces were learned from the film reviews, so that " the" and " an" are one token each. Downloads nothing.
"""
import json

import torch
import transformers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from models_tokenizers import LLAMA3_SPLIT
from models_write import Checkpoint, write_checkpoint

MERGES = 300
END = "<|endoftext|>"


def byte_alphabet():
    return sorted(pre_tokenizers.ByteLevel.alphabet())


def write_number_tokenizer(folder):
    """The layout of Llama 3: its split, its begin of text in front, whole pieces taken before any merge."""
    pieces = byte_alphabet() + [str(number) for number in range(10, 100)]
    tokenizer = Tokenizer(models.BPE({piece: i for i, piece in enumerate(pieces)}, [], ignore_merges=True))
    specials = ["<|begin_of_text|>", "<|end_of_text|>"]
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in specials])
    split = pre_tokenizers.Split(Regex(LLAMA3_SPLIT), behavior="isolated", invert=False)
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    template = processors.TemplateProcessing(
        single="<|begin_of_text|> $A", pair="<|begin_of_text|> $A <|begin_of_text|>:1 $B:1",
        special_tokens=[(specials[0], len(pieces))])
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template])
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config = dict(tokenizer_class="PreTrainedTokenizerFast", bos_token=specials[0], eos_token=specials[1])
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def learned_pieces(texts):
    """Vocabulary and merges of a byte-level BPE learned from the texts."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = byte_alphabet()
    trainer = trainers.BpeTrainer(vocab_size=len(alphabet) + MERGES, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], model["merges"]


def write_review_tokenizer(texts):
    """The layout of GPT-2: vocab.json and merges.txt."""
    def write(folder):
        vocabulary, merges = learned_pieces(texts)
        vocabulary[END] = len(vocabulary)
        (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
        lines = ["#version: 0.2"] + [" ".join(merge) for merge in merges]
        (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        config = dict(tokenizer_class="GPT2Tokenizer", bos_token=END, eos_token=END, unk_token=END)
        (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    return write


def numbers_llama():
    pieces = 256 + 90
    config = dict(vocab_size=pieces + 2, hidden_size=32, intermediate_size=64, num_hidden_layers=3, num_attention_heads=4,
                  num_key_value_heads=2, max_position_embeddings=64, rms_norm_eps=1e-5, rope_theta=500000.0,
                  tie_word_embeddings=True, bos_token_id=pieces, eos_token_id=pieces + 1, hidden_act="silu")
    return Checkpoint(name="numbers_llama", seed=400, model_class=transformers.LlamaForCausalLM, config=config,
                      write_tokenizer=write_number_tokenizer, text_limit=64, pooled=[])


def reviews_gpt2(texts):
    end = 256 + MERGES
    config = dict(vocab_size=end + 1, n_embd=24, n_layer=4, n_head=2, n_inner=96, n_positions=64, layer_norm_epsilon=1e-5,
                  activation_function="gelu_new", bos_token_id=end, eos_token_id=end)
    return Checkpoint(name="reviews_gpt2", seed=401, model_class=transformers.GPT2LMHeadModel, config=config,
                      write_tokenizer=write_review_tokenizer(texts), text_limit=64, pooled=[])


def write_models(folder, texts):
    """Write both below `folder` and give their paths."""
    torch.set_num_threads(1)
    paths = {}
    for checkpoint in (numbers_llama(), reviews_gpt2(texts)):
        paths[checkpoint.name] = folder / checkpoint.name
        write_checkpoint(checkpoint, paths[checkpoint.name])
    return paths
