"""The cache that real models and data are fetched into, and how a fetching script ends."""
import os
import pathlib
import sys
import tempfile
from contextlib import contextmanager


def fail(code, message):
    print(f"{pathlib.Path(sys.argv[0]).name}: {message}", file=sys.stderr)
    sys.exit(code)


def cache_folder(kind):
    """Give the folder for one kind of thing: "demo" or "models"."""
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "sonde" / kind


@contextmanager
def scratch_folder(folder):
    """Give a folder on the same disk that is gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=folder) as scratch:
        yield pathlib.Path(scratch)


def put(built, final):
    """Rename into place; when another process was faster, its result is as good."""
    try:
        os.rename(built, final)
    except OSError:
        if not final.exists():
            raise


def run_script(main, kind):
    """Run a script's main function; what goes wrong with the disk becomes a message and an exit code."""
    try:
        main()
    except OSError as error:
        fail(4 if error.errno in (28, 122) else 2, f"cannot write to {cache_folder(kind)}: {error.strerror or error}")
    except KeyboardInterrupt:
        sys.exit(130)
