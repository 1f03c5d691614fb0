"""docs/linux-calls.md says of every Linux system call whether it is there and what differs: it is made from the calls.def files
of services/linux, where a comment behind a call is the difference. Numbers and names: linux_calls.txt (Linux 6.1, x86-64; "-" marks
what Linux answers with ENOSYS too).

    linux_calls.py --write    writes the page anew"""
import pathlib
import re
import sys

from tree import Tree

TITLE = "docs/linux-calls.md is made from the tables"
PAGE = "docs/linux-calls.md"
ENTRY = re.compile(r"^X\((\d+), (\w+)\)[ \t]*(?://[ \t]*(.*))?$", re.MULTILINE)
NAMES = pathlib.Path(__file__).with_name("linux_calls.txt")
HEAD = """# Linux system calls

Made by `tools/lint/linux_calls.py --write` from the tables in the code (`services/linux/*/calls.def`); `./hinge lint` checks that it is
up to date. A call that is not there returns ENOSYS, and the log names it once. "there" means: what its manual page promises, as far as no
difference is noted.

"""


def tables(files):
    """{number: (name, folder, difference)}"""
    found = {}
    for path, text in sorted(files.items()):
        parts = path.split("/")
        if parts[:2] == ["services", "linux"] and parts[-1] == "calls.def":
            for number, name, note in ENTRY.findall(text):
                found[int(number)] = (name, parts[2], note.strip())
    return found


def numbers():
    for line in NAMES.read_text().splitlines():
        number, name, *mark = line.split()
        yield int(number), name, bool(mark)


def page(files):
    there = tables(files)
    rows, counts = [], {"there": 0, "differs": 0, "missing": 0, "gone": 0}
    for number, name, never in numbers():
        if number in there:
            _, folder, note = there[number]
            state = "differs" if note else "there"
            rows.append(f"| {number} | `{name}` | there | {folder} | {note} |")
        else:
            state = "gone" if never else "missing"
            rows.append(f"| {number} | `{name}` | ENOSYS | | {'as on Linux' if never else ''} |")
        counts[state] += 1
    summary = (f"{counts['there'] + counts['differs']} calls are there, {counts['differs']} of them with differences; {counts['missing']} "
               f"are not; {counts['gone']} are in no Linux of today either.\n\n")
    return HEAD + summary + "| number | name | state | folder | what differs |\n|--:|---|---|---|---|\n" + "\n".join(rows) + "\n"


def check(tree):
    names = {number: name for number, name, _ in numbers()}
    there = tables(tree.files)
    found = [f"services/linux/{folder}/calls.def: {number} is {names.get(number, 'no call')}, not {name}"
             for number, (name, folder, _) in sorted(there.items()) if names.get(number) != name]
    if there and tree.files.get(PAGE) != page(tree.files):
        found.append(f"{PAGE} is not what the tables say: tools/lint/linux_calls.py --write")
    return found


def summary(tree):
    return f"{len(tables(tree.files))} calls"


def example(text, with_page=True):
    files = {"services/linux/files/calls.def": text}
    return Tree(files | ({PAGE: page(files)} if with_page else {}))


FAULTS = {
    "an old page": Tree(example("X(0, read)\n").files | {"services/linux/tty/calls.def": "X(1, write)\n"}),
    "no page": example("X(0, read)\n", with_page=False),
    "a wrong number": example("X(1, read)\n"),
}
FINE = {"a page as made": example("X(0, read)\nX(1, write)  // slowly\n"), "no tables at all": Tree({})}


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    root = pathlib.Path(__file__).resolve().parent.parent.parent
    sources = {str(path.relative_to(root)): path.read_text() for path in root.glob("services/linux/*/calls.def")}
    (root / PAGE).write_text(page(sources))
