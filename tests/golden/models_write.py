"""Writes a tiny random checkpoint the way real model folders are laid out, and reads it back. Downloads nothing."""

import json
from dataclasses import dataclass, field
from typing import Callable

import torch
import transformers
from safetensors.torch import save_file


@dataclass
class Checkpoint:
    name: str
    seed: int  # of the random weights; an entry keeps its own for ever
    model_class: type
    config: dict  # what config.json says, but for architectures and model_type
    write_tokenizer: Callable
    text_limit: int  # positions; a longer text is truncated to it
    pooled: list  # addresses for which numpy-made poolings are recorded
    shards: int = 1
    rename: Callable = lambda name: name  # checkpoint name of a parameter
    extra: Callable = lambda config: {}  # tensors that real checkpoints carry and the model does not need
    tokenizer_config: dict = field(default_factory=dict)


def randomise(model, seed):
    """Give every parameter values whose loss or mix-up would show: no zero bias, no unit norm weight."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            is_norm = parameter.dim() == 1 and name.endswith(".weight")
            parameter.copy_(1.0 + 0.2 * noise if is_norm else 0.25 * noise)


def write_config(checkpoint, folder):
    model_type = checkpoint.model_class.config_class.model_type
    config = dict(architectures=[checkpoint.model_class.__name__], model_type=model_type, **checkpoint.config)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def checkpoint_tensors(checkpoint, model):
    """The parameters under their names in the file, each shared storage once."""
    tensors, stored = {}, set()
    for name, parameter in model.named_parameters(remove_duplicate=True):
        if parameter.data_ptr() not in stored:
            stored.add(parameter.data_ptr())
            tensors[checkpoint.rename(name)] = parameter.detach().clone()
    tensors.update(checkpoint.extra(model.config))
    return tensors


def write_weights(checkpoint, model, folder):
    tensors = checkpoint_tensors(checkpoint, model)
    if checkpoint.shards == 1:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        return
    names, weight_map = list(tensors), {}
    for i in range(checkpoint.shards):
        file = f"model-{i + 1:05d}-of-{checkpoint.shards:05d}.safetensors"
        shard = {n: tensors[n] for n in names[i :: checkpoint.shards]}
        save_file(shard, folder / file, metadata={"format": "pt"})
        weight_map.update({n: file for n in shard})
    total = sum(t.numel() * t.element_size() for t in tensors.values())
    index = dict(metadata=dict(total_size=total), weight_map=dict(sorted(weight_map.items())))
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")


def write_checkpoint(checkpoint, folder):
    """Write the folder, then read it back with transformers: what is recorded is what the files say."""
    folder.mkdir(parents=True, exist_ok=True)
    write_config(checkpoint, folder)
    checkpoint.write_tokenizer(folder)
    config = transformers.AutoConfig.from_pretrained(folder)
    model = checkpoint.model_class(config)
    randomise(model, checkpoint.seed)
    write_weights(checkpoint, model, folder)
    loaded, report = checkpoint.model_class.from_pretrained(
        folder, attn_implementation="eager", dtype=torch.float32, output_loading_info=True
    )
    assert not report["missing_keys"] and not report["mismatched_keys"], report
    written = dict(model.named_parameters())
    for name, parameter in loaded.named_parameters():
        assert torch.equal(parameter, written[name]), name
    return loaded.eval()
