"""Forward pass of Sonde, transformers and ONNX Runtime over the same texts, run alternately on the same number of threads.

Every side returns all hidden states, mean-pooled over real tokens, in fp32. Only the forward pass counts: not loading, not
tokenising. No speed is printed before the sides agree with transformers in fp32 to 1e-4. One JSON line per measure goes to
stdout, a table to stderr. README.md beside this file says how to read it.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path

TOLERANCE = 1e-4  # largest relative row error; float32 rounding over six layers is near 1e-6


def say(**measure):
    print(json.dumps(measure), flush=True)


def note(text):
    print(text, file=sys.stderr, flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="folder of the model")
    parser.add_argument("reviews", type=Path, help="CSV with a column `text`")
    parser.add_argument("--sonde", type=Path, help="the program; without it only the peers are measured")
    parser.add_argument("--rounds", type=int, default=5, help="alternating rounds, at least 5 for a claim")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16"], help="of Sonde and transformers")
    parser.add_argument("--side", choices=["transformers", "onnxruntime"], help=argparse.SUPPRESS)
    parser.add_argument("--batch", type=int, default=32, help=argparse.SUPPRESS)
    parser.add_argument("--graph", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def gemm_rate(threads, work):
    """GF/s of fp32 matrix products at the shapes of this model, by the better of torch and numpy, best of several each."""
    import numpy as np
    import torch

    torch.set_num_threads(threads)
    config = json.loads((work.model / "config.json").read_text())
    d, f, rows = config["hidden_size"], config["intermediate_size"], 2048
    shapes = [(d, 3 * d), (d, d), (d, f), (f, d)]
    rng = np.random.default_rng(0)
    seconds = {"torch": 0.0, "numpy": 0.0}
    for k, n in shapes:
        a, b = (rng.standard_normal(s, dtype=np.float32) for s in ((rows, k), (k, n)))
        ta, tb = torch.from_numpy(a), torch.from_numpy(b)
        seconds["torch"] += best_seconds(lambda: torch.mm(ta, tb))  # noqa: B023
        seconds["numpy"] += best_seconds(lambda: a @ b)  # noqa: B023
    flops = sum(2 * rows * k * n for k, n in shapes)
    return max(flops / s / 1e9 for s in seconds.values())


def best_seconds(work, repeats=12):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def worst_row_error(ours, reference):
    """Largest ||a - b|| / ||b|| over all rows of all states."""
    import numpy as np

    return float((np.linalg.norm(ours - reference, axis=-1) / np.linalg.norm(reference, axis=-1)).max())


class PythonSide:
    def __init__(self, name, step, work):
        from python_sides import best_batch

        self.name, self.step, self.work = name, step, work
        self.batch, self.rates = best_batch(step, work.ids)
        say(measure="batch_size", side=name, chosen=self.batch, sample_tokens_per_second=self.rates)

    def run(self):
        from python_sides import timed_pass

        return timed_pass(self.step, self.work.ids, self.batch)


class SondeSide:
    name = "sonde"

    def __init__(self, program, work, options):
        self.program, self.work, self.options = program, work, options
        self.peaks = []

    def run(self):
        from sonde_side import extract

        report, states, peak = extract(self.program, self.work, self.options.threads, self.options.dtype)
        self.peaks.append(peak)
        seconds = report["timing"]["forward"]
        counted = report["tokens_per_second"] * seconds
        if abs(counted - self.work.tokens) > 0.01 * self.work.tokens:
            raise SystemExit(f"sonde counts {counted:.0f} tokens where the tokenizer gives {self.work.tokens}")
        return seconds, states


def make_graphs(folder, model):
    """The exported graph and its fused form, which is what ONNX Runtime runs if it is the faster."""
    from python_sides import export_onnx, fuse_onnx

    plain, fused = Path(folder) / "plain.onnx", Path(folder) / "fused.onnx"
    export_onnx(model, plain)
    say(measure="onnx_fusions", **fuse_onnx(model, plain, fused))
    return {"plain": plain, "fused": fused}


def make_sides(options, work, folder):
    from python_sides import onnx_step, transformers_step

    sides = [PythonSide("transformers", transformers_step(work.model, options.threads, options.dtype), work)]
    graphs = make_graphs(folder, work.model)
    onnx = [PythonSide(f"onnxruntime {k}", onnx_step(p, options.threads), work) for k, p in graphs.items()]
    best = max(onnx, key=lambda side: max(side.rates.values()))
    best.graph = graphs[best.name.split()[1]]
    best.name = "onnxruntime"
    sides.append(best)
    if options.sonde:
        sides.append(SondeSide(options.sonde, work, options))
    return sides


def require_agreement(sides, options, work):
    """Compare every side's states with fp32 transformers; stop where a float32 side is off. Also warms every side up."""
    from python_sides import timed_pass, transformers_step

    reference = None
    if options.dtype == "float32":
        reference = sides[0].run()[1]
    else:
        reference = timed_pass(transformers_step(work.model, options.threads, "float32"), work.ids, sides[0].batch)[1]
    for side in sides[1:] if options.dtype == "float32" else sides:
        states = side.run()[1]
        if states.shape != reference.shape:
            raise SystemExit(f"{side.name} gives {states.shape}, transformers {reference.shape}")
        error = worst_row_error(states, reference)
        say(measure="agreement", side=side.name, worst_relative_row_error=error, tolerance=TOLERANCE)
        if error > TOLERANCE and (options.dtype == "float32" or side.name == "onnxruntime"):
            raise SystemExit(f"{side.name} differs from fp32 transformers by {error:.2e}: no speed is printed")


