"""./hinge bench moves|restarts: how long a service is away when it changes sides, and when it has died, in instructions: the
system tests of both in count mode, on either side, where one instruction is one tick of the time-stamp counter that they read."""
import subprocess
import sys

from console import ROOT

RUNS = {
    "moves": [("moves", preset, "1", "25", "count") for preset in ("mono", "micro")],
    "restarts": [("restarts", "micro", "1", "60", "1", "count")],
}


def changes(kind):
    """Prints the distributions; 1 when something did not hold, which is said too."""
    status = 0
    for script, *arguments in RUNS[kind]:
        print(f"{kind} in {arguments[0]}, 1 processor", flush=True)
        status |= subprocess.run([sys.executable, ROOT / "tests" / "system" / f"{script}.py", *arguments], stdin=subprocess.DEVNULL).returncode
    return 1 if status else 0
