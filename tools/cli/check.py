"""./hinge test: builds everything, then ctest. Names select tests that contain them; --long adds those marked long."""
import os
import re
import subprocess

import build
import packages
from console import BUILD, Stop
from options import Options


def main(words):
    options, rest = Options("test", flags=("long", "list")).parse(words)
    if rest:
        raise Stop("test: nothing may follow --")
    packages.need(packages.BUILD, packages.RUN)
    build.build()
    command = ["ctest", "--test-dir", BUILD, "--output-on-failure", "--no-tests=error", "-j2"]
    if options["list"]:
        command.append("-N")
    if not options["long"]:
        command += ["-LE", "^long$"]
    if options["words"]:
        command += ["-R", "|".join(re.escape(name) for name in options["words"])]
    return subprocess.run(command, stdin=subprocess.DEVNULL, env={**os.environ, "GTEST_COLOR": "no"}).returncode and 1
