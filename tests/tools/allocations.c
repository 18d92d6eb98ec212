/* tests/tools/allocations.c: a library for LD_PRELOAD that counts allocations and lets chosen ones fail. The file that
 * $OOMWATCH_FAULT_ALLOCATIONS names holds a struct control, which the test maps and changes while the program runs. What is forked
 * counts in the same file.
 *
 * malloc(3) as the sanitizers have it is behind it: they must not look whether they are the first library (verify_asan_link_order=0). */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct control {
        _Atomic uint64_t n_calls;   /* so far */
        _Atomic uint64_t first_bad; /* that fails, counted from 0; UINT64_MAX: none */
        _Atomic uint64_t n_bad;     /* how many fail from there on */
        _Atomic uint64_t n_failed;  /* so far */
};

static struct control *control; /* NULL: nothing is counted */

/* What dlsym() needs before malloc() is known. */
static char early[16384] __attribute__((aligned(16)));
static size_t n_early;

static struct {
        void *(*malloc)(size_t size);
        void *(*calloc)(size_t count, size_t size);
        void *(*realloc)(void *data, size_t size);
        void *(*memalign)(size_t alignment, size_t size);
        int (*posix_memalign)(void **ret, size_t alignment, size_t size);
        void *(*aligned_alloc)(size_t alignment, size_t size);
        void (*free)(void *data);
} real;

static void look_up(void)
{
        static int is_looking; /* dlsym() may allocate: before there is a second thread */

        if (real.free || is_looking)
                return;
        is_looking = 1;
        *(void **)&real.malloc = dlsym(RTLD_NEXT, "malloc");
        *(void **)&real.calloc = dlsym(RTLD_NEXT, "calloc");
        *(void **)&real.realloc = dlsym(RTLD_NEXT, "realloc");
        *(void **)&real.memalign = dlsym(RTLD_NEXT, "memalign");
        *(void **)&real.posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
        *(void **)&real.aligned_alloc = dlsym(RTLD_NEXT, "aligned_alloc");
        *(void **)&real.free = dlsym(RTLD_NEXT, "free");
        is_looking = 0;
}

/* What is allocated before main() is the loader's and the libraries' own. */
static void __attribute__((constructor)) start(void)
{
        const char *path = getenv("OOMWATCH_FAULT_ALLOCATIONS");
        int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
        void *mapped = fd >= 0 ? mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;

        if (fd >= 0)
                (void)close(fd);
        if (mapped != MAP_FAILED)
                control = mapped;
}

/* What is allocated after main() is the compiler's own: gcov's counters crash without memory. Handlers run in the reverse order of
 * their atexit(), so this one runs before those of what was set up before main(). */
static void stop(void)
{
        control = NULL;
}

typedef int main_function(int argc, char *argv[], char *environment[]);
static main_function *program;

static int run(int argc, char *argv[], char *environment[])
{
        (void)atexit(stop);
        return program(argc, argv, environment);
}

int __libc_start_main(main_function *real_main, int argc, char *argv[], void (*init)(void), void (*fini)(void),
                      void (*loader_fini)(void), void *stack_end);
int __libc_start_main(main_function *real_main, int argc, char *argv[], void (*init)(void), void (*fini)(void),
                      void (*loader_fini)(void), void *stack_end)
{
        int (*start_main)(main_function *, int, char *[], void (*)(void), void (*)(void), void (*)(void), void *);

        *(void **)&start_main = dlsym(RTLD_NEXT, "__libc_start_main");
        program = real_main;
        return start_main(run, argc, argv, init, fini, loader_fini, stack_end);
}

static int fails(void)
{
        uint64_t number, first;

        look_up();
        if (!control)
                return 0;
        number = atomic_fetch_add(&control->n_calls, 1);
        first = atomic_load(&control->first_bad);
        if (number < first || number - first >= atomic_load(&control->n_bad))
                return 0;
        atomic_fetch_add(&control->n_failed, 1);
        errno = ENOMEM;
        return 1;
}

static int is_early(const void *data)
{
        return (const char *)data >= early && (const char *)data < early + sizeof(early);
}

static void *take_early(size_t size)
{
        char *data = early + n_early;

        size = (size + 15) / 16 * 16;
        if (size > sizeof(early) - n_early)
                abort();
        n_early += size;
        return data; /* it is all 0 */
}

void *malloc(size_t size)
{
        if (fails())
                return NULL;
        return real.malloc ? real.malloc(size) : take_early(size);
}

void *calloc(size_t count, size_t size)
{
        if (fails())
                return NULL;
        return real.calloc ? real.calloc(count, size) : take_early(count * size);
}

void *realloc(void *data, size_t size)
{
        size_t left = is_early(data) ? (size_t)(early + sizeof(early) - (char *)data) : 0;
        void *copy;

        if (fails())
                return NULL;
        if (left == 0 && real.realloc)
                return real.realloc(data, size);
        copy = real.malloc ? real.malloc(size) : take_early(size);
        if (copy && left > 0)
                memcpy(copy, data, size < left ? size : left);
        return copy;
}

void *reallocarray(void *data, size_t count, size_t size)
{
        size_t bytes;

        if (__builtin_mul_overflow(count, size, &bytes)) {
                errno = ENOMEM;
                return NULL;
        }
        return realloc(data, bytes);
}

void *memalign(size_t alignment, size_t size)
{
        return fails() ? NULL : real.memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
        return fails() ? NULL : real.aligned_alloc(alignment, size);
}

int posix_memalign(void **ret, size_t alignment, size_t size)
{
        return fails() ? ENOMEM : real.posix_memalign(ret, alignment, size);
}

/* The sanitizers have these too, which come without the calls above. */
char *strdup(const char *text)
{
        size_t size = strlen(text) + 1;
        char *copy = malloc(size);

        return copy ? memcpy(copy, text, size) : NULL;
}

char *strndup(const char *text, size_t max)
{
        size_t length = strnlen(text, max);
        char *copy = malloc(length + 1);

        if (!copy)
                return NULL;
        memcpy(copy, text, length);
        copy[length] = '\0';
        return copy;
}

void free(void *data)
{
        look_up();
        if (data && !is_early(data) && real.free)
                real.free(data);
}
