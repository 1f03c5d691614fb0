"""Seeded bugs: each patch in seeded/ must apply to the core, and the explorer must find it, as the invariant it names.

    seeded_bugs.py BUILD LIBRARY COMPILER [FLAG]...    LIBRARY: core and explorer, compiled without any patch

A patch changes one source file of nucleus/core. That file is compiled and linked before LIBRARY, so the rest is reused. What was
found is remembered in BUILD by a hash of all that goes in."""
import concurrent.futures
import hashlib
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEEDED = ROOT / "tests/explore/seeded"
PATCHED = re.compile(r"^\+\+\+ b/(nucleus/core/\w+\.cpp)$", re.MULTILINE)
FIELD = re.compile(r"^(Bug|Model|Breaks): (.*)$", re.MULTILINE)
LIMIT_SECONDS = 200


def run(command, **more):
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS, stdin=subprocess.DEVNULL, **more)


def inputs():
    """Everything that decides what the explorer does, without the patches."""
    digest = hashlib.sha256()
    folders = ["nucleus/core", "tests/explore", "tests/support", "base", "abi"]
    files = [path for folder in folders for path in sorted((ROOT / folder).glob("*.[ch]pp"))]
    for path in [*files, ROOT / "nucleus/limits.hpp", pathlib.Path(__file__)]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest


class Seeded:
    def __init__(self, patch, build, library, compile_command, common):
        self.patch, self.library, self.compile = patch, library, compile_command
        self.text = patch.read_text()
        self.fields = dict(FIELD.findall(self.text))
        self.files = PATCHED.findall(self.text)
        self.folder = build / "seeded" / patch.stem
        digest = common.copy()
        digest.update(self.text.encode())
        self.memory = self.folder / f"{digest.hexdigest()[:24]}.found"

    def explorer(self):
        """The explorer with this bug in it, or raises."""
        if len(self.files) != 1 or len(self.fields) != 3:
            raise ValueError("says no Bug, Model or Breaks, or changes other than one source file")
        source = self.folder / self.files[0]
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_bytes((ROOT / self.files[0]).read_bytes())
        outside = {**os.environ, "GIT_CEILING_DIRECTORIES": str(self.folder.parent)}
        applied = run(["git", "apply", "-C1", str(self.patch)], cwd=self.folder, env=outside)
        if applied.returncode or source.read_bytes() == (ROOT / self.files[0]).read_bytes():
            raise ValueError(f"does not apply: {applied.stderr.strip()}")
        program = self.folder / "explorer"
        built = run([*self.compile, f"-I{ROOT}", str(source), str(self.library), "-o", str(program)])
        if built.returncode:
            raise ValueError(f"does not compile: {built.stderr}")
        return program

    def result(self):
        """(found, how it was found or why it was not)"""
        if self.memory.exists():
            return True, self.memory.read_text() + " (as before)"
        try:
            explored = run([str(self.explorer()), self.fields["Model"]])
        except (ValueError, subprocess.TimeoutExpired) as problem:
            return False, str(problem)
        expected = f"broken: {self.fields['Breaks']}\n"
        steps = explored.stdout.partition(expected)[2].count("\n")
        if explored.returncode != 1 or expected not in explored.stdout:
            return False, f"expected '{expected.strip()}', exit {explored.returncode}:\n{explored.stdout}{explored.stderr}"
        how = f"{self.fields['Breaks']}, after {steps} steps of '{self.fields['Model']}'"
        self.memory.write_text(how)
        return True, how


def main(build, library, *compile_command):
    common = inputs()
    common.update(" ".join(compile_command).encode())
    bugs = [Seeded(patch, pathlib.Path(build).resolve(), library, compile_command, common) for patch in sorted(SEEDED.glob("*.patch"))]
    missed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for bug, (found, how) in zip(bugs, pool.map(Seeded.result, bugs)):
            missed += not found
            print(f"{'found ' if found else 'MISSED'} {bug.patch.stem}: {how}", flush=True)
    print(f"{len(bugs) - missed} of {len(bugs)} seeded bugs found")
    return 1 if missed or len(bugs) < 10 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
