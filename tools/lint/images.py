"""What was built. Row S3: nucleus.elf has no symbol of a file system, driver, network stack or personality. No image
has a global constructor. Checks whatever has been built so far."""
import re

from tree import Image, Tree

TITLE = "built images"
FOREIGN = re.compile(r"(?i)(ext[234]|tmpfs|vfs|inode|dentry|page_?cache|virtio|ahci|nvme|e1000|uart16550|pci_|socket|tcp|udp_|"
                     r"ethernet|procfs|termios|line_discipline|syscall_table|fork|execve|signal_frame)")
LENGTH = re.compile(r"\d+")
CONSTRUCTORS = (".init_array", ".ctors", ".preinit_array")


def identifiers(symbol):
    """The names inside a mangled symbol (Itanium C++ ABI: each after its length); a C symbol is one."""
    if not symbol.startswith("_Z"):
        return [symbol]
    found, at = [], 2
    while length := LENGTH.search(symbol, at):
        at = length.end()
        if int(length.group()) <= len(symbol) - at:  # Else it is a number among template arguments.
            found.append(symbol[at:at + int(length.group())])
            at += int(length.group())
    return found


def check(tree):
    found = []
    services = {path.split("/")[1] for path in tree.files if path.startswith("services/") and path.count("/") > 1}
    namespaces = services | {f"{name}_service" for name in services}
    for name, image in tree.images.items():
        for section in CONSTRUCTORS:
            if image.sections.get(section):
                found.append(f"{name}: {section} is not empty: a global constructor; make it constinit")
    nucleus = tree.images.get("nucleus.elf", Image([], {}))
    for symbol in nucleus.symbols:
        names = identifiers(symbol)
        inside = any(first == "hinge" and second in namespaces for first, second in zip(names, names[1:]))
        if inside or any(FOREIGN.search(name) for name in names):
            found.append(f"nucleus.elf: symbol {symbol} belongs to a service")
    return found


def summary(tree):
    nucleus = tree.images.get("nucleus.elf")
    return f"{len(tree.images)} images, {len(nucleus.symbols) if nucleus else 0} nucleus symbols"


SERVICES = {"services/linux/a.cpp": "", "services/tmpfs/a.cpp": ""}
FAULTS = {
    "the personality in the nucleus": Tree(SERVICES, {"nucleus.elf": Image(["_ZN5hinge13linux_service4readEv"], {})}),
    "a file system in the nucleus": Tree(SERVICES, {"nucleus.elf": Image(["_ZN5hinge7nucleus9ext4_readEv"], {})}),
    "a driver in the nucleus": Tree(SERVICES, {"nucleus.elf": Image(["virtio_blk_start"], {})}),
    "a global constructor": Tree(SERVICES, {"tmpfs.elf": Image([], {".init_array": 8})}),
}
FINE = {
    "the nucleus' own": Tree(SERVICES, {"nucleus.elf": Image(["_ZN5hinge7nucleus11linux_entryEv", "_ZNK5hinge7nucleus7Context4readEv"], {".init_array": 0})}),
    "a service's own": Tree(SERVICES, {"tmpfs.elf": Image(["_ZN5hinge5tmpfs5inodeEv"], {})}),
}
