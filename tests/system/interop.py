"""interop.py PRESET PROCESSORS COUNT: a tree of so many files with everything an ext4 keeps (tests/interop/tree.py), written here, is
the same on Debian's Linux in the same emulator, and one that Linux writes beside it is the same here. Both answer the same
to calls beside reading and writing, on that disk (tests/programs/disk_calls.c). e2fsck -fn has nothing to say of
the disk in between and at the end."""
import pathlib
import tempfile

import system
from small_disk import make_ext4, tool
from system import ROOT, scenarios
from writing import clean

import image

FILES = [ROOT / "tests" / "interop" / "tree.py", scenarios.PROGRAMS / "disk_calls"]
RUN = "python3 -B /run/hinge/interop/tree.py"
CALLS = "/run/hinge/interop/disk_calls"


def here(preset, processors, disk, script):
    script = f"mount -t ext4 /dev/vdb /mnt && {script} && umount /mnt"
    return system.boot_well(preset, ["/bin/sh", "-c", script], smp=processors, image=image.image(image.DEFAULT), drives=[disk], limit=900,
                            files=[(f"interop/{file.name}", file.read_bytes(), 0o755) for file in FILES])


def on_linux(folder, disk, script):
    root = folder / "root"
    tool("cp", "--sparse=always", image.image(image.DEFAULT), root)
    (folder / "files" / "interop").mkdir(parents=True)
    tool("cp", "-p", *FILES, folder / "files" / "interop")
    folder.chmod(0o755)
    script = f"mount -t ext4 /dev/vdb /mnt && {script} && umount /mnt"
    return scenarios.linux(1, "--files", folder / "files", "--root", "--drive", root, "--drive", disk, "--", "sh", "-c", script).decode()


def same(what, ours, theirs):
    system.expect(ours.count("\n") > 10, ours)
    different = sorted(set(ours.splitlines()) ^ set(theirs.splitlines()))
    system.expect(not different, f"{what}: {len(different)} lines differ:\n" + "\n".join(different[:20]))


def test(preset, processors, count):
    processors, count = int(processors), int(count)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        disk = folder / "disk"
        disk.write_bytes(make_ext4(folder, 64 + count // 50, options=("-b", "4096", "-N", str(3 * count))))
        ours, calls = here(preset, processors, disk, f"{RUN} make /mnt/ours {count} 1 && {RUN} tell /mnt/ours && echo === && {CALLS} /mnt/calls").split("===\n")
        clean(disk)
        seen = on_linux(folder, disk, f"{RUN} tell /mnt/ours && echo === && {RUN} make /mnt/theirs {count} 2 && {RUN} tell /mnt/theirs && echo === && {CALLS} /mnt/there")
        ours_there, theirs, calls_there = seen.split("===\n")
        system.expect(calls == calls_there, "\n".join(scenarios.between(calls_there.encode(), calls.encode())))
        same("what we wrote", ours, ours_there)
        clean(disk)
        same("what Linux wrote", here(preset, processors, disk, f"{RUN} tell /mnt/theirs"), theirs)
        clean(disk)
    print(f"{preset}, {processors} processors: {count} files each way")


system.main(test)
