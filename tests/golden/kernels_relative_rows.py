"""Write tests/data/kernels/relative_rows.json: which row of its relative table DeBERTa-v2 gives each distance.

Run: python tests/golden/kernels_relative_rows.py   (torch 2.15, transformers 5.23; the versions used stand in the file)
The rows are transformers' build_relative_position, shifted and clamped as its attention does before it gathers.
"""
import json
import pathlib

import torch
import transformers
from transformers.models.deberta_v2.modeling_deberta_v2 import build_relative_position

OUT = pathlib.Path(__file__).parents[1] / "data/kernels/relative_rows.json"
# (buckets, max_relative_positions, tokens): the published models, small tables, odd numbers, texts longer than the table.
CASES = [(256, 512, 512), (-1, 16, 40), (8, 17, 40), (32, 128, 300), (7, 20, 45), (6, 64, 64), (2, 3, 9), (320, 1024, 700)]


def case(buckets, farthest, tokens):
    span = buckets if buckets > 0 else farthest
    text = torch.zeros(1, tokens, 1)
    distances = build_relative_position(text, text, bucket_size=buckets, max_position=farthest)[0]
    rows = torch.clamp(distances + span, 0, 2 * span - 1)
    by_distance = torch.cat([rows[0, 1:].flip(0), rows[:, 0]])  # from 1 - tokens to tokens - 1
    for q in (0, tokens // 2, tokens - 1):  # rows depend on the difference only
        assert torch.equal(rows[q], by_distance.flip(0)[tokens - 1 - q : 2 * tokens - 1 - q])
    return dict(span=span, buckets=max(buckets, 0), farthest=farthest, tokens=tokens, rows=by_distance.tolist())


def main():
    versions = dict(torch=torch.__version__, transformers=transformers.__version__)
    cases = [case(*c) for c in CASES]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(dict(versions=versions, cases=cases)).replace("}, {", "},\n{") + "\n")


if __name__ == "__main__":
    main()
