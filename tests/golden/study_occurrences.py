"""Write tests/data/study/occurrences.json: windows around tokens as a published notebook cuts them out of joined documents.

Run: python tests/golden/study_occurrences.py   (reads the tokenizer in tests/data/models/gpt2; versions stand in the file)

The notebook looks for " the" and " an" in GPT-2's tokens of FineWeb; here the tokenizer is the small recorded one and the
targets are " the" and " is". Windows are 14 tokens before the target, the target, and 2 after.
"""
import json
import pathlib

import numpy as np
import transformers

DATA = pathlib.Path(__file__).parents[1] / "data"
WORDS = "the film is good act story acting ending end fine and dull not a thing, theory is, the isle quiet".split()


def documents(count):
    """Sentences in a scattered order, without drawing."""
    made, state = [], 12345
    for _ in range(count):
        words = []
        for _ in range(40):
            state = (state * 1103515245 + 12345) % 2**31
            words.append(WORDS[state // 65536 % len(WORDS)])
        made.append(" ".join(words))
    return made


def windows(tokenizer, tokens, target, count):
    """The notebook's loop, with its rule that the next token begins with a space."""
    batch = []
    for i in np.where(tokens == tokenizer.encode(target)[0])[0]:
        if i - 14 < 0:
            continue  # the notebook stops here with an error: such a slice of numpy is empty
        if tokenizer.decode([tokens[i + 1]])[0] == " " and len(batch) < count:
            batch.append([int(t) for t in tokens[i - 14:i + 3]])
    return batch


def main():
    tokenizer = transformers.GPT2Tokenizer.from_pretrained(DATA / "models/gpt2")
    texts = documents(30)
    tokens = np.array([], dtype=int)
    for text in texts:
        tokens = np.append(tokens, tokenizer.encode(text))
    out = {"versions": {"transformers": transformers.__version__, "numpy": np.__version__}, "texts": texts,
           "windows": {target: windows(tokenizer, tokens, target, 20) for target in (" the", " is")}}
    path = DATA / "study/occurrences.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(out, separators=(",", ":")) + "\n")


main()
