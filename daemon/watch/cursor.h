/* daemon/watch/cursor.h: where the last run stopped: the boot, the number of the record up to which every alert is acknowledged or
 * spooled, and what was explained by then of the kernel's count of kills. One small file in /run, which the next boot finds empty. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "util/text.h"
#include "watch/reconcile.h"

struct cursor {
        uint64_t seq;
        bool has_mark;
        struct reconcile_mark mark;
};

/* Reads the text of a cursor's file: 0, -ESTALE or -EBADMSG as cursor_load(). */
int cursor_parse(struct text text, const char *boot_id, struct cursor *ret_cursor) __attribute__((warn_unused_result));

/* Reads the cursor. Returns 0, -ENOENT without one, -ESTALE with one of another boot, -EBADMSG for a file that isn't one, else
 * -errno. boot_id: 32 hex digits. */
int cursor_load(const char *path, const char *boot_id, struct cursor *ret_cursor) __attribute__((warn_unused_result));

/* Replaces the cursor, whole or not at all; makes its directory where that is missing. Returns 0 or -errno. */
int cursor_store(const char *path, const char *boot_id, const struct cursor *cursor)
        __attribute__((warn_unused_result));

/* Takes the lock of the cursor at path: a file beside it, which is made where it is missing. Returns a descriptor, whose close()
 * releases the lock; -EAGAIN: another process has it; -errno. */
int cursor_lock(const char *path) __attribute__((warn_unused_result));
/* The process that took the lock last; 0: unknown. */
int64_t cursor_lock_owner(const char *path);
