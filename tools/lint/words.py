"""Nothing unfinished stays in code: what is missing answers with an error and stands in docs/status.md."""
import re

from tree import Tree

TITLE = "unfinished words"
WORDS = re.compile(r"\b(TODO|FIXME|XXX|HACK|not implemented|for now)\b", re.IGNORECASE)
CHECKED = (".cpp", ".hpp", ".h", ".c", ".S", ".ld", ".def", ".py", ".sh", ".cmake", ".place")
OWN = "tools/lint/words.py"


def check(tree):
    found = []
    for path, text in sorted(tree.files.items()):
        if path == OWN or not (path.endswith(CHECKED) or path in ("hinge", "CMakeLists.txt")):
            continue
        for number, line in enumerate(text.split("\n"), 1):
            word = WORDS.search(line)
            if word:
                found.append(f"{path}:{number}: '{word.group(0)}'")
    return found


FAULTS = {f"'{word}'": Tree({"services/linux/a.cpp": f"// {word}: later\n"}) for word in ("TODO", "FIXME", "XXX", "not implemented")}
FINE = {"a name that contains one": Tree({"base/a.cpp": "int todo_list; // mkstemp(\"aXXXXXX\")\n"})}
