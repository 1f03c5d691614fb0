"""Who may include whom (design, section 7). Paths in quotes are relative to the repository; tests may use everything
their own room may, and what tests/ holds."""
from tree import CODE, INCLUDE, Tree, is_test

TITLE = "includes"
BELOW = {"base", "abi", "iface", "host"}
ALLOWED = {
    "base": {"base"},
    "abi": {"base", "abi"},
    "host": {"base", "abi", "host", "iface"},
    "iface": {"base", "abi", "host", "iface"},
    "nucleus": {"base", "abi", "nucleus"},
    "placement": BELOW | {"placement"},
    "user": {"base", "abi", "user"},
}


def room(path):
    """The first folder, or for a service its own: services/tmpfs. Examples are services too."""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] in ("services", "examples") else parts[0]


def check(tree):
    found = []
    for path, text in sorted(tree.files.items()):
        here = room(path)
        if not path.endswith(CODE) or (here not in ALLOWED and not here.startswith(("services/", "examples/"))):
            continue
        allowed = ALLOWED.get(here, BELOW | {here})
        for target in INCLUDE.findall(text):
            beside = here == "user" and "/" not in target  # Ordinary programs, in C's ordinary way.
            if room(target) in allowed or beside or (is_test(path) and target.startswith("tests/")):
                continue
            found.append(f'{path}: {here} may not include "{target}"')
    return found


def example(path, target):
    return Tree({path: f'#include "{target}"\n'})


FAULTS = {
    f"{path} includes {target}": example(path, target)
    for path, target in [
        ("base/a.hpp", "abi/native.hpp"), ("abi/a.hpp", "host/host.hpp"), ("host/a.hpp", "nucleus/core/core.hpp"),
        ("iface/a.hpp", "services/tmpfs/a.hpp"), ("services/tmpfs/a.cpp", "services/linux/a.hpp"),
        ("services/linux/a.cpp", "nucleus/mm/a.hpp"), ("nucleus/a.cpp", "host/host.hpp"), ("nucleus/a.cpp", "placement/a.hpp"),
        ("placement/a.cpp", "nucleus/a.hpp"), ("examples/a/a.cpp", "services/tmpfs/a.hpp"), ("services/linux/a.cpp", "a.hpp"), ("user/init/a.c", "nucleus/a.hpp"), ("services/linux/a_test.cpp", "nucleus/a.hpp"),
    ]
}
FINE = {
    f"{path} includes {target}": example(path, target)
    for path, target in [
        ("abi/a.hpp", "base/result.hpp"), ("services/tmpfs/a.cpp", "services/tmpfs/b.hpp"), ("services/tmpfs/a.cpp", "iface/calls.hpp"),
        ("nucleus/a.cpp", "abi/native.hpp"), ("nucleus/a_test.cpp", "tests/support/a.hpp"), ("tests/a.cpp", "nucleus/a.hpp"), ("user/init/a.c", "init.h"),
    ]
}
