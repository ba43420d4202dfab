"""The tiny random checkpoints: a class, a config and a layout each. Downloads nothing.

Every model has odd widths on purpose (24, 20, 40: no multiple of a wide vector register) and random norm weights and
biases, so that a forgotten one shows.
"""

import torch
import transformers

import models_deberta as deberta
import models_tokenizers as tokenizers
from models_write import Checkpoint


def without_prefix(prefix):
    return lambda name: name.removeprefix(prefix)


def gpt2_mask_buffers(config):
    """The causal masks that the published GPT-2 files still carry as `h.N.attn.bias`."""
    mask = torch.tril(torch.ones(config.n_positions, config.n_positions))[None, None]
    return {f"h.{i}.attn.bias": mask.clone() for i in range(config.n_layer)}


def bert_position_ids(config):
    """The position buffer that older BERT files still carry, in int64."""
    return {"embeddings.position_ids": torch.arange(config.max_position_embeddings)[None]}


BERT = dict(
    vocab_size=91,
    hidden_size=24,
    num_attention_heads=4,
    intermediate_size=40,
    max_position_embeddings=17,
    type_vocab_size=2,
    layer_norm_eps=1e-12,
    pad_token_id=0,
    hidden_dropout_prob=0.1,
    attention_probs_dropout_prob=0.1,
)
GPT2 = dict(
    vocab_size=297,
    n_embd=20,
    n_head=4,
    n_positions=16,
    activation_function="gelu_new",
    layer_norm_epsilon=1e-5,
    bos_token_id=296,
    eos_token_id=296,
    attn_pdrop=0.1,
    embd_pdrop=0.1,
    resid_pdrop=0.1,
)
OPT = dict(
    vocab_size=297,
    num_attention_heads=4,
    ffn_dim=40,
    max_position_embeddings=16,
    activation_function="relu",
    pad_token_id=1,
    bos_token_id=296,
    eos_token_id=296,
)
LLAMA = dict(hidden_size=24, intermediate_size=40, hidden_act="silu", rms_norm_eps=1e-5)
# With head_dim 20 and theta 500000 the first three wavelengths are 6.3, 23 and 87 tokens: one below 27/4 (kept), one
# between 27/4 and 27 (blended) and the rest above 27 (divided by the factor), so that each branch is met.
LLAMA3_SCALING = dict(
    rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=27
)

