/* cli/input/pstore.h: the last words of a machine that panicked, put together again.
 *
 * A dump of the kernel log is kept in parts of some KiB each, the newest first: "dmesg-efi-163298273401001" begins
 * with "Panic#1 Part1" and holds the end (fs/pstore/platform.c, pstore_dump()). A report may begin in one and end in
 * another. systemd-pstore puts them together itself, and leaves dmesg.txt beside the parts. */

#pragma once

#include "input/walk.h"

/* Of the inputs from first on, which were found in directory (open as fd) or below: makes one INPUT_PSTORE of
 * the parts of each dump; leaves parts out where there is a dmesg.txt beside them. Returns 0 or -ENOMEM. */
int pstore_join(struct inputs *inputs, size_t first, const char *directory, int fd) __attribute__((warn_unused_result));
