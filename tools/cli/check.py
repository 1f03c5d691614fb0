"""./hinge test: builds everything, then ctest. Names select tests that contain them; --long adds those marked long;
--list only lists; --record-linux [SCENARIO...] writes what Debian's Linux prints as the expected transcripts."""
import os
import re
import subprocess

import build
import packages
import scenarios
from console import BUILD, Stop
from options import Options


def main(words):
    options, rest = Options("test", flags=("long", "list", "record-linux")).parse(words)
    if rest:
        raise Stop("test: nothing may follow --")
    packages.need(packages.BUILD, packages.RUN)
    if options["record-linux"]:
        packages.need(packages.PEER)
        build.build("programs")
        scenarios.record(options["words"])
        return 0
    build.build()
    command = ["ctest", "--test-dir", BUILD, "--output-on-failure", "--no-tests=error", "-j2"]
    if options["list"]:
        command.append("-N")
    if not options["long"]:
        command += ["-LE", "^long$"]
    if options["words"]:
        command += ["-R", "|".join(re.escape(name) for name in options["words"])]
    return subprocess.run(command, stdin=subprocess.DEVNULL, env={**os.environ, "GTEST_COLOR": "no"}).returncode and 1
