"""restarts.py PRESET PROCESSORS COUNT SEED [count | SERVICE]: that many kills and faults of all services that restart, or of one,
under a load that checks itself (tests/moves/load.sh): no program sees an error, every checksum is right, nothing is leaked.
Prints how long a restart takes, from the fault until callers are admitted and until one has his answer; with `count` a tick is
an instruction.
`restarts.py give-up`: a service that dies too often stays dead; its callers get EIO and the shell lives. A driver's device is no
bus master then, and answers to nothing."""
import re
import tempfile
import time

import small_disk
import system
from monitor import Monitor
from system import guest

LIMIT_SECONDS = {10000: 7000}  # By the number of ends; less for fewer.
RESTARTED = re.compile(r"^restarted (\S+) (\S+) (\d+) (\d+)$", re.MULTILINE)
HOLDS = re.compile(r"^holds (before|after) (\S+) (\d+) (\d+) (\d+)$", re.MULTILINE)
PARTS = ("checksums", "pipes", "processes", "files", "disk")
LEAK_KIB = 4096
ACTIVATIONS_MORE = 8
COMMAND, ANSWERS = 4, 7  # Of a PCI function: the register, and in it: to ports, to memory, and may be bus master.


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def distribution(name, values):
    print(f"{name:<28} p50 {percentile(values, 0.5):>12,}  p99 {percentile(values, 0.99):>12,}  max {max(values):>13,} ticks of {len(values)}")


def check_holdings(text):
    """Capabilities must be as many as after the first restart, and activations about as many: a service has them as callers
    come, which begins again with each life. Memory is compared for the system as a whole."""
    held = {(when, service): tuple(map(int, numbers)) for when, service, *numbers in HOLDS.findall(text)}
    for service in sorted({service for _, service in held}):
        before, after = held.get(("before", service)), held.get(("after", service))
        system.expect(before and after and before[0] == after[0], f"capabilities, activations and bytes of each: {held}")
        system.expect(after[1] <= before[1] + ACTIVATIONS_MORE, f"{service} has {after[1]} activations, and had {before[1]}")
        print(f"{service}: {after[0]} capabilities, {after[1]} activations ({before[1]} before), {(after[2] - before[2]) // 4096} frames more")
    free = dict(re.findall(r"^free (before|after) (\d+)$", text, re.MULTILINE))
    lost = int(free["before"]) - int(free["after"])
    print(f"free memory: {lost} KiB less than before")
    system.expect(lost < LEAK_KIB, f"{lost} KiB are gone:\n{text[-1500:]}")


def under_load(preset, processors, count, seed, last=""):
    counted, service = ("count", "") if last == "count" else ("", last)
    with small_disk.for_load() as (disk, checksum):
        text = system.boot_well(preset, ["/restarts/run.sh", count, seed, service], smp=int(processors), limit=LIMIT_SECONDS.get(int(count), 1700),
                                count=bool(counted), drives=[disk], append="root=tmpfs")
    system.expect(f"load reads {checksum}\n" in text, text[-2000:])
    wrong = [line for line in text.splitlines() if "wrong" in line]
    system.expect(not wrong, "\n".join(wrong[:20]))
    for part in PARTS:
        rounds = re.search(rf"^load {part}: (\d+) rounds$", text, re.MULTILINE)
        system.expect(rounds and int(rounds[1]) > 0, f"the load's {part} did not go round:\n{text[-2000:]}")
    reports = RESTARTED.findall(text)
    services = sorted({report[0] for report in reports})
    system.expect(len(reports) == int(count) + 2 * len(services), f"{len(reports)} restarts:\n{text[-2000:]}")
    check_holdings(text)
    for service in services:
        # A kill says nothing about a service; what follows a fault holds its back-off.
        for what, is_meant in (("killed", lambda how: how == "kill"), ("broken", lambda how: how != "kill")):
            mine = [(int(ticks), int(answer)) for name, how, ticks, answer in reports if name == service and is_meant(how)]
            for until, values in (("admits", [ticks for ticks, _ in mine]), ("answers", [answer for _, answer in mine if answer])):
                if values:
                    distribution(f"{service} {what}, {until}", values)
    print(f"{len(reports)} restarts in {preset}, {processors} processors, seed {seed}; no error seen, every checksum right")


def give_up():
    text = system.boot_well("micro", ["/restarts/give_up.sh"], limit=120)
    system.expect("tmpfs is died after 5 restarts" in text, text)
    system.expect(re.search("I/O error|Input/output error", text) and "the shell lives" in text, text)
    print("given up after 5 restarts; EIO, and the shell lives")


def command_register(monitor, device):
    """Of a PCI function, by configuration mechanism #1 (PCI 3.0, 3.2.2.3.2)."""
    monitor.person(f"o /w 0xcf8 {0x8000_0000 | device << 8 | COMMAND:#x}")
    return int(monitor.person("i /h 0xcfc").split("=")[1], 16)


def give_up_driver():
    seen = {}

    def beside(process, machine, output):
        end = time.monotonic() + 100
        while b"ready\n" not in output and process.poll() is None and time.monotonic() < end:
            time.sleep(0.1)
        if found := re.search(r"device (\w+) of virtio_blk is cut off", guest.read_log(machine)):
            monitor = Monitor(machine.monitor)
            monitor.ask("stop")
            seen["command"] = command_register(monitor, int(found[1], 16))
        process.kill()

    with tempfile.NamedTemporaryFile() as disk:
        disk.truncate(1 << 20)
        verdict, output = system.boot("micro", ["/restarts/give_up_driver.sh"], beside=beside, drives=[disk.name])
    text = f"{output.decode()}\n{seen}\n{verdict.log}"
    system.expect(seen.get("command", ANSWERS) & ANSWERS == 0, text)
    system.expect("Input/output error" in text and re.search(r"^  restarts   5, .*; given up$", text, re.MULTILINE), text)
    print("virtio_blk given up after 5 restarts; its device is cut off")


def test(preset, *words):
    if preset != "give-up":
        return under_load(preset, *words)
    give_up()
    give_up_driver()


system.main(test)
