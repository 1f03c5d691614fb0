/* limit PROCESSES COMMAND [ARG...]: runs COMMAND with at most that many processes of its user (RLIMIT_NPROC), which
 * busybox' shell cannot set. For the fork-bomb scenario. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: limit PROCESSES COMMAND [ARG...]\n");
        return 2;
    }
    rlim_t processes = strtoul(argv[1], NULL, 10);
    struct rlimit limit = {processes, processes};
    if (setrlimit(RLIMIT_NPROC, &limit)) {
        perror("limit");
        return 126;
    }
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    return 127;
}
