"""images.py PRESET PROCESSORS PART...: disks as programs see them. Parts: tree (every file of the default image as the host
knows it), partitions (tables, mounts, block devices), refused (what cannot be booted says why), stream (a file larger than
memory), killed (the same, while driver and file system die), price (of cached reads), scenarios (as on Linux)."""
import hashlib
import os
import pathlib
import re
import sys
import tempfile

import system
from small_disk import make_ext4, tool
from system import BUILD, ROOT

import image

sys.path.insert(0, str(ROOT / "tests" / "support"))
import partitioned  # noqa: E402

MIB = 1 << 20


def host_tree(path):
    """(lines as the guest prints them of every inode, checksums of every file), by debugfs."""
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder)
        tool("debugfs", "-R", f"rdump / {tree}", path)
        sums = {}
        for place, _, files in os.walk(tree):
            for name in files:
                file = pathlib.Path(place) / name
                if not file.is_symlink():
                    sums[f"/{file.relative_to(tree)}"] = hashlib.md5(file.read_bytes()).hexdigest()
        folders = ["/"] + [f"/{(pathlib.Path(place) / name).relative_to(tree)}" for place, names, _ in os.walk(tree) for name in names
                           if not (pathlib.Path(place) / name).is_symlink()]
        entries = set()
        for place in folders:
            for line in tool("debugfs", "-R", f'ls -p "{place}"', path).splitlines():
                if fields := re.fullmatch(r"/(\d+)/(\d+)/(\d+)/(\d+)/(.+)/(\d*)/", line):
                    inode, mode, owner, group, name, _ = fields.groups()
                    if name not in (".", ".."):
                        entries.add(f"{inode} {int(mode, 8) & 0o7777:o} {owner} {group} {place.rstrip('/')}/{name}")
        return entries, sums


def different(what, expected, found):
    lines = [f"only on the host: {line}" for line in sorted(expected - found)[:10]] + [f"only in the guest: {line}" for line in sorted(found - expected)[:10]]
    system.expect(not lines, f"{what}:\n" + "\n".join(lines))


def tree(preset, processors):
    path = image.image()
    entries, sums = host_tree(path)
    covered = re.compile(r"^/(dev|proc|sys|run|tmp|root)(/|$)")
    script = r"""/usr/bin/find / -xdev -printf '%i %m %U %G %p\n'; echo ===; find / -xdev -type f -exec md5sum {} +; echo ===
ls -lR / >/dev/null && /run/hinge/tests/disk_reads /usr/bin/bash /usr/lib/x86_64-linux-gnu/libc.so.6 /etc/passwd
bash -c 'echo "dynamic bash $((6 * 7))"'; echo "$PATH" | grep -o /run/hinge; touch /etc/new 2>&1 | sed 's/.*: //'; touch /tmp/new /run/new /root/new && echo written"""
    text = system.boot_well(preset, ["/bin/sh", "-c", script], smp=processors, image=path, limit=280)
    listed, summed, rest = text.split("===\n")
    listed = {line for line in listed.splitlines() if not covered.match(line.split(" ", 4)[4]) and line.split(" ", 4)[4] != "/"}
    different("inodes", {line for line in entries if not covered.match(line.split(" ", 4)[4])}, listed)
    different("checksums", {f"{sum}  {name}" for name, sum in sums.items() if not covered.match(name)}, set(summed.splitlines()))
    system.expect(rest.splitlines() == ["read and mapped the same", "dynamic bash 42", "/run/hinge", "Read-only file system", "written"], rest)


def partitions(preset, processors):
    with tempfile.TemporaryDirectory() as folder:
        first, second = (make_ext4(folder, 8, [("name", name), ("data", os.urandom(300_000))]) for name in (b"one\n", b"two\n"))
        disks = []
        for name, data in (("mbr", partitioned.mbr(first, second)), ("gpt", partitioned.gpt([first, second])), ("backup", partitioned.gpt([second], True))):
            disks.append(pathlib.Path(folder) / name)
            disks[-1].write_bytes(data)
        script = """awk '$4 ~ /vd[b-z]/ {print $3, $4}' /proc/partitions
for d in vdb1 vdb5 vdc1 vdc2 vdd1; do mount -t ext4 -o ro /dev/$d /mnt && echo $d $(cat /mnt/name); umount /mnt; done
mount -t ext4 -o ro /dev/vdb5 /mnt; cd /mnt; umount /mnt 2>&1 | sed 's/.*: //'; cd /; grep vdb5 /proc/mounts; umount /mnt
md5sum /dev/vdb | cut -d' ' -f1; blockdev --getsize64 /dev/vdc2; blockdev --getro /dev/vdb
mount -t ext4 -o ro /dev/null /mnt 2>&1 | sed 's/.*: //'
mount -t ext4 -o ro /dev/vdb1 /mnt; head -c 70000 /dev/zero | tr '\\0' x >/dev/vdd; echo written; umount /mnt
printf here | dd of=/dev/vdc2 bs=1 seek=5000 conv=notrunc,fsync 2>/dev/null; head -c 5004 /dev/vdc2 | tail -c 4"""
        text = system.boot_well(preset, ["/bin/sh", "-c", script], smp=processors, image=image.image(), drives=disks)
        kib = len(disks[0].read_bytes()) // 1024
        expected = [f"{kib} vdb", "8192 vdb1", "8192 vdb5", f"{kib} vdc", "8192 vdc1", "8192 vdc2", f"{len(disks[2].read_bytes()) // 1024} vdd", "8192 vdd1",
                    "vdb1 one", "vdb5 two", "vdc1 one", "vdc2 two", "vdd1 two", "Device or resource busy", "/dev/vdb5 /mnt ext4 ro 0 0",
                    hashlib.md5(disks[0].read_bytes()).hexdigest(), str(8 * MIB), "0", "Block device required", "written", "here"]
        system.expect(text.splitlines() == expected, f"{text}\n--- expected ---\n" + "\n".join(expected))
        system.expect(disks[2].read_bytes()[:70000] == b"x" * 70000, "what was written to the disk is not in its file")
        system.expect(disks[1].read_bytes().find(second[:5000] + b"here" + second[5004:]) > 0, "what was written to the partition is not in its place")


