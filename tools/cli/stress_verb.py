"""./hinge stress: stress-ng's stressors that Debian's Linux passes in the same emulator, in any preset; a table of what becomes of them."""
import subprocess
import sys

import build
import packages
from console import ROOT, Stop
from options import Options, number, text
from run import PRESETS

OPTIONS = Options("stress", values={"presets": text, "seconds": number(1, 3600), "smp": number(1, 64)})


def main(words):
    found, rest = OPTIONS.parse(words)
    presets = (found["presets"] or "mono,micro").split(",")
    if rest is not None or set(presets) - set(PRESETS):
        raise Stop("stress: [--presets A,B] [--seconds N] [--smp N] [STRESSOR...]")
    packages.need(packages.BUILD, packages.RUN, packages.IMAGE)
    build.build("nucleus.elf", "boot_image", "programs")
    worst = 0
    for preset in presets:
        command = [sys.executable, ROOT / "tests" / "system" / "stress.py", preset, str(found["smp"] or 2), str(found["seconds"] or 5)]
        worst = max(worst, subprocess.run([*command, *found["words"]], stdin=subprocess.DEVNULL).returncode)
    return worst
