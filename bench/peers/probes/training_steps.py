"""What basis.py and mlp.py share: the steps of torch and of Sonde in turns, and the time of a step.

A Sonde step is the difference of two fits that differ in their number of steps only, so that starting, checking and packing
do not count; a torch step is a step of the loop, once the first steps are over. Both are means over a run, so that what the
machine does besides meets both alike."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

THREADS = 2


def sonde_fit(program, features, probe):
    """Fit once; seconds and the saved metadata."""
    line = subprocess.run([program, features, probe, "1", str(THREADS)], capture_output=True, text=True, check=True).stdout
    result = json.loads(line)
    return result["seconds"][0], result["fit"]


def sonde_step(program, features, probe, option, few, many):
    """Seconds of one step of a probe whose `option` counts them."""
    short = sonde_fit(program, features, f"{probe},{option}={few}")[0]
    return (sonde_fit(program, features, f"{probe},{option}={many}")[0] - short) / (many - few)


def torch_step(step, few, many):
    """Mean seconds of one step; the first `few` do not count."""
    for _ in range(few):
        step()
    start = time.perf_counter()
    for _ in range(many - few):
        step()
    return (time.perf_counter() - start) / (many - few)


def compare(name, torch_side, sonde_side, target, rounds):
    """Both sides in turns, in alternating order; one JSON line, and one of a table."""
    pairs = []
    for i in range(rounds):
        sides = [torch_side, sonde_side] if i % 2 == 0 else [sonde_side, torch_side]
        seconds = {side: side() for side in sides}
        pairs.append((seconds[torch_side], seconds[sonde_side]))
    ratios = sorted(a / b for a, b in pairs)
    torch_ms, sonde_ms = (1e3 * statistics.median(p[i] for p in pairs) for i in (0, 1))
    ratio = statistics.median(ratios)
    print(json.dumps(dict(measure=name, threads=THREADS, rounds=rounds, torch_ms=torch_ms, sonde_ms=sonde_ms, ratio=ratio,
                          ratio_low=ratios[0], ratio_high=ratios[-1], target=target)), flush=True)
    print(f"{name:<28}{torch_ms:>10.3f}{sonde_ms:>10.3f} ms{ratio:>8.2f} x  (goal {target})", file=sys.stderr)


def write_features(x, labels):
    """A safetensors file as probe_bench reads it."""
    path = Path(tempfile.mkdtemp()) / "features.safetensors"
    save_file({"x": x.astype(np.float32), "labels": labels.astype(np.int64)}, str(path))
    return str(path)


def require(what, ours, reference, tolerance):
    """Stop, with no speed printed, when the two sides did not learn alike."""
    print(json.dumps(dict(agreement=what, sonde=ours, torch=reference, tolerance=tolerance)), flush=True)
    if abs(ours - reference) > tolerance:
        raise SystemExit(f"{what}: {ours} against {reference}")
