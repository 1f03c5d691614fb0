/* elf_mutants COUNT SEED FILE: makes COUNT damaged copies of an ELF executable and runs each as an ordinary user. Most
 * damage hits the headers: bytes turned, fields set to borders, the file cut short. Status 0 when all have been tried; an
 * exec may fail or the program die, but every one must end. Runs on Linux, too. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { USER = 1000, LARGEST = 1 << 20, LIMIT_US = 100000 };
#define MUTANT "/tmp/mutant"

static uint64_t state;

static uint64_t random_word(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * 0x2545f4914f6cdd1dULL;
}

static uint64_t border(void)
{
    static const uint64_t values[] = {
        0, 1, 7, 0xfff, 0x1000, 0x1001, 0xffff, 0x10000, 0x400000, 0x7fffffff, 0xffffffff, 0x7ffffffff000, 0x800000000000,
        0xffff800000000000, 0xffffa00000000000, 0xffffffff80000000, 0xfffffffffffff000, 0xffffffffffffffff,
    };
    uint64_t r = random_word();
    return r % 4 ? values[(r >> 8) % (sizeof values / sizeof *values)] : r >> (r % 64);
}

/* Damages bytes in place; returns the new size. */
static size_t mutate(unsigned char *bytes, size_t size)
{
    Elf64_Ehdr *header = (Elf64_Ehdr *)bytes;
    size_t headers = sizeof *header + header->e_phnum * sizeof(Elf64_Phdr);
    int wounds = 1 + random_word() % 4;
    while (wounds--) {
        uint64_t r = random_word();
        switch (r % 8) {
        case 0: case 1:
            bytes[(r >> 8) % headers] ^= 1 << (r >> 56) % 8;
            break;
        case 2: case 3: case 4: { /* A field of a program header becomes a border value. */
            Elf64_Phdr *segment = (Elf64_Phdr *)(bytes + sizeof *header) + (r >> 8) % 4;
            uint64_t *fields[] = {&segment->p_offset, &segment->p_vaddr, &segment->p_filesz, &segment->p_memsz, &segment->p_align};
            *fields[(r >> 16) % 5] = border();
            break;
        }
        case 5:
            header->e_entry = border();
            break;
        case 6:
            bytes[(r >> 8) % size] = r >> 40;
            break;
        case 7:
            if ((r >> 8) % 4 == 0)
                size = 1 + (r >> 16) % size;
            else
                ((uint16_t *)bytes)[(r >> 16) % (sizeof *header / 2)] = border();
        }
        if (size < headers)
            break;
    }
    return size;
}

static void become_the_mutant(void)
{
    struct rlimit memory = {512 << 20, 512 << 20}, none = {0, 0};
    struct itimerval limit = {{0, 0}, {0, LIMIT_US}};
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    setrlimit(RLIMIT_AS, &memory);
    setrlimit(RLIMIT_CORE, &none);
    if (setgid(USER) || setuid(USER))
        _exit(126);
    setitimer(ITIMER_REAL, &limit, NULL); /* Survives the exec. */
    execl(MUTANT, MUTANT, (char *)NULL);
    _exit(127);
}

int main(int argc, char **argv)
{
    static unsigned char original[LARGEST], mutant[LARGEST];
    if (argc != 4) {
        fprintf(stderr, "usage: elf_mutants COUNT SEED FILE\n");
        return 2;
    }
    unsigned long count = strtoul(argv[1], NULL, 10), refused = 0, exited = 0, signalled = 0;
    state = strtoull(argv[2], NULL, 10) * 2 + 1;
    int file = open(argv[3], O_RDONLY);
    ssize_t size = read(file, original, sizeof original);
    if (size < (ssize_t)sizeof(Elf64_Ehdr) || memcmp(original, ELFMAG, SELFMAG)) {
        fprintf(stderr, "elf_mutants: %s is no ELF file\n", argv[3]);
        return 2;
    }
    for (unsigned long i = 0; i < count; i++) {
        memcpy(mutant, original, size);
        size_t bytes = mutate(mutant, size);
        unlink(MUTANT);
        int out = open(MUTANT, O_WRONLY | O_CREAT | O_EXCL, 0755);
        if (out < 0 || write(out, mutant, bytes) != (ssize_t)bytes || close(out)) {
            perror(MUTANT);
            return 1;
        }
        pid_t child = fork();
        if (child == 0)
            become_the_mutant();
        int status;
        if (child < 0 || waitpid(child, &status, 0) != child) {
            perror("fork");
            return 1;
        }
        if (WIFSIGNALED(status))
            signalled++;
        else if (WEXITSTATUS(status) == 127)
            refused++;
        else
            exited++;
    }
    printf("mutants %lu\nrefused %lu\nran %lu\ndied of a signal %lu\n", count, refused, exited, signalled);
    return 0;
}
