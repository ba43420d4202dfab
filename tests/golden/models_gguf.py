"""Makes the golden GGUF models: tiny random ones as llama.cpp's converter writes them, and what transformers computes.

Usage: python models_gguf.py OUTPUT_FOLDER        (README.md beside this file says with which packages)
Writes OUTPUT_FOLDER/gguf_NAME/ with NAME.gguf, golden.safetensors and golden.json, as models_goldens.py does for folders.
For the decoders, the weights that transformers itself loads from the file must be those that were recorded.
"""
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import gguf
import numpy as np
import torch
import transformers
from gguf import GGMLQuantizationType as Type
from gguf import GGUFWriter, TokenType

import models_goldens
import models_tokenizers
from models_checkpoints import LLAMA3_SCALING
from models_write import randomise

NAMES = {  # of a module in transformers: its name in GGUF files
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output", "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down", "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
    "embeddings.word_embeddings": "token_embd", "embeddings.token_type_embeddings": "token_types",
    "embeddings.position_embeddings": "position_embd", "embeddings.LayerNorm": "token_embd_norm",
    "attention.self.query": "attn_q", "attention.self.key": "attn_k", "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output", "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up", "output.dense": "ffn_down", "output.LayerNorm": "layer_output_norm",
}
GEMMA_NAMES = NAMES | {
    "post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
}


@dataclass
class Model:
    name: str
    architecture: str
    seed: int
    model_class: type
    config: dict
    tokenizer: str  # how its vocabulary is written: "llama", "gpt2" or "bert"
    types: dict  # ggml type by GGUF name of the module; F32 otherwise
    pooled: list
    names: dict = field(default_factory=lambda: NAMES)
    norm_offset: float = 0.0  # what the converter adds to every norm
    permuted: bool = False  # whether the converter reorders query and key rows
    arguments: dict = field(default_factory=dict)
    text_limit: int = 16


LLAMA = dict(hidden_size=32, intermediate_size=64, num_attention_heads=4, num_key_value_heads=2, num_hidden_layers=2,
             rms_norm_eps=1e-5, max_position_embeddings=16)
MODELS = [
    Model("gguf_llama", "llama", 700, transformers.LlamaForCausalLM,
          dict(LLAMA, hidden_size=24, intermediate_size=40, vocab_size=331, rope_theta=5000.0, tie_word_embeddings=True),
          "llama", dict(attn_v=Type.F16, ffn_up=Type.F16), ["hidden[-1]", "model.layers.0.mlp.act_fn.output"], permuted=True),
    Model("gguf_llama_quantised", "llama", 701, transformers.LlamaForCausalLM,
          dict(LLAMA, vocab_size=290, rope_theta=500000.0, rope_scaling=LLAMA3_SCALING, head_dim=16, tie_word_embeddings=False),
          "gpt2", dict(token_embd=Type.Q8_0, output=Type.F16, attn_q=Type.Q4_1, attn_k=Type.Q8_0, attn_v=Type.Q5_0,
                       attn_output=Type.Q4_0, ffn_gate=Type.Q5_1, ffn_up=Type.Q4_1, ffn_down=Type.Q8_0),
          ["hidden[-1]", "model.layers.1.self_attn.o_proj.input"], permuted=True),
    Model("gguf_qwen2", "qwen2", 702, transformers.Qwen2ForCausalLM, dict(LLAMA, vocab_size=290, tie_word_embeddings=True),
          "gpt2", dict(token_embd=Type.BF16, attn_q=Type.BF16, ffn_down=Type.Q8_0), ["hidden[-1]", "model.layers.0.mlp.output"]),
    # transformers does not read the width of Qwen3's heads from the file and takes 128.
    Model("gguf_qwen3", "qwen3", 704, transformers.Qwen3ForCausalLM,
          dict(LLAMA, vocab_size=290, head_dim=128, num_attention_heads=2, num_key_value_heads=1, tie_word_embeddings=False),
          "gpt2", dict(token_embd=Type.F16, attn_q=Type.Q8_0, attn_output=Type.Q4_0, ffn_down=Type.Q5_0),
          ["hidden[-1]", "model.layers.1.self_attn.q_norm.input"]),
    Model("gguf_gemma2", "gemma2", 705, transformers.Gemma2ForCausalLM,
          dict(LLAMA, vocab_size=331, head_dim=10, query_pre_attn_scalar=10, sliding_window=5, attn_logit_softcapping=4.0,
               final_logit_softcapping=3.0, hidden_activation="gelu_pytorch_tanh"),
          "llama", dict(token_embd=Type.F16, ffn_up=Type.Q4_1), ["hidden[1]", "model.layers.1.mlp.output"],
          names=GEMMA_NAMES, norm_offset=1.0),
    Model("gguf_gemma3", "gemma3", 706, transformers.Gemma3ForCausalLM,
          dict(LLAMA, vocab_size=331, intermediate_size=32, num_hidden_layers=6, head_dim=6, num_attention_heads=2, num_key_value_heads=1,
               query_pre_attn_scalar=6, sliding_window=5, rope_theta=1000000.0, rope_local_base_freq=10000.0,
               rope_scaling=dict(rope_type="linear", factor=8.0), hidden_activation="gelu_pytorch_tanh"),
          "llama", dict(token_embd=Type.F16, ffn_up=Type.Q8_0), ["hidden[-1]", "model.layers.5.self_attn.output"],
          names=GEMMA_NAMES, norm_offset=1.0),
    Model("gguf_bert", "bert", 703, transformers.BertModel,
          dict(vocab_size=91, hidden_size=32, num_attention_heads=4, intermediate_size=64, num_hidden_layers=2,
               max_position_embeddings=17, type_vocab_size=2, layer_norm_eps=1e-12),
          "bert", dict(token_embd=Type.F16, attn_q=Type.Q8_0, attn_output=Type.Q5_1, ffn_down=Type.Q4_0),
          ["hidden[-1]", "encoder.layer.1.intermediate.output"], arguments=dict(add_pooling_layer=False), text_limit=17),
]


