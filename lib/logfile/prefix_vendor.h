/* lib/logfile/prefix_vendor.h: what kernels of vendors print between stamp and text. */

#pragma once

#include "logfile/prefix.h"

/* The pid in one of the vendors' forms, with the blanks around it: "(1)[442:kswapd0]", "[1:  kswapd0:  442]", "[pid:442,cpu1,kswapd0]",
 * "(CPU:1-pid:442:kswapd0)". A line's text may begin with a name that looks so: it is one if the line before had none. */
bool log_eat_vendor_caller(struct text *text, const struct log_prefix_hint *hint, struct text *ret_caller);
