"""./hinge debug: the system stopped at its first instruction, gdb attached, symbols of the nucleus and all slots loaded."""
import subprocess

import build
import guest
import packages
import run
import slots
from archive import Archive
from console import BUILD, Stop

USAGE = """usage: ./hinge debug [--preset NAME | --placement FILE] [--smp N] [--mem MIB] [--append STRING] [-- COMMAND [ARG...]]

gdb on this terminal; the guest's console and the nucleus' log go to build/debug/. In gdb: continue, break, bt..."""


def main(words):
    found, command = run.OPTIONS.parse(words)
    if found["help"]:
        print(USAGE)
        return 0
    if found["words"] or found["image"] or found["log"] or found["timeout"]:
        raise Stop("debug: see ./hinge debug --help")
    packages.need(packages.BUILD, packages.RUN, packages.DEBUG)
    build.build("nucleus.elf", "boot_image")
    kept = BUILD / "debug"
    kept.mkdir(exist_ok=True)
    with guest.workspace() as folder:
        machine = run.prepare(found, folder, guest.command_archive(command) if command else Archive())
        machine.log, machine.emulate = kept / "log", True  # Breakpoints in early boot code need the emulator.
        gate = folder / "gdb"
        machine.extra = ["-S", "-chardev", f"socket,id=gdb,path={gate},server=on,wait=off", "-gdb", "chardev:gdb"]
        serial = ["-serial", f"file:{kept / 'console'}", "-serial", f"file:{kept / 'output'}"]
        emulator = subprocess.Popen(machine.arguments(serial), stdin=subprocess.DEVNULL, preexec_fn=guest.die_with_parent)
        try:
            manifest = slots.manifest_of(found["preset"], found["placement"])
            symbols = [word for path, address in slots.addresses(manifest) for word in ("-ex", f"add-symbol-file {path} -o {address:#x}")]
            return subprocess.run(["gdb", "-q", str(build.NUCLEUS), "-ex", "set confirm off", "-ex", f"directory {build.ROOT}",
                                   "-ex", f"target remote {gate}", *symbols]).returncode
        finally:
            emulator.kill()
            emulator.wait()
