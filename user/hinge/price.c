/* hinge price: what an empty request costs across each boundary, there and back, and what it would with both of its ends on
 * the other side of it. Measured while asked: edges between services by the services themselves (/sys/hinge/prices), the
 * boundary of programs here. What that would cost on the other side is found by moving the personality there and back. */
#include "ticks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hinge.h"

uint64_t price_of_request(void)
{
    enum { batches = 16, batch = 64 };
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < batches; ++i) {
        uint64_t start = ticks();
        for (int j = 0; j < batch; ++j)
            syscall(SYS_getppid);
        uint64_t took = (ticks() - start) / batch;
        if (took < best)
            best = took;
    }
    return best;
}

int read_edges(struct edge edges[most_edges])
{
    FILE *file = fopen("/sys/hinge/prices", "r");
    if (!file)
        return -1;
    int count = 0;
    for (struct edge *e = edges; count < most_edges; ++e, ++count)
        if (fscanf(file, "%23s %23s %23s %11s %lu %lu", e->client, e->role, e->server, e->way, &e->call, &e->message) != 6)
            break;
    fclose(file);
    return count;
}

static void print_line(char const *from, char const *to, char const *way, unsigned long now, char const *other_way, unsigned long other)
{
    printf("%-12s %-12s %-8s %8lu   ", from, to, way, now);
    if (other)
        printf("%-8s %8lu\n", other_way, other);
    else
        printf("%-8s %8s\n", other_way, "?");
}

/* Ticks of an empty request with the personality on the other side; 0: it did not move. */
static uint64_t price_elsewhere(int in_kernel)
{
    if (move_service("linux", in_kernel ? "linux" : "kernel"))
        return 0;
    uint64_t price = price_of_request();
    return move_service("linux", in_kernel ? "kernel" : "linux") ? 0 : price;
}

int show_prices(int moving)
{
    struct edge edges[most_edges];
    char side[16] = "";
    FILE *file = fopen("/sys/hinge/service/linux/side", "r");
    if (!file || fscanf(file, "%15s", side) != 1) {
        fprintf(stderr, "hinge price: %s\n", strerror(errno));
        return 1;
    }
    fclose(file);
    int in_kernel = !strcmp(side, "kernel");
    uint64_t now = price_of_request(), other = moving ? price_elsewhere(in_kernel) : 0;
    int count = read_edges(edges);
    if (count < 0) {
        fprintf(stderr, "hinge price: /sys/hinge/prices: %s\n", strerror(errno));
        return 1;
    }
    printf("from         to           now         ticks   otherwise   ticks\n");
    print_line("programs", "linux", in_kernel ? "call" : "message", now, in_kernel ? "message" : "call", other);
    for (struct edge *e = edges; e < edges + count; ++e) {
        int message = !strcmp(e->way, "message");
        print_line(e->client, e->server, e->way, message ? e->message : e->call, message ? "call" : "message", message ? e->call : e->message);
    }
    if (!other)
        printf("?: hinge price move tries it, by moving linux to the other side and back\n");
    return 0;
}
