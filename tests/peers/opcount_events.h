/* What opcount.c counts, and how it knows an instruction by its bytes. */
#include <stddef.h>
#include <stdint.h>

enum event {
    USER,           /* instructions below the kernel's address space */
    KERNEL,         /* instructions inside it; a string iteration is one */
    KERNEL_SERVICE, /* instructions of services in ring 0 */
    USER_SERVICE,   /* and in ring 3 */
    REP_USER,       /* of all those in ring 3, iterations of rep movs, stos... */
    REP_KERNEL,     /* in ring 0 */
    ENTER,          /* ring 3 to ring 0 by any way: system call, fault, interrupt */
    SYSCALL,        /* syscall instructions */
    SYSRET,
    IRET,
    CR3,            /* writes to CR3: address space switches and full TLB flushes */
    INVLPG,
    CR_OTHER,       /* writes to CR0, CR4, CR8 */
    WRMSR,          /* wrfsbase and wrgsbase are not counted */
    RDMSR,
    SWAPGS,
    FPU_STATE,      /* fxsave, fxrstor, xsave..., xrstor */
    LOCKED,         /* lock-prefixed, and xchg with memory */
    PORT_IO,
    HALT,
    CPUID,
    MISPLACED,      /* instructions that the ring they were counted for does not have */
    EVENTS
};
static const char *const name[EVENTS] = {
    "user", "kernel", "kernel_service", "user_service", "rep_user", "rep_kernel", "enter",
    "syscall", "sysret", "iret", "cr3", "invlpg", "cr_other", "wrmsr", "rdmsr", "swapgs",
    "fpu_state", "locked", "port_io", "halt", "cpuid", "misplaced",
};

/* The event an instruction is, beside being an instruction; or -1. */
static int classify(const uint8_t *p, size_t size, int kernel)
{
    int rep = 0, lock = 0;
    const uint8_t *end = p + size;

    for (; p < end; p++)
        if (*p == 0xf2 || *p == 0xf3)
            rep = *p;
        else if (*p == 0xf0)
            lock = 1;
        else if (*p != 0x66 && *p != 0x67 && *p != 0x2e && *p != 0x36 && *p != 0x3e &&
                 *p != 0x26 && *p != 0x64 && *p != 0x65)
            break;
    if (p < end && (*p & 0xf0) == 0x40)
        p++;
    if (p >= end)
        return -1;
    size_t left = end - p;
    uint8_t modrm = left > 1 ? p[1] : 0;

    if (lock)
        return LOCKED;
    if ((*p == 0x86 || *p == 0x87) && modrm < 0xc0)
        return LOCKED;
    if (rep && ((*p >= 0xa4 && *p <= 0xa7) || (*p >= 0xaa && *p <= 0xaf)))
        return kernel ? REP_KERNEL : REP_USER;
    if (*p == 0xcf)
        return IRET;
    if (*p == 0xf4)
        return HALT;
    if ((*p >= 0xe4 && *p <= 0xe7) || (*p >= 0xec && *p <= 0xef) || (*p >= 0x6c && *p <= 0x6f))
        return PORT_IO;
    if (*p != 0x0f || left < 2)
        return -1;
    p++, left--;
    modrm = left > 1 ? p[1] : 0;
    int reg = modrm >> 3 & 7;
    switch (*p) {
    case 0x05: return SYSCALL;
    case 0x07: return SYSRET;
    case 0x22: return reg == 3 ? CR3 : CR_OTHER;
    case 0x30: return WRMSR;
    case 0x32: return RDMSR;
    case 0xa2: return CPUID;
    case 0x01:
        if (modrm == 0xf8)
            return SWAPGS;
        return modrm < 0xc0 && reg == 7 ? INVLPG : -1;
    case 0xae:
    case 0xc7:
        if (modrm >= 0xc0)
            return -1;
        if (*p == 0xae && !rep)
            return reg == 0 || reg == 1 || reg == 4 || reg == 5 || reg == 6 ? FPU_STATE : -1;
        return *p == 0xc7 && reg >= 3 && reg <= 5 ? FPU_STATE : -1;
    }
    return -1;
}
