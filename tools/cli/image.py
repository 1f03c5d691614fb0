"""./hinge image: an ext4 image made of Debian packages, without being root and without mounting anything. The same
packages give the same image; it is kept in build/cache until one of them has a new version."""
import contextlib
import fcntl
import hashlib
import json
import pathlib
import shutil
import subprocess

import debian
import packages
from console import CACHE, ROOT, Stop, say
from options import Options, text

USAGE = """usage: ./hinge image [--packages A,B,...] [-o FILE]

Makes a disk image of Debian packages with all they depend on; ./hinge run --image FILE boots it.

  --packages A,B,...   these beside those that every image has, instead of the default ones (see below)
  -o FILE              where to put it (default: it stays in build/cache, and its name is printed)

"""

BASE = ["base-files", "bash", "busybox-static", "coreutils", "dash", "findutils", "grep", "libc-bin", "libc6", "sed"]
DEFAULT = ["diffutils", "dpkg", "gcc", "git", "gzip", "libc6-dev", "lua5.4", "make", "perl", "procps", "python3", "sqlite3", "strace", "tar",
           "util-linux", "vim-tiny"]
IMAGES = CACHE / "images"
MAKER = ROOT / "tools" / "make_disk_image.py"
SET_UP = ROOT / "tools" / "package_setup.py"
FILES = ROOT / "user" / "root"

OPTIONS = Options("image", flags=("help",), values={"packages": text, "output": text})


def _resolved(names):
    """As debian.resolve, remembered until apt's lists change."""
    memory = IMAGES / "resolved.json"
    known = json.loads(memory.read_text()) if memory.exists() else {}
    stamp, key = debian.lists_changed(), " ".join(names)
    if known.get("stamp") != stamp:
        known = {"stamp": stamp, "sets": {}}
    if key not in known["sets"]:
        known["sets"][key] = [[p.name, p.version, p.file] for p in debian.resolve(names)]
        known["stamp"] = debian.lists_changed()  # Resolving may have fetched the lists.
        memory.write_text(json.dumps(known))
    return [debian.Package(*fields) for fields in known["sets"][key]]


def _key(found):
    """Names an image by all that goes into it."""
    state = hashlib.sha256()
    for package in found:
        state.update(f"{package.file}\n".encode())
    for path in [MAKER, SET_UP, *sorted(p for p in FILES.rglob("*") if p.is_file())]:
        state.update(path.read_bytes())
    return state.hexdigest()[:32]


@contextlib.contextmanager
def _alone():
    """Tests beside each other may want the same image: one makes it, the others wait."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with open(IMAGES / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def image(more=()):
    """The path of an image with the base packages and `more`; made if it is not there."""
    packages.need(packages.IMAGE)
    with _alone():
        return _made(more)


def _made(more):
    found = _resolved(sorted({*BASE, *more}))
    key = _key(found)
    path = IMAGES / f"{key}.ext4"
    if path.exists():
        return path
    files = debian.download(found)
    say(f"making a disk image of {len(files)} Debian packages")
    fresh = path.with_suffix(".new")
    done = subprocess.run(["fakeroot", "--", "/usr/bin/python3", MAKER, "--output", fresh, "--files", FILES, "--identity", key, *files],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise Stop(f"the image could not be made: {done.stderr.strip()}", 1)
    return fresh.rename(path)


def main(words):
    words = [{"-o": "--output"}.get(word, word) for word in words]
    found, rest = OPTIONS.parse(words)
    if found["help"]:
        print(f"{USAGE}Every image has: {', '.join(BASE)}\nThe default one also: {', '.join(DEFAULT)}")
        return 0
    if found["words"] or rest:
        raise Stop("image: takes options only (image --help)")
    more = DEFAULT if found["packages"] is None else [name for name in found["packages"].split(",") if name]
    if found["output"] and not pathlib.Path(found["output"]).absolute().parent.is_dir():
        raise Stop(f"image: no such folder: {pathlib.Path(found['output']).parent}")
    path = image(more)
    if found["output"]:
        shutil.copyfile(path, found["output"])
    else:
        print(path)
    return 0
