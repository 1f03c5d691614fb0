"""Debian packages the tool needs. Looks first (one dpkg-query), says what it installs, then calls apt-get."""
import os
import shutil
import subprocess

from console import Stop, say

BUILD = ["clang-19", "lld-19", "llvm-19", "libclang-rt-19-dev", "libstdc++-12-dev", "cmake", "ninja-build",
         "libgtest-dev", "libboost-dev", "busybox-static", "binutils", "gcc", "libc6-dev", "musl-tools"]
RUN = ["qemu-system-x86"]
DEBUG = ["gdb"]
IMAGE = ["e2fsprogs", "fakeroot"]  # To make disk images.
PEER = ["cpio"]  # To run Debian's Linux, whose kernel comes by apt-get download.


def missing(packages):
    query = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *packages],
                           capture_output=True, text=True)
    there = {line.split()[0] for line in query.stdout.splitlines() if line.endswith(" installed")}
    return [package for package in packages if package not in there]


def as_root(why=""):
    """What to put before a command that only root may run."""
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        raise Stop(f"{why}there is no sudo: install with apt-get as root")
    return ["sudo"]


def need(*groups):
    """Installs what is missing of the given lists of packages."""
    if not shutil.which("dpkg-query"):
        raise Stop("this tool installs Debian packages and finds no dpkg-query; it is made for Debian 12")
    wanted = missing([package for group in groups for package in group])
    if not wanted:
        return
    say(f"installing with apt-get: {' '.join(wanted)}")
    prefix = as_root(f"missing packages: {' '.join(wanted)}; ")
    quiet = {"stdin": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.run([*prefix, "apt-get", "update", "-qq"], **quiet)
    install = subprocess.run([*prefix, "apt-get", "install", "-y", "-q", "--no-install-recommends", *wanted], **quiet)
    if install.returncode != 0 or missing(wanted):
        raise Stop(f"apt-get could not install {' '.join(missing(wanted))}")
