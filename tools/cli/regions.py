"""What lies at an address of the upper half: regions by abi/layout.hpp, variables by the images' symbols."""
import re

import slots
from console import ROOT

LAYOUT = ROOT / "abi" / "layout.hpp"
LINE = 64
HIGH = 0xFFFF_0000_0000_0000


def _layout():
    """{name: value} of the constants that say where a region begins."""
    text, found = LAYOUT.read_text(), {}
    for name, entry, number, shift, hexadecimal in re.findall(
            r"^inline constexpr u64 (\w+) = (?:entry_base\((\d+)\)|u64\{(\d+)\} << (\d+)|(0x[0-9a-f']+));", text, re.MULTILINE):
        if entry:
            found[name] = HIGH | int(entry) << slots.ENTRY_SHIFT
        else:
            found[name] = int(number) << int(shift) if number else int(hexadecimal.replace("'", ""), 16)
    return found


LAYOUT_OF = _layout()
AREAS = sorted((begin, name) for name, begin in LAYOUT_OF.items() if begin >= HIGH)
PARTS = [(0, "image"), *sorted((begin, name.removeprefix("slot_")) for name, begin in LAYOUT_OF.items() if name.startswith("slot_"))]


def region(address, services):
    """(name of the region, how far in the address is). services: of each slot, in order."""
    slot = (address - slots.base(0)) >> slots.ENTRY_SHIFT
    if 0 <= slot < slots.SLOTS:
        inside = address - slots.base(slot)
        begin, name = max(part for part in PARTS if part[0] <= inside)
        return f"{services[slot] if slot < len(services) else f'slot {slot}'}: {name}", inside - begin
    begin, name = max((area for area in AREAS if area[0] <= address), default=(0, "program"))
    return f"nucleus: {name}", address - begin


def name(line, symbols):
    """Of a line of ./hinge bench shared: the variables whose bytes were written, and in brackets those that were only read; a
    line that holds none is told by its region."""
    written, touched = ([line.address + i for i in range(LINE) if mask >> i & 1] for mask in (line.written, line.bytes))
    found = {}
    for byte in written + touched:
        for begin, title in symbols.variables_in(byte, byte + 1):
            found.setdefault(title, (byte in written, byte - begin))
    stored, loaded = ([title.replace("hinge::", "") + (f" +{offset:#x}" if offset else "")
                       for title, (kind, offset) in found.items() if kind == wanted] for wanted in (True, False))
    if not found:
        return "{} +{:#x}".format(*region(line.address, symbols.services))
    return ", ".join(stored) + (f" (beside {', '.join(loaded)})" if loaded else "")
