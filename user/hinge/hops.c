/* Records of calls, put together: which were made inside which. Services do not know of each other's calls, so it is found by
 * time: a call lies inside the latest one before it that leads to its service and ends after it; and inside the
 * personality, on whose stack it was made. */
#include "hops.h"

#include <stdlib.h>
#include <string.h>

void add_hop(struct hops *hops, char const *line)
{
    struct hop h = {.parent = -2};
    unsigned long lost;
    if (sscanf(line, "lost %lu", &lost) == 1) {
        hops->lost += lost;
        return;
    }
    if (sscanf(line, "%23s %11s %lu %lu %lu %u %u %39s %23s", h.service, h.way, &h.start, &h.end, &h.stack, &h.thread, &h.outcome,
               h.method, h.port) != 9)
        return;
    if (hops->count == hops->room) {
        long room = hops->room ? 2 * hops->room : 1024;
        struct hop *bigger = realloc(hops->at, room * sizeof *bigger);
        if (!bigger) {
            ++hops->lost;
            return;
        }
        hops->at = bigger;
        hops->room = room;
    }
    hops->at[hops->count++] = h;
}

static int is_request(struct hop const *h) { return !strcmp(h->way, "request"); }

static int earlier(void const *a, void const *b)
{
    struct hop const *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->end > y->end ? -1 : x->end < y->end;
}

/* Whom each leads to: by /sys/hinge/map, "client server role" a line. */
static void find_servers(struct hops *hops)
{
    FILE *map = fopen("/sys/hinge/map", "r");
    char client[24], server[24], role[24];
    while (map && fscanf(map, "%23s %23s %23s", client, server, role) == 3)
        for (struct hop *h = hops->at; h < hops->at + hops->count; ++h)
            if (!strcmp(h->service, client) && !strcmp(h->port, role))
                strcpy(h->server, server);
    if (map)
        fclose(map);
    for (struct hop *h = hops->at; h < hops->at + hops->count; ++h)
        if (is_request(h))
            strcpy(h->server, h->service);
}

static void find_parents(struct hops *hops)
{
    for (long i = 0; i < hops->count; ++i) {
        struct hop *h = &hops->at[i];
        if (is_request(h)) {
            h->parent = -1;
            continue;
        }
        for (long j = i - 1; j >= 0 && h->parent < 0; --j) {
            struct hop *p = &hops->at[j];
            if (p->parent != -2 && p->end >= h->end && !strcmp(p->server, h->service) && (!is_request(p) || p->stack == h->stack)) {
                h->parent = j;
                p->inside += h->end - h->start;
            }
        }
    }
}

static void print_one(struct hops const *hops, long i, int depth, char const *side, FILE *to)
{
    struct hop const *h = &hops->at[i];
    char what[120], result[24] = "";
    if (depth == 0)
        snprintf(what, sizeof what, "%s", h->method);
    else
        snprintf(what, sizeof what, "%*s-> %s  %s", 3 * depth - 2, "", h->server, h->method);
    if (h->outcome)
        snprintf(result, sizeof result, "  error %u", h->outcome);
    fprintf(to, "%-56s %-8s %10lu %10lu%s\n", what, depth ? h->way : side, h->end - h->start, h->end - h->start - h->inside, result);
    for (long j = i + 1; j < hops->count && hops->at[j].start <= h->end; ++j)
        if (hops->at[j].parent == i)
            print_one(hops, j, depth + 1, side, to);
}

static char const *side_of_requests(void)
{
    char side[16] = "";
    FILE *file = fopen("/sys/hinge/service/linux/side", "r");
    if (!file || fscanf(file, "%15s", side) != 1)
        *side = 0;
    if (file)
        fclose(file);
    return !strcmp(side, "kernel") ? "call" : "message";
}

/* The command begins with the exec that worked: what came before was to start it. */
static long first_of_command(struct hops const *hops)
{
    for (long i = 0; i < hops->count; ++i)
        if (is_request(&hops->at[i]) && !strcmp(hops->at[i].method, "execve") && !hops->at[i].outcome)
            return i;
    return 0;
}

void print_hops(struct hops *hops, FILE *to)
{
    char const *side = side_of_requests();
    unsigned long requests = 0, calls = 0, messages = 0, ticks = 0;
    if (hops->count)
        qsort(hops->at, hops->count, sizeof *hops->at, earlier);
    find_servers(hops);
    find_parents(hops);
    fprintf(to, "%-56s %-8s %10s %10s\n", "request, and hops below it", "boundary", "ticks", "own");
    for (long i = first_of_command(hops); i < hops->count; ++i) {
        struct hop const *h = &hops->at[i];
        if (h->parent == -1) {
            print_one(hops, i, 0, side, to);
            ++requests;
            ticks += h->end - h->start;
        } else if (h->parent >= 0) {
            ++*(strcmp(h->way, "message") ? &calls : &messages);
        }
    }
    fprintf(to, "%lu requests (by %s), %lu calls and %lu messages between services, %lu ticks inside linux\n", requests, side, calls, messages, ticks);
    if (hops->lost)
        fprintf(to, "%lu records found no room\n", hops->lost);
}
