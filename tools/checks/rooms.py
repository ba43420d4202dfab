"""Which room may include, print and open what, and that catalogues and their leaves agree."""
import pathlib
import re

from .cpp_source import blanked
from .tree import Finding

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.MULTILINE)
ROOM_CALL = re.compile(r"sonde_room\(([^)]*)\)")
KEYWORDS = ("DEPENDS", "LINKS", "CATALOGUES")

# (what is included, the rooms that may, why)
RESTRICTED = (
    (re.compile(r"^(oneapi/)?dnnl"), ("kernels",), "oneDNN lives only in kernels"),
    (re.compile(r"^sonde_shim"), ("text", "tables", "report"), "the Rust library is reached from text, tables, report"),
    (re.compile(r"^(fstream|fcntl\.h)$"), ("files", "tables", "hub", "study"), "only files, tables, hub and study open files"),
    (re.compile(r"^sys/mman\.h$"), ("files", "tables", "hub", "study", "kernels"),
     "only rooms that open files map them, and kernels asks for huge pages"),
    (re.compile(r"^(curl/|sys/socket\.h|netdb\.h|netinet/|arpa/inet\.h)"), ("hub",), "only hub speaks HTTP"),
    (re.compile(r"^(\.\./)*apps/"), (), "nothing includes apps"),
)
PRINTING = re.compile(r"\b(std::cout|std::cerr|fmt::print|std::exit|std::abort|getenv|printf)\b(?!\s*;?\s*//)")


def room_of(path):
    parts = pathlib.PurePosixPath(path).parts
    return parts[2] if parts[:2] == ("src", "sonde") and len(parts) > 3 else None


def declared(tree):
    """Read every room's call: room -> {DEPENDS: [...], CATALOGUES: [...]}."""
    rooms = {}
    for path in tree.below("src/sonde/", "/CMakeLists.txt"):
        call = ROOM_CALL.search(tree.text(path))
        if not call:
            continue
        words = call.group(1).split()
        room = rooms.setdefault(words[0], {key: [] for key in KEYWORDS})
        key = None
        for word in words[1:]:
            key = word if word in KEYWORDS else key
            if word not in KEYWORDS and key:
                room[key].append(word)
    return rooms


def reachable(rooms, name):
    """Give a room, what it depends on, and what those depend on."""
    seen, waiting = set(), [name]
    while waiting:
        room = waiting.pop()
        if room not in seen:
            seen.add(room)
            waiting += rooms.get(room, {}).get("DEPENDS", [])
    return seen


def check(tree):
    rooms = declared(tree)
    return list(check_includes(tree, rooms)) + list(check_printing(tree)) + list(check_catalogues(tree, rooms))


def check_includes(tree, rooms):
    for path in tree.below("src/sonde/", ".cc", ".h"):
        room = room_of(path)
        if room is None or room not in rooms:
            continue
        text, allowed = tree.text(path), reachable(rooms, room)
        for match in INCLUDE.finditer(text):
            target, line = match.group(1), text.count("\n", 0, match.start()) + 1
            other = re.match(r"sonde/(\w+)/", target)
            if other and other.group(1) not in allowed:
                yield Finding(path, line, f"room {room} includes {target}",
                              f"DEPENDS {other.group(1)} in src/sonde/{room}/CMakeLists.txt, or no include")
            for pattern, may, why in RESTRICTED:
                if pattern.search(target) and room not in may:
                    yield Finding(path, line, f"room {room} includes {target}", why)


def check_printing(tree):
    for path in tree.below("src/sonde/", ".cc", ".h"):
        plain = blanked(tree.text(path))
        for match in PRINTING.finditer(plain):
            yield Finding(path, plain.count("\n", 0, match.start()) + 1, f"{match.group(1)} in the library",
                          "an Error or a returned value; only apps print, read the environment or exit")


def check_catalogues(tree, rooms):
    known = set(tree.paths)
    for path in tree.below("src/sonde/", "/list.def"):
        folder = pathlib.PurePosixPath(path).parent
        tests = str(folder).replace("src/sonde/", "tests/", 1)
        entries = re.findall(r"^SONDE_ENTRY\((\w+)\)", tree.text(path), re.MULTILINE)
        for line, entry in enumerate(entries, 1):
            leaves = (f"{folder}/{entry}.cc", f"{folder}/{entry}.toml")
            for needed in (leaves, (f"{tests}/{entry}_test.cc",)):
                if known.isdisjoint(needed):
                    yield Finding(path, line, f"entry '{entry}' has no {needed[0]}", "one leaf and one test per entry")
            if f"{folder}/{entry}.h" in known:
                yield Finding(f"{folder}/{entry}.h", 1, "leaf of a catalogue with a header", "one .cc with no header")
        for line, entry in enumerate(entries, 1):
            if entry in entries[:line - 1]:
                yield Finding(path, line, f"entry '{entry}' stands twice", "one line per entry")
        room = folder.parts[2]
        relative = "/".join(folder.parts[3:]) or "."
        if room in rooms and relative not in rooms[room]["CATALOGUES"]:
            yield Finding(path, 1, "catalogue that CMake does not check",
                          f"CATALOGUES {relative} in src/sonde/{room}/CMakeLists.txt")
