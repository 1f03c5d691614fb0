"""./hinge VERB: finds the verb, runs it, and turns a Stop into one line and an exit status."""
import signal
import sys

import bench
import build
import check
import debug
import demo
import image
import lint_verb
import run
import stress_verb
from console import Stop, say

HELP = """usage: ./hinge VERB [OPTION...]

  run [OPTION...] [-- COMMAND [ARG...]]   boot: a shell on this terminal, or one command (see run --help)
  build                                   build nucleus, services and boot image
  test [NAME...] [--long]                 all tests, or those whose names contain NAME
  lint                                    the house rules; prints the nucleus' lines of code
  debug [OPTION...]                       boot under gdb, symbols of the nucleus and of every slot loaded
  bench [OPTION...] [ROW...]              what operations cost beside Debian's Linux (see bench --help)
  bench call|boundary|profile             what calls cost; the same request on each side; which functions cost it
  stress [--presets A,B] [STRESSOR...]    stress-ng's stressors that Linux passes, one after the other: a table
  demo crash                              one bug outside, in the kernel and in Debian's Linux, side by side
  image [--packages A,B] [-o FILE]        a disk image made of Debian packages
  help                                    this text

Missing Debian packages are installed with apt-get, after saying which. Everything made lies in build/."""


def show_help(arguments):
    print(HELP)
    return 0


VERBS = {
    "run": run.main,
    "build": build.main,
    "test": check.main,
    "lint": lint_verb.main,
    "debug": debug.main,
    "bench": bench.main,
    "stress": stress_verb.main,
    "demo": demo.main,
    "image": image.main,
    "help": show_help,
    "--help": show_help,
    "-h": show_help,
}


def main(words):
    if not words:
        print(HELP, file=sys.stderr)
        return 2
    verb = VERBS.get(words[0])
    try:
        if verb is None:
            raise Stop(f"no verb '{words[0]}' (./hinge help lists them)")
        return verb(words[1:])
    except Stop as stop:
        say(stop.message)
        return stop.status
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
