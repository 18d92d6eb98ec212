/* daemon/watch/passwd.h: names of users, from a file in the form of passwd(5).
 *
 * Other sources (LDAP) are not asked: they may wait for a network, and the loop must not block. The file is kept in memory,
 * because an alert waits for the name; a name may be as old as the last passwd_refresh(). */

#pragma once

#include "util/text.h"

/* Bytes; the rest of a larger file is not read. */
#define PASSWD_FILE_MAX (1024 * 1024)

struct passwd_file;

/* path is kept, not copied; the file is read when it is needed, and need not be there. Returns 0 or -ENOMEM. */
int passwd_new(const char *path, struct passwd_file **ret_passwd) __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct passwd_file *passwd_free(struct passwd_file *passwd);

/* Reads the file again if it has changed. If that fails, no name is known. */
void passwd_refresh(struct passwd_file *passwd);

/* The name of uid, borrowed until the next call of any of these; length 0: unknown. Looks for changes of the file only
 * when uid is not in it. */
struct text passwd_name(struct passwd_file *passwd, int64_t uid);
