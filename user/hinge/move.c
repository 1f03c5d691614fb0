/* Moving services, and what the system says of their last moves. */
#include "hinge.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SERVICES "/sys/hinge/service"

struct report {
    long number, waited, drain_ticks, drain_ns, switch_ticks, switch_ns;
    char domain[24], reason[100];
    int going_on;
};

static FILE *open_file(char const *service, char const *file)
{
    char path[80];
    snprintf(path, sizeof path, SERVICES "/%s/%s", service, file);
    return fopen(path, "r");
}

/* Where the service is, and how its last move went so far. */
static int read_once(char const *service, struct report *r)
{
    memset(r, 0, sizeof *r);
    FILE *file = open_file(service, "last_move");
    if (!file)
        return -1;
    struct { char const *name; long *value; } const fields[] = {
        {"number", &r->number},           {"waited", &r->waited},             {"drain_ticks", &r->drain_ticks},
        {"drain_ns", &r->drain_ns},       {"switch_ticks", &r->switch_ticks}, {"switch_ns", &r->switch_ns},
    };
    for (char line[160]; fgets(line, sizeof line, file);) {
        line[strcspn(line, "\n")] = 0;
        char *value = strchr(line, ' ');
        if (!value)
            continue;
        *value++ = 0;
        for (unsigned i = 0; i < sizeof fields / sizeof *fields; ++i)
            if (!strcmp(line, fields[i].name))
                sscanf(value, "%ld", fields[i].value);
        if (!strcmp(line, "outcome"))
            r->going_on = !strcmp(value, "would_block");
        if (!strcmp(line, "reason"))
            snprintf(r->reason, sizeof r->reason, "%s", value);
    }
    fclose(file);
    if (!(file = open_file(service, "domain")))
        return -1;
    if (fscanf(file, "%23s", r->domain) != 1)
        *r->domain = 0;
    fclose(file);
    return 0;
}

/* linux itself moves only when all requests have left it, those for its report too. */
static int read_report(char const *service, struct report *r)
{
    int failed;
    while (!(failed = read_once(service, r)) && r->going_on)
        usleep(1000);
    return failed;
}

static void print_report(char const *service, struct report const *r)
{
    if (*r->reason)
        printf("%s stays in %s: %s\n", service, r->domain, r->reason);
    else
        printf("%s is in %s now: drain %ld ns (%ld ticks), switch %ld ns (%ld ticks), %ld requests waited\n", service, r->domain,
               r->drain_ns, r->drain_ticks, r->switch_ns, r->switch_ticks, r->waited);
}

void show_last_move(char const *service)
{
    struct report r;
    if (!read_report(service, &r))
        print_report(service, &r);
}

static int write_line(char const *path, char const *text)
{
    char line[80];
    int file = open(path, O_WRONLY), length = snprintf(line, sizeof line, "%s\n", text);
    int written = file < 0 || length >= (int)sizeof line ? -1 : (int)write(file, line, length);
    int why = errno;
    if (file >= 0)
        close(file);
    errno = why;
    return written == length ? 0 : -1;
}

int end_service(char const *service, char const *how)
{
    char path[80];
    snprintf(path, sizeof path, SERVICES "/%s/end", service);
    if (!write_line(path, how))
        return 0;
    fprintf(stderr, "hinge %s %s: %s\n", how, service, strerror(errno));
    return 1;
}

int move_service(char const *service, char const *domain)
{
    char path[80];
    struct report before, after;
    snprintf(path, sizeof path, SERVICES "/%s/domain", service);
    if (read_report(service, &before)) {
        fprintf(stderr, "hinge move: no service is called %s\n", service);
        return 1;
    }
    int failed = write_line(path, domain), why = errno;
    if (!read_report(service, &after) && after.number != before.number)
        print_report(service, &after);
    else if (failed)
        fprintf(stderr, "hinge move %s %s: %s\n", service, domain, strerror(why));
    return failed != 0;
}

int move_to_preset(char const *preset)
{
    enum { most = 64 };
    struct { char name[24]; long number; } seen[most];
    int services = 0;
    struct report r;
    DIR *directory = opendir(SERVICES);
    for (struct dirent *entry; directory && services < most && (entry = readdir(directory));) {
        if (*entry->d_name == '.' || strlen(entry->d_name) >= sizeof seen->name || read_report(entry->d_name, &r))
            continue;
        strcpy(seen[services].name, entry->d_name);
        seen[services++].number = r.number;
    }
    if (directory)
        closedir(directory);
    int failed = write_line("/sys/hinge/preset", preset), why = errno;
    if (failed && why != EBUSY) {
        fprintf(stderr, "hinge preset %s: %s\n", preset, strerror(why));
        return 1;
    }
    for (int i = 0; i < services; ++i)
        if (!read_report(seen[i].name, &r) && r.number != seen[i].number)
            print_report(seen[i].name, &r);
    return failed != 0;
}
