"""looking.py PRESET: what the system says of itself while it runs. `hinge trace` shows each hop of a command's requests down to the
disk's driver, with the boundary that the preset puts there; `hinge price` what each boundary costs and would cost; `hinge try`
the five prices from a function call to a process. Counted: a tick is an instruction."""
import pathlib
import re
import subprocess
import tempfile

import system

SCRIPT = """mount -t ext4 -o ro /dev/vda /mnt
echo === ; hinge trace cat /mnt/some/file 2>&1 >/dev/null
echo === ; hinge price
echo === ; hinge price move | grep '^programs'
echo === ; hinge try
echo === ; hinge trace false; echo status $?
echo === ; hinge trace sh -c 'ls / | wc -l' 2>&1 | tail -1"""


def traced(text, way):
    head, *rows = text.splitlines()
    system.expect(head.startswith("request") and re.match(rf"execve +{way} +\d+ +\d+$", rows[0]), text)
    system.expect(any(re.match(rf"openat +{way} +\d+ +\d+$", row) for row in rows), text)
    system.expect(any(re.search(rf"-> ext4  FileSystem::\w+ +{way} ", row) for row in rows), text)
    disk = [i for i, row in enumerate(rows) if re.search(rf"-> virtio_blk  BlockDevice::Read +{way} ", row)]
    system.expect(disk and all(re.search(r"-> (ext4|virtio_blk) ", rows[i - 1]) for i in disk), text)
    system.expect(rows[-1].endswith("ticks inside linux") and f"(by {way})" in rows[-1], text)


def priced(text, way):
    prices = {}
    for row in text.splitlines()[1:]:
        if fields := re.match(r"(\S+) +(\S+) +(call|message) +(\d+) +(call|message) +(\d+|\?)$", row):
            prices[fields[1], fields[2]] = fields[3], int(fields[4]), fields[6]
    now, ticks, other = prices["ext4", "virtio_blk"]
    system.expect(now == way and (ticks < int(other)) == (way == "call"), text)
    system.expect(prices["programs", "linux"][0] == way and prices["linux", "placement"][0] == "message", text)
    return prices


def test(preset):
    way = "message" if preset == "micro" else "call"
    with tempfile.TemporaryDirectory() as folder:
        disk, tree = pathlib.Path(folder) / "disk", pathlib.Path(folder) / "tree"
        (tree / "some").mkdir(parents=True)
        (tree / "some" / "file").write_text("to be read\n" * 1000)
        subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext4", "-d", tree, disk, "8M"], check=True, stdin=subprocess.DEVNULL, capture_output=True)
        text = system.boot_well(preset, ["/bin/sh", "-c", SCRIPT], drives=[disk], append="root=tmpfs", count=True, limit=150)
    _, trace, price, move, experiment, status, piped = text.split("===\n")
    traced(trace, way)
    prices = priced(price, way)
    there = re.match(r"programs +linux +\w+ +(\d+) +\w+ +(\d+)$", move.strip())
    system.expect(there and (int(there[1]) < int(there[2])) == (way == "call"), move)
    system.expect(abs(int(there[1]) - prices["programs", "linux"][1]) <= 20, f"{move}{price}")
    ticks = [int(n) for n in re.findall(r"(\d+) ticks", experiment)]
    system.expect(len(ticks) == 5 and ticks == sorted(ticks), experiment)
    system.expect(re.search(r"^a process costs \d+ calls between domains$", experiment, re.M), experiment)
    system.expect("status 1\n" in status, status)
    system.expect(re.search(r"^[1-9]\d* requests", piped), piped)
    print(text)


system.main(test)
