"""Records a safetensors file with every element type, a .npy matrix, and what Python reads from them.

Run: python tests/golden/files_safetensors.py   (safetensors 0.8, numpy 2, torch 2.15)
Writes tests/data/files/all_types.safetensors, all_types.json and matrix.npy.
"""
import json
import math
import pathlib

import numpy
import torch
from safetensors import safe_open
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "data" / "files"


def tensors():
    halves = torch.arange(0, 65536, 97, dtype=torch.int32).to(torch.int16).view(torch.float16)
    brains = torch.arange(0, 65536, 101, dtype=torch.int32).to(torch.int16).view(torch.bfloat16)
    finite = lambda values: values[torch.isfinite(values.float())].contiguous()
    return {
        "f64": torch.tensor([[0.1, -1e300], [5e-324, 2.0**60 + 1]], dtype=torch.float64),
        "f32": torch.tensor([0.1, -3.4028235e38, 1e-45, 16777216.0], dtype=torch.float32),
        "f16": finite(halves),
        "bf16": finite(brains),
        "i64": torch.tensor([2**62, -(2**63)], dtype=torch.int64),
        "i32": torch.tensor([[[2**31 - 1]], [[-(2**31)]]], dtype=torch.int32),
        "i16": torch.tensor([-32768, 32767], dtype=torch.int16),
        "i8": torch.tensor([-128, 127, 0], dtype=torch.int8),
        "u8": torch.tensor([0, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False, True]),
        "scalar": torch.tensor(7, dtype=torch.int64),
        "empty": torch.zeros((3, 0), dtype=torch.float32),
        "name with ünïcode/and.dots": torch.ones(1),
    }


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / "all_types.safetensors"
    save_file(tensors(), path, metadata={"note": "every type, \"quoted\""})
    golden = {"metadata": {}, "tensors": {}}
    with safe_open(path, "pt") as file:
        golden["metadata"] = file.metadata()
        for name in file.keys():
            tensor = file.get_tensor(name)
            real = tensor.dtype.is_floating_point
            # float64 holds every value of the narrower types exactly.
            values = tensor.to(torch.float64 if real else torch.int64).flatten().tolist()
            assert all(map(math.isfinite, values))
            golden["tensors"][name] = {
                "dtype": file.get_slice(name).get_dtype(),
                "shape": list(tensor.shape),
                "kind": "real" if real else "integer",
                "values": values,
            }
    (FOLDER / "all_types.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    numpy.save(FOLDER / "matrix.npy", numpy.arange(6, dtype=numpy.float32).reshape(2, 3) / 3)


if __name__ == "__main__":
    main()
