/* lib/alert/summary.h: the alert in one sentence: who, and why. */

#pragma once

#include "alert/alert.h"

/* Writes the summary, terminated, UTF-8 without control characters. alert->summary is not read. */
void alert_summarize(const struct alert *alert, char ret_summary[static ALERT_SUMMARY_MAX + 1]);
