"""Downloads one file of a package registry with the registry's own client, checked against a pinned digest.

Nothing of a package is ever installed or run.
"""
import hashlib
import pathlib
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass

from .cache import fail


@dataclass(frozen=True)
class Package:
    client: str  # pip, npm or mvn
    requirement: str  # as the client names it, version included
    file: str  # what the client writes
    digest: str  # SHA-256


def command_of(package, folder):
    if package.client == "pip":
        return [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                "--only-binary", ":all:", "--dest", str(folder), package.requirement]
    if package.client == "npm":
        return ["npm", "pack", "--silent", "--pack-destination", str(folder), package.requirement]
    # The plugin's version is pinned: the first to copy without a project.
    return ["mvn", "--quiet", "--batch-mode", "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy",
            f"-Dartifact={package.requirement}", f"-DoutputDirectory={folder}"]


def download(package, folder):
    """Download a package into a folder and give its path, checked."""
    if package.client != "pip" and not shutil.which(package.client):
        fail(2, f"{package.client} is not on PATH; it is needed to fetch {package.requirement}")
    print(f"fetching {package.requirement}", file=sys.stderr)
    if subprocess.run(command_of(package, folder), stdout=sys.stderr).returncode != 0:
        fail(5, f"{package.client} could not download {package.requirement}; check the network and try again")
    path = folder / package.file
    if not path.is_file():
        fail(5, f"{package.client} downloaded another file for {package.requirement}; expected {package.file}")
    with open(path, "rb") as source:
        got = hashlib.file_digest(source, "sha256").hexdigest()
    if got != package.digest:
        fail(3, f"{package.file}: digest differs; got {got}, expected {package.digest}")
    return path


def unpack_zip(path, members, target):
    """Unpack members of a zip: {name in the archive: name below target}."""
    with zipfile.ZipFile(path) as archive:
        for member, name in members.items():
            with archive.open(member) as source:
                write_file(source, target / name)


def unpack_zip_folder(path, prefix, target):
    """Unpack what lies below a folder of a zip; its names are known to be plain because its digest is."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.startswith(prefix) and not name.endswith("/")]
    unpack_zip(path, {name: name.removeprefix(prefix) for name in names}, target)


def unpack_tar(path, members, target):
    """Unpack members of a tar: {name in the archive: name below target}."""
    with tarfile.open(path) as archive:
        for member, name in members.items():
            write_file(archive.extractfile(member), target / name)


def write_file(source, path):
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as sink:
        shutil.copyfileobj(source, sink)
