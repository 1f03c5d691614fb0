"""Row S33: the nucleus has at most 10,000 lines of code, the x86-64 part included. And no file grows beyond 500 lines
unless the comment on its top says "One file because"."""
from tree import Tree, lines_of_code

TITLE = "sizes"
NUCLEUS_LIMIT, FILE_LIMIT, TOP_LINES = 10_000, 500, 20
REASON = "One file because"
LENGTH_CHECKED = (".cpp", ".hpp", ".c", ".h", ".S", ".py", ".sh")


def nucleus_lines(tree):
    return sum(lines_of_code(text) for _, text in tree.code("nucleus"))


def check(tree):
    found = []
    lines = nucleus_lines(tree)
    if lines > NUCLEUS_LIMIT:
        found.append(f"nucleus/: {lines} lines of code, {NUCLEUS_LIMIT} allowed")
    for path, text in sorted(tree.files.items()):
        long = path.endswith(LENGTH_CHECKED) and text.count("\n") > FILE_LIMIT
        if long and REASON not in "\n".join(text.split("\n")[:TOP_LINES]):
            found.append(f"{path}: {text.count(chr(10))} lines; split it, or say on top: {REASON} ...")
    return found


def summary(tree):
    return f"nucleus: {nucleus_lines(tree)} lines of code of {NUCLEUS_LIMIT}"


CODE = "int x;\n"
FAULTS = {
    "10,001 lines in the nucleus": Tree({f"nucleus/{i}.cpp": CODE * 100 for i in range(100)} | {"nucleus/arch/x.S": "nop"}),
    "a file of 501 lines": Tree({"services/linux/x.cpp": CODE * 501}),
}
FINE = {
    "comments, blank lines and tests do not count":
        Tree({f"nucleus/{i}.cpp": (CODE + "// why\n\n/* a\n b */\n") * 99 for i in range(100)} | {"nucleus/x_test.cpp": CODE * 400}),
    "a long file with a reason": Tree({"base/x.cpp": "// One file because it is a table.\n" + CODE * 501}),
}
