/* cli/scan/temporary.h: what is shown late waits in a file without a name. */

#pragma once

#include <stdio.h>

/* In /tmp; in memory, where none can be made there. Returns 0 or a negative errno. */
int scan_temporary(FILE **ret_file) __attribute__((warn_unused_result));
