/* disk_calls FOLDER: what programs ask of files on a disk beside reading and writing, each answer printed: locks of all three
 * kinds, the flags of renameat2, statx, copies within the system, paths that stay below a directory, holes, advice. Linux prints
 * the same. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, OFD_GETLK = 36, OFD_SETLK = 37, ZERO_RANGE = 16 };

/* statx(2), which the C library does not know. */
enum { ALL_AND_BIRTH = 0xfff, SIZE = 0x200, EMPTY_PATH = 0x1000 };
struct seen {
    unsigned mask, block;
    unsigned long attributes;
    unsigned links, uid, gid;
    unsigned short mode, spare;
    unsigned long inode, size, blocks, attributes_mask;
    struct { long seconds; unsigned nanoseconds; int spare; } access, birth, change, modify;
    unsigned long rest[14 * 2];
};

static void say(const char *what, long result)
{
    printf("%s: %s\n", what, result < 0 ? strerror(errno) : "");
    if (result >= 0)
        printf("  %ld\n", result);
    fflush(stdout);
}

static int made(const char *name, int pages)
{
    static char data[PAGE];
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
    for (int i = 0; i < pages; i++) {
        memset(data, 'a' + i, sizeof data);
        if (write(fd, data, sizeof data) != PAGE)
            perror(name);
    }
    return fd;
}

static long lock(int fd, int command, int type, long start, long length)
{
    struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    if (fcntl(fd, command, &l) < 0)
        return -1;
    return command == F_GETLK || command == OFD_GETLK ? l.l_type * 1000000 + l.l_start * 1000 + l.l_len : 0;
}

/* Runs in a child, so that locks of a process have somebody else to meet. */
static void beside(void (*body)(void))
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        body();
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static void meet_locks(void)
{
    int fd = open("locked", O_RDWR);
    say("record lock of another", lock(fd, F_SETLK, F_WRLCK, 10, 5));
    say("who has it", lock(fd, F_GETLK, F_WRLCK, 0, 100));
    say("shared beside shared", lock(fd, F_SETLK, F_RDLCK, 40, 5));
    say("exclusive beside shared", lock(fd, F_SETLK, F_WRLCK, 40, 5));
    say("free range", lock(fd, F_SETLK, F_WRLCK, 20, 20));
    say("description's lock meets a process'", lock(fd, OFD_SETLK, F_WRLCK, 0, 12));
    say("flock of another", flock(fd, LOCK_EX | LOCK_NB));
    say("shared flock", flock(fd, LOCK_SH | LOCK_NB));
}

static void locks(void)
{
    int fd = made("locked", 1), again = open("locked", O_RDWR);
    say("write lock", lock(fd, F_SETLK, F_WRLCK, 10, 10));
    say("read lock", lock(fd, F_SETLK, F_RDLCK, 40, 10));
    say("flock", flock(fd, LOCK_SH));
    beside(meet_locks);
    say("description's lock", lock(fd, OFD_SETLK, F_WRLCK, 100, 10));
    say("another description's", lock(again, OFD_SETLK, F_WRLCK, 105, 1));
    say("whose", lock(again, OFD_GETLK, F_WRLCK, 0, 0));
    say("flock again, exclusive", flock(again, LOCK_EX | LOCK_NB));
    say("unlock the middle", lock(fd, F_SETLK, F_UNLCK, 13, 3));
    close(again); /* And with it all the process' record locks. */
    beside(meet_locks);
    close(fd);
}

