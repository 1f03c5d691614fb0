"""Does KVM work here? On some machines /dev/kvm opens and the guest then hangs, so a boot sector that ends QEMU
through its debug-exit port is run once with a limit. The answer is remembered for this boot of the machine."""
import os
import pathlib
import subprocess
import tempfile

from console import CACHE, say

LIMIT_SECONDS = 10
# mov dx, 0xf4; mov al, 0x10; out dx, al; hlt; jmp to the hlt: QEMU ends with status 0x10 << 1 | 1.
SECTOR = bytes.fromhex("baf400b010eef4ebfd").ljust(510, b"\0") + b"\x55\xaa"
EXPECTED_STATUS = 0x21


def probe():
    """One word or more on why not, or "works"."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "no access to /dev/kvm"
    with tempfile.NamedTemporaryFile(suffix=".img") as disk:
        disk.write(SECTOR)
        disk.flush()
        command = ["qemu-system-x86_64", "-machine", "q35", "-accel", "kvm", "-nodefaults", "-no-user-config", "-display", "none",
                   "-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04",
                   "-drive", f"file={disk.name},format=raw,if=ide,snapshot=on"]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            return f"a guest hung for {LIMIT_SECONDS} s"
        return "works" if done.returncode == EXPECTED_STATUS else f"a guest ended with status {done.returncode}"


def works():
    boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    memory = CACHE / "kvm"
    try:
        remembered_boot, answer = memory.read_text().split("\n", 1)
    except (OSError, ValueError):
        remembered_boot, answer = "", ""
    if remembered_boot != boot:
        say("trying KVM once")
        answer = probe()
        say("KVM works" if answer == "works" else f"KVM is of no use here ({answer}): emulating")
        CACHE.mkdir(parents=True, exist_ok=True)
        memory.write_text(f"{boot}\n{answer}")
    return answer == "works"
