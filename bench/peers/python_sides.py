"""The two Python sides: transformers and ONNX Runtime, each returning every hidden state, mean-pooled, as numpy."""

import time

import numpy as np

from workload import sample_of, sorted_batches

BATCH_SIZES = (4, 8, 16, 32, 64, 128)


def timed_pass(step, ids, size):
    """One pass over all texts: seconds in the forward passes and the pooled states [states, n, d] in file order.

    Batches are laid out before the clock starts: neither tokenising nor padding is counted.
    """
    batches = list(sorted_batches(ids, size))
    parts = []
    start = time.perf_counter()
    for _, tokens, mask in batches:
        parts.append(step(tokens, mask))
    seconds = time.perf_counter() - start
    pooled = np.concatenate(parts, axis=1)
    places = np.concatenate([p for p, _, _ in batches])
    out = np.empty_like(pooled)
    out[:, places] = pooled
    return seconds, out


def best_batch(step, ids):
    """The batch size with the most tokens a second on a sample, and what each gave."""
    sample = sample_of(ids)
    tokens = sum(len(x) for x in sample)
    timed_pass(step, sample[-64:], 32)
    rates = dict.fromkeys(BATCH_SIZES, 0.0)
    for size in BATCH_SIZES * 3:  # interleaved, so that a busy moment does not fall on one size alone
        rates[size] = max(rates[size], tokens / timed_pass(step, sample, size)[0])
    return max(rates, key=rates.get), {str(k): round(v) for k, v in rates.items()}


def pooled_states(states, mask):
    import torch

    weights = mask.unsqueeze(-1).to(states[0].dtype)
    count = weights.sum(1)
    return torch.stack([(s * weights).sum(1) / count for s in states])


def transformers_step(model, threads, dtype):
    """SDPA attention under inference_mode, in the given dtype."""
    import torch
    import transformers

    transformers.logging.disable_progress_bar()
    torch.set_num_threads(threads)
    kind = getattr(torch, dtype)
    net = transformers.AutoModel.from_pretrained(model, dtype=kind, attn_implementation="sdpa").eval()

    def step(tokens, mask):
        with torch.inference_mode():
            m = torch.from_numpy(mask)
            out = net(input_ids=torch.from_numpy(tokens), attention_mask=m, output_hidden_states=True)
            return pooled_states(out.hidden_states, m).float().numpy()

    return step


def export_onnx(model, path):
    """Write a graph whose one output is the pooled states [states, b, d]."""
    import torch
    import transformers

    class Pooled(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = transformers.AutoModel.from_pretrained(model, dtype=torch.float32, attn_implementation="eager").eval()

        def forward(self, ids, mask):
            out = self.net(input_ids=ids, attention_mask=mask, output_hidden_states=True)
            return pooled_states(out.hidden_states, mask)

    example = torch.ones(2, 16, dtype=torch.long)
    axes = dict(ids={0: "b", 1: "t"}, mask={0: "b", 1: "t"}, states={1: "b"})
    names = dict(input_names=["ids", "mask"], output_names=["states"], dynamic_axes=axes)
    torch.onnx.export(Pooled(), (example, example), str(path), opset_version=17, dynamo=False, **names)


def fuse_onnx(model, path, fused):
    """Let onnxruntime.transformers fuse what it recognises (attention, skip + layer norm, gelu); says what it fused."""
    import json
    from pathlib import Path

    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    config = json.loads((Path(model) / "config.json").read_text())
    options = FusionOptions("bert")
    shape = dict(num_heads=config["num_attention_heads"], hidden_size=config["hidden_size"])
    out = optimizer.optimize_model(str(path), model_type="bert", optimization_options=options, opt_level=1, **shape)
    out.save_model_to_file(str(fused))
    return {k: v for k, v in out.get_fused_operator_statistics().items() if v}


def onnx_step(path, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda tokens, mask: session.run(None, dict(ids=tokens, mask=mask))[0]
