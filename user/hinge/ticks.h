#pragma once
#include <stdint.h>

/* The time-stamp counter. With -icount shift=0 a tick is an instruction, elsewhere a cycle. */
static inline uint64_t ticks(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

/* The fewest ticks of one out of many empty system calls. */
uint64_t price_of_request(void);

/* One line of /sys/hinge/prices: an edge of who calls whom. */
struct edge {
    char client[24], role[24], server[24], way[12];
    unsigned long call, message;
};
enum { most_edges = 128 };
/* How many; -1 when they cannot be read (errno). */
int read_edges(struct edge edges[most_edges]);
