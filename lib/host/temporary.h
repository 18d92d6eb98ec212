/* lib/host/temporary.h: temporary files without a name: they are gone when they are closed, or the program ends. */

#pragma once

#include <stdio.h>

/* Opens an empty file for reading and writing, in $TMPDIR or /tmp; in memory, where none can be made there. Returns its descriptor,
 * which is the caller's to close, or -errno. */
int temporary_open(void) __attribute__((warn_unused_result));

/* The same as a stream, for fclose(). Returns 0 or -errno. */
int temporary_stream(FILE **ret_stream) __attribute__((warn_unused_result));
