"""fault.py PRESET SERVICE KIND: the same bug on either side. User side: that domain ends, alone, with a report; callers
get an error and the system goes on. Kernel side: a panic that names the service; QEMU ends with the panic's status."""
import system
from system import guest

KERNEL_SIDE = {"mono", "hybrid"}


def test(preset, service, kind):
    script = f"echo before; echo {service} {kind} >/sys/hinge/fault; echo injected $?; echo after; hinge ls"
    verdict, output = system.boot(preset, ["/bin/sh", "-c", script], limit=120)
    text = output.decode(errors="backslashreplace")
    system.expect(text.startswith("before\n"), f"{text}\n{verdict.report()}")
    if preset in KERNEL_SIDE:
        system.expect(verdict.status == guest.DIED and "PANIC on CPU" in verdict.log, f"no panic\n{text}\n{verdict.report()}")
        system.expect(service in verdict.log.split("PANIC on CPU", 1)[1], f"the panic does not name {service}\n{verdict.report()}")
        system.expect("after" not in text, text)
        return
    system.expect(not verdict.why and verdict.status == 0, f"{text}\n{verdict.report()}")
    system.expect("after\n" in text, f"{text}\n{verdict.report()}")
    dead = [line for line in text.splitlines() if line.split()[:1] == [service]]
    system.expect(dead and "died" in dead[0], f"hinge ls does not show that {service} died\n{text}")
    others = [line for line in text.split("after\n", 1)[1].splitlines()[1:] if "died" in line and line not in dead]
    system.expect(not others, f"others died, too: {others}")
    system.expect(any(service in line and "fault" in line.lower() for line in verdict.log.splitlines()), f"no report\n{verdict.log}")


system.main(test)