def gguf_name(spec, name):
    """`model.layers.1.mlp.up_proj.weight` -> `blk.1.ffn_up`, `.weight`."""
    module, _, suffix = name.rpartition(".")
    layer = ""
    for prefix in ("model.layers.", "encoder.layer."):
        if module.startswith(prefix):
            number, _, module = module.removeprefix(prefix).partition(".")
            layer = f"blk.{number}."
    return layer + spec.names[module], "." + suffix


def permute(weights, heads):
    """The row order that llama.cpp rotates: its LlamaModel.permute."""
    return weights.reshape(heads, 2, weights.shape[0] // heads // 2, *weights.shape[1:]).swapaxes(1, 2).reshape(weights.shape)


def stored_tensors(spec, model):
    """Per parameter: GGUF name, type, stored bytes, and the values that reading them back gives."""
    config = model.config
    for name, parameter in model.named_parameters():
        module, suffix = gguf_name(spec, name)
        values = parameter.detach().numpy() + (spec.norm_offset if module.endswith("norm") else 0)
        heads = {"attn_q": config.num_attention_heads, "attn_k": getattr(config, "num_key_value_heads", 0)}
        heads = heads.get(module.split(".")[-1]) if spec.permuted else None
        if heads:
            values = permute(values, heads)
        wanted = spec.types.get(module.split(".")[-1], Type.F32) if values.ndim > 1 else Type.F32
        raw = values.astype(np.float32) if wanted == Type.F32 else gguf.quants.quantize(np.ascontiguousarray(values), wanted)
        read = gguf.dequantize(np.ascontiguousarray(raw), wanted).astype(np.float32).reshape(values.shape)
        if heads:  # back: pairs to halves
            read = read.reshape(heads, read.shape[0] // heads // 2, 2, *read.shape[1:]).swapaxes(1, 2).reshape(read.shape)
        if module.endswith("norm"):
            read = read - spec.norm_offset
        yield parameter, module + suffix, wanted, raw, read


def write_metadata(spec, writer, config):
    rms = spec.architecture != "bert"
    writer.add_context_length(config.max_position_embeddings)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    if not rms:
        return writer.add_layer_norm_eps(config.layer_norm_eps)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    rope = config.rope_parameters.get("full_attention", config.rope_parameters)
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_vocab_size(config.vocab_size)
    if spec.permuted:
        writer.add_rope_dimension_count(config.head_dim)
    if spec.architecture in ("qwen3", "gemma2", "gemma3"):
        writer.add_key_length(config.head_dim)
    if spec.names is GEMMA_NAMES:
        writer.add_sliding_window(config.sliding_window)
    if spec.architecture == "gemma2":
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)
    if rope.get("factor") and rope["rope_type"] == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])
    if rope.get("rope_type") == "llama3":
        writer.add_tensor("rope_freqs.weight", llama3_divisors(config))


