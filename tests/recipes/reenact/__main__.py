"""Runs one re-enactment: python -m reenact NAME MODEL [DATA...] --out FOLDER [--set KEY=JSON]...

Run it in tests/recipes with the packages of tests/golden/requirements.txt. MODEL is a folder or a GGUF file. A setting is an argument of the
study's function `run`, as JSON or as a plain word.
"""
import argparse
import importlib
import json
import os
import resource
import time


def value_of(text):
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def arguments():
    parser = argparse.ArgumentParser(prog="reenact", description=__doc__.splitlines()[0])
    parser.add_argument("name", help="a study, for example truth-direction")
    parser.add_argument("model")
    parser.add_argument("data", nargs="*")
    parser.add_argument("--out", help="folder for outcome.json and features.safetensors")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    return parser.parse_args()


def main():
    options = arguments()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(options.threads)
    start = time.perf_counter()
    import torch  # after the number of threads is known

    torch.set_num_threads(options.threads)
    study = importlib.import_module("." + options.name.replace("-", "_"), __package__)
    settings = {key: value_of(text) for key, text in (pair.split("=", 1) for pair in options.settings)}
    outcome = study.run(options.model, *options.data, **settings)
    if options.out:
        outcome.save(options.out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(dict(recipe=options.name, wall=time.perf_counter() - start, peak_mb=peak, seconds=outcome["seconds"])))


if __name__ == "__main__":
    main()
