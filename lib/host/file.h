/* lib/host/file.h: reading a descriptor to its end. */

#pragma once

#include <stddef.h>
#include <sys/types.h>

/* Reads until size bytes are there or the file ends, over interruptions. Returns how many, or -errno. */
ssize_t file_read(int fd, char *buffer, size_t size) __attribute__((warn_unused_result));
