"""Runs vi in a terminal of 24 lines, types, and says when what was written shows on the screen."""
import os, pty, select, struct, sys, termios, fcntl, time
pid, master = pty.fork()
if pid == 0:
    os.environ["TERM"] = "vt100"
    os.execvp("vi", ["vi", "-u", "NONE", "file"])
fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
seen = b""
def until(text, seconds=60):
    global seen
    end = time.monotonic() + seconds
    while text not in seen:
        if time.monotonic() > end:
            print("did not come:", text); os.kill(pid, 9); sys.exit(1)
        if select.select([master], [], [], 0.1)[0]:
            try: seen += os.read(master, 65536)
            except OSError: break
    seen = seen[seen.find(text) + len(text):]
until(b"New")
os.write(master, b"ione line\rtwo lines\rthree\x1b"); until(b"three")
os.write(master, b"ggyyGp"); time.sleep(0.3)
os.write(master, b":set ruler\r/two\r"); time.sleep(0.3)
fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0)); time.sleep(0.3)
os.write(master, b":!echo shell $((6*7))\r"); until(b"shell 42"); os.write(master, b"\r"); time.sleep(0.3)
os.write(master, b":w\r"); until(b"written"); os.write(master, b":q\r")
_, status = os.waitpid(pid, 0)
print("vi ended with", status, "and wrote")
