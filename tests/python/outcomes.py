"""Runs modules of Python's own tests (libpython3.11-testsuite) and says what became of each test that was not simply fine: lines
`module outcome test`, and `module ran N` at its end. Each module in a process of its own, which has a limit."""
import subprocess
import sys
import unittest

LIMIT_SECONDS = 420
WORD = {"failures": "fails", "errors": "breaks", "skipped": "skipped", "unexpectedSuccesses": "unexpected"}


class Outcomes(unittest.TextTestResult):
    def stopTest(self, test):
        super().stopTest(test)
        print(f"# {test.id()}", flush=True)  # Where it stood when it hung.


def run(module):
    suite = unittest.defaultTestLoader.loadTestsFromName(f"test.{module}")
    result = unittest.TextTestRunner(stream=sys.stderr, resultclass=Outcomes).run(suite)
    for kind, word in WORD.items():
        for test in getattr(result, kind):
            test = test[0] if isinstance(test, tuple) else test
            print(module, word, str(test.id()).replace(" ", "_"))
    print(module, "ran", result.testsRun)


def main(modules):
    for module in modules:
        try:
            done = subprocess.run([sys.executable, __file__, "--one", module], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  errors="replace", timeout=LIMIT_SECONDS)
            lines, why, log = done.stdout.splitlines(), f"status {done.returncode}", done.stderr
        except subprocess.TimeoutExpired as expired:
            lines, why, log = (expired.stdout or b"").decode(errors="replace").splitlines(), "hangs", (expired.stderr or b"").decode(errors="replace")
        told = [line for line in lines if line.startswith(f"{module} ")]
        print("\n".join(told) if told else f"{module} {why} after_{lines[-1][2:] if lines else 'nothing'}")
        for line in log.splitlines():
            print(f"| {line}")
        sys.stdout.flush()


if sys.argv[1] == "--one":
    run(sys.argv[2])
else:
    main(sys.argv[1:])
