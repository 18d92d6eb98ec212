/* lib/logfile/prefix_forms.h: the functions of the table of forms in prefix.c; for the files that define them, and that one.
 *
 * Each parses the prefix of line in its form. *prefix has its form, and is empty otherwise; it is filled on true. */

#pragma once

#include "logfile/prefix.h"

typedef bool log_prefix_fn(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix);

/* prefix_dmesg.c: the kernel's own forms. Where a line has no facility, it is the kernel's. */
log_prefix_fn log_prefix_dmesg;

/* prefix_syslog.c: the forms that name the speaker */
log_prefix_fn log_prefix_syslog, log_prefix_rfc5424, log_prefix_iso, log_prefix_full, log_prefix_unix,
        log_prefix_monotonic, log_prefix_tai64n, log_prefix_svlogd, log_prefix_openwrt;

/* prefix_writers.c: forms that name the speaker in their own way */
log_prefix_fn log_prefix_tagged, log_prefix_talos, log_prefix_vmware;
