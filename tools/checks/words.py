"""Names and texts that must not be in the tree: vague folders, one machine's paths, registry hosts."""
import pathlib
import re

from .tree import Finding

VAGUE_FOLDERS = {"utils", "util", "common", "helpers", "helper", "misc"}
# Written with classes and in parts so that this file does not contain what it looks for.
MACHINE_PATHS = re.compile(r"(?<![\w.$}])/(?:root|home/\w+|work|tm[p])/\w[\w./-]*|[.][.]/share[d]\b")
HOSTS = {"org": ("files[.]pythonhosted", "pypi", "registry[.]npmjs", "deb[.]debian", "proxy[.]golang"),
         "io": ("index[.]crates", "static[.]crates")}
REGISTRY_HOSTS = re.compile(r"\b(?:" + "|".join(f"{host}[.]{top}" for top, hosts in HOSTS.items() for host in hosts) + r")\b")
LEFT_OVER = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X])\b")
LOCK_FILES = ("Cargo.lock", "package-lock.json")
TEXTS = (".cc", ".h", ".def", ".rs", ".py", ".md", ".txt", ".toml", ".json", ".cmake", ".yml", ".js", ".css", ".html")


def check(tree):
    return list(check_folders(tree)) + list(check_texts(tree))


def check_folders(tree):
    folders = {parent for path in tree.paths for parent in pathlib.PurePosixPath(path).parents}
    for folder in sorted(folders):
        if folder.name.lower() in VAGUE_FOLDERS:
            yield Finding(folder, 1, f"folder called '{folder.name}'", "a name that says what is inside")


def check_texts(tree):
    for path in tree.paths:
        name = pathlib.PurePosixPath(path).name
        is_text = name.endswith(TEXTS) or "." not in name or path.startswith((".ci/", "tools/"))
        # Recorded data is not ours to word; lock files name their registry by design.
        if not is_text or name in LOCK_FILES or path.startswith("tests/data/"):
            continue
        for pattern, what, expected in (
                (MACHINE_PATHS, "path of one machine", "a path relative to the repository or an option"),
                (REGISTRY_HOSTS, "registry host", "the package's name, fetched by its client"),
                (LEFT_OVER, "left-over mark", "the work done, or a sentence in the docs")):
            for number, line in enumerate(tree.text(path).split("\n"), 1):
                match = pattern.search(line)
                if match:
                    yield Finding(path, number, f"{what} '{match.group(0)}'", expected)
