"""disk_faults.py PRESET PROCESSORS: disks that fail at one place, by QEMU's driver blkdebug: reads and writes of the sectors of a
file, a folder, the journal or a table, and flushes. The program whose data it is gets EIO, by fsync and msync too; a volume
that could not be written turns read-only and says so in the log; everything else stays readable and nothing panics. On the
host e2fsck replays what the journals hold, finds nothing more, and finds what was acknowledged."""
import pathlib
import re
import subprocess
import tempfile

import system
from small_disk import TOOLS, make_ext4, tool
from system import ROOT
from writing import clean, content

import image

PROGRAM = ROOT / "tests" / "power" / "ill_disks.py"
SECTORS, PAGE = 8, 4096  # To a block, bytes of one.
GOOD_FLUSHES = 24        # More than a mount takes.
READ_ONLY = ["create: EROFS", "read: ok", "list: ok"]
WRITABLE = ["create: ok", "read: ok", "list: ok"]
EXPECTED = {
    "data-read": ["read of the bad file: EIO", "new file: ok", *WRITABLE],
    "folder-read": ["list of the bad folder: EIO", "file in it: EIO", *WRITABLE],
    "data-write": ["write: ok", "sync: EIO", "sync again: EIO", *READ_ONLY],
    "mapping-write": ["msync: EIO", *READ_ONLY],
    "journal-write": ["new file: EIO", *READ_ONLY],
    "flush": ["sync, at last: EIO", *READ_ONLY],
    "home-write": ["new file: EIO", *READ_ONLY],
}


def block(disk, what, number):
    return int(tool("debugfs", "-R", f"bmap {what} {number}", disk))


def table(disk):
    """The block of the inode table in which new inodes lie."""
    return int(re.search(r"located at block (\d+)", tool("debugfs", "-R", "imap <13>", disk))[1])


def injected(name, disk):
    """blkdebug's rules for a disk of that name."""
    if name == "flush":
        counted = [f"set-state.{n}.event=flush_to_disk,set-state.{n}.state={n + 1},set-state.{n}.new_state={n + 2}" for n in range(GOOD_FLUSHES)]
        return ",".join([*counted, f"inject-error.0.event=flush_to_disk,inject-error.0.iotype=flush,inject-error.0.state={GOOD_FLUSHES + 1}"])
    where = {"data-read": lambda: block(disk, "/bad", 1), "folder-read": lambda: block(disk, "/folder", 0), "journal-write": lambda: block(disk, "<8>", 3),
             "home-write": lambda: table(disk)}.get(name, lambda: block(disk, "/bad", 1))()
    return f"inject-error.0.event=none,inject-error.0.iotype={name.rpartition('-')[2]},inject-error.0.sector={where * SECTORS}"


def made_disk(folder, name):
    with tempfile.TemporaryDirectory(dir=folder) as tree:
        (pathlib.Path(tree) / "folder").mkdir()
        (pathlib.Path(tree) / "folder" / "inside").write_bytes(b"inside")
        for file in ("good", "bad"):
            (pathlib.Path(tree) / file).write_bytes(b"o" * 4 * PAGE)
        disk = pathlib.Path(folder) / name
        tool("mke2fs", "-q", "-t", "ext4", "-b", str(PAGE), "-d", tree, disk, "16M")
    return disk


def options(name, disk):
    """The events of flushes come from a format above."""
    return ["-blockdev", f"driver=raw,node-name={name},file.driver=blkdebug,file.image.driver=file,file.image.filename={disk},"
            + ",".join(f"file.{rule}" for rule in injected(name, disk).split(",")),
            "-device", f"virtio-blk-pci,drive={name},disable-legacy=on,serial={name},write-cache=on"]


def judge(disk, name):
    repaired = subprocess.run(["e2fsck", "-p", disk], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=TOOLS)
    system.expect(repaired.returncode in (0, 1), f"{name}: e2fsck -p: {repaired.returncode}\n{repaired.stdout}{repaired.stderr}")
    clean(disk)
    if name in ("data-read", "home-write"):
        system.expect(content(disk, "/new") == b"new", f"{name}: what was written before is not there")
    if name == "flush":
        system.expect(content(disk, "/file0") == b"new", "what was flushed is not there")
    system.expect(content(disk, "/good") == b"o" * 4 * PAGE, f"{name}: another file has changed")


def test(preset, processors):
    with tempfile.TemporaryDirectory() as folder:
        disks = {name: made_disk(folder, name) for name in EXPECTED}
        mounts = "; ".join(f"mkdir /tmp/{name}; mount -t ext4 /dev/vd{letter} /tmp/{name}" for name, letter in zip(disks, "bcdefgh"))
        script = f"{mounts}; python3 -B /run/hinge/power/ill_disks.py; hinge log | grep 'it is read-only from now on'; {'; '.join(f'umount /tmp/{name}' for name in disks)}; true"
        text = system.boot_well(preset, ["/bin/sh", "-c", script], smp=int(processors), image=image.image(image.DEFAULT),
                                files=[("power/ill_disks.py", PROGRAM.read_bytes(), 0o755)], extra=[word for name, disk in disks.items() for word in options(name, disk)])
        print(text)
        expected = "".join(f"--- {name}\n" + "".join(f"{line}\n" for line in lines) for name, lines in EXPECTED.items())
        system.expect(text.startswith(expected), f"expected:\n{expected}")
        log = text[len(expected):]
        system.expect(log.count("it is read-only from now on") == sum("create: EROFS" in lines for lines in EXPECTED.values()), "the log does not say which volumes turned read-only")
        for name, disk in disks.items():
            judge(disk, name)
    print(f"{preset}, {processors} processors: {len(EXPECTED)} disks that fail")


system.main(test)
