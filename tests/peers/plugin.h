/*
 * What the plugins for QEMU's TCG here share: the part of plugin interface version 1 that they use, declared because
 * Debian packages no header for it; and the windows between the BEGIN and END markers of osbench, each with a label
 * "name<TAB>operations".
 *
 * A plugin that includes this defines begin_window() and end_window(), and calls watch_marker() for each instruction
 * that is translated. One source file each, so all here is static.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
typedef uint32_t plugin_memory_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_hwaddr;
enum { CB_NO_REGS };
enum { INLINE_ADD_U64 };
enum { MEMORY_READ = 1, MEMORY_WRITE = 2, MEMORY_BOTH = 3 };

extern void qemu_plugin_outs(const char *);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned, void *), int, void *);
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, int, void *, uint64_t);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, void (*)(unsigned, void *), int, void *);
extern void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *, int, void *, uint64_t);
extern void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *, void (*)(unsigned, plugin_memory_info, uint64_t, void *), int,
                                             int, void *);
extern _Bool qemu_plugin_mem_is_store(plugin_memory_info);
extern unsigned qemu_plugin_mem_size_shift(plugin_memory_info);
extern struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(plugin_memory_info, uint64_t);
extern _Bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *);
extern uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *);
extern void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

static char label[256];
static unsigned label_bits;

static void begin_window(void);
static void end_window(void);

static void print(const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    qemu_plugin_outs(text);
}

static void marker(unsigned cpu, void *data)
{
    (void)cpu;
    uintptr_t code = (uintptr_t)data;
    if (code == 1) {
        memset(label, 0, sizeof label);
        label_bits = 0;
    } else if (code == 2 || code == 3) {
        if (label_bits < 8 * (sizeof label - 1)) {
            label[label_bits / 8] |= (code - 2) << label_bits % 8;
            label_bits++;
        }
    } else if (code == 4) {
        begin_window();
    } else if (code == 5) {
        end_window();
    }
}

static void watch_marker(struct qemu_plugin_insn *insn)
{
    const uint8_t *bytes = qemu_plugin_insn_data(insn);
    if (qemu_plugin_insn_size(insn) == 8 && !memcmp(bytes, "\x0f\x1f\x84\x00", 4) && !memcmp(bytes + 5, "\x00\x42\x4f", 3))
        qemu_plugin_register_vcpu_insn_exec_cb(insn, marker, CB_NO_REGS, (void *)(uintptr_t)bytes[4]);
}
