/* lib/host/file.h: reading and writing all of it, over interruptions and short transfers. For descriptors that block. */

#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Reads until size bytes are there or the file ends. Returns how many bytes were read, or -errno. */
ssize_t file_read_all(int fd, char *buffer, size_t size) __attribute__((warn_unused_result));
/* The same from offset on; leaves the file's position alone. */
ssize_t file_read_all_at(int fd, char *buffer, size_t size, uint64_t offset) __attribute__((warn_unused_result));

/* Writes length bytes. Returns 0, or -errno: then some of them may have been written. */
int file_write_all(int fd, const char *data, size_t length) __attribute__((warn_unused_result));
/* The same at offset; leaves the file's position alone. */
int file_write_all_at(int fd, const char *data, size_t length, uint64_t offset) __attribute__((warn_unused_result));
