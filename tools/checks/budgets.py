"""How long things may be, and that public ones are documented."""
import ast

from . import cpp_source
from .tree import Finding

FUNCTION_LINES = 60
FILE_LINES = 500
HEADER_LINES = 250
PARAMETERS = 5
CPP_FOLDERS = ("src/", "apps/", "tests/")


def check(tree):
    return [finding for one in (check_lengths, check_functions, check_documentation, check_python)
            for finding in one(tree)]


def check_lengths(tree):
    for path in tree.paths:
        if not path.endswith((".cc", ".h", ".rs", ".py", ".js", ".css")) and not path.startswith("tools/"):
            continue
        limit = HEADER_LINES if path.endswith(".h") else FILE_LINES
        count = tree.text(path).count("\n")
        if count > limit:
            yield Finding(path, limit + 1, f"file of {count} lines", f"at most {limit}; split it by what it does")


def check_functions(tree):
    for path in tree.paths:
        if not path.startswith(CPP_FOLDERS) or not path.endswith((".cc", ".h")):
            continue
        for head, first, last in cpp_source.functions(tree.text(path)):
            if last - first + 1 > FUNCTION_LINES:
                yield Finding(path, first, f"function of {last - first + 1} lines", f"at most {FUNCTION_LINES}")
            if not path.startswith("tests/") and cpp_source.parameter_count(head) > PARAMETERS:
                yield Finding(path, first, f"function of {cpp_source.parameter_count(head)} parameters",
                              f"at most {PARAMETERS}, then a struct")


def check_documentation(tree):
    for path in tree.below("src/", ".h"):
        text = tree.text(path)
        if not text.startswith("//"):
            yield Finding(path, 1, "header opens without a comment", "a first line that says what it is")
        if path.endswith(("_internal.h", "-inl.h")):
            continue
        for line, name in cpp_source.undocumented(text):
            yield Finding(path, line, f"public declaration of '{name}' without a comment", "a /// line above it")


def check_python(tree):
    for path in tree.paths:
        text = tree.text(path)
        if not path.endswith(".py") and not text.startswith("#!/usr/bin/env python3"):
            continue
        try:
            module = ast.parse(text)
        except SyntaxError as error:
            yield Finding(path, error.lineno or 1, f"not valid Python: {error.msg}", "a module that parses")
            continue
        for node in ast.walk(module):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = node.end_lineno - node.lineno + 1
                if length > FUNCTION_LINES:
                    yield Finding(path, node.lineno, f"function of {length} lines", f"at most {FUNCTION_LINES}")
