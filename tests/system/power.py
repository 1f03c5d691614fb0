"""power.py PRESET PROCESSORS CUTS [linux]: the power goes while programs write, and nothing that was acknowledged is lost.

The writers of tests/power/writers.py work on an ext4 of a disk whose writes and flushes QEMU records in their order
(write_log.py). Each durable step is acknowledged by a write past the caches to another partition of the same disk, so that the
record tells what was acknowledged before any moment in it. One such run is then cut many times: half of the cuts lie
right behind a flush, half anywhere between, where what was not flushed is kept or lost sector by sector.

(The superblock's two sectors are kept or lost together: the format has its checksum in the second, so that no ext4 survives
their being torn apart.)

Each cut is judged twice. e2fsck replays the journal; then our ext4 does, on another copy (build/ext4_extract, the shipped
code). After either `e2fsck -fn` has nothing to say, and the files are as writers.py demands, the same in both. Six
of the cuts are mounted by Hinge in the preset, too, and, with `linux`, by Debian's Linux in the same emulator; there the
writers' files are judged by the same program, which prints the same. (When three in ten flushes of the record are ignored, three
of sixteen cuts are found wrong.)"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import system
import write_log
from small_disk import TOOLS, make_ext4, tool
from system import BUILD, ROOT, scenarios
from writing import clean

import image

sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tests" / "power")]
import partitioned  # noqa: E402
import writers  # noqa: E402

MIB = 1 << 20
SYSTEM_MIB, MARKS_MIB = 24, 8
PROGRAM = ROOT / "tests" / "power" / "writers.py"
LOAD_SECONDS = 15
MOUNTED = 6  # As many disks as a guest takes beside its root, and one.


def made_disk(folder, options):
    content = bytearray(partitioned.gpt([make_ext4(folder, SYSTEM_MIB, options=options), bytes(MARKS_MIB * MIB)]))
    path = pathlib.Path(folder) / "disk"
    path.write_bytes(content)
    return path, bytes(content)


FIRST = partitioned.ALIGNMENT                       # Where the file system lies,
SUPERBLOCK = range(FIRST + 1024, FIRST + 2048)
MARKS = FIRST + SYSTEM_MIB * MIB + partitioned.ALIGNMENT  # and where the acknowledgements.


def guest_files(*more):
    return [("power/writers.py", PROGRAM.read_bytes(), 0o755), *more]


def run_load(preset, processors, disk, log):
    script = f"mount -t ext4 /dev/vdb1 /mnt && python3 -B /run/hinge/power/writers.py load /mnt /dev/vdb2 {LOAD_SECONDS} && umount /mnt"
    text = system.boot_well(preset, ["/bin/sh", "-c", script], smp=processors, image=image.image(image.DEFAULT), files=guest_files(),
                            extra=write_log.options(disk, log))
    system.expect("wrong" not in text and text.count(" steps\n") == len(writers.WRITERS), text)
    print(text, end="")


def positions(record, count, chance):
    """Where to cut: half of them behind flushes; none before there is something to lose."""
    first = next(i for i, entry in enumerate(record) if entry.offset >= MARKS)
    flushes = [i + 1 for i, entry in enumerate(record) if i > first and entry.flags & write_log.FLUSH]
    behind = chance.sample(flushes, min(count // 2, len(flushes)))
    return sorted(behind + [chance.randrange(first, len(record)) for _ in range(count - len(behind))])


def acknowledged(record, position):
    last = {}
    for entry in record[:position]:
        if entry.data and entry.offset >= MARKS:
            for name, number in writers.acknowledgements(entry.offset, bytes(entry.data)):
                last[name] = max(number, last.get(name, 0))
    return last


def told(folder, known, who):
    lines = list(writers.found(folder, known))
    system.expect(not any(line.startswith("wrong") for line in lines), f"{who}, acknowledged {known}:\n" + "\n".join(lines))
    return lines


def judge(cut, known):
    """What is on it, by both replays."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        theirs, ours = folder / "e2fsck", folder / "hinge"
        for path in (theirs, ours):
            path.write_bytes(cut)
            (folder / f"{path.name}.tree").mkdir()
        repaired = subprocess.run(["e2fsck", "-p", theirs], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=TOOLS)
        system.expect(repaired.returncode in (0, 1), f"e2fsck -p: {repaired.returncode}\n{repaired.stdout}{repaired.stderr}")
        clean(theirs)
        tool("debugfs", "-R", f"rdump / {theirs}.tree", theirs)
        extracted = subprocess.run([BUILD / "ext4_extract", ours, f"{ours}.tree"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        system.expect(extracted.returncode == 0, f"ext4_extract: {extracted.stdout}{extracted.stderr}")
        clean(ours)
        lines = told(f"{theirs}.tree", known, "e2fsck's replay")
        system.expect(lines == told(f"{ours}.tree", known, "our replay"), f"the replays differ; e2fsck's: {lines}")
        return lines


CHECK = """mkdir -p /tmp/cut; n=0
for d in b c d e f g; do n=$((n + 1)); mkdir /tmp/cut/$n; mount -t ext4 /dev/vd$d /tmp/cut/$n || echo "wrong: not mounted"; done
python3 -B /run/hinge/power/writers.py check /run/hinge/power/known /tmp/cut/1 /tmp/cut/2 /tmp/cut/3 /tmp/cut/4 /tmp/cut/5 /tmp/cut/6
for n in 1 2 3 4 5 6; do umount /tmp/cut/$n; done"""


def mounted(preset, processors, cuts, with_linux):
    """cuts: (bytes, acknowledged, what the host found)."""
    expected = [f"{number} {line}" for number, (_, _, lines) in enumerate(cuts) for line in lines]
    files = guest_files(("power/known", json.dumps([known for _, known, _ in cuts]).encode(), 0o644))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        disks = [folder / f"cut{i}" for i in range(len(cuts))]
        for path, (content, _, _) in zip(disks, cuts):
            path.write_bytes(content)
        if with_linux:
            (folder / "files" / "power").mkdir(parents=True)
            for path, data, mode in files:
                (folder / "files" / path).write_bytes(data)
            drives = [word for disk in disks for word in ("--drive", disk)]
            text = scenarios.linux(1, "--files", folder / "files", "--root", "--snapshot", "--drive", image.image(image.DEFAULT), *drives, "--", "sh", "-c", CHECK)
            system.expect(text.decode().splitlines() == expected, f"Linux finds\n{text.decode()}--- the host ---\n" + "\n".join(expected))
            print("Linux agrees")
        text = system.boot_well(preset, ["/bin/sh", "-c", CHECK], smp=processors, image=image.image(image.DEFAULT), files=files, drives=disks)
        system.expect(text.splitlines() == expected, f"Hinge finds\n{text}--- the host ---\n" + "\n".join(expected))
        for disk in disks:
            clean(disk)


def test(preset, processors, count, *words):
    count, chance = int(count), random.Random(f"{preset} {count}")
    with tempfile.TemporaryDirectory() as folder:
        disk, content = made_disk(folder, ("-b", "4096") if preset == "micro" else ())
        log = pathlib.Path(folder) / "log"
        log.touch()
        run_load(preset, int(processors), disk, log)
        record = write_log.entries(log)
        print(f"{len(record)} writes and flushes, {sum(entry.flags & write_log.FLUSH for entry in record)} of them flushes")
        replay, shown, chosen = write_log.Disk(content, record, SUPERBLOCK), [], chance.sample(range(count), MOUNTED)
        for number, position in enumerate(positions(record, count, chance)):
            cut = bytes(replay.cut(position, chance)[FIRST:FIRST + SYSTEM_MIB * MIB])
            known = acknowledged(record, position)
            try:
                lines = judge(cut, known)
            except system.Failure as failure:
                raise system.Failure(f"cut {number}, behind entry {position}: {failure}")
            if number in chosen:
                shown.append((cut, known, lines))
        mounted(preset, int(processors), shown, "linux" in words)
    print(f"{preset}, {processors} processors: {count} power cuts, nothing lost")


if __name__ == "__main__":
    system.main(test)
