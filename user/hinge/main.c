/* hinge: looks at the system from inside, through the files below /sys/hinge.
 *   hinge ls         services: where each is, what it has done, what it holds
 *   hinge map        who calls whom
 *   hinge log        the system's log */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct verb {
    char const *name, *file, *help;
} const verbs[] = {
    {"ls", "/sys/hinge/services", "services: domain, side, state, calls, messages, switches, faults, memory"},
    {"map", "/sys/hinge/map", "who calls whom, and as what"},
    {"log", "/dev/kmsg", "the system's log"},
};
enum { count = sizeof verbs / sizeof *verbs };

static int show(struct verb const *verb)
{
    int file = open(verb->file, O_RDONLY | O_NONBLOCK);
    if (file < 0) {
        fprintf(stderr, "hinge %s: %s: %s\n", verb->name, verb->file, strerror(errno));
        return 1;
    }
    char block[4096];
    ssize_t got;
    while ((got = read(file, block, sizeof block)) > 0)
        for (ssize_t done = 0; done < got;) {
            ssize_t put = write(1, block + done, got - done);
            if (put < 0)
                return 1;
            done += put;
        }
    if (got < 0 && errno != EAGAIN) {
        fprintf(stderr, "hinge %s: %s: %s\n", verb->name, verb->file, strerror(errno));
        return 1;
    }
    return 0;
}

static void usage(FILE *to)
{
    fprintf(to, "usage: hinge VERB\n");
    for (int i = 0; i < count; ++i)
        fprintf(to, "  %-6s %s\n", verbs[i].name, verbs[i].help);
}

int main(int argc, char **argv)
{
    if (argc == 2 && (!strcmp(argv[1], "help") || !strcmp(argv[1], "--help"))) {
        usage(stdout);
        return 0;
    }
    for (int i = 0; argc == 2 && i < count; ++i)
        if (!strcmp(argv[1], verbs[i].name))
            return show(&verbs[i]);
    if (argc > 1 && (!strcmp(argv[1], "move") || !strcmp(argv[1], "kill"))) {
        fprintf(stderr, "hinge %s: not supported yet\n", argv[1]);
        return 1;
    }
    usage(stderr);
    return 2;
}
