"""QEMU's machine protocol: one JSON object each way."""
import json
import socket

import system


class Monitor:
    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(60)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("rw")
        self._lines.readline()
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        self._lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._lines.flush()
        while True:
            answer = json.loads(self._lines.readline())
            if "error" in answer:
                raise system.Failure(f"monitor: {answer['error']}")
            if "return" in answer:
                return answer["return"]

    def person(self, line):
        return self.ask("human-monitor-command", **{"command-line": line})