def llama3_divisors(config):
    """What frequencies are divided by: plain ones over those that transformers scales."""
    plain = 1.0 / config.rope_parameters["rope_theta"] ** (np.arange(0, config.head_dim, 2) / config.head_dim)
    scaled, _ = transformers.modeling_rope_utils.ROPE_INIT_FUNCTIONS["llama3"](config, "cpu")
    return (plain / scaled.double().numpy()).astype(np.float32)


def write_vocabulary(spec, writer):
    writer.add_tokenizer_model(spec.tokenizer)
    if spec.tokenizer == "bert":
        words = models_tokenizers.wordpiece_vocabulary()
        special = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
        writer.add_token_list([w if w in special else w[2:] if w.startswith("##") else "▁" + w for w in words])
        writer.add_token_types([TokenType.CONTROL if w in special else TokenType.NORMAL for w in words])
        return
    if spec.tokenizer == "gpt2":
        vocabulary, merges = models_tokenizers.byte_level_bpe(33)
        tokens = sorted(vocabulary, key=vocabulary.get) + ["<|endoftext|>"]
        writer.add_tokenizer_pre("qwen2" if spec.architecture == "qwen2" else "llama-bpe")
        writer.add_token_merges([" ".join(m) for m in merges])
        writer.add_token_types([TokenType.NORMAL] * (len(tokens) - 1) + [TokenType.CONTROL])
        writer.add_bos_token_id(len(tokens) - 1)
        writer.add_add_bos_token(spec.architecture == "llama")
    else:
        with tempfile.TemporaryDirectory() as folder:
            models_tokenizers.write_llama2(Path(folder))
            backend = transformers.AutoTokenizer.from_pretrained(folder)
        vocabulary = backend.get_vocab()
        tokens = sorted(vocabulary, key=vocabulary.get)
        # In the order of a trained vocabulary the later piece is the rarer one.
        writer.add_token_scores([-float(i) for i in range(len(tokens))])
        kinds = {"<unk>": TokenType.UNKNOWN, "<s>": TokenType.CONTROL, "</s>": TokenType.CONTROL}
        writer.add_token_types([kinds.get(t, TokenType.BYTE if t.startswith("<0x") else TokenType.NORMAL) for t in tokens])
        writer.add_bos_token_id(1)
        writer.add_eos_token_id(2)
        writer.add_unk_token_id(0)
    writer.add_token_list(tokens)
    assert len(tokens) == spec.config["vocab_size"], len(tokens)


def write_file(spec, model, path):
    writer = GGUFWriter(path, spec.architecture)
    write_metadata(spec, writer, model.config)
    write_vocabulary(spec, writer)
    with torch.no_grad():
        for parameter, name, kind, raw, read in stored_tensors(spec, model):
            writer.add_tensor(name, raw, raw_dtype=None if kind == Type.F32 else kind)
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(read)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def check_against_loader(spec, model, folder):
    """What transformers loads from the file must be what was recorded, bit for bit."""
    loaded = transformers.AutoModelForCausalLM.from_pretrained(
        folder, gguf_file=f"{spec.name}.gguf", dtype=torch.float32, attn_implementation="eager")
    mine = model.state_dict()
    for name, tensor in loaded.state_dict().items():
        assert torch.equal(tensor, mine[name]), name
    assert len(mine) == len(loaded.state_dict())


def tokenizer_of(spec, folder):
    if spec.tokenizer != "bert":
        return transformers.AutoTokenizer.from_pretrained(folder, gguf_file=f"{spec.name}.gguf")
    return transformers.BertTokenizer(vocab={w: i for i, w in enumerate(models_tokenizers.wordpiece_vocabulary())})


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    for spec in MODELS:
        folder = Path(sys.argv[1]) / spec.name
        folder.mkdir(parents=True, exist_ok=True)
        config = spec.model_class.config_class(**spec.config)
        config._attn_implementation = "eager"
        model = spec.model_class(config, **spec.arguments).float().eval()
        randomise(model, spec.seed)
        write_file(spec, model, folder / f"{spec.name}.gguf")
        if spec.tokenizer != "bert":
            check_against_loader(spec, model, folder)
        models_goldens.write_golden(spec, model, folder, tokenizer_of(spec, folder))


if __name__ == "__main__":
    main()
