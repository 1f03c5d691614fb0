"""Small ext4 images for tests, made by mke2fs of files that the test has; and one that a load reads over and over."""
import contextlib
import hashlib
import os
import pathlib
import random
import subprocess
import tempfile

TOOLS = {**os.environ, "PATH": f"{os.environ['PATH']}:/sbin:/usr/sbin"}


def tool(*words, **options):
    return subprocess.run(words, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=TOOLS, **options).stdout


def make_ext4(folder, mebibytes, files=(), options=()):
    """The bytes of a small file system; files: (name, bytes)."""
    with tempfile.TemporaryDirectory(dir=folder) as tree:
        for name, data in files:
            path = pathlib.Path(tree) / name
            path.write_bytes(data)
        target = pathlib.Path(folder) / "made.ext4"
        target.unlink(missing_ok=True)
        tool("mke2fs", "-q", "-t", "ext4", *options, "-d", tree, target, f"{mebibytes}M")
        return target.read_bytes()


@contextlib.contextmanager
def for_load():
    """(path of an image for tests/moves/load.sh, checksum of all its files in the order of their names)."""
    noise = random.Random(1)
    files = [(f"file{i:02}", noise.randbytes(size)) for i, size in enumerate([1 << 20, 300_000, 4096, 1] + [9_999] * 20)]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "disk"
        path.write_bytes(make_ext4(folder, 8, files))
        yield path, hashlib.md5(b"".join(data for _, data in files)).hexdigest()
