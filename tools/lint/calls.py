"""Row S13: the native call table has the document's four groups, each used, and no fifth."""
import re

from tree import Tree

TITLE = "native calls in four groups"
GROUPS = {"space", "thread", "ipc", "scheduling"}
HEADER = "abi/native.hpp"
CALL = re.compile(r"^\s*X\((\w+),\s*(\w+)\)", re.MULTILINE)
ENUM = re.compile(r"enum class Group\s*:\s*\w+\s*\{([^}]*)\}")


def check(tree):
    if HEADER not in tree.files:
        return [f"{HEADER} is missing"]
    text = tree.files[HEADER]
    table = text.split("#define HINGE_NATIVE_CALLS", 1)[-1].split("enum class", 1)[0]
    declared = ENUM.search(text)
    groups = {word.strip() for word in declared.group(1).split(",")} if declared else set()
    used = {group for _, group in CALL.findall(table)}
    found = [f"{HEADER}: the groups are {sorted(groups)}, not {sorted(GROUPS)}"] if groups != GROUPS else []
    found += [f"{HEADER}: no call is of group {group}" for group in sorted(GROUPS - used)]
    found += [f"{HEADER}: a call is of group {group}" for group in sorted(used - GROUPS)]
    return found


def summary(tree):
    table = CALL.findall(tree.files.get(HEADER, ""))
    return ", ".join(f"{group} {sum(1 for _, own in table if own == group)}" for group in sorted(GROUPS))


def example(groups, rows):
    text = "#define HINGE_NATIVE_CALLS(X) \\\n" + "".join(f"  X(c{i}, {group}) \\\n" for i, group in enumerate(rows))
    return Tree({HEADER: text + f"\nenum class Group : u8 {{ {', '.join(groups)} }};\n"})


FOUR = ["ipc", "space", "thread", "scheduling"]
FAULTS = {
    "a fifth group": example(FOUR + ["file"], FOUR + ["file"]),
    "a call of an undeclared group": example(FOUR, FOUR + ["network"]),
    "a group without a call": example(FOUR, FOUR[:3]),
    "no table": Tree({}),
}
FINE = {"the four": example(FOUR, FOUR * 2)}
