"""./hinge lint: runs tools/lint over the tree and over the nucleus, when it has been built."""
import subprocess
import sys

from console import ROOT, Stop


def main(words):
    if words:
        raise Stop("lint takes no arguments")
    return subprocess.run([sys.executable, ROOT / "tools" / "lint" / "main.py"]).returncode
