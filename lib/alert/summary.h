/* lib/alert/summary.h: the alert in one sentence: who, and why. */

#pragma once

#include "alert/alert.h"
#include "util/prose.h"

#define ALERT_SUMMARY_MAX 600 /* bytes */

/* Writes the summary, terminated, UTF-8 without control characters. alert->summary is not looked at. */
void alert_summarize(const struct alert *alert, char ret_summary[static ALERT_SUMMARY_MAX + 1]);

/* "nginx (pid 1234)". */
void alert_process_words(struct prose *prose, const struct oom_name *comm, int64_t pid);
/* "nginx.service", "docker container a1b2c3d4e5f6 of pod 0f6d...", "cgroup /x"; false, and nothing written, when
 * unknown. */
bool alert_owner_words(struct prose *prose, const struct owner *owner, struct text cgroup);
