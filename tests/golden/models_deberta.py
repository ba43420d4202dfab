"""Configs of the tiny DeBERTa checkpoints: each option that changes the arithmetic is met in one of them.

Texts reach well past the distances that have a row each: 4 with 8 buckets, 7 without.
"""

SHARED = dict(
    vocab_size=91,
    hidden_size=24,
    num_attention_heads=4,
    intermediate_size=40,
    max_position_embeddings=29,
    layer_norm_eps=1e-7,
    hidden_act="gelu",
    pad_token_id=0,
    type_vocab_size=0,
    relative_attention=True,
)
LIKE_XXLARGE = dict(
    SHARED,
    num_hidden_layers=3,
    position_biased_input=False,
    pos_att_type="p2c|c2p",
    share_att_key=True,
    position_buckets=8,
    max_relative_positions=-1,
    norm_rel_ebd="layer_norm",
    conv_kernel_size=3,
    conv_act="gelu",
    attention_head_size=6,
)
SEPARATE = dict(
    SHARED | dict(type_vocab_size=2),
    num_hidden_layers=2,
    position_biased_input=True,
    pos_att_type=["c2p", "p2c"],
    share_att_key=False,
    max_relative_positions=7,
    embedding_size=10,
    conv_kernel_size=5,
)
CONTENT_TO_POSITION = dict(
    SHARED,
    num_hidden_layers=2,
    position_biased_input=False,
    pos_att_type=["c2p"],
    share_att_key=True,
    position_buckets=6,
    max_relative_positions=64,
    norm_rel_ebd="layer_norm",
    pooler_hidden_act="tanh",
    id2label={"0": "negative", "1": "neutral", "2": "positive"},
)
POSITION_TO_CONTENT = dict(
    SHARED,
    num_hidden_layers=2,
    position_biased_input=True,
    pos_att_type=["p2c"],
    share_att_key=False,
    position_buckets=8,
    norm_rel_ebd="none",
    legacy=False,
)
NOT_RELATIVE = dict(
    SHARED | dict(relative_attention=False),
    num_hidden_layers=2,
    pos_att_type=["p2c", "c2p"],
    norm_rel_ebd="layer_norm",
    embedding_size=16,
)
UNREAD_TABLE = dict(
    SHARED,
    num_hidden_layers=1,
    position_biased_input=False,
    share_att_key=True,
    position_buckets=8,
    norm_rel_ebd="layer_norm",
    conv_kernel_size=1,
    conv_act="relu",
)
