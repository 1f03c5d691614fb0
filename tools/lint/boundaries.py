"""A service never asks where it is placed: no macro for it, and no reading of its own privilege level."""
import re

from tree import Tree, without_comments

TITLE = "no service asks where it is placed"
ASKING = re.compile(r"\b\w*(KERNEL_SIDE|USER_SIDE|IN_KERNEL|IS_KERNEL|IN_USER|RING_?[03]|kernel_side|user_side|in_kernel)\w*\b"
                    r"|%%?cs\b|%%?cr[0-8]\b")


def check(tree):
    found = []
    for path, text in tree.code("services", "iface"):
        for number, line in enumerate(without_comments(text).split("\n"), 1):
            asked = ASKING.search(re.sub(r'"[^"%]*"', '""', line))
            if asked:
                found.append(f"{path}:{number}: '{asked.group(0)}' asks for the side")
    return found


FAULTS = {
    "a macro": Tree({"services/tmpfs/a.cpp": "#ifdef HINGE_KERNEL_SIDE\n#endif\n"}),
    "a function": Tree({"services/tmpfs/a.cpp": "if (host::is_kernel_side()) return;\n"}),
    "the privilege level": Tree({"services/tmpfs/a.cpp": 'asm("mov %%cs, %0" : "=r"(x));\n'}),
}
FINE = {"words in a comment": Tree({"services/tmpfs/a.cpp": "// the same on the kernel_side\nint x;\n"})}
