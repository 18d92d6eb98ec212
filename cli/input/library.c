#include "input/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

int library_load(const char *file, const struct library_function *functions, size_t n_functions, void *pointers)
{
        void *handle = dlopen(file, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
        int error = 0;

        if (!handle)
                return -ELIBACC;
        for (size_t i = 0; i < n_functions; i++) {
                void *function = dlsym(handle, functions[i].name);

                if (!function)
                        error = -ELIBBAD;
                memcpy((char *)pointers + functions[i].offset, &function, sizeof(function));
        }
        (void)dlclose(handle); /* drops the reference: the library stays (RTLD_NODELETE) */
        return error;
}
