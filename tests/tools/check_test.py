"""Trees with known faults that tools/check must find, and sound ones that it must leave alone."""
import pathlib
import tempfile
import unittest

from checks import budgets, cpp_source, rooms, words
from checks.tree import Tree


class WithTree(unittest.TestCase):
    def tree(self, **files):
        """Make a tree; a name's `__` stands for `/` and `_dot_` for `.`."""
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name, text in files.items():
            path = folder / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Tree.of_folder(folder)

    def assert_finds(self, findings, *parts):
        self.assertTrue(any(all(part in finding for part in parts) for finding in findings), (parts, list(findings)))


class CppSource(unittest.TestCase):
    def names(self, text):
        return [(head.split("(")[0].split()[-1], first, last) for head, first, last in cpp_source.functions(text)]

    def test_functions_are_found_with_their_lines(self):
        text = "namespace a {\nint f() {\n  if (x) { y(); }\n}\nclass B : public C {\n  B() : a_{1}, b_(2) {\n  }\n" \
               "  int g() const;\n};\n\nint k = 3;\nconst int kT[] = {1, 2};\n}\n"
        self.assertEqual(self.names(text), [("f", 2, 4), ("B", 6, 7)])

    def test_braces_in_text_and_comments_do_not_count(self):
        text = 'void f() {\n  g("}}}"); // }\n  h(R"x(}\n})x"); /* } */\n  c = \'}\';\n  n = 1\'000;\n}\nvoid z() {\n}\n'
        self.assertEqual(self.names(text), [("f", 1, 7), ("z", 8, 9)])

    def test_templates_and_trailing_types_are_functions(self):
        text = "template <class T, class U>\nauto f(T a, U b) -> int {\n}\nstruct S {\n  T t{};\n  int g() { return 1; }\n};\n"
        self.assertEqual(self.names(text), [("f", 1, 3), ("g", 6, 6)])

    def test_parameters_are_counted_outside_brackets(self):
        self.assertEqual(cpp_source.parameter_count("int f(std::map<int, int> a, int (*b)(int, int), int c = g(1, 2)) "), 3)
        self.assertEqual(cpp_source.parameter_count("int f() "), 0)

    def test_undocumented_declarations(self):
        text = "// A header.\nnamespace a {\n\n/// Say it.\nint said();\nint same_run();\n\nint silent();\n\nstruct Bare {\n" \
               "  int member();\n};\n\nclass Forward;\nint after();  ///< said\nconstexpr int kX = f();\n}\n"
        self.assertEqual([name for _, name in cpp_source.undocumented(text)], ["silent", "Bare"])


class Budgets(WithTree):
    def test_lengths(self):
        body = "void f() {\n" + "  g();\n" * 59 + "}\n"
        tree = self.tree(src__sonde__a__long_dot_cc=body, src__sonde__a__fine_dot_cc=body.replace("  g();\n", "", 1),
                         src__sonde__a__big_dot_h="// A.\n" + "\n" * 250, src__sonde__a__bare_dot_h="#pragma once\n",
                         src__sonde__a__many_dot_cc="int f(int a, int b, int c, int d, int e, int g) {\n}\n",
                         tools__x_dot_py="def f():\n" + "    pass\n" * 60)
        findings = budgets.check(tree)
        self.assert_finds(findings, "long.cc:1: function of 61 lines")
        self.assert_finds(findings, "big.h:251: file of 251 lines")
        self.assert_finds(findings, "bare.h:1: header opens without a comment")
        self.assert_finds(findings, "many.cc:1: function of 6 parameters")
        self.assert_finds(findings, "x.py:1: function of 61 lines")
        self.assertEqual(len(findings), 5, findings)


class Rooms(WithTree):
    ROOMS = {
        "src__sonde__low__CMakeLists_dot_txt": "sonde_room(low)\n",
        "src__sonde__mid__CMakeLists_dot_txt": "sonde_room(mid DEPENDS low LINKS fmt::fmt CATALOGUES .)\n",
        "src__sonde__top__CMakeLists_dot_txt": "sonde_room(top DEPENDS mid)\n",
    }

    def test_includes(self):
        tree = self.tree(**self.ROOMS, src__sonde__low__a_dot_cc='#include "sonde/top/a.h"\n#include "dnnl.hpp"\n',
                         src__sonde__top__a_dot_h='#include "sonde/low/a.h"\n#include <fstream>\n',
                         src__sonde__low__c_dot_cc='#include <curl/curl.h>\n#include <sys/socket.h>\n',
                         src__sonde__top__b_dot_cc='#include "../../apps/sonde/x.h"\nvoid f() { std::cout << 1; }\n')
        findings = rooms.check(tree)
        self.assert_finds(findings, "low/a.cc:1: room low includes sonde/top/a.h")
        self.assert_finds(findings, "low/a.cc:2: room low includes dnnl.hpp")
        self.assert_finds(findings, "top/a.h:2: room top includes fstream")
        self.assert_finds(findings, "top/b.cc:1: room top includes ../../apps")
        self.assert_finds(findings, "top/b.cc:2: std::cout in the library")
        self.assert_finds(findings, "low/c.cc:1: room low includes curl/curl.h", "only hub speaks HTTP")
        self.assert_finds(findings, "low/c.cc:2: room low includes sys/socket.h", "only hub speaks HTTP")
        self.assertEqual(len(findings), 7, findings)

    def test_catalogues(self):
        tree = self.tree(**self.ROOMS, src__sonde__mid__list_dot_def="SONDE_ENTRY(good)\nSONDE_ENTRY(gone)\n",
                         src__sonde__mid__good_dot_cc="", tests__mid__good_test_dot_cc="",
                         src__sonde__mid__sub__list_dot_def="")
        findings = rooms.check(tree)
        self.assert_finds(findings, "list.def:2: entry 'gone' has no src/sonde/mid/gone.cc")
        self.assert_finds(findings, "list.def:2: entry 'gone' has no tests/mid/gone_test.cc")
        self.assert_finds(findings, "sub/list.def:1: catalogue that CMake does not check")
        self.assertEqual(len(findings), 3, findings)


class Words(WithTree):
    def test_paths_hosts_and_folders(self):
        home, scratch, prose, host, mark = "/" + "root/x", "/" + "tmp", "/" + "work of ours", "pypi" + ".org", "TO" + "DO"
        tree = self.tree(docs__a_dot_md=f"see {home}\nfrom https://{host}/simple\n{mark}: later\n",
                         src__sonde__utils__b_dot_cc="", docs__fine_dot_md=f"see {prose}, docs{home}, a{scratch}/b\n")
        findings = words.check(tree)
        self.assert_finds(findings, "docs/a.md:1: path of one machine")
        self.assert_finds(findings, "docs/a.md:2: registry host")
        self.assert_finds(findings, "docs/a.md:3: left-over mark")
        self.assert_finds(findings, "src/sonde/utils:1: folder called 'utils'")
        self.assertEqual(len(findings), 4, findings)


if __name__ == "__main__":
    unittest.main()
