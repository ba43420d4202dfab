"""Tiny random checkpoints of decoders that are more than Llama with other numbers: norms on heads, fused projections,
soft caps, two rotations. Laid out as `models_checkpoints.py` says.
"""

import torch
import transformers

import models_tokenizers as tokenizers
from models_checkpoints import LLAMA, LLAMA3_SCALING, Checkpoint


def gpt_neox_name(name):
    """The published Pythia files keep the head's old name; transformers renames it when it loads."""
    return name.replace("lm_head.", "embed_out.")


def gpt_neox_buffers(config):
    """The masks and frequencies that the published Pythia files still carry in every layer."""
    mask = torch.tril(torch.ones(config.max_position_embeddings, config.max_position_embeddings)).bool()[None, None]
    tensors = {}
    for i in range(config.num_hidden_layers):
        attention = f"gpt_neox.layers.{i}.attention"
        tensors[f"{attention}.bias"] = mask.clone()
        tensors[f"{attention}.masked_bias"] = torch.tensor(-1e9)
        tensors[f"{attention}.rotary_emb.inv_freq"] = torch.tensor([1.0, 0.1, 0.01])
    return tensors


GPT_NEOX = dict(vocab_size=297, intermediate_size=40, max_position_embeddings=16, bos_token_id=296, eos_token_id=296)
GEMMA = dict(
    vocab_size=331,
    hidden_size=24,
    intermediate_size=40,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=10,
    hidden_activation="gelu_pytorch_tanh",
    max_position_embeddings=18,
    query_pre_attn_scalar=7,
    sliding_window=5,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
)

