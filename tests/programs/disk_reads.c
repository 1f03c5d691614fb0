/* disk_reads FILE...: what read() and a mapping show of a file is the same, by four processes at once, in and out of
 * order; behind the end a mapping shows zeros up to the page's end, and then there is SIGBUS. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, READERS = 4, RANDOM_READS = 300, MOST = 40000 };

static char buffer[MOST];
static sigjmp_buf beyond;

static void on_bus(int signal)
{
    siglongjmp(beyond, signal);
}

static void stop(char const *what, char const *file, long at)
{
    printf("%s: %s at %ld\n", file, what, at);
    exit(1);
}

static void compare(int fd, char const *file, char const *map, long size, long at, long bytes)
{
    if (bytes > size - at)
        bytes = size - at;
    if (pread(fd, buffer, bytes, at) != bytes)
        stop("short read", file, at);
    if (memcmp(buffer, map + at, bytes) != 0)
        stop("read and mapping differ", file, at);
}

static void reader(int number, char const *file)
{
    int fd = open(file, O_RDONLY);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0)
        stop("cannot open", file, 0);
    long size = status.st_size, pages = (size + PAGE - 1) / PAGE;
    if (size == 0)
        exit(0);
    char *map = mmap(NULL, (pages + 2) * PAGE, PROT_READ, number % 2 ? MAP_PRIVATE : MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        stop("cannot map", file, 0);
    uint64_t state = 88172645463325252u + number;
    for (int i = 0; i < RANDOM_READS; ++i) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        compare(fd, file, map, size, state % size, 1 + state / size % MOST);
    }
    for (long at = 0; at < size; at += MOST)
        compare(fd, file, map, size, at, MOST);
    for (long at = size; at < pages * PAGE; ++at)
        if (map[at])
            stop("not zero behind the end", file, at);
    signal(SIGBUS, on_bus);
    if (sigsetjmp(beyond, 1) == 0) {
        (void)*(volatile char *)(map + pages * PAGE);
        stop("no SIGBUS", file, pages * PAGE);
    }
    exit(0);
}

int main(int count, char **words)
{
    for (int i = 1; i < count; ++i) {
        for (int n = 0; n < READERS; ++n)
            if (fork() == 0)
                reader(n, words[i]);
        for (int n = 0, status; n < READERS; ++n)
            if (wait(&status) < 0 || status != 0)
                return 1;
    }
    puts("read and mapped the same");
    return 0;
}
