"""Presets without a personality: services that check each other and say so in the log, until the last line has come."""
import re
import time

import system
from system import guest

LIMIT_SECONDS = 60


def run(processors, line, last):
    """Boots with a kernel command line; how it ended, the log up to a line with the pattern `last`, or to the limit."""
    def until_done(process):
        end = time.monotonic() + LIMIT_SECONDS
        while process.poll() is None and time.monotonic() < end:
            if re.search(rf"{last}|does not start|PANIC", guest.read_log(machine)):
                break
            time.sleep(0.2)
        process.kill()

    with guest.workspace() as folder:
        options, _ = system.run.OPTIONS.parse([f"--smp={processors}"])
        machine = system.run.prepare(options, folder, guest.Archive())
        machine.command_line = line
        return guest.run(machine, LIMIT_SECONDS, lambda block: None, until_done)
