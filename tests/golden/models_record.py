"""Records what every module of a transformers model takes and returns, one sequence at a time, with no padding.

Refuses nothing: a module that is never called, or whose value is not one vector per token or per sequence, is listed
with the reason, so that a reader of the record knows every module of the model.
"""

import re
from typing import NamedTuple

import numpy as np
import torch


class Inner(NamedTuple):
    """Where a layer's inner values can be read off, from the layer's path on."""

    attention: str
    heads: str  # what the output projection takes
    resid_mid: str  # the residual stream between attention and MLP
    added: str = ""  # what attention adds to that stream, where it is not its output


ALBERT = Inner("attention", "attention.dense.input", "attention.output")
BERT = Inner("attention.self", "attention.output.dense.input", "attention.output.output")
LLAMA = Inner("self_attn", "self_attn.o_proj.input", "post_attention_layernorm.input")
GEMMA = LLAMA._replace(resid_mid="pre_feedforward_layernorm.input", added="post_attention_layernorm.output")
INNER_VALUES = {  # by the attention's class
    "AlbertAttention": ALBERT,
    "BertSelfAttention": BERT,
    "CamembertSelfAttention": BERT,
    "DisentangledSelfAttention": BERT,
    "DistilBertSelfAttention": Inner("attention", "attention.out_lin.input", "sa_layer_norm.output"),
    "GPT2Attention": Inner("attn", "attn.c_proj.input", "ln_2.input"),
    "GPTNeoXAttention": Inner("attention", "attention.dense.input", "post_attention_layernorm.input"),
    "Gemma2Attention": GEMMA,
    "Gemma3Attention": GEMMA,
    "LlamaAttention": LLAMA,
    "MistralAttention": LLAMA,
    "ModernBertAttention": Inner("attn", "attn.Wo.input", "mlp_norm.input"),
    "OPTAttention": Inner("self_attn", "self_attn.out_proj.input", "final_layer_norm.input"),
    "Olmo2Attention": LLAMA._replace(resid_mid="mlp.input", added="post_attention_layernorm.output"),
    "Phi3Attention": LLAMA,
    "Qwen2Attention": LLAMA,
    "Qwen3Attention": LLAMA,
    "RobertaSelfAttention": BERT,
    "XLMRobertaSelfAttention": BERT,
}
INPUT_NAMES = ("hidden_states", "input", "x", "inputs_embeds", "input_ids")


def first_tensor(value):
    """The tensor a module is said to return: itself, or the first of a tuple or model output."""
    if isinstance(value, torch.Tensor):
        return value
    if hasattr(value, "to_tuple"):
        value = value.to_tuple()
    if isinstance(value, (tuple, list)):
        if len(value) > 1 and all(isinstance(v, torch.Tensor) and v.dim() == 3 for v in value):
            return None  # several vectors per token, such as the cosines and sines of a rotary embedding
        return next((v for v in value if isinstance(v, torch.Tensor)), None)
    return None


def first_input(args, kwargs):
    tensor = next((a for a in args if isinstance(a, torch.Tensor)), None)
    if tensor is not None:
        return tensor
    return next((kwargs[n] for n in INPUT_NAMES if isinstance(kwargs.get(n), torch.Tensor)), None)


class Call(NamedTuple):
    """One call of a module in a run."""

    path: str
    number: int  # among the calls of this module, from 0
    input: torch.Tensor | None
    output: torch.Tensor | None


