"""A kernel module of ours for the Debian Linux that tests/peers/linux-peer boots: built against Debian's own headers for
exactly that kernel, which are installed as any other package the tool needs."""
import os
import shutil
import subprocess

import packages
from console import BUILD, CACHE, ROOT, Stop, say

PEER = ROOT / "tests" / "peers" / "linux-peer"
PEER_CACHE = CACHE / "linux"
ENVIRONMENT = {**os.environ, "LINUX_PEER_CACHE": str(PEER_CACHE)}


def _release():
    """The version of the kernel that the peer boots, downloaded if it is not there."""
    done = subprocess.run([PEER, "--fetch"], env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise Stop(f"no Linux to compare with: {done.stderr.strip()}", 1)
    return done.stdout.strip().rpartition("vmlinuz-")[2]


def _known(package):
    return subprocess.run(["apt-cache", "show", package], capture_output=True).returncode == 0


def prepare():
    """The release of the peer's kernel, with what it takes to build modules for it. A kernel that Debian has replaced since
    it was downloaded has no headers any more: then the new one is downloaded."""
    packages.need(packages.RUN, packages.PEER)
    release = _release()
    if packages.missing([f"linux-headers-{release}"]) and not _known(f"linux-headers-{release}"):
        say(f"Debian has no headers for {release} any more: downloading the newer kernel")
        shutil.rmtree(PEER_CACHE / "kernel")
        release = _release()
    packages.need([f"linux-headers-{release}", "make"])
    return release


def module(folder, release):
    """Builds the module whose source and Kbuild lie in `folder`; its path, named like the folder."""
    work = BUILD / "modules" / folder.name
    shutil.copytree(folder, work, dirs_exist_ok=True)
    done = subprocess.run(["make", "-C", f"/lib/modules/{release}/build", f"M={work}", "modules"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise Stop(f"the module {folder.name} does not build:\n{done.stdout}{done.stderr}", 1)
    return work / f"{folder.name}.ko"
