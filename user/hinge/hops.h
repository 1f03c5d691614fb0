#pragma once
#include <stdio.h>

/* One call that has ended, as a line of /sys/hinge/trace says it. */
struct hop {
    char service[24], way[12], method[40], port[24], server[24];
    unsigned long start, end, stack, inside;   /* inside: ticks of the hops below it */
    unsigned thread, outcome;
    long parent;                               /* index; -1: a request, -2: of nobody here */
};
struct hops {
    struct hop *at;
    long count, room;
    unsigned long lost;
};

/* Takes a line; ones that are none are left out. Memory that is out loses them, which is counted. */
void add_hop(struct hops *hops, char const *line);
/* Puts them below the requests that they were made for, and prints that, with sums. */
void print_hops(struct hops *hops, FILE *to);
