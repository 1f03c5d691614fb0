"""Which slot each service's image is loaded into, for symbols, and on which side it is: placement has slot 0, the others
follow as the manifest lists them (docs/interfaces/manifest.md); `hinge ls` in the guest says the same."""
import pathlib

from console import BUILD, ROOT

FIRST_ENTRY, ENTRY_SHIFT, SLOTS = 320, 39, 64  # abi/layout.hpp


def base(slot):
    return 0xFFFF_0000_0000_0000 | (FIRST_ENTRY + slot) << ENTRY_SHIFT


def lines(manifest):
    """The words of each line of a manifest and of those it includes."""
    for line in manifest.read_text().splitlines():
        words = line.split("#")[0].split()
        if words[:1] == ["include"]:
            yield from lines(ROOT / "presets" / words[1])
        elif words:
            yield words


def images(manifest):
    """The image files of a manifest's services, in order."""
    return [pathlib.Path(words[1]).name for words in lines(manifest) if words[0] == "image"]


def on_user_side(manifest):
    """The slots that are in ring 3."""
    found = list(lines(manifest))
    names = [words[1] for words in found if words[0] == "service"]
    where = {}
    for words in found:
        if words[0] == "place":
            where.update({name: words[2] for name in (names if words[1] == "*" else [words[1]])})
    return [0] + [1 + i for i, name in enumerate(names) if where[name] != "kernel"]


def addresses(manifest):
    """(ELF file with symbols, address of its slot)"""
    found = [BUILD / "placement.elf", *(BUILD / name for name in images(manifest))]
    return [(path, base(slot)) for slot, path in enumerate(found) if path.exists()]


def manifest_of(preset, placement):
    return pathlib.Path(placement) if placement else ROOT / "presets" / f"{preset or 'mono'}.place"
