"""The Sonde side: `sonde extract` as a user runs it, and its own account of the forward pass."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np


def extract(program, work, threads, dtype):
    """One run of the program over all texts: its JSON, the pooled states [states, n, d], and its peak memory in MB."""
    from safetensors.numpy import load_file

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "states.safetensors"
        command = [str(program), "extract", str(work.model), "--data", str(work.csv), "--text", "text"]
        command += ["--at", "hidden[*]", "--tokens", "mean", "--out", str(out), "--force", "--threads", str(threads), "--json"]
        if dtype != "float32":
            command += ["--dtype", dtype]
        text, peak = run_measured(command)
        report = json.loads(text)
        if report.get("status") not in ("ok", "done", "warning"):
            raise SystemExit(f"sonde extract: {report.get('error', report)}")
        tensors = load_file(out)
    names = sorted((n for n in tensors if n.startswith("hidden[")), key=lambda n: int(n[7:-1]))
    return report, np.stack([tensors[n].astype(np.float32) for n in names]), peak


def run_measured(command):
    """Run to the end: stdout, and the largest resident memory in MB as the kernel counted it for this process alone."""
    launcher = Path(__file__).with_name("peak_memory.py")
    done = subprocess.run([sys.executable, "-I", "-S", str(launcher), *command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}\n{done.stdout}")
    return done.stdout, int(done.stderr.split()[-1]) / 1024


def startup_ms(program, repeats=20):
    """Median wall-clock milliseconds of `sonde --version`, process creation included."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        subprocess.run([str(program), "--version"], stdout=subprocess.DEVNULL, check=True)
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)
