"""Records checkpoints as torch.save writes them, and the bits that torch.load reads from them.

Run: python tests/golden/files_torch.py   (torch 2.15; then torch 1.6 and 1.4 with Python 3.8, each adds its own)
Writes tests/data/files/torch/NAME_VERSION.bin and what was read to bits_VERSION.json. In the old layout the keys of
storages are addresses in memory, so that its files differ from run to run; the bits recorded do not.
"""
import collections
import json
import pathlib

import torch

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "data" / "files" / "torch"
VERSION = ".".join(torch.__version__.split("+")[0].split(".")[:2])
OLD = tuple(map(int, VERSION.split("."))) < (1, 6)
WORDS = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
         torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL"}


def kinds():
    """Every element type, and every way a tensor may lie in its storage."""
    real = torch.tensor([[0.1, -1.5, 3e4], [1e-5, -0.0, 7.0]])
    base = torch.arange(24, dtype=torch.float32) / 7
    cube = base.reshape(2, 3, 4)
    shared = torch.tensor([[1.5, -2.5], [3.5, 4.5]])
    state = collections.OrderedDict((word, real.to(dtype)) for dtype, word in WORDS.items() if dtype.is_floating_point)
    for dtype in (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8):
        info = torch.iinfo(dtype)
        state[WORDS[dtype]] = torch.tensor([info.min, info.max, 5], dtype=dtype)
    state["BOOL"] = torch.tensor([True, False, True])
    state["scalar"] = torch.tensor(7, dtype=torch.int64)
    state["empty"] = torch.zeros(3, 0)
    state["offset"] = base[5:11]
    state["rows"] = cube[1]
    state["transposed"] = cube.transpose(0, 2)
    state["every other"] = base[1::2]
    state["column"] = cube[:, :, 2]
    state["one wide"] = cube[:, 1:2, :]
    state["expanded"] = torch.tensor([[1.0], [2.0]]).expand(2, 5)
    state["half transposed"] = real.to(torch.float16).t()
    state["byte transposed"] = torch.arange(6, dtype=torch.uint8).reshape(2, 3).t()
    state["double strided"] = torch.arange(9, dtype=torch.float64).reshape(3, 3)[::2, ::2]
    state["embeddings.weight"] = shared
    state["decoder.weight"] = shared
    state["decoder.transposed"] = shared.t()
    state["parameter"] = torch.nn.Parameter(torch.tensor([2.0, -3.0]))
    state["n\u00e4me/\u6771\u4eac"] = torch.ones(1)
    return state


def module():
    """What a real model gives: an OrderedDict with version numbers as attributes, one weight tied."""
    torch.manual_seed(4)
    inner = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2), torch.nn.BatchNorm1d(2))
    inner.add_module("again", torch.nn.Linear(3, 2))
    inner.again.weight = inner[0].weight
    return inner.state_dict()


def training():
    """A training checkpoint: the weights under one key, among other things."""
    torch.manual_seed(5)
    layer = torch.nn.Linear(2, 2)
    optimizer = torch.optim.Adam(layer.parameters())
    layer(torch.ones(2)).sum().backward()
    optimizer.step()
    return {"epoch": 3, "loss": 0.25, "state_dict": layer.state_dict(), "optimizer": optimizer.state_dict(),
            "history": [1, 2.5, None, True, "text", (1, 2), 2 ** 80, -(2 ** 40), -1, 70000]}


def bits(tensor):
    plain = tensor.detach().contiguous()
    raw = bytes(plain.reshape(-1).view(torch.uint8).tolist()) if not OLD and VERSION != "1.6" else old_bits(plain)
    return {"dtype": WORDS[tensor.dtype], "shape": list(tensor.shape), "bits": raw.hex()}


def old_bits(plain):
    """torch before 1.7 cannot view a tensor as bytes; numpy has no bfloat16, whose bits are the upper half of a float32."""
    if plain.dtype == torch.bfloat16:
        return plain.float().numpy().view("<u2").reshape(-1, 2)[:, 1].tobytes()
    return plain.numpy().tobytes()


def record(name, checkpoint, **options):
    path = FOLDER / f"{name}_{VERSION}.bin"
    torch.save(checkpoint, str(path), **options)
    loaded = torch.load(str(path)) if OLD or VERSION == "1.6" else torch.load(str(path), weights_only=False)
    tensors = loaded.get("state_dict", loaded)
    return {path.name: {key: bits(tensor) for key, tensor in tensors.items()}}


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    layouts = {"legacy": {"_use_new_zipfile_serialization": False}}
    if not OLD:
        layouts["zip"] = {}
    golden = {}
    for layout, options in layouts.items():
        for make in (kinds, module, training):
            golden.update(record(f"{layout}_{make.__name__}", make(), **options))
        if VERSION == "2.15":
            for protocol in (3, 4, 5):
                golden.update(record(f"{layout}_protocol{protocol}", kinds(), pickle_protocol=protocol, **options))
    text = json.dumps(golden, separators=(",", ":"))
    (FOLDER / f"bits_{VERSION}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
