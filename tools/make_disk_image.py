#!/usr/bin/env python3
"""Makes an ext4 image of Debian packages. Runs under fakeroot, which remembers the owners that tar asks for.

usage: fakeroot make_disk_image.py --output FILE --files FOLDER --identity HEX PACKAGE.deb...
FOLDER holds files for places that no package fills (etc/passwd...). HEX, 32 digits, becomes UUID and hash seed. The
packages' own scripts do not run, so links they would make are busybox' where it knows the name.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import tempfile

import package_setup

BLOCK = 4096
BUILD_TIME = 1704067200  # What is ours has this time, and every inode's change time is it.
MERGED = ["bin", "sbin", "lib", "lib64"]  # Since Debian 12 these are links into usr.
LEFT_OUT = ["usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "usr/share/lintian"]
FOLDERS = {"dev": 0o755, "proc": 0o555, "sys": 0o555, "run": 0o755, "root": 0o700, "mnt": 0o755, "home": 0o755, "tmp": 0o1777,
           "var/tmp": 0o1777}
SLACK_BYTES = 24 << 20  # Journal, tables and some room.


def unpack(packages, tree):
    for name in MERGED:
        (tree / "usr" / name).mkdir(parents=True, exist_ok=True)
        (tree / name).symlink_to(f"usr/{name}")
    left_out = [f"--exclude=./{folder}/*" for folder in LEFT_OUT]
    for package in packages:
        members = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE)
        subprocess.run(["tar", "-x", "-p", "--numeric-owner", "--keep-directory-symlink", *left_out, "-C", tree],
                       stdin=members.stdout, check=True)
        if members.wait() != 0:
            raise SystemExit(f"{package}: not a Debian package")


def add_files(tree, files):
    for name, mode in FOLDERS.items():
        if not (tree / name).is_dir():
            (tree / name).mkdir(parents=True)
            (tree / name).chmod(mode)
    for file in sorted(p for p in files.rglob("*") if p.is_file()):
        place = tree / file.relative_to(files)
        if os.path.lexists(place):
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
        place.chmod(0o600 if file.name == "shadow" else 0o644)


def add_applets(tree):
    """Busybox under each of its names that no package has."""
    busybox = tree / "bin" / "busybox"
    if not busybox.exists():
        return
    folders = [tree / "usr" / "bin", tree / "usr" / "sbin"]
    for path in sorted(subprocess.run([busybox, "--list-full"], capture_output=True, text=True, check=True).stdout.split()):
        name = os.path.basename(path)
        if path != "linuxrc" and name != "init" and not any(os.path.lexists(folder / name) for folder in folders):
            (tree / path).symlink_to("/bin/busybox")


def set_times(tree, packages):
    """Access as change of data; folders, and what no package brought, at one fixed time."""
    newest = max(os.path.getmtime(package) for package in packages)
    for folder, names, files in os.walk(tree):
        for path in [folder, *(os.path.join(folder, name) for name in names + files)]:
            status = os.lstat(path)
            ours = os.path.isdir(path) and not os.path.islink(path) or status.st_mtime > newest
            time = BUILD_TIME if ours else int(status.st_mtime)
            os.utime(path, (time, time), follow_symlinks=False)


def make_image(tree, output, identity):
    used = sum((os.lstat(os.path.join(folder, name)).st_size + 2 * BLOCK - 1) // BLOCK * BLOCK
               for folder, names, files in os.walk(tree) for name in names + files)
    blocks = (used + used // 8 + SLACK_BYTES) // BLOCK
    uuid = "-".join((identity[:8], identity[8:12], identity[12:16], identity[16:20], identity[20:32]))
    output.unlink(missing_ok=True)
    environment = {**os.environ, "PATH": f"{os.environ.get('PATH', '/usr/bin')}:/sbin:/usr/sbin", "E2FSPROGS_FAKE_TIME": str(BUILD_TIME)}
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-b", str(BLOCK), "-U", uuid, "-E", f"hash_seed={uuid},root_owner=0:0",
                    "-L", "hinge", "-d", tree, output, str(blocks)], check=True, env=environment, stdout=subprocess.DEVNULL)
    # The change time cannot be set on the tree: mke2fs copied the moment at which it was unpacked.
    commands = "".join(f'sif "/{os.path.relpath(os.path.join(folder, name), tree)}" ctime @{BUILD_TIME}\n'
                       for folder, names, files in os.walk(tree) for name in sorted(names + files))
    subprocess.run(["debugfs", "-w", "-f", "-", output], input=f"sif / ctime @{BUILD_TIME}\n{commands}", text=True,
                   check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--files", type=pathlib.Path, required=True)
    parser.add_argument("--identity", required=True)
    parser.add_argument("packages", nargs="+", type=pathlib.Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.output.parent) as folder:
        tree = pathlib.Path(folder) / "tree"
        tree.mkdir(mode=0o755)
        unpack(given.packages, tree)
        package_setup.set_up(given.packages, tree)
        add_files(tree, given.files)
        add_applets(tree)
        set_times(tree, given.packages)
        make_image(tree, given.output, given.identity)


if __name__ == "__main__":
    main()
