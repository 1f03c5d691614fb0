# The two pages that every process sees, each with nothing else in it: the vDSO as it was linked (user/vdso), and the time
# page (time_page.hpp).
.section .rodata.vdso, "a", @progbits
.balign 4096
.globl vdso_image
.hidden vdso_image
vdso_image:
.incbin "vdso.so"
.balign 4096

.section .bss.time_page, "aw", @nobits
.balign 4096
.globl hinge_time_page
.hidden hinge_time_page
hinge_time_page:
.skip 4096
