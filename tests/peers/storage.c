/*
 * storage FOLDER - what work on files of a disk costs, in instructions that the emulator's plugin counts
 * (opcount.c). FOLDER lies on an ext4 with 100 MiB of room. Rows that change something end with the change on
 * the disk, so that nobody gets away with what is still to be done. Prints name, tab, operations; or
 * name, tab, error, tab, reason.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "marks.h"

enum { FILES = 10000, BLOCK = 4096, BLOCKS = 4096, RANDOM = 2048, SYNCED = 200, PIECE = 65536, FOLDERS = 50, UNPACKED = 2000 };

static char data[PIECE], name[64], other[64];
static int file = -1;

static int on_disk(void)
{
    int here = open(".", O_RDONLY);
    int result = syncfs(here);
    close(here);
    return result;
}

static int create(void)
{
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "many/file%05d", i);
        int made = open(name, O_WRONLY | O_CREAT | O_EXCL, 0644);
        if (made < 0 || close(made))
            return -1;
    }
    return on_disk();
}

static int look(void)
{
    struct stat s;
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "many/file%05d", i);
        if (stat(name, &s))
            return -1;
    }
    return 0;
}

static int move(void)
{
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "many/file%05d", i);
        snprintf(other, sizeof other, "many/moved%05d", i);
        if (rename(name, other))
            return -1;
    }
    return on_disk();
}

static int removal(void)
{
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "many/moved%05d", i);
        if (unlink(name))
            return -1;
    }
    return on_disk();
}

/* The same places on every system. */
static off_t somewhere(void)
{
    static uint32_t state = 12345;
    state = state * 1664525 + 1013904223;
    return (off_t)(state >> 8) % BLOCKS * BLOCK;
}

static int write_in_order(void)
{
    for (int i = 0; i < BLOCKS; i++)
        if (pwrite(file, data, BLOCK, (off_t)i * BLOCK) != BLOCK)
            return -1;
    return fsync(file);
}

static int write_anywhere(void)
{
    for (int i = 0; i < RANDOM; i++)
        if (pwrite(file, data, BLOCK, somewhere()) != BLOCK)
            return -1;
    return fsync(file);
}

static int write_and_sync(void)
{
    for (int i = 0; i < SYNCED; i++)
        if (pwrite(file, data, BLOCK, somewhere()) != BLOCK || fsync(file))
            return -1;
    return 0;
}

static int append_and_sync(void)
{
    for (int i = 0; i < SYNCED; i++)
        if (pwrite(file, data, BLOCK, (off_t)(BLOCKS + i) * BLOCK) != BLOCK || fsync(file))
            return -1;
    return 0;
}

static int read_in_order(int bytes)
{
    for (off_t at = 0; at < (off_t)BLOCKS * BLOCK; at += bytes)
        if (pread(file, data, bytes, at) != bytes)
            return -1;
    return 0;
}

static int read_small(void) { return read_in_order(BLOCK); }
static int read_large(void) { return read_in_order(PIECE); }

static int read_anywhere(void)
{
    for (int i = 0; i < RANDOM; i++)
        if (pread(file, data, BLOCK, somewhere()) != BLOCK)
            return -1;
    return 0;
}

static int forget(void) { return posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED); }

/* What tar does with a small file. */
static int unpack(void)
{
    struct timespec times[2] = {{.tv_sec = 1700000000}, {.tv_sec = 1700000000}};
    for (int i = 0; i < UNPACKED; i++) {
        snprintf(name, sizeof name, "tree%02d", i % FOLDERS);
        if (i < FOLDERS && mkdir(name, 0755))
            return -1;
        snprintf(name, sizeof name, "tree%02d/file%04d", i % FOLDERS, i);
        int made = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
        size_t bytes = 500 + i * 37 % 9000;
        if (made < 0 || write(made, data, bytes) != (ssize_t)bytes || futimens(made, times) || fchmod(made, 0644) || close(made))
            return -1;
    }
    return on_disk();
}

static const struct { const char *name; int (*before)(void); int (*run)(void); long operations; } rows[] = {
    { "create", NULL, create, FILES },
    { "stat", NULL, look, FILES },
    { "rename", NULL, move, FILES },
    { "unlink", NULL, removal, FILES },
    { "write_seq_4k", NULL, write_in_order, BLOCKS },
    { "rewrite_rand_4k", NULL, write_anywhere, RANDOM },
    { "rewrite_fsync_4k", NULL, write_and_sync, SYNCED },
    { "append_fsync_4k", NULL, append_and_sync, SYNCED },
    { "read_seq_4k_cached", read_large, read_small, BLOCKS },
    { "read_rand_4k_cached", NULL, read_anywhere, RANDOM },
    { "read_seq_64k_cached", NULL, read_large, (long)BLOCKS * BLOCK / PIECE },
    { "read_seq_64k", forget, read_large, (long)BLOCKS * BLOCK / PIECE },
    { "read_rand_4k", forget, read_anywhere, RANDOM },
    { "untar_file", NULL, unpack, UNPACKED },
};

/* Each row stands on what those before have left, so all of them run, in this order. */
int main(int count, char **words)
{
    if (count != 2 || chdir(words[1]) || mkdir("many", 0755) || (file = open("data", O_RDWR | O_CREAT, 0644)) < 0) {
        perror("storage");
        return 1;
    }
    memset(data, 'd', sizeof data);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int before = rows[i].before ? rows[i].before() : on_disk();
        mark_label(rows[i].name, rows[i].operations);
        MARK_BEGIN;
        int result = rows[i].run();
        MARK_END;
        if (before || result)
            printf("%s\terror\t%s\n", rows[i].name, strerror(errno));
        else
            printf("%s\t%ld\n", rows[i].name, rows[i].operations);
        fflush(stdout);
    }
    return 0;
}
