"""Guest code has no heap of the C++ library and nothing that needs a runtime: no containers, streams, thread_local."""
import re

from tree import Tree, guest_part, without_comments

TITLE = "guest code without a runtime"
ROOMS = ("base", "abi", "iface", "host", "nucleus", "placement", "services")
HEADERS = {"vector", "string", "iostream", "sstream", "fstream", "ostream", "istream", "map", "set", "unordered_map",
           "unordered_set", "deque", "list", "forward_list", "functional", "thread", "mutex", "condition_variable", "future",
           "regex", "stdexcept", "exception", "any", "filesystem", "format", "locale", "cmath", "cstdio", "cstdlib", "iomanip"}
INCLUDE = re.compile(r"^\s*#\s*include\s+<([^>]+)>", re.MULTILINE)
KEYWORDS = re.compile(r"\b(thread_local|throw|dynamic_cast|typeid|float|double)\b|\b(try|catch)\s*[({]")


def check(tree):
    found = []
    for path, text in tree.code(*ROOMS):
        bare = guest_part(without_comments(text))
        for header in INCLUDE.findall(bare):
            if header in HEADERS:
                found.append(f"{path}: <{header}> needs a runtime")
        for number, line in enumerate(re.sub(r'"[^"\n]*"', '""', bare).split("\n"), 1):
            keyword = KEYWORDS.search(line)
            if keyword:
                found.append(f"{path}:{number}: '{keyword.group(0)}' needs a runtime or the FPU")
    return found


FAULTS = {
    "a vector": Tree({"services/tmpfs/a.cpp": "#include <vector>\n"}),
    "a string in the nucleus": Tree({"nucleus/core/a.hpp": "#include <string>\n"}),
    "a map that not only tests include": Tree({"base/m.hpp": "#include <map>\n", "base/a.cpp": '#include "base/m.hpp"\n',
                                               "base/a_test.cpp": '#include "base/m.hpp"\n'}),
    "streams in base": Tree({"base/a.hpp": "# include <iostream>\n"}),
    "thread_local": Tree({"services/linux/a.cpp": "thread_local int x;\n"}),
    "an exception": Tree({"placement/a.cpp": "void f() { throw 1; }\n"}),
    "thread_local where the host part has ended": Tree({"host/a.cpp": "#ifdef HINGE_HOST\n#else\nthread_local int x;\n#endif\n"}),
    "floating point": Tree({"services/linux/a.cpp": "double load;\n"}),
}
FINE = {
    "headers without a runtime": Tree({"base/a.hpp": "#include <span>\n#include <expected>\n#include <string_view>\n"}),
    "what only host tests see": Tree({"host/a.cpp": "#ifdef HINGE_HOST\nthread_local int x;\n#else\nint x;\n#endif\n"}),
    "a test": Tree({"base/a_test.cpp": "#include <vector>\n#include <string>\n"}),
    "what only tests include": Tree({"base/model.hpp": "#include <map>\n", "base/a_test.cpp": '#include "base/model.hpp"\n'}),
    "words in text": Tree({"base/a.cpp": '// throw it away\nchar const* s = "double fault";\n'}),
}
