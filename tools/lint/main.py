"""The house rules, checked over the tree and over what has been built. Exit 1 when one is broken.

    main.py               check (--build DIR: where nucleus.elf and the services' images are)
    main.py --self-test   every rule must object to each of its own examples of a fault, and to none of its good ones

A rule is a module with TITLE, check(tree) -> complaints, FAULTS and FINE: {what it shows: Tree}."""
import pathlib
import sys

import boundaries
import calls
import conditionals
import guest_code
import images
import includes
import linux_calls
import size
import words
from tree import load

RULES = [size, includes, boundaries, conditionals, guest_code, words, calls, images, linux_calls]
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def self_test():
    bad = 0
    for rule in RULES:
        for what, tree in rule.FAULTS.items():
            if not rule.check(tree):
                bad += 1
                print(f"{rule.TITLE}: does not notice: {what}")
        for what, tree in rule.FINE.items():
            for complaint in rule.check(tree):
                bad += 1
                print(f"{rule.TITLE}: objects to '{what}': {complaint}")
        print(f"{rule.TITLE}: {len(rule.FAULTS)} faults noticed, {len(rule.FINE)} good trees passed" if not bad else f"{rule.TITLE}: see above")
    return 1 if bad else 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    build = ROOT / "build" if arguments[:1] != ["--build"] else pathlib.Path(arguments[1])
    tree = load(ROOT, build)
    complaints = 0
    for rule in RULES:
        found = rule.check(tree)
        complaints += len(found)
        note = f" ({rule.summary(tree)})" if hasattr(rule, "summary") else ""
        print(f"{'fails' if found else 'holds'}: {rule.TITLE}{note}")
        for line in found:
            print(f"    {line}")
    print(f"lint: {len(RULES)} rules, {complaints} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
