"""What programs hear of disks that fail, one after the other; runs in a guest, with the disks of tests/system/disk_faults.py
mounted at /tmp/NAME. Prints a line for each thing tried: ok, or the error's name."""
import errno
import mmap
import os

PAGE = 4096


def said(what, action, *words):
    try:
        action(*words)
        print(f"{what}: ok")
        return True
    except OSError as error:
        print(f"{what}: {errno.errorcode[error.errno]}")
        return False


def read(path):
    with open(path, "rb") as file:
        file.read()


def write(path, data=b"new", sync=True):
    with open(path, "wb", buffering=0) as file:
        file.write(data)
        if sync:
            os.fsync(file.fileno())


def in_place(path, sync):
    """Writes the second page of a file anew."""
    with open(path, "r+b", buffering=0) as file:
        said("write", os.pwrite, file.fileno(), b"x" * PAGE, PAGE)
        said("sync", sync, file.fileno())
        said("sync again", sync, file.fileno())


def mapped(path):
    with open(path, "r+b", buffering=0) as file, mmap.mmap(file.fileno(), 4 * PAGE) as memory:
        memory[PAGE:2 * PAGE] = b"x" * PAGE
        said("msync", memory.flush)


def until_it_fails(folder):
    for n in range(200):
        try:
            write(f"{folder}/file{n}")
        except OSError as error:
            print(f"sync, at last: {errno.errorcode[error.errno]}")
            return
    print("it never failed")


def then(folder):
    """Of a volume that has turned read-only."""
    said("create", write, f"{folder}/later", b"x", False)
    said("read", read, f"{folder}/good")
    said("list", os.listdir, folder)


def disk(name, *actions):
    print(f"--- {name}")
    for action in actions:
        action(f"/tmp/{name}")


disk("data-read", lambda at: said("read of the bad file", read, f"{at}/bad"), lambda at: said("new file", write, f"{at}/new"), then)
disk("folder-read", lambda at: said("list of the bad folder", os.listdir, f"{at}/folder"), lambda at: said("file in it", read, f"{at}/folder/inside"), then)
disk("data-write", lambda at: in_place(f"{at}/bad", os.fsync), then)
disk("mapping-write", lambda at: mapped(f"{at}/bad"), then)
disk("journal-write", lambda at: said("new file", write, f"{at}/new"), then)
disk("flush", until_it_fails, then)
disk("home-write", lambda at: said("new file", write, f"{at}/new"), then)
