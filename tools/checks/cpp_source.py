"""Finds the functions and the namespace-level declarations of a C++ file by its braces. Not a compiler: it knows
comments, literals, namespaces, types, initialiser lists and functions, which is all that the budgets need."""
import dataclasses
import re

# A literal or comment; quotes inside comments and slashes inside literals are the reason to match all at once.
TOKENS = re.compile(
    r'//[^\n]*|/\*.*?\*/|(?:u8|u|U|L)?R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'", re.DOTALL)
PREPROCESSOR = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.MULTILINE)


def blanked(text):
    """Replace comments, literals and preprocessor lines by blanks, keeping every line break."""
    def blank(match):
        token = match.group(0)
        kept = re.sub(r"[^\n]", " ", token)
        return kept if token.startswith("/") else '"' + kept[1:-1] + '"' if "\n" not in token else '"' + kept[1:]
    return PREPROCESSOR.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), TOKENS.sub(blank, text))


@dataclasses.dataclass
class Block:
    """Something with braces: its kind, what stands before its brace, and its lines."""
    kind: str
    head: str
    first: int
    last: int = 0


def kind_of(head, parent):
    """Tell what a brace opens from the text before it and from the block around it."""
    words = head.strip()
    if parent in ("function", "braces"):
        return "braces"
    if re.search(r"\bnamespace\b", words) or words.startswith("extern \""):
        return "namespace"
    without_templates = re.sub(r"\btemplate\s*<[^{}]*?>\s*(?=class|struct|union|requires|\w)", "", words)
    if re.match(r"(?:\w+\s+)*?(class|struct|union|enum)\b(?!.*\)\s*$)", without_templates, re.DOTALL):
        return "type"
    initialiser = re.search(r"\)\s*(?:noexcept\s*)?:\s", words) or words.startswith(",")
    if initialiser and re.search(r"[\w>]\s*$", words) and not re.search(r"[)}]\s*$", words):
        return "braces"  # a member initialised with braces, before the body of a constructor
    if "(" in words and not re.search(r"(=|return)\s*$", words):
        return "function"
    return "braces"


def blocks(text):
    """List all blocks of a blanked file, outermost first, with the text of their heads."""
    found, stack, starts, start, line, start_line = [], [], [], 0, 1, 1
    for i, character in enumerate(text):
        if character == "\n":
            line += 1
        elif character == "{":
            head = text[start:i]
            first = start_line + head[:len(head) - len(head.lstrip())].count("\n")
            block = Block(kind_of(head, stack[-1].kind if stack else "namespace"), head, first)
            found.append(block)
            stack.append(block)
            starts.append((start, start_line))
            start, start_line = i + 1, line
        elif character == "}" and stack:
            block = stack.pop()
            block.last = line
            kept = starts.pop()
            # After braces that are part of an expression the head goes on; after anything else a new one starts.
            start, start_line = kept if block.kind == "braces" else (i + 1, line)
        elif character == ";":
            start, start_line = i + 1, line
    return found


def functions(text):
    """List the outermost function bodies of a file: (head, first line, last line)."""
    return [(block.head, block.first, block.last) for block in blocks(blanked(text)) if block.kind == "function"]


def parameter_count(head):
    """Count the parameters in the first parentheses of a function's head; 0 when it has none."""
    opening = re.search(r"(?:operator\s*\(\s*\))?[^(]*\(", head)
    if not opening:
        return 0
    depth, count, any_text = 0, 1, False
    for character in head[opening.end():]:
        if character in "(<[{":
            depth += 1
        elif character in ")>]}":
            depth -= 1
            if depth < 0:
                break
        elif character == "," and depth == 0:
            count += 1
        any_text = any_text or not character.isspace()
    return count if any_text else 0


def undocumented(text):
    """List the namespace-level types and functions of a header that no `///` introduces: (line, name).

    A run of declarations without a blank line between them shares the comment above the first.
    """
    plain, lines, found = blanked(text), text.split("\n"), []
    inside = [False] * (len(lines) + 2)
    hidden = [False] * (len(lines) + 2)
    for block in blocks(plain):
        if block.kind == "namespace":
            if re.search(r"\bnamespace\s+\w*(detail|internal)\b|\bnamespace\s*$", block.head):
                hidden[block.first:block.last + 1] = [True] * (block.last + 1 - block.first)
            continue
        inside[block.first + 1:block.last + 1] = [True] * (block.last - block.first)
    documented, open_statement = False, False
    for number, line in enumerate(plain.split("\n"), 1):
        source = lines[number - 1].strip()
        if inside[number] or hidden[number]:
            continue
        if source.startswith("///"):
            documented, open_statement = True, False
        elif not source:
            documented, open_statement = False, False
        code = line.strip()
        if not code:
            continue
        name = re.match(r"(?:template\b.*>\s*)?(?:class|struct|enum class|enum)\s+(\w+)(?!.*;$)", code) or \
            re.match(r"(?!using\b|typedef\b|return\b|friend\b|extern\b|static_assert\b|namespace\b|\}|#)[\w\[:][^=(]*?\b(\w+)\(", code)
        # A declaration of several lines may carry its comment after its end.
        end = next((i for i in range(number, len(lines)) if ";" in lines[i - 1]), number)
        trailing = any("///<" in lines[i - 1] for i in range(number, end + 1))
        if name and not documented and not trailing and not open_statement:
            found.append((number, name.group(1)))
        open_statement = not code.endswith((";", "}", "{"))
    return found