def measure_rounds(sides, options, work):
    """Tokens per second of each side and the GEMM's GF/s, one number per round."""
    rates = {side.name: [] for side in sides}
    gemm = []
    for i in range(options.rounds):
        gemm.append(gemm_rate(options.threads, work))
        for side in sides if i % 2 == 0 else reversed(sides):
            seconds, _ = side.run()
            rates[side.name].append(work.tokens / seconds)
        now = {name: round(r[-1]) for name, r in rates.items()}
        say(measure="round", round=i, gemm_gflops=round(gemm[-1], 1), load=os.getloadavg()[0], tokens_per_second=now)
    if os.getloadavg()[0] > options.threads + 1:
        note("the machine is busy with other work: two threads that wait for each other suffer most, so do not quote this run")
    return rates, gemm


def peak_of_process(side, options):
    """Peak memory in MB of a process that does nothing but one pass of this side."""
    from sonde_side import run_measured

    command = [sys.executable, __file__, str(options.model), str(options.reviews), "--side", side.name]
    command += ["--batch", str(side.batch), "--threads", str(options.threads), "--dtype", options.dtype]
    if side.name == "onnxruntime":
        command += ["--graph", str(side.graph)]
    return run_measured(command)[1]


def one_side(options):
    """What `peak_of_process` starts: load, one pass, leave. The ONNX side never imports torch."""
    from python_sides import onnx_step, timed_pass, transformers_step
    from workload import load_workload

    work = load_workload(options.model, options.reviews)
    if options.side == "onnxruntime":
        step = onnx_step(options.graph, options.threads)
    else:
        step = transformers_step(options.model, options.threads, options.dtype)
    timed_pass(step, work.ids, options.batch)


def report_sides(sides, rates, gemm, work):
    per_token = work.flops / work.tokens
    note(f"\n{'side':<14}{'tok/s':>10}{'GF/s':>8}{'of GEMM':>9}   (medians of {len(gemm)} rounds; GEMM {statistics.median(gemm):.0f} GF/s)")
    for side in sides:
        rate = statistics.median(rates[side.name])
        useful = rate * per_token / 1e9
        to_gemm = statistics.median(r * per_token / 1e9 / g for r, g in zip(rates[side.name], gemm, strict=True))
        say(measure="speed", side=side.name, tokens_per_second=rate, gflops=useful, of_gemm=to_gemm, rounds=rates[side.name])
        note(f"{side.name:<14}{rate:>10.0f}{useful:>8.1f}{to_gemm:>9.2f}")


def report_ratios(sides, rates, memory):
    if sides[-1].name != "sonde":
        return
    for side in sides[:-1]:
        pairs = [a / b for a, b in zip(rates["sonde"], rates[side.name], strict=True)]
        fraction = memory["sonde"] / memory[side.name]
        values = dict(median=statistics.median(pairs), low=min(pairs), high=max(pairs), peak_memory=fraction)
        say(measure="ratio", sonde_over=side.name, pairs=pairs, **values)
        note("sonde / {}: {median:.2f} x (rounds {low:.2f} to {high:.2f}), peak memory {peak_memory:.0%}".format(side.name, **values))


def main():
    options = arguments()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    os.environ["OPENBLAS_NUM_THREADS"] = str(options.threads)
    warnings.simplefilter("ignore")
    if options.side:
        return one_side(options)
    from workload import load_workload

    work = load_workload(options.model, options.reviews)
    say(measure="work", texts=len(work.ids), tokens=work.tokens, mflop_per_token=work.flops / work.tokens / 1e6)
    with tempfile.TemporaryDirectory() as folder:
        sides = make_sides(options, work, folder)
        require_agreement(sides, options, work)
        rates, gemm = measure_rounds(sides, options, work)
        report_sides(sides, rates, gemm, work)
        memory = {s.name: max(s.peaks) if s.name == "sonde" else peak_of_process(s, options) for s in sides}
        say(measure="peak_memory_mb", **memory)
        note("peak memory: " + ", ".join(f"{k} {v:.0f} MB" for k, v in memory.items()))
        report_ratios(sides, rates, memory)
    if options.sonde:
        from sonde_side import startup_ms

        start = startup_ms(options.sonde)
        say(measure="startup_ms", command="sonde --version", median=start)
        note(f"sonde --version: {start:.1f} ms (median of 20)")
    return None


if __name__ == "__main__":
    main()
