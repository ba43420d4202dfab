"""The files that are checked, and findings about them. Reads each file once."""
import functools
import pathlib
import subprocess


class Finding(str):
    """One line `file:line: what; expected …`."""

    def __new__(cls, path, line, what, expected):
        return super().__new__(cls, f"{path}:{line}: {what}; expected {expected}")


class Tree:
    """A folder and the paths in it that belong to the project, relative to it."""

    def __init__(self, root, paths):
        self.root = pathlib.Path(root)
        self.paths = sorted(paths)

    @classmethod
    def of_repository(cls, root):
        """Take what git tracks, or would track; outside a clone, everything that no build made."""
        if not (root / ".git").exists():
            made = ("build/", "rust/target/", ".cache/")
            return cls(root, [path for path in cls.of_folder(root).paths if not path.startswith(made)])
        listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                check=True, capture_output=True).stdout.decode()
        return cls(root, [path for path in listed.split("\0") if path and (root / path).is_file()])

    @classmethod
    def of_folder(cls, root):
        """Take every file of a folder."""
        root = pathlib.Path(root)
        return cls(root, [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()])

    @functools.lru_cache(maxsize=None)
    def text(self, path):
        """Give a file's text, or an empty one when it is not UTF-8."""
        try:
            return (self.root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return ""

    def below(self, folder, *suffixes):
        """List the paths below a folder that end in one of the suffixes."""
        return [path for path in self.paths if path.startswith(folder) and path.endswith(suffixes or ("",))]
