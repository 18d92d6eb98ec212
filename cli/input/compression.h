/* cli/input/compression.h: the contents of compressed files, for source.c. A file is recognised by its first bytes, whatever its name
 * is. The library is loaded for the first such file. */

#pragma once

#include "input/raw_file.h"

struct compression {
        /* bytes: the first ones of a file, length of them. Is it compressed so? */
        bool (*detect)(const char *bytes, size_t length);
        /* raw is borrowed until close(). Returns 0, or -errno and why in error. */
        int (*open)(struct raw_file *raw, void **ret_file, char error[SOURCE_ERROR_MAX]);
        /* As source_read(); why it failed is in error. */
        ssize_t (*read)(void *file, char *buffer, size_t size, char error[SOURCE_ERROR_MAX]);
        /* Accepts NULL. */
        void (*close)(void *file);
};

extern const struct compression compression_gzip;    /* gzip_file.c */
extern const struct compression compression_archive; /* archive_file.c */
