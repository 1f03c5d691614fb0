"""bench.py: ./hinge bench prints a row for each system it is asked for, with nothing counted for the wrong side; what it writes
agrees; a second run agrees with the first to 0.1 %. And bench boundary and bench profile print what they promise."""
import pathlib
import subprocess
import tempfile

import system
from system import ROOT

ROWS = ("syscall_null", "pipe_round_trip", "boot")
PRESETS = ("mono", "micro")


def hinge(*words):
    done = subprocess.run([ROOT / "hinge", "bench", *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    system.expect(done.returncode == 0, done.stdout + done.stderr)
    return done.stdout


def table(*options):
    """({(row, system): {column: value}}, the page)"""
    with tempfile.TemporaryDirectory() as folder:
        values, page = pathlib.Path(folder) / "table.tsv", pathlib.Path(folder) / "table.html"
        hinge(*ROWS, "--recorded", "--tsv", values, "--html", page, *options)
        lines = [line.split("\t") for line in values.read_text().splitlines() if not line.startswith("#")]
        return {(row[0], row[1]): dict(zip(lines[0], row)) for row in lines[1:]}, page.read_text()


def test():
    first, page = table("--presets", ",".join(PRESETS))
    for preset in PRESETS:
        null = first["syscall_null", preset]
        sides = {side: int(null[side]) for side in ("user", "nucleus", "kernel_services", "user_services")}
        system.expect(abs(sum(sides.values()) - int(null["instructions"])) <= 2, f"{preset}: {null}")
        system.expect(30 <= sides["user"] <= 46 and sides["nucleus"] > 0, f"{preset}: {null}")
        system.expect((sides["kernel_services"] == 0) == (preset == "micro") == (sides["user_services"] > 0), f"{preset}: {null}")
        system.expect(float(null["switches"]) == (2 if preset == "micro" else 0), f"{preset}: {null}")
        system.expect(("boot", preset) in first and first["boot", preset]["instructions"] != "-", "no boot")
    system.expect(page.count("<svg") == len(ROWS), "the page shows other rows")
    again, _ = table("--presets", PRESETS[0])
    for row in ROWS:
        one, two = (int(found[row, PRESETS[0]]["instructions"]) for found in (first, again))
        system.expect(abs(one - two) <= max(1, one // 1000), f"{row}: {one}, and then {two}")
    boundary = hinge("boundary").splitlines()
    system.expect(len(boundary) == 9 and "64 KiB copied" in boundary[5], "\n".join(boundary))
    profile = hinge("profile", "syscall_null", "--presets", "mono", "--lines", "5")
    system.expect(len(profile.splitlines()) == 6 and "hinge::" in profile, profile)
    print(*boundary, profile, sep="\n")


system.main(test)
