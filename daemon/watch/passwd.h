/* daemon/watch/passwd.h: names of users, from a file in the form of passwd(5).
 *
 * From that file alone: other sources (LDAP) may wait for a network, and the loop waits for nothing. It is kept in memory,
 * because an alert waits for the name; a name may be as old as the last users_refresh(). */

#pragma once

#include "util/text.h"

/* What goes past this is not looked at. */
#define USERS_FILE_MAX (1024 * 1024)

struct users;

/* path is kept, not copied; the file is read with the first question, and need not be there. Returns 0 or -ENOMEM. */
int users_new(const char *path, struct users **ret_users) __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct users *users_free(struct users *users);

/* Reads the file again if it has changed. What can't be read is unknown. */
void users_refresh(struct users *users);

/* The name of uid, borrowed until the next call of any of these; length 0: unknown. Looks for changes of the file only
 * when it doesn't know uid. */
struct text users_name(struct users *users, int64_t uid);
