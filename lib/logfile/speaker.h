/* lib/logfile/speaker.h: who speaks in a line whose form names another speaker than the kernel.
 *
 * The first tag after the date decides, "systemd-oomd[612]: " or "earlyoom: "; what follows is chosen by that speaker. */

#pragma once

#include "logfile/prefix.h"

/* What is written to the kernel's log by a program, as which the log doesn't say it: records of another facility than the kernel's. */
#define LOG_SPEAKER_KMSG "/dev/kmsg"

/* Finds the speaker of line, whose prefix isn't the kernel's, and sets prefix->speaker, text and indent. False, and *prefix unchanged,
 * where it isn't named. */
bool log_find_speaker(struct text line, struct log_prefix *prefix) __attribute__((warn_unused_result));
/* The same of a line of no form of the kernel's: Android's logcat, and klog, which names a file of the kubelet's source. Fills *prefix. */
bool log_find_program(struct text line, struct log_prefix *prefix) __attribute__((warn_unused_result));