class Recorder:
    """Holds, per address, the value of each sequence in turn (None where a call gave no tensor).

    A module that a run calls several times has an address per call: the outermost such module takes the number, so that
    `groups.0[3].attention` is what `groups.0.attention` does in the fourth call of `groups.0`.
    """

    def __init__(self, model):
        self.values = {}
        self.model = model
        self.paths = [path for path, _ in model.named_modules() if path]
        self.calls = []  # of one run, in the order in which they end
        self.counts = {}  # calls of each module in one run
        self.disentangled = {p for p, m in model.named_modules() if type(m).__name__ == "DisentangledSelfAttention"}
        self.attentions = []  # addresses, in the order of transformers' `attentions`
        for path, module in model.named_modules():
            if path:
                module.register_forward_hook(self._hook(path), with_kwargs=True)

    def _hook(self, path):
        def record(module, args, kwargs, output):
            result = first_tensor(output)
            taken = first_input(args, kwargs)
            if isinstance(module, torch.nn.Conv1d):  # [1, width, t] there
                result, taken = result.transpose(1, 2), taken.transpose(1, 2)
            # What returns no single tensor (a rotary embedding) does not transform its argument either: it reads its type.
            if self.counts.get(path) and path.rpartition(".")[0] in self.disentangled:
                return  # DeBERTa projects its relative table with it too, after the tokens: no token's vector
            given = None if result is None else taken
            # Cloned: a later module may write into the same storage.
            given, result = (None if t is None else t.detach().clone() for t in (given, result))
            self.calls.append(Call(path, self.counts.get(path, 0), given, result))
            self.counts[path] = self.calls[-1].number + 1

        return record

    def _keep(self, address, tensor):
        self.values.setdefault(address, []).append(tensor)

    def addresses(self, path):
        """The address of each call of a module; its path alone where it is called once or never."""
        count = self.counts.get(path, 0)
        if count < 2:
            return [path]
        segments = path.split(".")
        outer = next(p for p in (".".join(segments[:n]) for n in range(1, len(segments) + 1)) if self.counts.get(p, 0) > 1)
        assert self.counts[outer] == count, path
        return [f"{outer}[{k}]{path.removeprefix(outer)}" for k in range(count)]

    def run(self, ids):
        self.calls.clear()
        self.counts.clear()
        with torch.inference_mode():
            out = self.model(
                input_ids=torch.tensor([ids]), output_hidden_states=True, output_attentions=True, use_cache=False
            )
        named = [(self.addresses(c.path)[c.number], c) for c in self.calls]
        for address, call in named:
            self._keep(f"{address}.input", call.input)
            self._keep(f"{address}.output", call.output)
        if getattr(self.model.config, "final_logit_softcapping", None) and "logits" in out:
            self._keep("logits", out.logits.detach().clone())  # what lm_head gives, capped
        for i, state in enumerate(out.hidden_states):
            self._keep(f"hidden[{i}]", state.detach().clone())
        self.attentions = [a for a, c in named if type(self.model.get_submodule(c.path)).__name__ in INNER_VALUES]
        for address, weights in zip(self.attentions, out.attentions, strict=True):
            self._keep(f"{address}.weights", weights.detach().clone())

    def add_inner_values(self):
        for address in self.attentions:
            path = re.sub(r"\[\d+\]", "", address)
            inner = INNER_VALUES[type(self.model.get_submodule(path)).__name__]
            if not getattr(self.model.config, "do_layer_norm_before", True):  # OPT 350m
                inner = inner._replace(resid_mid="self_attn_layer_norm.output")
            layer = address.removesuffix(f".{inner.attention}")
            self.values[f"{address}.heads"] = self.values[f"{layer}.{inner.heads}"]
            if getattr(self.model.config, "use_parallel_residual", False):  # GPT-NeoX: nothing is between the two
                continue
            middle = self.values[f"{layer}.resid_mid"] = self.values[f"{layer}.{inner.resid_mid}"]
            if inner.resid_mid.endswith(".input"):  # of a pre-norm layer: the sum itself
                added = self.values[f"{layer}.{inner.added}" if inner.added else f"{address}.output"]
                for x, a, m in zip(self.values[f"{layer}.input"], added, middle, strict=True):
                    assert torch.allclose(x + a, m, rtol=0, atol=1e-6)


def heads_side_by_side(tensors, lengths):
    """One row per token of what is split into heads: [1,t,h,e] or [1,h,t,e] to [1,t,h*e]; anything else as it is."""
    if any(t is None or t.dim() != 4 or t.shape[0] != 1 for t in tensors):
        return tensors
    for token, head in ((1, 2), (2, 1)):
        fits = all(t.shape[token] == n for t, n in zip(tensors, lengths, strict=True))
        if fits and len({(t.shape[head], t.shape[3]) for t in tensors}) == 1:
            return [t.transpose(1, token).flatten(2) for t in tensors]
    return tensors


def classify(tensors, lengths):
    """Kind of an address from the shapes of all its values: the kind, and why where it is `other`."""
    if any(t is None for t in tensors):
        return "other", "not one tensor"
    if not all(t.dtype.is_floating_point for t in tensors):
        return "other", "integers"
    shapes = [tuple(t.shape) for t in tensors]
    vectors = len({s[-1] for s in shapes}) == 1
    if vectors and all(s[:-1] in ((1, n), (n,)) for s, n in zip(shapes, lengths, strict=True)):
        return "per_token", ""
    if vectors and all(len(s) == 2 and s[0] == 1 for s in shapes):
        return "per_sequence", ""
    if all(len(s) == 4 and s[2:] == (n, n) for s, n in zip(shapes, lengths, strict=True)):
        return "attention_weights", ""
    return "other", f"shape {list(shapes[-1])}"


def rows_of(kind, tensors):
    """One array per address: rows of all sequences end to end; attention weights flat, each [h,t,t] in row-major order."""
    if kind == "attention_weights":
        return np.concatenate([t[0].float().numpy().ravel() for t in tensors])
    rows = np.concatenate([t.double().numpy().reshape(-1, t.shape[-1]) for t in tensors]).astype(np.float32)
    return np.ascontiguousarray(rows)  # a transposed value would otherwise be written column by column