DECODERS = [
    Checkpoint(
        name="qwen3",
        seed=200,
        model_class=transformers.Qwen3ForCausalLM,
        config=dict(
            LLAMA,
            vocab_size=290,
            num_hidden_layers=3,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=10,
            max_position_embeddings=18,
            use_sliding_window=True,
            sliding_window=5,
            layer_types=["sliding_attention", "full_attention", "sliding_attention"],
            rope_theta=1000000.0,
            tie_word_embeddings=True,
            bos_token_id=288,
            eos_token_id=289,
        ),
        write_tokenizer=lambda folder: tokenizers.write_llama3(folder, bos=False),
        text_limit=18,
        pooled=["hidden[2]", "model.layers.1.self_attn.k_norm.output"],
    ),
    Checkpoint(
        name="qwen3_bias",
        seed=201,
        model_class=transformers.Qwen3Model,
        config=dict(
            LLAMA,
            vocab_size=290,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=2,
            head_dim=16,
            max_position_embeddings=18,
            attention_bias=True,
            use_sliding_window=True,
            sliding_window=7,
            max_window_layers=1,
            rope_parameters=dict(rope_type="linear", factor=2.0, rope_theta=5000.0),
            bos_token_id=288,
            eos_token_id=289,
        ),
        write_tokenizer=lambda folder: tokenizers.write_llama3(folder, bos=True),
        text_limit=18,
        pooled=["hidden[-1]", "layers.0.self_attn.q_norm.input"],
    ),
    Checkpoint(
        name="gpt_neox",
        seed=202,
        model_class=transformers.GPTNeoXForCausalLM,
        config=dict(
            GPT_NEOX,
            hidden_size=24,
            num_hidden_layers=2,
            num_attention_heads=2,
            hidden_act="gelu",
            rotary_pct=0.5,
            rotary_emb_base=5000,
            use_parallel_residual=True,
            tie_word_embeddings=False,
        ),
        write_tokenizer=tokenizers.write_gpt2,
        text_limit=16,
        pooled=["hidden[1]", "gpt_neox.layers.1.attention.query_key_value.output"],
        rename=gpt_neox_name,
        extra=gpt_neox_buffers,
    ),
    Checkpoint(
        # 0.6 of a head of 5 are 3 numbers, which are rounded up to two pairs.
        name="gpt_neox_sequential",
        seed=203,
        model_class=transformers.GPTNeoXModel,
        config=dict(
            GPT_NEOX,
            hidden_size=20,
            num_hidden_layers=2,
            num_attention_heads=4,
            hidden_act="gelu_new",
            layer_norm_eps=1e-3,
            rotary_pct=0.6,
            rope_scaling=dict(type="linear", factor=4.0),
            use_parallel_residual=False,
            attention_bias=False,
        ),
        write_tokenizer=tokenizers.write_gpt2,
        text_limit=16,
        pooled=["hidden[-1]", "layers.0.mlp.act.output"],
    ),
    Checkpoint(
        name="gemma2",
        seed=204,
        model_class=transformers.Gemma2ForCausalLM,
        config=dict(
            GEMMA,
            num_hidden_layers=3,
            attn_logit_softcapping=2.0,
            final_logit_softcapping=3.0,
            rope_theta=10000.0,
        ),
        write_tokenizer=tokenizers.write_llama2,
        text_limit=18,
        pooled=["hidden[1]", "logits"],
    ),
    Checkpoint(
        name="gemma2_uncapped",
        seed=205,
        model_class=transformers.Gemma2Model,
        config=dict(
            GEMMA,
            num_hidden_layers=2,
            attn_logit_softcapping=None,
            final_logit_softcapping=None,
            attention_bias=True,
            rms_norm_eps=1e-3,
            layer_types=["full_attention", "sliding_attention"],
        ),
        write_tokenizer=tokenizers.write_llama2,
        text_limit=18,
        pooled=["hidden[-1]", "layers.1.post_feedforward_layernorm.output"],
    ),
    Checkpoint(
        name="gemma3",
        seed=206,
        model_class=transformers.Gemma3ForCausalLM,
        config=dict(
            GEMMA,
            num_hidden_layers=3,
            sliding_window_pattern=2,
            rope_theta=50000.0,
            rope_local_base_freq=1000.0,
            rope_scaling=dict(rope_type="linear", factor=4.0),
        ),
        write_tokenizer=tokenizers.write_llama2,
        text_limit=18,
        pooled=["hidden[1]", "model.layers.1.self_attn.q_norm.output"],
    ),
    Checkpoint(
        name="gemma3_layer_types",
        seed=207,
        model_class=transformers.Gemma3TextModel,
        config=dict(
            GEMMA,
            num_hidden_layers=2,
            layer_types=["full_attention", "sliding_attention"],
            attention_bias=True,
            rope_parameters=dict(
                full_attention=dict(LLAMA3_SCALING, rope_theta=500000.0),
                sliding_attention=dict(rope_type="default", rope_theta=2000.0),
            ),
        ),
        write_tokenizer=tokenizers.write_llama2,
        text_limit=18,
        pooled=["hidden[-1]", "layers.0.self_attn.output"],
    ),
    Checkpoint(
        # Texts of more than 9 tokens turn by the long factors. Of a head of 8 numbers 6 turn.
        name="phi3_longrope",
        seed=208,
        model_class=transformers.Phi3ForCausalLM,
        config=dict(
            LLAMA,
            vocab_size=331,
            num_hidden_layers=2,
            num_attention_heads=3,
            num_key_value_heads=1,
            max_position_embeddings=18,
            original_max_position_embeddings=9,
            partial_rotary_factor=0.75,
            rope_theta=10000.0,
            rope_scaling=dict(type="longrope", short_factor=[1.0, 1.1, 1.5], long_factor=[1.3, 2.5, 6.0]),
            sliding_window=None,
            tie_word_embeddings=True,
            bos_token_id=1,
            eos_token_id=2,
            pad_token_id=2,
        ),
        write_tokenizer=tokenizers.write_llama2,
        text_limit=18,
        pooled=["hidden[1]", "model.layers.0.self_attn.output"],
    ),
    Checkpoint(
        name="olmo2",
        seed=240,
        model_class=transformers.Olmo2ForCausalLM,
        config=dict(
            LLAMA,
            vocab_size=331,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=18,
            attention_bias=True,
            rope_theta=500000.0,
            tie_word_embeddings=False,
        ),
        write_tokenizer=tokenizers.write_llama2,
        text_limit=18,
        pooled=["hidden[1]", "model.layers.1.self_attn.q_norm.output"],
    ),
]
