"""Which slot each service's image is loaded into, for symbols: placement has slot 0, the others follow as the manifest
lists them (docs/interfaces/manifest.md); `hinge ls` in the guest says the same."""
import pathlib

from console import BUILD, ROOT

FIRST_ENTRY, ENTRY_SHIFT = 320, 39  # abi/layout.hpp


def base(slot):
    return 0xFFFF_0000_0000_0000 | (FIRST_ENTRY + slot) << ENTRY_SHIFT


def images(manifest):
    """The image files of a manifest's services, in order."""
    for line in manifest.read_text().splitlines():
        words = line.split("#")[0].split()
        if words[:1] == ["include"]:
            yield from images(ROOT / "presets" / words[1])
        elif words[:1] == ["image"]:
            yield pathlib.Path(words[1]).name


def addresses(manifest):
    """(ELF file with symbols, address of its slot)"""
    found = [BUILD / "placement.elf", *(BUILD / name for name in images(manifest))]
    return [(path, base(slot)) for slot, path in enumerate(found) if path.exists()]


def manifest_of(preset, placement):
    return pathlib.Path(placement) if placement else ROOT / "presets" / f"{preset or 'mono'}.place"
