/* The marks of osbench.c, which is one file for itself, for other programs: NOPs that the emulator's plugins know (plugin.h).
 * They do nothing elsewhere. */
#include <stdio.h>

#define MARK(code) __asm__ volatile(".byte 0x0f,0x1f,0x84,0x00," code ",0x00,0x42,0x4f" ::: "memory")
#define MARK_BEGIN MARK("0x04")
#define MARK_END MARK("0x05")

/* What the next window is called, and how many operations it holds. */
static void mark_label(const char *row, long operations)
{
    char text[96];
    snprintf(text, sizeof text, "%s\t%ld", row, operations);
    MARK("0x01");
    for (const char *c = text; *c; c++)
        for (int bit = 0; bit < 8; bit++)
            if (*c >> bit & 1)
                MARK("0x03");
            else
                MARK("0x02");
}
