"""A tree with everything that an ext4 keeps of files, made and told the same way on any system.

    tree.py make FOLDER COUNT SEED    that many files below FOLDER, which must not be there
    tree.py tell FOLDER               a line for each folder: how many entries, and a digest of all that can be seen of them"""
import errno
import hashlib
import os
import random
import stat
import sys

PAGE, GIB = 4096, 1 << 30
BIG_SHARE = 3  # One in so many files lies in one big folder.
# A big file ends behind these; each is where some bytes are.
FAR = (0, GIB - 1, 2 * GIB - 7, 4 * GIB - 3 * PAGE, 4 * GIB - 5, 4 * GIB + PAGE, 4 * GIB + 700_001)


def odd_name(noise, number):
    """Any bytes that a name may have, few of them printable, all different."""
    kind = noise.randrange(6)
    text = {0: b"plain", 1: b"-rf --", 2: b" spaces \t", 3: "Grüße 日本".encode(), 4: b"line\nbreak\r", 5: b""}[kind]
    if kind == 5:
        text = bytes(noise.choice([b for b in range(1, 256) if b != 0x2F]) for _ in range(noise.randrange(1, 30)))
    name = text + b"%d" % number
    return name.ljust(255, b"\\") if number % 97 == 0 else name


def content(noise, path, number):
    """Mostly small; some with holes, some reserved beyond what is written."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600 | noise.randrange(0o200))
    kind = noise.randrange(10)
    if kind < 6:
        os.write(file, noise.randbytes(noise.choice([0, 1, 59, 700, PAGE, 9000])))
    elif kind < 8:
        for _ in range(noise.randrange(1, 6)):
            os.pwrite(file, noise.randbytes(noise.randrange(1, 3000)), noise.randrange(60) * PAGE + noise.randrange(PAGE))
    elif kind == 8:
        os.posix_fallocate(file, noise.randrange(3) * PAGE, noise.randrange(1, 5) * PAGE)
        os.pwrite(file, b"in the middle", 2 * PAGE - 5)
    else:
        os.pwrite(file, b"cut", 5 * PAGE)
        os.ftruncate(file, noise.randrange(7 * PAGE))
    os.close(file)


def special(noise, path, others):
    """What is no regular file."""
    kind = noise.randrange(6)
    if kind == 0:
        os.mkfifo(path)
    elif kind == 1:
        os.mknod(path, stat.S_IFCHR | 0o640, os.makedev(noise.randrange(4000), noise.randrange(1 << 20)))
    elif kind == 2:
        os.mknod(path, stat.S_IFSOCK | 0o600)
    elif kind == 3 and others:
        os.link(noise.choice(others), path)
    else:
        os.symlink(b"t" * noise.choice([1, 59, 60, 800]) if noise.randrange(3) else b"../somewhere\n/else", path)


def adorn(noise, path):
    """Owner, mode, attributes and times, of those that have them."""
    is_link = os.path.islink(path)
    if noise.randrange(3) == 0:
        os.chown(path, noise.choice([0, 1000, 65534, 70000]), noise.choice([0, 5, 4_000_000_000]), follow_symlinks=False)
    if not is_link and noise.randrange(4) == 0:
        os.chmod(path, noise.randrange(0o10000))
    if not is_link and stat.S_IFMT(os.lstat(path).st_mode) in (stat.S_IFREG, stat.S_IFDIR) and noise.randrange(4) == 0:
        for n in range(noise.randrange(1, 4)):
            os.setxattr(path, f"user.{noise.choice(['short', 'a name', 'x' * 100])}{n}", noise.randbytes(noise.choice([0, 5, 60, 400])))
    os.utime(path, ns=(0, noise.choice([-1_000_000_007, 1, 1_700_000_000_123_456_789, 4_000_000_000_000_000_001, 2**33 * 1_000_000_000])), follow_symlinks=False)


def make(root, count, seed):
    noise = random.Random(seed)
    os.mkdir(root)
    os.mkdir(os.path.join(root, b"big folder"))
    folders, files = [root], []
    for number in range(count):
        home = os.path.join(root, b"big folder") if number % BIG_SHARE == 0 else noise.choice(folders)
        path = os.path.join(home, odd_name(noise, number))
        kind = noise.randrange(20)
        if kind == 0 and len(home) < 2000:
            os.mkdir(path)
            folders.append(path)
        elif kind < 4:
            special(noise, path, files)
        else:
            content(noise, path, number)
            files.append(path)
        adorn(noise, path)
    far = os.open(os.path.join(root, b"far"), os.O_RDWR | os.O_CREAT)
    for at in FAR:
        os.pwrite(far, noise.randbytes(2 * PAGE), at)
    os.close(far)
    # Some go again, so that folders have gaps, and some move.
    for path in files[::11]:
        os.rename(path, path[:-1] + b"~")
    for path in files[5::11]:
        os.unlink(path)


def data_of(file, size):
    """The blocks that are not zero, wherever holes may lie."""
    state, at = hashlib.sha1(), 0
    while at < size:
        try:
            at = os.lseek(file, at, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                break
            raise
        end = os.lseek(file, at, os.SEEK_HOLE)
        for block in range(at // PAGE, (end + PAGE - 1) // PAGE):
            data = os.pread(file, PAGE, block * PAGE)
            if data.count(0) != len(data):
                state.update(b"%d " % block + data)
        at = end
    return state.digest()


def entry(path):
    found = os.lstat(path)
    seen = [found.st_mode, found.st_uid, found.st_gid, found.st_mtime_ns]
    if not stat.S_ISDIR(found.st_mode):
        seen += [found.st_nlink, found.st_size]
    if stat.S_ISLNK(found.st_mode):
        seen.append(os.readlink(path))
    elif stat.S_ISCHR(found.st_mode):
        seen.append(found.st_rdev)
    elif stat.S_ISREG(found.st_mode):
        file = os.open(path, os.O_RDONLY)
        seen.append(data_of(file, found.st_size))
        os.close(file)
    if not stat.S_ISLNK(found.st_mode):
        seen += [(name, os.getxattr(path, name)) for name in sorted(os.listxattr(path))]
    return repr(seen).encode()


def tell(root):
    for place, folders, files in os.walk(root):
        folders.sort()
        state = hashlib.sha1()
        for name in sorted(folders + files):
            state.update(name + b"\0" + entry(os.path.join(place, name)) + b"\0")
        print(hashlib.sha1(place[len(root):]).hexdigest()[:8], len(folders), len(files), state.hexdigest())


if __name__ == "__main__":
    os.umask(0)
    what, where, *words = sys.argv[1:]
    make(os.fsencode(where), int(words[0]), words[1]) if what == "make" else tell(os.fsencode(where))
