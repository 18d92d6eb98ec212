/* cli/input/library.h: loads a library when it is needed, and not with the program.
 *
 * Linked, libarchive and libsystemd cost 3.7 MB of memory in every scan (measured on Debian 12: 1.3 MB resident
 * without, 5.0 MB with both), most of which reads neither a compressed log nor the journal. */

#pragma once

#include <stddef.h>

struct library_function {
        const char *name;
        size_t offset; /* in the caller's struct of pointers, whose members have the functions' names */
};

#define LIBRARY_FUNCTION(type, name)                                                                                   \
        {                                                                                                              \
#name, offsetof(type, name)                                                                            \
        }

/* Loads file unless it is loaded, and sets the pointers in *pointers. It is never unloaded. For any thread. Returns 0,
 * -ELIBACC if it isn't installed, or -ELIBBAD if it lacks one of the functions. */
int library_load(const char *file, const struct library_function *functions, size_t n_functions, void *pointers)
        __attribute__((warn_unused_result));
