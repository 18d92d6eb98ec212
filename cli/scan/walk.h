/* cli/scan/walk.h: which logs are to be read. */

#pragma once

#include "scan/options.h"
#include "scan/source.h"

/* Finds what options->paths name, or the defaults, in an order that depends on nothing but names. What can't be read is
 * complained about, and left out. Returns 0 or -ENOMEM. */
int scan_walk(const struct scan_options *options, struct scan_inputs *ret_inputs) __attribute__((warn_unused_result));
void scan_inputs_done(struct scan_inputs *inputs);
