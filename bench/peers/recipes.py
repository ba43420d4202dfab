"""The published studies as whole programs: `sonde recipe run` and the re-enactment that goes about it as the document did.

    python recipes.py SONDE [NAME...] [--rounds 3] [--threads 2]

Wall clock from the start of a process to its end, and its peak memory as the kernel counted it: loading, tokenising, forward
passes, probes, files. The sides take turns, each in a process of its own, on the same number of threads. The re-enactment
(tests/recipes/reenact) runs the model as often, in the batches and with the padding that the document did. Before any time is
printed the first round's results are compared (tests/recipes/compare.py); what differs goes to stderr, and without --anyway
ends the script. One JSON line a measure goes to stdout, a table to stderr. Wants what tools/fetch_demo, tools/fetch_models
and tools/recipe_data fetch and make.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

RECIPES = Path(__file__).resolve().parents[2] / "tests" / "recipes"
sys.path.insert(0, str(RECIPES))

from published import published_command  # noqa: E402

from sonde_side import run_measured  # noqa: E402

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sonde"
SMOLLM2 = "models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf"


@dataclass
class Work:
    """One study at a size that takes minutes; `settings` are those of the re-enactment, and Sonde is asked for the same."""

    model: str
    tables: list
    settings: dict


WORKS = {
    "truth-direction": Work(SMOLLM2, ["reviews.csv"], dict(head="causal", normals=3300)),
    "layer-sentiment": Work("models/bert-base-uncased", ["reviews-train.csv", "reviews-test.csv"],
                            dict(length=128, passes="each", pictures=True)),
    "number-basis": Work(SMOLLM2, [], dict(keep=[8000, 1000, 2000], steps=1001, layers=[0, 15, 30])),
    "online-probes": Work(SMOLLM2, ["reviews.csv"], dict(addresses=[f"model.layers.{name}" for name in (
        "11", "4.mlp", "7.self_attn")], length=128, second=True, keep=False)),
    "sparse-neurons": Work(SMOLLM2, ["documents.jsonl"], dict(address="model.layers.3.mlp.act_fn")),
}


def tables_of(work):
    return [CACHE / "recipes" / table for table in work.tables]


def sonde_command(program, name, out, threads):
    work = WORKS[name]
    command = published_command(name, CACHE / work.model, tables_of(work), work.settings)
    return [program, *command, "--out", str(out), "--threads", str(threads), "--force"]


def document_command(name, out, threads):
    work = WORKS[name]
    command = [sys.executable, "-B", "-m", "reenact", name, CACHE / work.model, *tables_of(work)]
    for key, value in work.settings.items():
        command += ["--set", f"{key}={json.dumps(value)}"]
    return [*map(str, command), "--threads", str(threads), "--out", str(out)]


def timed(command):
    """Wall-clock seconds and peak MB of one process."""
    start = time.perf_counter()
    _, peak = run_measured(command)
    return dict(seconds=time.perf_counter() - start, peak_mb=peak)


def compared(name, folder):
    """Whether the two results agree; the comparison's table goes to stderr."""
    command = [sys.executable, "-B", RECIPES / "compare.py", folder / "sonde", folder / "document"]
    done = subprocess.run(command, stdout=sys.stderr, check=False)
    print(json.dumps(dict(measure="agreement", recipe=name, agrees=done.returncode == 0)), flush=True)
    return done.returncode == 0


def measure(name, options):
    sides = {"sonde": [], "document": []}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for number in range(options.rounds):
            for side in sides if number % 2 == 0 else reversed(sides):
                if side == "sonde":
                    command = sonde_command(options.sonde, name, folder / side, options.threads)
                else:
                    command = document_command(name, folder / side, options.threads)
                sides[side].append(timed(command))
            if number == 0 and not compared(name, folder) and not options.anyway:
                raise SystemExit(f"{name}: the sides disagree: no time is printed")
    return sides


def report(name, sides):
    medians = {side: {key: statistics.median(run[key] for run in runs) for key in runs[0]} for side, runs in sides.items()}
    pairs = [d["seconds"] / s["seconds"] for s, d in zip(sides["sonde"], sides["document"], strict=True)]
    print(json.dumps(dict(measure="study", recipe=name, runs=sides, medians=medians, document_over_sonde=pairs)), flush=True)
    ours, theirs = medians["sonde"], medians["document"]
    print(f"{name:<16} sonde {ours['seconds']:7.1f} s {ours['peak_mb']:6.0f} MB   document {theirs['seconds']:7.1f} s "
          f"{theirs['peak_mb']:6.0f} MB   {statistics.median(pairs):.2f} x ({min(pairs):.2f} to {max(pairs):.2f})", file=sys.stderr)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sonde", help="the program")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(WORKS)}; all without")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--anyway", action="store_true", help="time the sides even where their results differ")
    return parser.parse_args()


def main():
    options = arguments()
    os.environ["PYTHONPATH"] = os.pathsep.join([str(RECIPES), os.environ.get("PYTHONPATH", "")])
    for name in options.names or WORKS:
        report(name, measure(name, options))


if __name__ == "__main__":
    main()
