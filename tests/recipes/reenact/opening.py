"""Opens models (a Hugging Face folder or a GGUF file) and tables (CSV or JSON lines) for the re-enactments."""
import csv
import json
import pathlib

import torch
import transformers


def quiet():
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()


def source_of(path):
    path = pathlib.Path(path)
    if path.suffix == ".gguf":
        return dict(pretrained_model_name_or_path=str(path.parent), gguf_file=path.name)
    return dict(pretrained_model_name_or_path=str(path))


def open_tokenizer(path):
    quiet()
    return transformers.AutoTokenizer.from_pretrained(**source_of(path))


def open_model(path, head="base"):
    """Open in float32 for evaluation. `head`: "base", "masked" or "causal", as the study's own loading class has it."""
    quiet()
    classes = dict(base=transformers.AutoModel, masked=transformers.AutoModelForMaskedLM,
                   causal=transformers.AutoModelForCausalLM)
    return classes[head].from_pretrained(**source_of(path), dtype=torch.float32).eval()


def read_table(path):
    path = pathlib.Path(path)
    with open(path, encoding="utf-8", newline="") as file:
        if path.suffix == ".jsonl":
            return [json.loads(line) for line in file]
        return list(csv.DictReader(file))


def classes_of(rows, label):
    """The names of the classes in sorted order, and the place of each row's label among them."""
    names = sorted({row[label] for row in rows})
    return names, [names.index(row[label]) for row in rows]


def states_of(model, ids, mask=None):
    """Run [b, t] ids, without a mask unless given: every hidden state [b, t, d]."""
    extra = {} if mask is None else dict(attention_mask=mask)
    return model(input_ids=ids, output_hidden_states=True, **extra).hidden_states
