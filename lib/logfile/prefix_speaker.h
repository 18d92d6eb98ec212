/* lib/logfile/prefix_speaker.h: who speaks, and what: what writers of syslog put between a date and the message. */

#pragma once

#include "logfile/prefix.h"

/* "kernel: " off the front, and its other spellings: "vmunix: ", "[kernel] ", "kernel[0]: ", "kernel " where the writer had the tag of an
 * RFC 5424 message. That one needs the host before it, or a kernel's stamp after it: else "kernel" may be a host. */
bool log_eat_kernel_tag(struct text *text, bool has_host);

/* Sets the text to what follows the tag, but for what the kernel puts in front of it: level, stamp, caller. */
void log_set_kernel_text(struct text text, const struct log_prefix_hint *hint, struct log_prefix *prefix);

/* Takes one blank off the front if the writer put it there, and not the kernel: if all the host's lines have it. For forms that have no
 * blank of their own at that place. */
struct text log_without_margin(struct text text, const struct log_prefix_hint *hint, struct log_prefix *prefix);

/* "kern.warn" and the like */
bool log_is_facility_and_level(struct text word, int *ret_facility, int64_t *ret_level);

/* Whether text begins with what begins a line of a form: a kernel's stamp, a priority, a date, a record of /dev/kmsg. */
bool log_begins_form(struct text text);

/* What follows the date in line: a host, facility and level, the tag, in the orders that writers have; sets the members of *prefix.
 * A line of another speaker, or of none, is of this form too. Returns false if it goes on with a line of a form of its own. */
bool log_read_speaker(struct text line, struct text rest, const struct log_prefix_hint *hint,
                      struct log_prefix *prefix);
