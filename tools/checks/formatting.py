"""What clang-format and cargo fmt would change."""
import concurrent.futures
import os
import re
import shutil
import subprocess

from .tree import Finding

CLANG_FORMAT = "clang-format-19"
WARNING = re.compile(r"^(?P<path>.*?):(?P<line>\d+):\d+: (?:error|warning): code should be clang-formatted")


def check(tree, fix=False):
    return check_cpp(tree, fix) + check_rust(tree, fix)


def run_clang_format(tree, paths, fix):
    mode = ["-i"] if fix else ["--dry-run"]
    return subprocess.run([CLANG_FORMAT, *mode, *paths], cwd=tree.root, capture_output=True, text=True).stderr


def check_cpp(tree, fix):
    paths = [path for path in tree.paths if path.endswith((".cc", ".h"))]
    if not paths:
        return []
    if not shutil.which(CLANG_FORMAT):
        return [Finding(".clang-format", 1, f"{CLANG_FORMAT} is not installed", "tools/setup to be run first")]
    workers = os.cpu_count() or 1
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        outputs = pool.map(lambda part: run_clang_format(tree, part, fix),
                           [part for part in (paths[i::workers] for i in range(workers)) if part])
    findings, seen = [], set()
    for line in "\n".join(outputs).split("\n"):
        match = WARNING.match(line)
        if match and match["path"] not in seen:
            seen.add(match["path"])  # the first place of a file is enough
            findings.append(Finding(match["path"], match["line"], "not formatted", f"{CLANG_FORMAT} -i {match['path']}"))
    return findings


def check_rust(tree, fix):
    if "rust/Cargo.toml" not in tree.paths:
        return []
    cargo = shutil.which("cargo") or os.path.expanduser("~/.cargo/bin/cargo")
    if not os.access(cargo, os.X_OK):
        return [Finding("rust/Cargo.toml", 1, "cargo is not installed", "tools/setup to be run first")]
    manifest = str(tree.root / "rust" / "Cargo.toml")
    installed = subprocess.run([cargo, "fmt", "--version"], capture_output=True).returncode == 0
    if not installed:
        print("check: rustfmt is not installed, Rust formatting not checked", flush=True)
        return []
    command = [cargo, "fmt", "--manifest-path", manifest] + ([] if fix else ["--check", "--", "-l"])
    outcome = subprocess.run(command, capture_output=True, text=True)
    paths = sorted({line.strip() for line in outcome.stdout.split("\n") if line.strip().endswith(".rs")})
    if outcome.returncode != 0 and not paths:
        return [Finding("rust/Cargo.toml", 1, outcome.stderr.strip().split("\n")[0], "cargo fmt to run")]
    return [Finding(os.path.relpath(path, tree.root), 1, "not formatted", "cargo fmt") for path in paths]
