/* daemon/watch/passwd.h: names of users, from a file in the form of passwd(5).
 *
 * Other sources (LDAP) are not asked: they may wait for a network, and the loop must not block. The file is kept in memory,
 * because an alert waits for the name; a name may be as old as the last passwd_refresh(). */

#pragma once

#include <sys/stat.h>

#include "util/text.h"

/* Bytes; the rest of a larger file is not read. */
#define PASSWD_FILE_MAX (1024 * 1024)

/* At first all but path is 0: the file is read when it is needed, and need not be there. */
struct passwd_file {
        const char *path;
        struct stat status; /* of the file that was read; all zeros: none was */
        char *data;         /* NULL: no name is known */
        size_t length;
};

/* Frees what it holds: no name is known. */
void passwd_forget(struct passwd_file *passwd);

/* Reads the file again if it has changed. If that fails, no name is known. */
void passwd_refresh(struct passwd_file *passwd);

/* The name of uid, borrowed until the next call of any of these; length 0: unknown. Looks for changes of the file only
 * when uid is not in it. */
struct text passwd_name(struct passwd_file *passwd, int64_t uid);