CHECKPOINTS = [
    Checkpoint(
        name="bert",
        seed=100,
        model_class=transformers.BertModel,
        config=dict(BERT, num_hidden_layers=3, hidden_act="gelu"),
        write_tokenizer=tokenizers.write_wordpiece_vocab_txt,
        text_limit=17,
        pooled=["hidden[-1]", "encoder.layer.1.intermediate.output"],
        extra=bert_position_ids,
    ),
    Checkpoint(
        name="bert_mlm",
        seed=101,
        model_class=transformers.BertForMaskedLM,
        config=dict(BERT, num_hidden_layers=2, hidden_act="relu", layer_norm_eps=1e-5),
        write_tokenizer=tokenizers.write_wordpiece_json,
        text_limit=17,
        pooled=["hidden[1]", "cls.predictions.output"],
    ),
    Checkpoint(
        name="gpt2",
        seed=102,
        model_class=transformers.GPT2LMHeadModel,
        config=dict(GPT2, n_layer=2),
        write_tokenizer=tokenizers.write_gpt2,
        text_limit=16,
        pooled=["hidden[1]", "transformer.h.1.mlp.act.output"],
        rename=without_prefix("transformer."),
        extra=gpt2_mask_buffers,
    ),
    Checkpoint(
        name="gpt2_options",
        seed=103,
        model_class=transformers.GPT2Model,
        config=dict(
            GPT2,
            n_layer=2,
            n_inner=36,
            scale_attn_by_inverse_layer_idx=True,
            scale_attn_weights=False,
            activation_function="gelu",
            layer_norm_epsilon=1e-3,
        ),
        write_tokenizer=tokenizers.write_gpt2,
        text_limit=16,
        pooled=["hidden[-1]", "h.0.attn.output"],
    ),
    Checkpoint(
        name="llama_gqa",
        seed=104,
        model_class=transformers.LlamaForCausalLM,
        config=dict(
            LLAMA,
            vocab_size=331,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=18,
            rope_theta=10000.0,
            tie_word_embeddings=True,
            bos_token_id=1,
            eos_token_id=2,
        ),
        write_tokenizer=tokenizers.write_llama2,
        text_limit=18,
        pooled=["hidden[0]", "model.layers.1.mlp.output"],
    ),
    Checkpoint(
        name="llama_mha",
        seed=105,
        model_class=transformers.LlamaModel,
        config=dict(
            LLAMA,
            vocab_size=290,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=4,
            head_dim=10,
            max_position_embeddings=18,
            rope_parameters=dict(rope_type="default", rope_theta=5000.0),
            attention_bias=True,
            mlp_bias=True,
            bos_token_id=288,
            eos_token_id=289,
        ),
        write_tokenizer=lambda folder: tokenizers.write_llama3(folder, bos=False),
        text_limit=18,
        pooled=["hidden[-1]", "layers.0.self_attn.output"],
        shards=3,
    ),
    Checkpoint(
        name="llama3_rope",
        seed=106,
        model_class=transformers.LlamaForCausalLM,
        config=dict(
            LLAMA,
            vocab_size=290,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=20,
            max_position_embeddings=28,
            rope_theta=500000.0,
            rope_scaling=LLAMA3_SCALING,
            tie_word_embeddings=False,
            bos_token_id=288,
            eos_token_id=289,
        ),
        write_tokenizer=lambda folder: tokenizers.write_llama3(folder, bos=True),
        text_limit=28,
        pooled=["hidden[1]", "model.layers.0.mlp.act_fn.output"],
    ),
    Checkpoint(
        name="mistral",
        seed=107,
        model_class=transformers.MistralForCausalLM,
        config=dict(
            LLAMA,
            vocab_size=331,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=10,
            max_position_embeddings=18,
            sliding_window=5,
            rope_theta=10000.0,
            tie_word_embeddings=False,
            bos_token_id=1,
            eos_token_id=2,
        ),
        write_tokenizer=tokenizers.write_llama2,
        text_limit=18,
        pooled=["hidden[1]", "model.layers.1.self_attn.output"],
    ),
    Checkpoint(
        name="qwen2",
        seed=108,
        model_class=transformers.Qwen2ForCausalLM,
        config=dict(
            LLAMA,
            vocab_size=290,
            num_hidden_layers=3,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=28,
            use_sliding_window=True,
            sliding_window=7,
            max_window_layers=1,
            rope_theta=1000000.0,
            tie_word_embeddings=True,
            bos_token_id=288,
            eos_token_id=289,
        ),
        write_tokenizer=lambda folder: tokenizers.write_llama3(folder, bos=False),
        text_limit=28,
        pooled=["hidden[2]", "model.layers.2.self_attn.q_proj.output"],
    ),
    Checkpoint(
        name="roberta",
        seed=109,
        model_class=transformers.RobertaForMaskedLM,
        config=dict(
            BERT | dict(vocab_size=277, max_position_embeddings=19, pad_token_id=1, type_vocab_size=1),
            num_hidden_layers=2,
            hidden_act="gelu",
        ),
        write_tokenizer=tokenizers.write_roberta,
        text_limit=17,
        pooled=["hidden[1]", "lm_head.output"],
    ),
    Checkpoint(
        name="distilbert",
        seed=110,
        model_class=transformers.DistilBertForMaskedLM,
        config=dict(
            vocab_size=91,
            dim=24,
            n_heads=4,
            n_layers=2,
            hidden_dim=40,
            max_position_embeddings=17,
            activation="gelu",
            pad_token_id=0,
        ),
        write_tokenizer=tokenizers.write_wordpiece_vocab_txt,
        text_limit=17,
        pooled=["hidden[-1]", "distilbert.transformer.layer.1.ffn.output"],
    ),
    Checkpoint(
        name="phi3",
        seed=111,
        model_class=transformers.Phi3ForCausalLM,
        config=dict(
            LLAMA,
            vocab_size=331,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=18,
            original_max_position_embeddings=18,
            sliding_window=7,
            rope_theta=10000.0,
            tie_word_embeddings=False,
            bos_token_id=1,
            eos_token_id=2,
            pad_token_id=2,
        ),
        write_tokenizer=tokenizers.write_llama2,
        text_limit=18,
        pooled=["hidden[1]", "model.layers.1.mlp.gate_up_proj.output"],
    ),
    Checkpoint(
        name="opt",
        seed=112,
        model_class=transformers.OPTForCausalLM,
        config=dict(OPT, hidden_size=24, word_embed_proj_dim=24, num_hidden_layers=2, do_layer_norm_before=True),
        write_tokenizer=tokenizers.write_gpt2,
        text_limit=16,
        pooled=["hidden[1]", "model.decoder.layers.1.fc2.output"],
    ),
    Checkpoint(
        name="opt_projected",
        seed=113,
        model_class=transformers.OPTModel,
        config=dict(OPT, hidden_size=24, word_embed_proj_dim=10, num_hidden_layers=2, do_layer_norm_before=False),
        write_tokenizer=tokenizers.write_gpt2,
        text_limit=16,
        pooled=["hidden[-1]", "decoder.layers.0.self_attn.output"],
    ),
    Checkpoint(
        name="deberta_v2",
        seed=220,
        model_class=transformers.DebertaV2ForMaskedLM,
        config=deberta.LIKE_XXLARGE,
        write_tokenizer=tokenizers.write_deberta_json,
        text_limit=29,
        pooled=["hidden[1]", "deberta.encoder.conv.conv.output"],
        extra=lambda config: {"deberta.embeddings.position_embeddings.weight": torch.zeros(29, 24)},
    ),
    Checkpoint(
        name="deberta_v2_separate",
        seed=221,
        model_class=transformers.DebertaV2Model,
        config=deberta.SEPARATE,
        write_tokenizer=tokenizers.write_deberta_json,
        text_limit=29,
        pooled=["hidden[-1]", "embeddings.embed_proj.output"],
        rename=lambda name: "deberta." + name,
    ),
    Checkpoint(
        name="deberta_v2_c2p",
        seed=222,
        model_class=transformers.DebertaV2ForSequenceClassification,
        config=deberta.CONTENT_TO_POSITION,
        write_tokenizer=tokenizers.write_deberta_json,
        text_limit=29,
        pooled=["hidden[1]", "deberta.encoder.layer.1.attention.self.output"],
    ),
    Checkpoint(
        name="deberta_v2_p2c",
        seed=223,
        model_class=transformers.DebertaV2ForMaskedLM,
        config=deberta.POSITION_TO_CONTENT,
        write_tokenizer=tokenizers.write_deberta_json,
        text_limit=29,
        pooled=["hidden[-1]", "lm_predictions.output"],
    ),
    Checkpoint(
        name="deberta_v2_plain",
        seed=224,
        model_class=transformers.DebertaV2ForMaskedLM,
        config=deberta.NOT_RELATIVE,
        write_tokenizer=tokenizers.write_deberta_json,
        text_limit=29,
        pooled=["hidden[-1]", "cls.predictions.transform.output"],
    ),
    Checkpoint(
        name="deberta_v2_none",
        seed=225,
        model_class=transformers.DebertaV2Model,
        config=deberta.UNREAD_TABLE,
        write_tokenizer=tokenizers.write_deberta_json,
        text_limit=29,
        pooled=["hidden[-1]", "encoder.conv.output"],
    ),
]
