/* lib/logfile/prefix_forms.h: the functions of the table of forms in prefix.c; for the files that define them, and that one.
 *
 * Each parses the prefix of line in its form. *prefix has its form, and is empty otherwise; it is filled on true. */

#pragma once

#include "logfile/prefix.h"

typedef bool (*log_prefix_fn)(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix);

/* prefix_dmesg.c: the kernel's own forms. Where a line has no facility, it is the kernel's. */
bool log_prefix_dmesg(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix);

/* prefix_syslog.c: the forms that name the speaker */
bool log_prefix_syslog(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix);
bool log_prefix_rfc5424(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix);
bool log_prefix_iso(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix);
bool log_prefix_full(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix);
bool log_prefix_unix(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix);
bool log_prefix_monotonic(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix);
