"""osbench.py PRESET: the benchmark of single operations completes all but its network tests, counted in instructions.
The table against Linux goes to build/osbench.PRESET.txt (docs/status.md shows it)."""
import re
import subprocess

import system
from system import BUILD, ROOT

NETWORK = {"tcp_round_trip", "tcp_write_64k"}
PEERS = ROOT / "tests" / "peers"


def test(preset):
    verdict, output = system.boot(preset, ["/tests/osbench"], limit=500, count=True)
    text = output.decode(errors="backslashreplace")
    system.expect(not verdict.why, f"{verdict.report()}\n{text}")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#") and "\t" in line]
    system.expect("tick=instruction" in text, f"a tick is no instruction:\n{text}")
    failed = {row[0]: row[2] for row in rows if row[1] == "error" and row[0] not in NETWORK}
    all_names = set(re.findall(r"^\S+\t\S+\t\d+\t(\w+)\t", (PEERS / "results" / "osbench-same-cpu.tsv").read_text(), re.MULTILINE))
    missing = all_names - {row[0] for row in rows}
    system.expect(not failed and not missing, f"failed: {failed}, missing: {missing}\n{text}")
    plain = BUILD / f"osbench.{preset}.tsv"
    plain.write_text(text)
    table = subprocess.run([PEERS / "table", PEERS / "results" / "osbench-same-cpu.tsv", plain], capture_output=True, text=True, check=True).stdout
    (BUILD / f"osbench.{preset}.txt").write_text(table)
    print(table)


system.main(test)
