/* cli/input/library.h: loads a library when it is needed, and not with the program.
 *
 * Linked, libarchive and libsystemd cost 3.7 MB of memory in every scan (measured on Debian 12: 1.3 MB resident
 * without, 5.0 MB with both), most of which reads neither a compressed log nor the journal. */

#pragma once

#include <stddef.h>

/* The caller has a struct with a pointer to each function and, in the same order, an array of their names. */
#define LIBRARY_POINTER(name) __typeof__(name) *name;
#define LIBRARY_NAME(name)    #name,

/* Loads file unless it is loaded, and sets the pointers. It is never unloaded. For any thread. Returns 0, -ELIBACC if it
 * isn't installed, or -ELIBBAD if it lacks one of the functions. */
int library_load(const char *file, const char *const *names, size_t n_names, void *ret_pointers)
        __attribute__((warn_unused_result));
