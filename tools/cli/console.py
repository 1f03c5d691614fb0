"""What the tool says itself goes to standard error, each line beginning with "hinge: "."""
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build"
CACHE = BUILD / "cache"  # What is remembered between runs: probes, downloads.


class Stop(Exception):
    """Ends the tool with one clear line. Status 2: wrong use or something is missing."""

    def __init__(self, message, status=2):
        super().__init__(message)
        self.message = message
        self.status = status


def say(line):
    print(f"hinge: {line}", file=sys.stderr, flush=True)


def existing_file(name):
    """The absolute path of a file that must be there and readable."""
    path = pathlib.Path(name).absolute()
    if not path.is_file():
        raise Stop(f"no such file: {name}")
    if not os.access(path, os.R_OK):
        raise Stop(f"cannot read {name}")
    return path
