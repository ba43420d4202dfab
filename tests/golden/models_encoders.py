"""Tiny random checkpoints of encoders that are more than BERT with other numbers: shared layers, rotary positions, other
vocabularies. Laid out as `models_checkpoints.py` says.
"""

import transformers

import models_tokenizers as tokenizers
from models_checkpoints import BERT, Checkpoint, bert_position_ids

# Vectors of 10 for words in a stream of 24.
ALBERT = dict(
    vocab_size=52,
    embedding_size=10,
    hidden_size=24,
    num_attention_heads=4,
    intermediate_size=40,
    max_position_embeddings=18,
    type_vocab_size=2,
    layer_norm_eps=1e-12,
    pad_token_id=0,
    bos_token_id=2,
    eos_token_id=3,
    hidden_dropout_prob=0.1,
    attention_probs_dropout_prob=0.1,
)
MODERNBERT = dict(
    vocab_size=277,
    hidden_size=24,
    num_attention_heads=4,
    intermediate_size=20,
    max_position_embeddings=18,
    pad_token_id=275,
    bos_token_id=273,
    eos_token_id=274,
    cls_token_id=273,
    sep_token_id=274,
)

ENCODERS = [
    Checkpoint(
        name="albert",
        seed=230,
        model_class=transformers.AlbertModel,
        config=dict(ALBERT, num_hidden_layers=3, hidden_act="gelu_new"),
        write_tokenizer=tokenizers.write_albert,
        text_limit=18,
        pooled=["hidden[-1]", "encoder.albert_layer_groups.0[1].albert_layers.0.ffn.output"],
        extra=bert_position_ids,
    ),
    Checkpoint(
        name="albert_groups",
        seed=231,
        model_class=transformers.AlbertForMaskedLM,
        config=dict(ALBERT, num_hidden_layers=3, num_hidden_groups=2, inner_group_num=2, hidden_act="gelu"),
        write_tokenizer=tokenizers.write_albert,
        text_limit=18,
        pooled=["hidden[4]", "predictions.output"],
    ),
    Checkpoint(
        name="albert_classes",
        seed=232,
        model_class=transformers.AlbertForSequenceClassification,
        config=dict(
            ALBERT,
            num_hidden_layers=2,
            hidden_act="relu",
            layer_norm_eps=1e-5,
            id2label={0: "bad", 1: "good", 2: "neither"},
        ),
        write_tokenizer=tokenizers.write_albert,
        text_limit=18,
        pooled=["hidden[1]", "albert.encoder.embedding_hidden_mapping_in.output"],
    ),
    Checkpoint(
        name="modernbert",
        seed=233,
        model_class=transformers.ModernBertForMaskedLM,
        config=dict(
            MODERNBERT,
            num_hidden_layers=4,
            global_attn_every_n_layers=3,
            local_attention=8,
            global_rope_theta=160000.0,
            local_rope_theta=10000.0,
            norm_eps=1e-5,
            tie_word_embeddings=True,
        ),
        write_tokenizer=tokenizers.write_modernbert,
        text_limit=18,
        pooled=["hidden[2]", "model.layers.1.mlp.Wi.output"],
    ),
    Checkpoint(
        name="modernbert_biases",
        seed=234,
        model_class=transformers.ModernBertForMaskedLM,
        config=dict(
            MODERNBERT,
            num_hidden_layers=3,
            layer_types=["sliding_attention", "full_attention", "sliding_attention"],
            local_attention=5,
            rope_parameters=dict(
                full_attention=dict(rope_type="linear", rope_theta=800.0, factor=4.0),
                sliding_attention=dict(rope_type="default", rope_theta=90.0),
            ),
            attention_bias=True,
            mlp_bias=True,
            norm_bias=True,
            classifier_bias=True,
            decoder_bias=False,
            hidden_activation="silu",
            classifier_activation="relu",
            norm_eps=1e-3,
            tie_word_embeddings=False,
        ),
        write_tokenizer=tokenizers.write_modernbert,
        text_limit=18,
        pooled=["hidden[-1]", "head.output"],
    ),
    Checkpoint(
        name="modernbert_classes",
        seed=235,
        model_class=transformers.ModernBertForSequenceClassification,
        config=dict(
            MODERNBERT, num_hidden_layers=2, local_attention=4, classifier_pooling="mean", id2label={0: "a", 1: "b", 2: "c"}
        ),
        write_tokenizer=tokenizers.write_modernbert,
        text_limit=18,
        pooled=["hidden[-1]", "model.layers.0.attn.output"],
    ),
    Checkpoint(
        name="modernbert_first",
        seed=236,
        model_class=transformers.ModernBertForSequenceClassification,
        config=dict(MODERNBERT, num_hidden_layers=1, classifier_pooling="cls"),
        write_tokenizer=tokenizers.write_modernbert,
        text_limit=18,
        pooled=["hidden[-1]", "model.embeddings.output"],
    ),
    Checkpoint(
        name="xlm_roberta",
        seed=241,
        model_class=transformers.XLMRobertaForMaskedLM,
        config=dict(
            BERT | dict(vocab_size=54, max_position_embeddings=19, pad_token_id=1, type_vocab_size=1),
            num_hidden_layers=2,
            hidden_act="gelu",
        ),
        write_tokenizer=tokenizers.write_xlm_roberta,
        text_limit=17,
        pooled=["hidden[1]", "lm_head.output"],
    ),
    Checkpoint(
        name="camembert",
        seed=242,
        model_class=transformers.CamembertModel,
        config=dict(
            BERT | dict(vocab_size=54, max_position_embeddings=19, pad_token_id=1, type_vocab_size=1),
            num_hidden_layers=2,
            hidden_act="gelu",
        ),
        write_tokenizer=tokenizers.write_xlm_roberta,
        text_limit=17,
        pooled=["hidden[1]", "encoder.layer.1.intermediate.output"],
    ),
]