static long move(const char *from, const char *to, unsigned flags)
{
    return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static void renames(void)
{
    struct stat s;
    close(made("one", 1));
    close(made("two", 2));
    mkdir("inner", 0755);
    say("no replace", move("one", "two", 1));
    say("no replace, free", move("one", "three", 1));
    say("exchange", move("three", "two", 2));
    say("size of what is two", stat("two", &s) ? -1 : (long)s.st_size);
    say("exchange with a folder", move("two", "inner", 2));
    say("is two a folder", stat("two", &s) ? -1 : S_ISDIR(s.st_mode));
    say("exchange with nothing", move("two", "nothing", 2));
    say("both", move("two", "three", 3));
    say("unknown", move("two", "three", 64));
    say("file over a folder", move("three", "two", 0));
    say("folder into itself", move("two", "two/deeper", 0));
}

static long look(int fd, const char *name, int flags, unsigned mask, struct seen *s)
{
    return syscall(332, fd, name, flags, mask, s);
}

static void statx_fields(void)
{
    struct seen s;
    int fd = made("seen", 3);
    if (link("seen", "seen too") || fsync(fd))
        perror("seen");
    say("statx", look(AT_FDCWD, "seen", 0, ALL_AND_BIRTH, &s));
    printf("  mask %x links %u size %lu blocks %lu block %u mode %o born %d\n", s.mask & ALL_AND_BIRTH, s.links, s.size, s.blocks, s.block, s.mode,
           s.birth.seconds > 0);
    say("statx of a descriptor", look(fd, "", EMPTY_PATH, SIZE, &s));
    say("statx of nothing", look(AT_FDCWD, "nothing", 0, SIZE, &s));
    say("reserved bits", look(AT_FDCWD, "seen", 0, 0x80000000u, &s));
    close(fd);
}

static long sum(const char *name)
{
    unsigned long total = 0;
    int c;
    FILE *file = fopen(name, "r");
    while (file && (c = getc(file)) != EOF)
        total = total * 31 + (unsigned)c;
    if (file)
        fclose(file);
    return (long)(total % 1000000007);
}

static void copies(void)
{
    int from = made("from", 4), to = open("to", O_RDWR | O_CREAT | O_TRUNC, 0644);
    off_t in = 100, out = 5;
    say("copy_file_range", copy_file_range(from, &in, to, &out, 9000, 0));
    printf("  offsets %ld %ld\n", (long)in, (long)out);
    say("beyond the end", copy_file_range(from, &in, to, &out, 100000, 0));
    say("at the end", copy_file_range(from, &in, to, &out, 10, 0));
    say("what came of it", sum("to"));
    in = 4000, out = 4100;
    say("onto itself", copy_file_range(to, &in, to, &out, 500, 0));
    say("flags", copy_file_range(from, &in, to, &out, 10, 1));
    in = 0;
    say("sendfile", sendfile(to, from, &in, 6000));
    say("what came of it", sum("to"));
    say("sendfile from where it stands", (lseek(from, 16000, SEEK_SET), sendfile(to, from, NULL, 6000)));
    int large = made("large", 45);
    in = 33;
    say("sendfile of many pages", sendfile(to, large, &in, 170001));
    say("what came of it", sum("to"));
    in = 5000, out = 100;
    say("copy_file_range of many pages", copy_file_range(large, &in, to, &out, 1000000, 0));
    say("what came of it", sum("to"));
    close(from);
    close(to);
    close(large);
}

/* Paths that a directory is the root of, or that must stay beneath it (openat2). */
static void bounded(void)
{
    enum { OPENAT2 = 437, BENEATH = 8, IN_ROOT = 16 };
    static const struct { const char *path; unsigned long how; } asked[] = {
        { "/inside", IN_ROOT }, { "inside", IN_ROOT }, { "/../../inside", IN_ROOT }, { "/link", IN_ROOT }, { "/outside", IN_ROOT },
        { "inside", BENEATH }, { "/inside", BENEATH }, { "../outside", BENEATH }, { "link", BENEATH }, { "./inside", BENEATH },
    };
    if (mkdir("box", 0755) || symlink("/inside", "box/link"))
        perror("box");
    close(made("outside", 1));
    close(made("box/inside", 2));
    int box = open("box", O_RDONLY | O_DIRECTORY);
    for (unsigned i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct { unsigned long flags, mode, resolve; } how = { O_RDONLY, 0, asked[i].how };
        long fd = syscall(OPENAT2, box, asked[i].path, &how, sizeof how);
        say(asked[i].path, fd < 0 ? fd : lseek(fd, 0, SEEK_END));
        if (fd >= 0)
            close(fd);
    }
    close(box);
}

static void holes(void)
{
    int fd = made("holes", 8);
    struct stat s;
    say("punch", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2 * PAGE - 10, 3 * PAGE));
    say("sync", fsync(fd));
    say("data", lseek(fd, 2 * PAGE, SEEK_DATA));
    say("hole", lseek(fd, 0, SEEK_HOLE));
    say("zero range", fallocate(fd, ZERO_RANGE, 6 * PAGE, PAGE + 7));
    say("sum", sum("holes"));
    say("reserve", fallocate(fd, FALLOC_FL_KEEP_SIZE, 8 * PAGE, 4 * PAGE));
    fsync(fd);
    say("size", fstat(fd, &s) ? -1 : (long)s.st_size);
    say("grown", ftruncate(fd, 20 * PAGE));
    say("end", lseek(fd, 20 * PAGE, SEEK_DATA));
    say("advice", posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
    say("read only", fallocate(open("holes", O_RDONLY), 0, 0, 1));
    char *at = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    at[3 * PAGE] = 'x';
    say("msync", msync(at, 4 * PAGE, MS_SYNC));
    say("seen by read", pread(fd, at, 1, 3 * PAGE) == 1 ? at[0] : -1);
    close(fd);
}

int main(int count, char **words)
{
    if (count < 2 || mkdir(words[1], 0755) || chdir(words[1]))
        return 1;
    locks();
    renames();
    statx_fields();
    copies();
    bounded();
    holes();
    return 0;
}
