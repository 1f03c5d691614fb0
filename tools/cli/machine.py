"""The machine a guest sees, as a QEMU command line: one processor model on TCG, KVM and for the Linux peer."""
import dataclasses
import os
import pathlib

import kvm

PROCESSOR = "qemu64,+smep,+smap,+umip,+fsgsbase,+rdrand"
# Devices on the machine's PCI bus are behind it; virtio devices say so only when asked to. Interrupts are not remapped.
IOMMU = ["-device", "intel-iommu,intremap=off,aw-bits=48",
         "-global", "virtio-device.iommu_platform=on", "-global", "virtio-pci.disable-legacy=on"]
PANIC_STATUS = 0x55 << 1 | 1  # What the nucleus writes to the debug-exit port when it panics.


@dataclasses.dataclass
class Machine:
    kernel: pathlib.Path
    initrd: pathlib.Path
    command_line: str
    log: pathlib.Path                  # The nucleus' log: everything written to port 0xe9.
    processors: int = 1
    memory_mib: int = 1024
    count: bool = False                # One guest instruction is one tick.
    emulate: bool = False              # Never KVM, for tests that must not depend on it.
    drives: list = dataclasses.field(default_factory=list)
    snapshot: bool = False
    read_only_drives: int = 0          # So many of the first drives are never written.
    iommu: bool = False                # Devices reach only what the system lets them.
    reboot: bool = False               # May the guest restart, or does a reset end QEMU?
    plugin: str = ""                   # QEMU plugin, FILE[,key=value...]; its output goes beside the log.
    monitor: pathlib.Path | None = None  # A socket for QEMU's monitor protocol.
    extra: list = dataclasses.field(default_factory=list)

    def accelerator(self):
        if self.count:
            # A disk takes its time outside the guest: skipping to the next timer would leave it no chance.
            return ["-accel", "tcg,thread=single", "-icount", f"shift=0,sleep={'on' if self.drives else 'off'}",
                    "-rtc", "base=2024-01-01,clock=vm", "-seed", "1"]
        if self.plugin or self.emulate or not kvm.works():
            return ["-accel", "tcg"]
        return ["-accel", "kvm"]

    def arguments(self, serial):
        """serial: the options that connect COM1 and COM2."""
        words = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
                 "-machine", "q35", *self.accelerator(), "-cpu", PROCESSOR, "-smp", str(self.processors), "-m", str(self.memory_mib),
                 "-kernel", str(self.kernel), "-initrd", str(self.initrd), "-append", self.command_line,
                 *serial, "-debugcon", f"file:{self.log}", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
        if self.iommu:
            words += IOMMU
        if not self.reboot:
            words.append("-no-reboot")
        for number, drive in enumerate(self.drives):
            path = str(drive).replace(",", ",,")
            read_only = number < self.read_only_drives or not os.stat(drive).st_mode & 0o222
            how = "readonly=on" if read_only else f"snapshot={'on' if self.snapshot else 'off'}"
            words += ["-drive", f"file={path},format=raw,if=none,id=drive{number},{how}",
                      "-device", f"virtio-blk-pci,drive=drive{number},disable-legacy=on,serial=drive{number}"]
        if self.plugin:
            words += ["-plugin", self.plugin, "-d", "plugin", "-D", f"{self.log}.plugin"]
        if self.monitor:
            words += ["-qmp", f"unix:{self.monitor},server=on,wait=off"]
        return words + self.extra
