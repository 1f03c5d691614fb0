"""./hinge build: configure once, then ninja; a second call with nothing changed takes a second."""
import os
import shutil
import subprocess
import sys
import time

import packages
from console import BUILD, ROOT, Stop, say
from options import Options

NUCLEUS = BUILD / "nucleus.elf"
BOOT_IMAGE = BUILD / "boot.img"
CHATTER = ("ninja: Entering", "[0/2] Re-checking", "[0/1] Re-checking", "ninja: no work to do")


def configure():
    cache = BUILD / "CMakeCache.txt"
    if cache.exists() and f"CMAKE_HOME_DIRECTORY:INTERNAL={ROOT}\n" not in cache.read_text():
        say("build/ was made for another place: starting anew")  # A copied or moved tree.
        shutil.rmtree(BUILD)
    if (BUILD / "build.ninja").exists():
        return
    say("configuring build/")
    done = subprocess.run(["cmake", "--preset", "default"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise Stop(f"cmake failed:\n{done.stdout}{done.stderr}", 1)


def build(*targets):
    """Brings the targets (default: all) up to date. Compiler output goes to the terminal as it comes."""
    packages.need(packages.BUILD)
    configure()
    began = time.monotonic()
    jobs = os.environ.get("HINGE_JOBS", str(os.cpu_count() or 1))
    # Standard output belongs to the command that runs in the guest.
    ninja = subprocess.Popen(["ninja", "-C", BUILD, "-j", jobs, "-k", "0", *targets], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    for line in ninja.stdout:
        if not line.startswith(CHATTER):
            print(line, end="", file=sys.stderr, flush=True)
    if ninja.wait() != 0:
        raise Stop("the build failed", 1)
    took = time.monotonic() - began
    if took > 5:
        say(f"built in {took:.0f} s")


def main(words):
    options, rest = Options("build").parse(words)
    if options["words"] or rest:
        raise Stop("build takes no arguments")
    build()
    return 0
