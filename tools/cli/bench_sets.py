"""What ./hinge bench measures: sets of rows, each a command that runs in the same tree on every system.

osbench  single operations (tests/peers/osbench.c), files in memory
disk     the reading ones of them, on a cached file of an ext4 on a disk
storage  work on an ext4 that is written (tests/peers/storage.c)
apps     whole programs of Debian on an ext4 (tests/peers/apps), each of them a boot of its own
boot     from power on to the first instruction of the first program"""
import dataclasses
import functools
import re

from console import ROOT, Stop

PEERS = ROOT / "tests" / "peers"
SOCKETS = ("unix_round_trip", "tcp_round_trip", "tcp_write_64k")
# A loop costs the same everywhere; sockets are of their own.
NOT_IN_MEAN = ("loop_2_instructions", *SOCKETS)
DISK = ("read_4k_cached", "pread_64k_cached", "stat", "open_close")
APPS = {
    "redis": ("set_p1", "get_p1", "set_p16", "get_p16"),
    "nginx": ("request",),
    "sqlite": ("bulk_5000", "200_transactions", "select_2202"),
    "disk": ("read_64m_cold", "read_64m_cached", "write_64m_fsync"),
    "tree": ("tar", "gzip", "gunzip", "untar", "find", "rm"),
    "spawn": ("200_static", "50_dynamic", "100_pipelines"),
}
SETS = ("osbench", "disk", "storage", "apps", "boot")


def _table(source):
    """The names in a program's table, in its order."""
    return re.findall(r'^    \{ "(\w+)", ', (PEERS / source).read_text(), re.MULTILINE)


@functools.cache
def operations():
    """The names in osbench's table, in its order."""
    return _table("osbench.c")


@functools.cache
def storage():
    return _table("storage.c")


@dataclasses.dataclass(frozen=True)
class Row:
    set: str
    name: str

    @property
    def title(self):
        return self.name if self.set in ("osbench", "boot") else f"{self.set}.{self.name}"

    @property
    def in_mean(self):
        return self.set != "boot" and self.name not in NOT_IN_MEAN


def all_rows():
    return [*(Row("osbench", name) for name in operations()), *(Row("disk", name) for name in DISK), *(Row("storage", name) for name in storage()),
            *(Row("apps", f"{app}.{metric}") for app, metrics in APPS.items() for metric in metrics), Row("boot", "boot")]


def chosen(words):
    """The rows that words name: titles, names of sets, or nothing for all of them."""
    rows = all_rows()
    if unknown := [word for word in words if word not in SETS and word not in [row.title for row in rows]]:
        raise Stop(f"bench: no row or set '{unknown[0]}' (sets: {', '.join(SETS)}; rows: {' '.join(row.title for row in rows)})")
    return [row for row in rows if not words or row.set in words or row.title in words]


@dataclasses.dataclass(frozen=True)
class Job:
    """One boot: what runs, and which rows come of it."""
    set: str
    rows: tuple
    words: tuple
    image: bool = False  # The apps' image is the root, not our tree.
    disk: str = ""       # A disk is there, to be mounted: "debian", of packages, or "empty".


def jobs(rows):
    """The boots that these rows take."""
    names = {name: tuple(row.name for row in rows if row.set == name) for name in SETS}
    found = []
    if names["osbench"] or names["boot"]:
        # A boot is counted in passing.
        operands = () if names["osbench"] == tuple(operations()) else names["osbench"] or ("loop_2_instructions",)
        found.append(Job("osbench", tuple(row for row in rows if row.set in ("osbench", "boot")), ("/osbench", *operands)))
    if names["disk"]:
        script = f"mkdir -p /mnt && mount -t ext4 -o ro /dev/vda /mnt && /osbench -f /mnt/usr/bin/bash {' '.join(names['disk'])}"
        found.append(Job("disk", tuple(row for row in rows if row.set == "disk"), ("/bin/sh", "-c", script), disk="debian"))
    if names["storage"]:
        # All rows in any case: each stands on what those before have left.
        script = "mkdir -p /mnt && mount -t ext4 /dev/vda /mnt && mkdir /mnt/bench && /storage /mnt/bench"
        found.append(Job("storage", tuple(row for row in rows if row.set == "storage"), ("/bin/sh", "-c", script), disk="empty"))
    for app in APPS:
        if wanted := tuple(row for row in rows if row.set == "apps" and row.name.startswith(f"{app}.")):
            found.append(Job(f"apps.{app}", wanted, ("/bench/run", app), image=True))
    return found
