"""Conditional compilation stays in nucleus/arch, host, base and headers called machine.hpp, where a room meets the machine
or its stand-in on the host; elsewhere variants are chosen by file."""
import re

from tree import Tree, without_comments

TITLE = "conditional compilation"
CONDITION = re.compile(r"^\s*#\s*(if|ifdef|ifndef|elif)\b")
ROOMS = ("abi", "iface", "nucleus", "placement", "services")


def check(tree):
    found = []
    for path, text in tree.code(*ROOMS):
        if path.startswith("nucleus/arch/") or path.endswith("/machine.hpp"):
            continue
        for number, line in enumerate(without_comments(text).split("\n"), 1):
            if CONDITION.match(line):
                found.append(f"{path}:{number}: {line.strip()}")
    return found


FAULTS = {"an #ifdef in a service": Tree({"services/linux/a.cpp": "#ifdef DEBUG\n#endif\n"}),
          "an #if in the core": Tree({"nucleus/core/a.cpp": "  # if X\n#endif\n"})}
FINE = {"one in arch": Tree({"nucleus/arch/x86_64/a.hpp": "#ifdef X\n#endif\n"}),
        "one in a comment": Tree({"services/linux/a.cpp": "/*\n#if 0\n*/\n"})}
