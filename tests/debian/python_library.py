"""Data, files and archives."""
import array, base64, bz2, collections, csv, ctypes, datetime, decimal, fcntl, gzip, hashlib, io, json, lzma, mmap, os, pathlib, pickle, random, re, shutil
import sqlite3, stat, struct, sys, tarfile, tempfile, time, zipfile, zlib

data = {"name": "é", "list": list(range(10)), "inner": {"a": None, "b": 1.5}}
print(json.dumps(data, sort_keys=True), json.loads(json.dumps(data)) == data, pickle.loads(pickle.dumps(data)) == data)
for name in ("md5", "sha1", "sha256", "sha3_512", "blake2b"):
    print(name, hashlib.new(name, b"x" * 100000).hexdigest()[:32])
random.seed(7)
blob = bytes(random.randrange(8) for _ in range(100000))
print([len(module.compress(blob)) > 0 and module.decompress(module.compress(blob)) == blob for module in (zlib, gzip, bz2, lzma)])
base = sqlite3.connect("test.db")
base.execute("create table t(a integer, b text)")
with base:
    base.executemany("insert into t values(?, ?)", ((i, str(i * i)) for i in range(5000)))
print(base.execute("select count(*), sum(a), max(length(b)) from t").fetchone(), base.execute("pragma integrity_check").fetchone())
base.close()
with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder)
    for i in range(30):
        (path / f"file {i}").write_text("line\n" * i)
    (path / "sub").mkdir()
    (path / "link").symlink_to("file 3")
    os.link(path / "file 4", path / "sub" / "hard")
    with zipfile.ZipFile(path / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path.glob("file *")):
            archive.write(file, file.name)
    with zipfile.ZipFile(path / "z.zip") as archive:
        print(len(archive.namelist()), archive.testzip(), archive.read("file 2"))
    with tarfile.open(path / "t.tar.xz", "w:xz") as archive:
        archive.add(path / "sub", "sub")
    print(tarfile.open(path / "t.tar.xz").getnames(), shutil.disk_usage(folder).total > 0)
    shutil.copytree(path, path.parent / "copied", symlinks=True, dirs_exist_ok=True)
    print(sorted(os.listdir(path.parent / "copied"))[:3], os.stat(path / "file 4").st_nlink, os.readlink(path / "link"))
    shutil.rmtree(path.parent / "copied")
    with open(path / "m", "w+b") as f:
        f.truncate(8192)
        with mmap.mmap(f.fileno(), 0) as m:
            m[4090:4100] = b"0123456789"
            m.flush()
            print(m.find(b"567"), m.size())
        f.seek(4090)
        print(f.read(10))
    fd = os.open(path / "p", os.O_RDWR | os.O_CREAT)
    print(os.pwrite(fd, b"hello world", 100), os.pread(fd, 5, 106), os.fstat(fd).st_size, os.writev(fd, [b"ab", b"cd"]), os.lseek(fd, 0, os.SEEK_END))
    fcntl.lockf(fd, fcntl.LOCK_EX)
    os.posix_fallocate(fd, 0, 1000)
    print(os.fstat(fd).st_size, stat.filemode(os.fstat(fd).st_mode & ~0o077), os.get_blocking(fd))
    print([e.name for e in sorted(os.scandir(path), key=lambda e: e.name)][:2], len(list(os.walk(path))))
    os.utime(path / "p", ns=(1, 2_000_000_003))
    print(os.stat(path / "p").st_mtime_ns, os.access(path / "p", os.X_OK))
    for call in (lambda: os.rmdir(path), lambda: os.open(path / "none", os.O_RDONLY), lambda: os.mkdir(path / "sub"), lambda: os.listdir(path / "p")):
        try:
            call()
        except OSError as error:
            print(type(error).__name__, error.errno)
print(ctypes.CDLL(None).abs(-5), ctypes.sizeof(ctypes.c_long), struct.pack("<IhQ", 1, -2, 3), array.array("i", [1, 2]).tobytes())
print(datetime.datetime.fromtimestamp(0, datetime.timezone.utc).isoformat(), decimal.Decimal(1) / 7, time.strftime("%F", time.gmtime(1e9)))
text = io.StringIO()
csv.writer(text).writerows([["a,b", 'c"d'], [1, 2]])
print(text.getvalue().split(), re.sub(r"(\w+)@(\w+)", r"\2 at \1", "user@host"), collections.Counter("mississippi").most_common(2))
print(len(os.urandom(16)), os.cpu_count() > 0, os.getpid() > 1, os.path.exists("/proc/self/fd"), os.sysconf("SC_PAGE_SIZE"), os.uname().sysname)
print(os.memfd_create("m") > 2, len(os.sched_getaffinity(0)) > 0, os.getloadavg()[0] >= 0, os.statvfs("/tmp").f_bsize, sys.getfilesystemencoding())
