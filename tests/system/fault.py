"""fault.py PRESET SERVICE KIND: the same bug on either side. User side: that domain ends, alone, with a report; a service
that restarts is back before its callers notice, callers of another get an error, and the system goes on. Kernel side: a panic that names the service; QEMU ends with the panic's status.
KIND nucleus-read is the probe that the boundary is real: it faults on the user side."""
import re

import system
from system import guest

RESTART = {"console", "tmpfs", "virtio_blk", "ext4"}
KERNEL_SIDE = {"mono": {"console", "platform", "tmpfs", "virtio_blk", "ext4", "linux"}, "hybrid": {"tmpfs", "ext4", "linux"}}
WHY = {"exhaust": "quota", "garbage-reply": "garbage"}  # Else: fault.
# Nothing but the shell itself: when tmpfs has died no other program can be loaded.
SCRIPT = """echo before; echo {service} {kind} >/sys/hinge/fault; echo after
while read -r line; do echo "$line"; done </sys/hinge/services"""


def dies_with_the_kernel(service, text, verdict):
    system.expect(verdict.status == guest.DIED and "PANIC on CPU" in verdict.log, f"no panic\n{text}\n{verdict.report()}")
    system.expect(service in verdict.log.split("PANIC on CPU", 1)[1], f"the panic does not name {service}\n{verdict.report()}")
    system.expect("after" not in text, text)


def dies_alone(service, kind, text, verdict):
    reports = re.findall(rf"fault: service (\w+) died: .*", verdict.log)
    system.expect(reports == [service], f"reports: {reports}\n{text}\n{verdict.log}")
    system.expect("PANIC" not in verdict.log, verdict.report())
    if kind == "nucleus-read":
        system.expect(re.search(rf"service {service} died: page fault .*address ffff(8|9|ffff8)", verdict.log), verdict.log)
    if service == "linux":  # Its programs have nobody left to serve them; that they can go on is a later step.
        return
    system.expect("hinge: exit status 0" in verdict.log, f"the shell did not end well\n{text}\n{verdict.log}")
    states = {line.split()[0]: line.split()[4] for line in text.split("after\n", 1)[1].splitlines()[1:]}
    back = service in RESTART
    system.expect(back == (f"{service} is back after {WHY.get(kind, 'fault')}, restart 1" in verdict.log), verdict.log)
    wanted = "running" if back else "died"
    system.expect(states.pop(service, "") == wanted, f"/sys/hinge/services does not show that {service} is {wanted}\n{text}")
    system.expect(set(states.values()) == {"running"}, f"others than {service} do not run: {states}")


def test(preset, service, kind):
    verdict, output = system.boot(preset, ["/bin/sh", "-c", SCRIPT.format(service=service, kind=kind)], limit=20)
    text = output.decode(errors="backslashreplace")
    system.expect(text.startswith("before\n"), f"{text}\n{verdict.report()}")
    if service in KERNEL_SIDE.get(preset, ()):
        dies_with_the_kernel(service, text, verdict)
        print(f"{preset}: {kind} in {service} panics, by name")
    else:
        dies_alone(service, kind, text, verdict)
        print(f"{preset}: {kind} in {service} ends {service} alone")


system.main(test)
