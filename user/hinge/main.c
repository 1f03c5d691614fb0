/* hinge: looks at the system from inside, through the files below /sys/hinge.
 *   hinge ls         services: where each is, what it has done, what it holds
 *   hinge ls -v      all there is to know of each
 *   hinge map        who calls whom
 *   hinge log        the system's log
 *   hinge move SERVICE kernel|DOMAIN    to the kernel side, or into that user-side domain, while programs run
 *   hinge preset NAME    each service to where that preset puts it
 *   hinge trace COMMAND...    each hop of each request of a command, with its boundary and price
 *   hinge price [move]    what a request costs across each boundary, and would on the other side
 *   hinge try      a function call, a call between domains, a pipe, a process: what each costs
 *   hinge kill SERVICE    ends its domain; it comes back if its manifest says so
 *   hinge restart SERVICE    the same, but waits until nobody is inside it
 *   hinge fault [inject] SERVICE KIND [AFTER]    breaks a service on purpose, at once or in the middle of an operation */
#include "hinge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <unistd.h>

static struct verb {
    char const *name, *file, *help;
} const verbs[] = {
    {"ls", "/sys/hinge/services", "services: domain, side, state, calls, messages, switches, faults, memory"},
    {"map", "/sys/hinge/map", "who calls whom, and as what"},
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

static int show_log(void)
{
    enum { read_all = 3, size = 10 };
    int bytes = klogctl(size, NULL, 0);
    char *text = bytes > 0 ? malloc(bytes) : NULL;
    int got = text ? klogctl(read_all, text, bytes) : -1;
    if (got < 0) {
        perror("hinge log");
        return 1;
    }
    for (char *line = text, *end; line < text + got; line = end) {
        end = memchr(line, '\n', text + got - line);
        end = end ? end + 1 : text + got;
        char *priority_end = *line == '<' ? memchr(line, '>', end - line) : NULL;
        if (priority_end)
            line = priority_end + 1;
        fwrite(line, 1, end - line, stdout);
    }
    return fflush(stdout) != 0;
}

/* `after` null: at once. */
static int fault(char const *service, char const *kind, char const *after)
{
    char line[80];
    int file = open("/sys/hinge/fault", O_WRONLY);
    int bytes = snprintf(line, sizeof line, "%s %s%s%s\n", service, kind, after ? " " : "", after ? after : "");
    if (file < 0 || write(file, line, bytes) != bytes) {
        fprintf(stderr, "hinge fault %s %s: %s\n", service, kind, strerror(errno));
        return 1;
    }
    return 0;
}

static void usage(FILE *to)
{
    fprintf(to, "usage: hinge VERB\n");
    for (int i = 0; i < count; ++i)
        fprintf(to, "  %-6s %s\n", verbs[i].name, verbs[i].help);
    fprintf(to, "  ls -v  all there is to know of each: deaths, restarts, back-off, moves, limits, what it holds\n"
                "  log    the system's log\n"
                "  trace COMMAND...    runs it; each hop of each of its requests, with its boundary and price\n"
                "  price [move]    what a request costs across each boundary, and what it would on the other side\n"
                "  try    a function call, a call between domains, a pipe round trip, a process: what each costs\n"
                "  move SERVICE kernel|DOMAIN    to the kernel side, or into that user-side domain; prints how long it took\n"
                "  preset NAME    moves each service to where that preset puts it\n"
                "  kill SERVICE    ends its domain; it comes back if its manifest says so\n"
                "  restart SERVICE    the same, once nobody is inside it\n"
                "  fault inject SERVICE KIND [AFTER]    breaks it in the middle of an operation, AFTER fault points from now\n"
                "  fault SERVICE KIND    breaks it at once. KIND: null-write illegal stack loop nucleus-read wild-write\n"
                "                        deadlock forget-reply exhaust wild-dma garbage-reply\n");
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
    if (argc == 3 && !strcmp(argv[1], "ls") && !strcmp(argv[2], "-v"))
        return list_in_detail();
    if (argc == 2 && !strcmp(argv[1], "--nothing"))  /* For try: a program that ends at once. */
        return 0;
    if (argc > 2 && !strcmp(argv[1], "trace"))
        return trace(argv + 2);
    if (argc >= 2 && !strcmp(argv[1], "price") && (argc == 2 || (argc == 3 && !strcmp(argv[2], "move"))))
        return show_prices(argc == 3);
    if (argc == 2 && !strcmp(argv[1], "try"))
        return try_all();
    if (argc == 2 && !strcmp(argv[1], "log"))
        return show_log();
    if (argc == 4 && !strcmp(argv[1], "fault"))
        return fault(argv[2], argv[3], NULL);
    if ((argc == 5 || argc == 6) && !strcmp(argv[1], "fault") && !strcmp(argv[2], "inject"))
        return fault(argv[3], argv[4], argc == 6 ? argv[5] : "0");
    if (argc == 4 && !strcmp(argv[1], "move"))
        return move_service(argv[2], argv[3]);
    if (argc == 3 && !strcmp(argv[1], "preset"))
        return move_to_preset(argv[2]);
    if (argc == 3 && (!strcmp(argv[1], "kill") || !strcmp(argv[1], "restart")))
        return end_service(argv[2], argv[1]);
    usage(stderr);
    return 2;
}
