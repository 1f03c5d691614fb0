/* memory_out: one process takes nearly all memory and idles; another, small one asks for the rest. Who has to go is the big
 * one, and the small one never notices. */
#include "check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

static long available_kib(void)
{
    char line[128];
    long kib = -1;
    FILE *info = fopen("/proc/meminfo", "r");
    while (info && fgets(line, sizeof line, info))
        if (sscanf(line, "MemAvailable: %ld", &kib) == 1)
            break;
    if (info)
        fclose(info);
    return kib;
}

static void touch(long kib)
{
    char *at = mmap(NULL, kib * 1024, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        _exit(9);
    for (long k = 0; k < kib; k += 4)
        at[k * 1024] = 1;
}

int main(void)
{
    int ready[2];
    char byte;
    CHECK(pipe(ready) == 0);
    pid_t big = fork();
    if (big == 0) {
        while (available_kib() > 16384)
            touch(4096);
        CHECK(write(ready[1], "r", 1) == 1);
        for (;;)
            pause();
    }
    CHECK(read(ready[0], &byte, 1) == 1);
    pid_t small = fork();
    if (small == 0) {
        touch(32768);
        _exit(7);
    }
    CHECK(exited_with(status_of(small), 7));
    CHECK(waitpid(big, NULL, WNOHANG) == big);
    printf("%s\n", failures ? "WRONG" : "the small one lives");
    return failures != 0;
}
