"""Records a GGUF file with every tensor type and metadata type that is read, and what the package gguf reads from it.

Run: python tests/golden/files_gguf.py   (gguf 0.19, numpy 2, safetensors 0.8)
Writes tests/data/files/all_types.gguf and all_types_gguf.safetensors (the same names, dequantised).
"""
import pathlib

import gguf
import numpy
from gguf import GGMLQuantizationType as Type
from gguf import GGUFReader, GGUFValueType, GGUFWriter
from safetensors.numpy import save_file

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "data" / "files"
QUANTISED = [Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q8_0, Type.Q4_K, Type.Q5_K, Type.Q6_K]
# Where each block keeps its half-precision numbers; all other bits may be anything.
HALVES = {Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2], Type.Q8_0: [0],
          Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208]}


def random_blocks(rng, kind, rows):
    """Two blocks a row, every bit random, the scales finite (subnormal and negative ones among them)."""
    _, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = rng.integers(0, 256, (rows * 2, size), dtype=numpy.uint8)
    for place in HALVES[kind]:
        halves = rng.integers(0, 1 << 16, rows * 2).astype(numpy.uint16)
        halves[(halves >> 10 & 31) == 31] ^= 1 << 14
        halves[0] = 0x8001  # the smallest negative subnormal
        blocks[:, place:place + 2] = halves.astype("<u2").view(numpy.uint8).reshape(-1, 2)
    return blocks.reshape(rows, 2 * size)


def add_metadata(writer):
    writer.add_key_value("test.u8", 200, GGUFValueType.UINT8)
    writer.add_key_value("test.i8", -100, GGUFValueType.INT8)
    writer.add_key_value("test.u16", 60000, GGUFValueType.UINT16)
    writer.add_key_value("test.i16", -30000, GGUFValueType.INT16)
    writer.add_key_value("test.u32", 4000000000, GGUFValueType.UINT32)
    writer.add_key_value("test.i32", -2000000000, GGUFValueType.INT32)
    writer.add_key_value("test.f32", 0.1, GGUFValueType.FLOAT32)
    writer.add_key_value("test.u64", 2**63 - 1, GGUFValueType.UINT64)
    writer.add_key_value("test.u64_beyond", 2**63, GGUFValueType.UINT64)
    writer.add_key_value("test.i64", -(2**63), GGUFValueType.INT64)
    writer.add_key_value("test.f64", 0.1, GGUFValueType.FLOAT64)
    writer.add_key_value("test.bool", True, GGUFValueType.BOOL)
    writer.add_string("test.text", "größe ▁ 𝄞")
    writer.add_array("test.texts", ["", "a", "▁b"])
    writer.add_key_value("test.floats", [0.5, -1.5], GGUFValueType.ARRAY, GGUFValueType.FLOAT32)
    writer.add_array("test.numbers", [1, -2, 3])


def main():
    rng = numpy.random.default_rng(7)
    path = FOLDER / "all_types.gguf"
    writer = GGUFWriter(path, "test")
    add_metadata(writer)
    writer.add_tensor("F32", rng.normal(size=(3, 5)).astype(numpy.float32))
    writer.add_tensor("F16", rng.normal(size=(2, 3, 4)).astype(numpy.float16))
    brains = rng.normal(size=(4, 6)).astype(numpy.float32)
    writer.add_tensor("BF16", gguf.quants.quantize(brains, Type.BF16), raw_dtype=Type.BF16)
    for kind in QUANTISED:
        writer.add_tensor(kind.name, random_blocks(rng, kind, 3), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    read = {}
    for tensor in GGUFReader(path).tensors:
        shape = [int(n) for n in reversed(tensor.shape)]
        with numpy.errstate(over="ignore", invalid="ignore"):
            values = gguf.dequantize(numpy.asarray(tensor.data), tensor.tensor_type)
        read[tensor.name] = numpy.ascontiguousarray(values.astype(numpy.float32).reshape(shape))
        assert numpy.isfinite(read[tensor.name]).all(), tensor.name
    save_file(read, FOLDER / "all_types_gguf.safetensors")


if __name__ == "__main__":
    main()
