#include "input/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

int library_load(const char *file, const char *const *names, size_t n_names, void *ret_pointers)
{
        void *handle = dlopen(file, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
        int error = 0;

        if (!handle)
                return -ELIBACC;
        for (size_t i = 0; i < n_names; i++) {
                void *function = dlsym(handle, names[i]);

                if (!function)
                        error = -ELIBBAD;
                memcpy((char *)ret_pointers + i * sizeof(function), &function, sizeof(function));
        }
        (void)dlclose(handle); /* drops the reference: the library stays (RTLD_NODELETE) */
        return error;
}