def refused(preset, processors):
    with tempfile.TemporaryDirectory() as folder:
        good = make_ext4(folder, 8)
        damaged = good[:1024 + 100] + b"\xff" * 200 + good[1324:]
        for name, data, reason in (("empty", bytes(4 * MIB), "no ext4 file system"), ("damaged", damaged, "root: /dev/vda"),
                                   ("encrypted", make_ext4(folder, 8, options=["-O", "encrypt"]), "encrypt")):
            path = pathlib.Path(folder) / name
            path.write_bytes(data)
            verdict, _ = system.boot(preset, ["/bin/true"], smp=processors, image=path, limit=60)
            system.expect(verdict.why and reason in verdict.log, f"{name}: not refused with '{reason}':\n{verdict.report()}")


def disk_with_big(folder):
    """An ext4 with a file of 300 MiB, /big: every fourth mebibyte is data, the rest holes. And the file's checksum."""
    big = pathlib.Path(folder) / "big"
    with open(big, "wb") as out:
        for at in range(0, 300, 4):
            out.seek(at * MIB)
            out.write(os.urandom(MIB))
        out.truncate(300 * MIB)
    sum = hashlib.md5(big.read_bytes()).hexdigest()
    disk = pathlib.Path(folder) / "disk"
    tree = pathlib.Path(folder) / "tree"
    tree.mkdir()
    big.rename(tree / "big")
    tool("mke2fs", "-q", "-t", "ext4", "-d", tree, disk, "330M")
    return disk, sum


def stream(preset, processors):
    """300 MiB through 256 MiB."""
    with tempfile.TemporaryDirectory() as folder:
        disk, sum = disk_with_big(folder)
        script = "mount -t ext4 -o ro /dev/vdb /mnt; md5sum /mnt/big; head -c 1000000 /mnt/big | md5sum >/dev/null; bash -c 'echo alive'"
        text = system.boot_well(preset, ["/bin/sh", "-c", script], smp=processors, image=image.image(), drives=[disk], memory=256, limit=280)
        system.expect(text == f"{sum}  /mnt/big\nalive\n", text)


def killed(preset, processors):
    """The same, twice, while driver and file system are killed over and over: whoever reads does not notice."""
    script = """mount -t ext4 -o ro /dev/vdb /mnt
    (md5sum /mnt/big; md5sum /mnt/big) >/tmp/sums & reader=$!
    kills=0
    while kill -0 $reader 2>/dev/null; do hinge kill virtio_blk && hinge kill ext4 && kills=$((kills + 2)); sleep 0.1; done >/dev/null
    wait $reader; cat /tmp/sums; echo $kills kills"""
    with tempfile.TemporaryDirectory() as folder:
        disk, sum = disk_with_big(folder)
        text = system.boot_well(preset, ["/bin/sh", "-c", script], smp=processors, image=image.image(), drives=[disk], memory=256, limit=280)
    match = re.fullmatch(rf"(?:{sum}  /mnt/big\n){{2}}(\d+) kills\n", text)
    system.expect(match and int(match[1]) >= 10, text)
    print(f"{match[1]} kills")


def scenarios(preset, processors):
    """Debian's own shell and tools, dynamically linked, from the disk: those scenarios in which they print what busybox does."""
    names = ["cpio", "diff-patch", "exit-statuses", "grep", "here-documents", "pipes", "small-files", "sort-100000", "tar-gzip"]
    verdict, output = system.boot(preset, ["/bin/sh", "/run/hinge/scenarios/all", *names], smp=processors, image=image.image(), limit=280)
    system.expect_linux_transcripts(names, verdict, output, f"{preset} on a disk")


def price(preset, processors):
    """What reading a cached file of the image costs, in instructions; the rows go to build/osbench-disk.PRESET.tsv."""
    names = ["read_4k_cached", "pread_64k_cached", "stat", "open_close"]
    text = system.boot_well(preset, ["/run/hinge/tests/osbench", "-f", "/usr/bin/bash", *names], image=image.image(), count=True, limit=200)
    rows = dict(re.findall(r"^(\w+)\t([\d.]+)\t\d+$", text, re.MULTILINE))
    system.expect(set(rows) == set(names), text)
    (BUILD / f"osbench-disk.{preset}.tsv").write_text(text)
    print(text)


def test(preset, processors, *parts):
    for part in parts:
        {"tree": tree, "partitions": partitions, "refused": refused, "stream": stream, "price": price,
         "scenarios": scenarios, "killed": killed}[part](preset, int(processors))
        print(f"{preset}, {processors} processors: {part}")


system.main(test)
