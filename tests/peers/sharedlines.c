/*
 * sharedlines - QEMU TCG plugin: which cache lines two processors of a guest share between two markers.
 *
 *     gcc -shared -fPIC -O2 -o sharedlines.so sharedlines.c
 *     qemu-system-x86_64 -smp 2 -accel tcg,thread=single ... -plugin ./sharedlines.so[,kernel=ADDRESS] -d plugin -D FILE
 *
 * Counted are loads and stores by code at or above ADDRESS (default 0xffff800000000000) to memory at or above it: the
 * kernel's, its services' and all that they reach by their map of memory, not what a program touches. Lines are told
 * apart by physical address, so that two addresses of one line are one. A string instruction touches once per element,
 * an access across two lines its first. The processor's own accesses are not seen: page walks, descriptors, the
 * frames of interrupts.
 *
 * Each window (plugin.h) becomes, tab separated:
 *     #  label  operations  touches by CPU 0  by CPU 1  lines touched
 *     then each line that one CPU wrote and the other touched:
 *     label  operations  address  and for each CPU: stores  loads  bytes stored  bytes loaded  places
 * address is the highest one that the line was touched by. Bytes are masks of the 64 there are, in hex.
 * places is address:touches[,...] of the instructions that touched it most, at most 16; one more takes the place of
 * the rarest and goes on from its count, so that frequent ones stay and no count is too low.
 *
 * Callbacks must be serial: thread=single.
 */
#include "plugin.h"

enum { CPUS = 2, LINE = 64, PLACES = 16, BUCKETS = 1 << 20 };

struct place { uint64_t instruction, touches; };
struct side {
    uint64_t stores, loads;
    uint64_t bytes_stored, bytes_loaded;
    struct place places[PLACES];
};
struct line {
    struct line *next;
    uint64_t physical, address;
    struct side by[CPUS];
};
static struct line *lines[BUCKETS];
static uint64_t line_count, touches[CPUS];
static uint64_t kernel_start = 0xffff800000000000;
static int recording;

static struct line *line_at(uint64_t physical)
{
    struct line **bucket = &lines[physical / LINE % BUCKETS];
    for (struct line *l = *bucket; l; l = l->next)
        if (l->physical == physical)
            return l;
    struct line *l = calloc(1, sizeof *l);
    if (!l) {
        fprintf(stderr, "sharedlines: out of memory\n");
        abort();
    }
    *l = (struct line){ .next = *bucket, .physical = physical };
    line_count++;
    return *bucket = l;
}

static void remember(struct place *places, uint64_t instruction)
{
    struct place *rarest = places;
    for (struct place *p = places; p < places + PLACES; p++) {
        if (p->instruction == instruction) {
            p->touches++;
            return;
        }
        if (p->touches < rarest->touches)
            rarest = p;
    }
    rarest->instruction = instruction;
    rarest->touches++;
}

static void touched(unsigned cpu, plugin_memory_info info, uint64_t address, void *instruction)
{
    if (!recording || cpu >= CPUS || address < kernel_start)
        return;
    struct qemu_plugin_hwaddr *where = qemu_plugin_get_hwaddr(info, address);
    if (!where || qemu_plugin_hwaddr_is_io(where))
        return;
    struct line *line = line_at(qemu_plugin_hwaddr_phys_addr(where) & -(uint64_t)LINE);
    if (address > line->address)
        line->address = address & -(uint64_t)LINE;
    struct side *side = &line->by[cpu];
    uint64_t bytes = ((UINT64_C(1) << (1 << qemu_plugin_mem_size_shift(info))) - 1) << address % LINE;
    if (qemu_plugin_mem_is_store(info)) {
        side->stores++;
        side->bytes_stored |= bytes;
    } else {
        side->loads++;
        side->bytes_loaded |= bytes;
    }
    touches[cpu]++;
    remember(side->places, (uint64_t)(uintptr_t)instruction);
}

static void begin_window(void)
{
    for (struct line **bucket = lines; bucket < lines + BUCKETS; bucket++)
        while (*bucket) {
            struct line *next = (*bucket)->next;
            free(*bucket);
            *bucket = next;
        }
    line_count = 0;
    memset(touches, 0, sizeof touches);
    recording = 1;
}

static int shared(const struct line *line)
{
    for (int cpu = 0; cpu < CPUS; cpu++) {
        const struct side *other = &line->by[!cpu];
        if (line->by[cpu].stores && other->stores + other->loads)
            return 1;
    }
    return 0;
}

static void print_side(const struct side *side)
{
    print("\t%" PRIu64 "\t%" PRIu64 "\t%" PRIx64 "\t%" PRIx64 "\t", side->stores, side->loads,
          side->bytes_stored, side->bytes_loaded);
    for (int i = 0; i < PLACES && side->places[i].touches; i++)
        print("%s%" PRIx64 ":%" PRIu64, i ? "," : "", side->places[i].instruction, side->places[i].touches);
}

static void end_window(void)
{
    recording = 0;
    print("#\t%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", label, touches[0], touches[1], line_count);
    for (struct line **bucket = lines; bucket < lines + BUCKETS; bucket++)
        for (const struct line *line = *bucket; line; line = line->next) {
            if (!shared(line))
                continue;
            print("%s\t%" PRIx64, label, line->address);
            for (int cpu = 0; cpu < CPUS; cpu++)
                print_side(&line->by[cpu]);
            print("\n");
        }
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t address = qemu_plugin_insn_vaddr(insn);
        if (address >= kernel_start)
            qemu_plugin_register_vcpu_mem_cb(insn, touched, CB_NO_REGS, MEMORY_BOTH, (void *)(uintptr_t)address);
        watch_marker(insn);
    }
}

__attribute__((visibility("default")))
int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "kernel=", 7)) {
            fprintf(stderr, "sharedlines: unknown option %s\n", argv[i]);
            return -1;
        }
        kernel_start = strtoull(argv[i] + 7, NULL, 0);
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
