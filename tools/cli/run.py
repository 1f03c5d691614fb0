"""./hinge run: boots the system on this terminal, or for one command."""
import os
import pathlib
import select
import shutil
import stat
import subprocess
import sys

import build
import guest
import image
import packages
from archive import Archive
from console import Stop, existing_file, say
from machine import PANIC_STATUS, Machine
from options import Options, choice, number, text

USAGE = """usage: ./hinge run [OPTION...] [-- COMMAND [ARG...]]

Without COMMAND: a shell on this terminal; Ctrl-A X ends the emulator. With it: COMMAND runs in the guest with this
standard input, its output alone goes to standard output, its status becomes ours (124: timeout, 125: panic or lock-up).

  --preset mono|micro|single|hybrid   who is on which side of the boundary (default mono)
  --placement FILE                    a placement of your own instead of a preset
  --smp N, --mem MIB                  processors (1), memory (1024)
  --drive FILE                        a raw virtio disk, read-only where the file is; may come several times
  --iommu                             devices are behind an IOMMU, and reach only what their drivers were granted
  --snapshot                          throw away what is written to the disks; makes the default image's root writable
  --count                             one instruction is one tick of the clock; one processor
  --append STRING                     more kernel command line
  --log FILE                          keep the nucleus' log
  --timeout SEC                       with COMMAND: limit (default 600)
  --stats                             say on standard error how long it took
  --image FILE                        boot this disk image: any ext4, also behind a partition table. What is written goes
                                      to FILE, unless it is read-only or --snapshot is given (default: one made of Debian
                                      packages, see ./hinge image --help; only read, with /tmp and /root in memory)
  --no-image                          no disk: the root is in memory, with busybox and our programs"""

PRESETS = ("mono", "micro", "single", "hybrid")
DEFAULT_TIMEOUT = 600

OPTIONS = Options("run", flags=("no-image", "snapshot", "iommu", "count", "stats", "help"),
                  values={"preset": choice(*PRESETS), "placement": text, "image": text, "smp": number(1, 64), "mem": number(64, 262144),
                          "append": text, "log": text, "timeout": number(1, 1_000_000)},
                  lists={"drive": text})


def standard_input():
    """What was piped in, as bytes; None for a terminal or /dev/null."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return None
    if stat.S_ISCHR(mode):
        return None
    if not select.select([0], [], [], 2)[0]:
        say("waiting for the end of standard input (use </dev/null for none)")
    return sys.stdin.buffer.read()


def prepare(found, folder, archive):
    """The machine that the options ask for; `archive` holds what this run adds to the boot image."""
    preset = found["preset"] or "mono"
    if found["placement"]:
        preset = "custom"
        archive.file("boot/presets/custom.place", existing_file(found["placement"]).read_bytes())
    line = f"preset={preset}"
    drives = list(found["drive"])
    if found["image"]:
        # The root is the first disk. Where it is only read, several guests may read one image.
        line += " root=disk" + (" rw" if found.get("writable") else "")
        drives.insert(0, found["image"])
    if found["append"]:
        line += f" {found['append']}"
    return Machine(kernel=build.NUCLEUS, initrd=guest.boot_image_with(archive, folder), command_line=line, log=folder / "log",
                   processors=found["smp"] or 1, memory_mib=found["mem"] or 1024, count=found["count"],
                   drives=drives, read_only_drives=1 if found["image"] and not found.get("writable") else 0, snapshot=found["snapshot"], iommu=found["iommu"])


def write_out(block):
    try:
        sys.stdout.buffer.write(block)
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # Whoever read has had enough; the command runs on, as under ssh.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def one_command(found, words, folder):
    machine = prepare(found, folder, guest.command_archive(words, standard_input()))
    verdict = guest.run(machine, found["timeout"] or DEFAULT_TIMEOUT, write_out)
    if verdict.why:
        say(verdict.report())
    if found["stats"]:
        say(f"host seconds {verdict.seconds:.2f}")
    return machine, verdict.status


def terminal(found, folder):
    machine = prepare(found, folder, Archive())
    machine.reboot = True
    serial = ["-chardev", "stdio,id=terminal,mux=on,signal=off", "-serial", "chardev:terminal", "-mon", "chardev=terminal", "-serial", "null"]
    say("booting; Ctrl-A X ends the emulator")
    done = subprocess.run(machine.arguments(serial), preexec_fn=guest.die_with_parent)
    if done.returncode == PANIC_STATUS:
        say(guest.judge(PANIC_STATUS, guest.read_log(machine), 0, 0).report())
        return machine, guest.DIED
    return machine, min(abs(done.returncode), 1)


def main(words):
    found, command = OPTIONS.parse(words)
    if found["help"]:
        print(USAGE)
        return 0
    if found["words"]:
        raise Stop(f"run: unknown argument '{found['words'][0]}' (a command follows --)")
    if command == []:
        raise Stop("run: no command behind --")
    if found["preset"] and found["placement"]:
        raise Stop("run: --preset and --placement exclude each other")
    if found["count"] and (found["smp"] or 1) != 1:
        raise Stop("run: --count needs --smp 1")
    if found["image"] and found["no-image"]:
        raise Stop("run: --image and --no-image exclude each other")
    if found["image"]:
        found["image"] = existing_file(found["image"])
        found["writable"] = found["snapshot"] or os.access(found["image"], os.W_OK)
    found["drive"] = [existing_file(drive) for drive in found["drive"]]
    if found["placement"]:
        existing_file(found["placement"])
    if found["log"] and not pathlib.Path(found["log"]).absolute().parent.is_dir():
        raise Stop(f"run: --log: no such folder: {pathlib.Path(found['log']).parent}")
    packages.need(packages.BUILD, packages.RUN)
    build.build("nucleus.elf", "boot_image")
    if not found["no-image"] and not found["image"] and not found["placement"]:
        found["image"] = image.image(image.DEFAULT)
        found["writable"] = found["snapshot"]
    with guest.workspace() as folder:
        machine, status = one_command(found, command, folder) if command else terminal(found, folder)
        if found["log"]:
            shutil.copyfile(machine.log, found["log"])
    return status
