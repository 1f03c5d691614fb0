/* hinge trace COMMAND: runs it and then says, on standard error, each hop of each of its requests: which boundary it crossed
 * and what it cost, with what the hops below it cost inside. Services keep the records (/sys/hinge/trace); here they are
 * collected while the command runs. Ticks go by while others run, too. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hinge.h"
#include "hops.h"

static char const trace_file[] = "/sys/hinge/trace";

static int set_trace(pid_t group)
{
    char line[16];
    int length = snprintf(line, sizeof line, "%d\n", group), file = open(trace_file, O_WRONLY);
    int failed = file < 0 || write(file, line, length) != length, why = errno;
    if (file >= 0)
        close(file);
    errno = why;
    return failed;
}

/* What was recorded since the last time. */
static int collect(struct hops *hops)
{
    FILE *file = fopen(trace_file, "r");
    if (!file)
        return 1;
    char line[200];
    while (fgets(line, sizeof line, file))
        add_hop(hops, line);
    int failed = ferror(file);
    fclose(file);
    return failed;
}

static pid_t start(char **command, int *go)
{
    int gate[2];
    char byte;
    if (pipe2(gate, O_CLOEXEC))
        return -1;
    pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        close(gate[1]);
        if (read(gate[0], &byte, 1) != 1)
            _exit(126);
        execvp(*command, command);
        fprintf(stderr, "hinge trace: %s: %s\n", *command, strerror(errno));
        _exit(errno == ENOENT ? 127 : 126);
    }
    if (child > 0)
        setpgid(child, child);
    close(gate[0]);
    *go = gate[1];
    return child;
}

int trace(char **command)
{
    static struct hops hops;
    int go, status = 0;
    pid_t child = start(command, &go);
    if (child < 0 || set_trace(child) || write(go, "", 1) != 1) {
        fprintf(stderr, "hinge trace: %s\n", strerror(errno));
        return 1;
    }
    close(go);
    int failed = 0;
    while (!failed && waitpid(child, &status, WNOHANG) == 0) {
        usleep(1000);
        failed = collect(&hops);
    }
    failed |= collect(&hops);
    if (failed)
        fprintf(stderr, "hinge trace: %s: %s\n", trace_file, strerror(errno));
    set_trace(0);
    if (failed)
        waitpid(child, &status, 0);
    print_hops(&hops, stderr);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
