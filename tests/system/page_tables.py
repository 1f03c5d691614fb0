"""page_tables.py PRESET [moves]: the sides are real. Reads all of the guest's memory through QEMU's monitor, finds every top-level
page table in it, and checks each against what `hinge ls` says: a kernel-side slot in all of them with U=0, a user-side
slot with U=1 in tables of its own domain alone; the nucleus U=0 everywhere; no page both writable and executable, no
slot page global. With `moves`, after each service that can move has been everywhere. Page-table formats: Intel SDM volume 3, section 4.5."""
import mmap
import re
import struct
import time

import system
from monitor import Monitor

PRESENT, WRITE, USER, LARGE, GLOBAL, NO_EXECUTE = 1, 2, 4, 1 << 7, 1 << 8, 1 << 63
FRAME = 0x000F_FFFF_FFFF_F000
DIRECT_MAP, NUCLEUS, FIRST_SLOT, SLOTS = 256, 511, 320, 64  # abi/layout.hpp
READY = b"ready\n"


class Memory:
    """The guest's physical memory, from a file."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def entry(self, table, index):
        return struct.unpack_from("<Q", self._bytes, (table & FRAME) + index * 8)[0]

    def entries(self, table):
        at = table & FRAME
        if at + 4096 > len(self._bytes):
            return ()  # Device memory.
        return struct.unpack_from("<512Q", self._bytes, at)

    def roots(self, one):
        """All frames whose kernel half begins and ends like that of the table `one`."""
        wanted = [(index * 8, struct.pack("<Q", self.entry(one, index))) for index in (DIRECT_MAP, NUCLEUS)]
        return [at for at in range(0, len(self._bytes), 4096)
                if all(self._bytes[at + offset:at + offset + 8] == value for offset, value in wanted)]

    def leaves(self, table, level):
        """(flags ANDed and ORed down to it) of every mapped page below a table; level 3 is below the top."""
        for entry in self.entries(table):
            if not entry & PRESENT:
                continue
            if level == 1 or entry & LARGE:
                yield entry
            else:
                yield from (leaf & (entry | ~(USER | WRITE)) | entry & NO_EXECUTE for leaf in self.leaves(entry, level - 1))


def sides(text):
    """{name: (slot, domain, side)} from hinge ls."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    columns = {name.lower(): at for at, name in enumerate(lines[0])}
    system.expect({"name", "domain", "side", "slot"} <= columns.keys(), f"hinge ls has columns {list(columns)}")
    return {words[columns["name"]]: (int(words[columns["slot"]]), words[columns["domain"]], words[columns["side"]]) for words in lines[1:]}


def check(memory, roots, listed):
    by_slot = {0: ("placement", "placement", "user")}  # Which is no service of the manifest.
    by_slot.update({slot: (name, domain, side) for name, (slot, domain, side) in listed.items()})
    seen_user = set()
    for root in roots:
        domains = set()
        for slot in range(SLOTS):
            entry = memory.entry(root, FIRST_SLOT + slot)
            name, domain, side = by_slot.get(slot, ("(nobody)", "", "none"))
            where = f"table {root:#x}, slot {slot} of {name}: entry {entry:#x}"
            if side == "kernel":
                system.expect(entry & PRESENT and not entry & USER, f"{where}, not a kernel-side one")
            elif entry & PRESENT:
                system.expect(side == "user" and entry & USER, f"{where}, but hinge ls says {side}")
                domains.add(domain)
                seen_user.add(name)
        system.expect(len(domains) <= 1, f"table {root:#x} holds slots of several domains: {domains}")
        for entry in (DIRECT_MAP, 272, 273, 274, NUCLEUS):
            system.expect(not memory.entry(root, entry) & USER, f"table {root:#x}: entry {entry} of the nucleus is open to user mode")
    for name, (_, _, side) in listed.items():
        system.expect(side != "user" or name in seen_user, f"{name} is said to be on the user side and is mapped nowhere")


def check_leaves(memory, roots, listed):
    """Protection of every page of every slot, and of the nucleus' image."""
    tables = {memory.entry(root, FIRST_SLOT + slot) & FRAME: name for root in roots for name, (slot, _, _) in listed.items()
              if memory.entry(root, FIRST_SLOT + slot) & PRESENT}
    pages = 0
    for table, name in tables.items():
        for leaf in memory.leaves(table, 3):
            pages += 1
            system.expect(leaf & USER, f"{name}: page {leaf:#x} would not turn: it is supervisor-only")
            system.expect(not leaf & GLOBAL, f"{name}: page {leaf:#x} is global")
            system.expect(not leaf & WRITE or leaf & NO_EXECUTE, f"{name}: page {leaf:#x} is writable and executable")
    for leaf in memory.leaves(memory.entry(roots[0], NUCLEUS), 3):
        system.expect(not leaf & WRITE or leaf & NO_EXECUTE, f"nucleus: page {leaf:#x} is writable and executable")
    return pages


def test(preset, moves=""):
    found = {}

    def beside(process, machine, output):
        end = time.monotonic() + 90
        while READY not in output:
            if process.poll() is not None or time.monotonic() > end:
                return
            time.sleep(0.2)
        monitor = Monitor(machine.monitor)
        monitor.ask("stop")
        dump = machine.log.parent / "memory"
        monitor.ask("pmemsave", val=0, size=machine.memory_mib << 20, filename=str(dump))
        root = int(re.search(r"CR3=([0-9a-f]+)", monitor.person("info registers")).group(1), 16)
        memory = Memory(dump)
        roots = memory.roots(root)
        listed = sides(bytes(output).split(READY)[0].decode())
        check(memory, roots, listed)
        found["pages"] = check_leaves(memory, roots, listed)
        found["roots"] = len(roots)
        process.kill()

    about = ". /moves/turn.sh; for n in 1 2 3 4; do for s in $services; do turn $s >/dev/kmsg; done; done; " if moves else ""
    command = f"sleep 60 & sleep 61 & {about}hinge ls; echo ready; sleep 60"
    verdict, output = system.boot(preset, ["/bin/sh", "-c", command], limit=120, beside=beside)
    system.expect(found, f"never ready:\n{output.decode(errors='replace')}\n{verdict.report()}")
    print(f"{found['roots']} top-level tables, {found['pages']} slot pages checked in {preset}")


system.main(test)
