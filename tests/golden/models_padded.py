"""Makes the goldens of padded texts: what transformers computes where pads stand beside the tokens of a text.

Usage: python models_padded.py MODELS OUTPUT_FOLDER      (README.md beside this file says with which packages)
MODELS is the folder that models_goldens.py wrote. Writes OUTPUT_FOLDER/golden.json and golden.safetensors: for each
case every hidden state of every position, pads included. The same packages write the same bytes.
"""

import json
import platform
import sys
from pathlib import Path

import numpy as np
import torch
import transformers
from safetensors.numpy import save_file

LENGTH = 15
# model, side, whether real tokens see the pads, whether the rows of the pads themselves mean anything
CASES = [
    ("albert", "right", False, True),
    ("bert", "right", False, True),
    ("bert", "left", False, True),
    ("bert", "left", True, True),
    ("bert_mlm", "right", True, True),
    ("deberta_v2", "left", True, True),
    ("deberta_v2", "right", True, True),
    ("distilbert", "right", False, True),
    ("gemma2", "left", True, True),
    ("gpt2", "left", True, True),
    ("gpt2", "right", False, True),
    ("gpt2", "left", False, False),  # a pad before the text sees nothing under a causal mask
    ("gpt_neox", "left", True, True),
    ("llama_gqa", "left", True, True),
    ("llama_gqa", "left", False, False),
    ("modernbert", "right", True, True),
    ("opt", "left", True, True),
    ("opt", "left", False, False),
    ("roberta", "right", False, True),
    ("roberta", "left", True, True),
    ("roberta", "left", False, True),
]


def pad_token(config):
    return config.eos_token_id if config.pad_token_id is None else config.pad_token_id


def padded(ids, side, token):
    """Ids of LENGTH tokens, and 1 for each that is real."""
    pads = [token] * (LENGTH - len(ids))
    real = [1] * len(ids)
    none = [0] * len(pads)
    return (pads + ids, none + real) if side == "left" else (ids + pads, real + none)


def states(model, ids, case, token):
    """All hidden states [states, LENGTH, d] of one text; zeros for pads whose rows mean nothing."""
    _, side, seen, pads_count = case
    whole, real = padded(ids, side, token)
    mask = [1] * LENGTH if seen else real
    output = model(input_ids=torch.tensor([whole]), attention_mask=torch.tensor([mask]), output_hidden_states=True)
    rows = np.stack([state[0].double().numpy() for state in output.hidden_states])
    if not pads_count:
        rows[:, np.array(real) == 0] = 0
    return rows


def run(folder, case):
    """Texts of a case, and their hidden states [texts, states, LENGTH, d]."""
    name = case[0]
    model = transformers.AutoModel.from_pretrained(folder / name, attn_implementation="eager").eval()
    token = pad_token(model.config)
    sequences = json.loads((folder / name / "golden.json").read_text())["sequences"]
    texts = sorted((s["ids"] for s in sequences if len(s["ids"]) <= LENGTH), key=len)
    texts = [texts[-1], texts[0], texts[len(texts) // 2]]
    rows = np.stack([states(model, ids, case, token) for ids in texts])
    if case[3]:  # else the mask's largest double overflows in what a pad computes
        double = model.double()
        exact = np.stack([states(double, ids, case, token) for ids in texts])
        gap = np.abs(rows - exact).max() / np.abs(exact).max()
        assert gap < 2e-5, (case, gap)
    assert np.isfinite(rows).all(), case
    return token, texts, rows.astype(np.float32)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    transformers.logging.set_verbosity_error()
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    tensors, cases = {}, []
    for number, case in enumerate(CASES):
        token, texts, rows = run(folder, case)
        tensors[str(number)] = rows
        cases.append(
            dict(model=case[0], side=case[1], seen=case[2], pads_count=case[3], token=token, texts=texts, tensor=str(number))
        )
    out.mkdir(parents=True, exist_ok=True)
    save_file(tensors, out / "golden.safetensors")
    versions = dict(
        python=platform.python_version(), torch=torch.__version__.split("+")[0], transformers=transformers.__version__
    )
    lines = ",\n  ".join(json.dumps(case) for case in cases)
    head = json.dumps(dict(made_by="tests/golden/models_padded.py", versions=versions, length=LENGTH))[:-1]
    (out / "golden.json").write_text(head + ',\n "cases": [\n  ' + lines + "\n ]\n}\n")


if __name__ == "__main__":
    main()
