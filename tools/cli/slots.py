"""Which slot each service image is loaded into, for symbols: placement is slot 0, the others as the manifest lists them."""
import re

from console import BUILD, ROOT

FIRST_ENTRY, ENTRY_SHIFT = 320, 39  # abi/layout.hpp


def base(slot):
    return 0xFFFF_0000_0000_0000 | (FIRST_ENTRY + slot) << ENTRY_SHIFT


def names():
    listed = []
    for preset in sorted((ROOT / "presets").glob("*.place")):
        listed += [name for name in re.findall(r"^service\s+(\w+)", preset.read_text(), re.MULTILINE) if name not in listed]
    return ["placement", *listed]


def addresses():
    return [(name, base(slot)) for slot, name in enumerate(names()) if (BUILD / f"{name}.elf").exists()]
