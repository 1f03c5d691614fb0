"""Debian packages as files: which ones a list of packages needs, and where they lie. What the machine's own apt is
configured to use is used; nothing is installed, and none of it needs to be root."""
import dataclasses
import os
import pathlib
import subprocess
import tempfile

import packages
from console import CACHE, Stop, say

FOLDER = CACHE / "debs"


@dataclasses.dataclass(frozen=True, order=True)
class Package:
    name: str
    version: str
    file: str      # As apt names it: NAME_VERSION_ARCHITECTURE.deb.


def _print_uris(names):
    """What apt would install into a system that has nothing yet, and download, having nothing of it yet either."""
    with tempfile.TemporaryDirectory(prefix="apt") as nothing:
        (pathlib.Path(nothing) / "status").touch()
        (pathlib.Path(nothing) / "partial").mkdir()
        return subprocess.run(["apt-get", "-qq", "-o", f"Dir::State::status={nothing}/status", "-o", f"Dir::Cache::archives={nothing}",
                               "-o", "APT::Install-Recommends=false", "-o", "Debug::NoLocking=1", "--print-uris", "--yes", "install", *names],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})


def lists_changed():
    """When apt's lists last changed: until then a resolution stays as it is."""
    line = subprocess.run(["apt-config", "shell", "lists", "Dir::State::lists/d"], capture_output=True, text=True).stdout
    folder = pathlib.Path(line.partition("'")[2].rpartition("'")[0] or "/var/lib/apt/lists")
    return max((entry.stat().st_mtime_ns for entry in folder.glob("*Packages*")), default=0)


def resolve(names):
    """The packages that `names` come to with all they depend on, sorted."""
    done = _print_uris(names)
    if done.returncode != 0 and lists_changed() == 0:
        say("apt has no lists yet: apt-get update")
        subprocess.run([*packages.as_root(), "apt-get", "update", "-qq"], stdin=subprocess.DEVNULL)
        done = _print_uris(names)
    if done.returncode != 0:
        raise Stop(f"apt cannot resolve {' '.join(names)}: {done.stderr.strip() or done.stdout.strip()}")
    found = []
    for line in done.stdout.splitlines():
        if line.startswith("'"):
            file = line.split()[1]
            name, version, _ = file.split("_")
            found.append(Package(name, version.replace("%3a", ":"), file))
    return sorted(found)


def download(wanted):
    """The files of packages, in order; those that are not there yet are downloaded."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    missing = [package for package in wanted if not (FOLDER / package.file).exists()]
    if missing:
        say(f"downloading {len(missing)} Debian packages with apt-get")
        with tempfile.TemporaryDirectory(dir=FOLDER) as fresh:
            done = subprocess.run(["apt-get", "-qq", "-o", "APT::Sandbox::User=", "download", *(f"{p.name}={p.version}" for p in missing)],
                                  cwd=fresh, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if done.returncode != 0:
                raise Stop(f"apt-get download failed: {done.stderr.strip()}", 1)
            for file in pathlib.Path(fresh).glob("*.deb"):
                file.rename(FOLDER / file.name)
    absent = [package.file for package in wanted if not (FOLDER / package.file).exists()]
    if absent:
        raise Stop(f"apt-get download did not bring {' '.join(absent)}", 1)
    return [FOLDER / package.file for package in wanted]
