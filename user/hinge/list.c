/* hinge ls -v: all that the files of each service say, in a few lines. */
#include "hinge.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SERVICES "/sys/hinge/service"

/* The first line of a service's file, empty when there is none. Good until the call after the eighth. */
static char const *text(char const *service, char const *file)
{
    static char lines[8][64];
    static unsigned next;
    char *line = lines[next++ % 8], path[96];
    snprintf(path, sizeof path, SERVICES "/%s/%s", service, file);
    int from = open(path, O_RDONLY);
    ssize_t got = from < 0 ? 0 : read(from, line, sizeof *lines - 1);
    if (from >= 0)
        close(from);
    line[got > 0 ? got : 0] = 0;
    line[strcspn(line, "\n")] = 0;
    return line;
}

static unsigned long long number(char const *service, char const *file)
{
    return strtoull(text(service, file), NULL, 10);
}

/* Nanoseconds as a person says them. */
static char const *duration(unsigned long long ns)
{
    static char texts[4][32];
    static unsigned next;
    char *to = texts[next++ % 4];
    if (!ns)
        strcpy(to, "none");
    else if (ns % 1000000000 == 0)
        snprintf(to, sizeof *texts, "%llu s", ns / 1000000000);
    else if (ns >= 10000000)
        snprintf(to, sizeof *texts, "%llu ms", ns / 1000000);
    else
        snprintf(to, sizeof *texts, "%llu us", ns / 1000);
    return to;
}

static void show_deaths(char const *s)
{
    unsigned long long deaths = number(s, "deaths");
    printf("  deaths     %llu", deaths);
    if (deaths)
        printf(", the last by %s", text(s, "death"));
    if (deaths && !strcmp(text(s, "death"), "fault"))
        printf(" (exception %s at %#llx, address %#llx)", text(s, "death_vector"), number(s, "death_instruction"), number(s, "death_address"));
    printf("\n");
    printf("  restarts   %s", text(s, "restarts"));
    if (number(s, "restarts"))
        printf(", the last after %s ticks", text(s, "restart_ticks"));
    if (number(s, "answer_ticks"))
        printf(", a caller answered after %s", text(s, "answer_ticks"));
    unsigned long long limit = number(s, "restart_limit");
    if (number(s, "given_up"))
        printf("; given up\n");
    else if (limit)
        printf("; %s of %llu deaths in %s, back-off of the next: %s\n", text(s, "recent_deaths"), limit, duration(number(s, "restart_window_ns")),
               duration(number(s, "backoff_ns")));
    else
        printf("; its manifest has it stay dead\n");
}

static void show_service(char const *s)
{
    char budget[72] = "none";
    if (number(s, "worker_period_ns"))
        snprintf(budget, sizeof budget, "%s in %s", duration(number(s, "worker_budget_ns")), duration(number(s, "worker_period_ns")));
    printf("%s\n  place      %s side, domain %s, slot %s, %s\n", s, text(s, "side"), text(s, "domain"), text(s, "slot"), text(s, "state"));
    printf("  served     %s calls, %s messages, %s address-space switches\n", text(s, "calls"), text(s, "messages"), text(s, "switches"));
    printf("  holds      %llu of %llu KiB, %s capabilities, %s activations\n", number(s, "memory") / 1024, number(s, "memory_limit") / 1024,
           text(s, "capabilities"), text(s, "activations"));
    if (strcmp(text(s, "dma"), "-"))
        printf("  dma        %s, %s accesses refused\n", text(s, "dma"), text(s, "dma_faults"));
    show_deaths(s);
    printf("  moves      %s", text(s, "moves"));
    if (number(s, "moves"))
        printf(", the last: "), fflush(stdout), show_last_move(s);
    else
        printf("\n");
    printf("  limits     drain %s, hang %s, budget of a worker: %s\n", duration(number(s, "drain_limit_ns")), duration(number(s, "hang_limit_ns")), budget);
}

static int by_slot(struct dirent const **a, struct dirent const **b)
{
    return (int)number((*a)->d_name, "slot") - (int)number((*b)->d_name, "slot");
}

static int is_name(struct dirent const *entry)
{
    return *entry->d_name != '.';
}

int list_in_detail(void)
{
    struct dirent **names;
    int services = scandir(SERVICES, &names, is_name, by_slot);
    if (services < 0) {
        perror("hinge ls -v: " SERVICES);
        return 1;
    }
    for (int i = 0; i < services; ++i)
        show_service(names[i]->d_name);
    return 0;
}
