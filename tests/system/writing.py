"""writing.py PRESET PROCESSORS PART...: files written on a disk are what the host finds there. Parts: tree (files of every
kind, through write, mappings and truncation; the host's e2fsck has nothing to say and debugfs finds each byte), root (the
root itself is written, `--image` and `--snapshot`), full (no room, and it comes back)."""
import hashlib
import pathlib
import re
import subprocess
import tempfile

import system
from small_disk import TOOLS, make_ext4, tool

import image

MIB = 1 << 20


def clean(disk):
    """e2fsck's opinion, which must be none, but for what it says of clocks: the guest's may be ahead of ours."""
    done = subprocess.run(["e2fsck", "-fn", disk], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=TOOLS)
    problems = [line for line in done.stdout.splitlines() if not re.match(r"Pass \d|.*: \d+/\d+ files|Superblock last \w+ time is in the future|\t\(by less than a day", line)]
    system.expect(done.returncode == 0 and not problems, f"e2fsck: {done.returncode}\n{done.stdout}{done.stderr}")


def content(disk, path):
    with tempfile.NamedTemporaryFile() as copy:
        tool("debugfs", "-R", f"dump {path} {copy.name}", disk)
        return pathlib.Path(copy.name).read_bytes()


def on_disk(preset, processors, script, mebibytes=64, making=(), **options):
    """Runs a script with an empty ext4 on /mnt, which it may leave mounted; (output, what the host then looks at)."""
    folder = tempfile.TemporaryDirectory()
    disk = pathlib.Path(folder.name) / "disk"
    disk.write_bytes(make_ext4(folder.name, mebibytes, options=making))
    script = f"mount -t ext4 /dev/vdb /mnt && cd /mnt || exit 1\n{script}"
    text = system.boot_well(preset, ["/bin/sh", "-c", script], smp=int(processors), image=image.image(), drives=[disk], **options)
    return text, disk, folder


TREE = """
seq 1 100000 >numbers; md5sum numbers
mkdir -p a/b/c; for i in $(seq 1 200); do echo file $i >a/b/$i; done; mv a/b/7 a/b/c/seven; rm a/b/8; ln a/b/9 a/nine; ln -s b/9 a/link
for i in $(seq 1 300); do echo $i >>appended; done; md5sum appended
dd if=/dev/zero of=sparse bs=1 count=1 seek=20000000 2>/dev/null; du -k sparse | cut -f1
dd if=numbers of=direct bs=4096 oflag=direct count=100 2>/dev/null; cmp -n 409600 numbers direct && echo direct
/run/hinge/tests/mapped mapped; tr -d b-y <mapped | head -c 3; sync; grep Dirty: /proc/meminfo | tr -s ' '
truncate -s 12345 direct; md5sum direct
fallocate -l 1000000 reserved; stat -c '%s %b' reserved
sync numbers; df -k /mnt | awk 'NR == 2 && $4 < 60000 {print "df"}'
grep /mnt /proc/mounts
cd /; mount -o remount,ro /mnt && echo x >/mnt/no 2>&1; mount -o remount,rw /mnt && echo yes >/mnt/yes
sleep 1 </mnt/yes & umount /mnt 2>&1 | sed 's/.*: //'; wait; umount /mnt && mount -t ext4 -o ro /dev/vdb /mnt && md5sum /mnt/numbers && ls /mnt/a/b | wc -l
umount /mnt"""


def tree(preset, processors):
    text, disk, folder = on_disk(preset, processors, TREE)
    with folder:
        numbers = "".join(f"{i}\n" for i in range(1, 100001)).encode()
        sums = [hashlib.md5(data).hexdigest() for data in (numbers, "".join(f"{i}\n" for i in range(1, 301)).encode(), numbers[:12345])]
        expected = [f"{sums[0]}  numbers", f"{sums[1]}  appended", "4", "direct", "one copy", "aaaDirty: 0 kB", f"{sums[2]}  direct", "1000000 1954", "df",
                    "/dev/vdb /mnt ext4 rw 0 0", "Read-only file system", "Device or resource busy", f"{sums[0]}  /mnt/numbers", "199"]
        lines = [re.sub(r"^.*: (Read-only file system)$", r"\1", line) for line in text.splitlines()]
        system.expect(lines == expected, f"{text}\n--- expected ---\n" + "\n".join(expected))
        clean(disk)
        mapped = b"".join(bytes([ord("a") + i % 26]) * 4096 for i in range(25))
        system.expect(content(disk, "/mapped") == mapped, "what a mapping stored is not on the disk")
        system.expect(content(disk, "/numbers") == numbers and content(disk, "/a/b/c/seven") == b"file 7\n", "the disk holds something else")


def root(preset, processors):
    """The default image, written and protected; then a copy of it, written."""
    with tempfile.TemporaryDirectory() as folder:
        disk = pathlib.Path(folder) / "disk"
        tool("cp", "--sparse=always", image.image(), disk)
        script = "echo kept >/root/kept; mkdir -p /srv/x; cp /bin/bash /srv/x; touch /etc/new; grep ' / ' /proc/mounts | cut -d' ' -f1-4 | cut -d, -f1"
        text = system.boot_well(preset, ["/bin/sh", "-c", script], smp=int(processors), image=disk, writable=True)
        system.expect(text == "/dev/vda / ext4 rw\n", text)
        clean(disk)
        system.expect(content(disk, "/root/kept") == b"kept\n", "what was written to the root is not there")
        text = system.boot_well(preset, ["/bin/sh", "-c", "cat /root/kept; cmp /bin/bash /srv/x/bash && echo same"], smp=int(processors), image=disk, writable=True)
        system.expect(text == "kept\nsame\n", text)


def full(preset, processors):
    script = """head -c 30000000 /dev/zero >big 2>/dev/null; echo status $?; echo x >small 2>/dev/null; cat small 2>/dev/null; sync
rm big; echo y >small; cat small; sync; df -k /mnt | awk 'NR == 2 {print ($4 > 10000) ? "room" : "no room"}'
n=0; while true >inode$n; do n=$((n + 1)); done 2>/dev/null; echo $n; mkdir folder 2>&1 | sed 's/.*: //'; df -i /mnt | awk 'NR == 2 {print $4}'
rm inode?; mkdir folder && ls -d folder; cd /; umount /mnt"""
    inodes = 128
    text, disk, folder = on_disk(preset, processors, script, mebibytes=16, making=("-N", str(inodes)))
    with folder:
        first_free, small = 12, 1  # lost+found has the eleventh.
        system.expect(re.fullmatch(rf"status 1\n(x\n)?y\nroom\n{inodes - first_free + 1 - small}\nNo space left on device\n0\nfolder\n", text), text)
        clean(disk)


def test(preset, processors, *parts):
    for part in parts:
        {"tree": tree, "root": root, "full": full}[part](preset, processors)
        print(f"{preset}, {processors} processors: {part}")


if __name__ == "__main__":
    system.main(test)
