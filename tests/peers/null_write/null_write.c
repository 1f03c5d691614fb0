// A module with the bug that `hinge fault SERVICE null-write` puts into a service: a store through a null pointer.
// For `./hinge demo crash`, which loads it into Debian's Linux.
#include <linux/init.h>
#include <linux/module.h>

static int __init null_write_init(void)
{
	unsigned long volatile *nowhere = NULL;

	OPTIMIZER_HIDE_VAR(nowhere); // or the compiler would see the bug
	*nowhere = 1;
	return 0;
}
module_init(null_write_init);
MODULE_LICENSE("GPL");
