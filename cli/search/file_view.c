#include "search/file_view.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct file_view {
        char *area; /* FILE_VIEW_BYTES of addresses, reserved; what is mapped there replaces what was before */
        size_t length;
        volatile sig_atomic_t was_cut;
};

/* The view that this thread is looking at. The rule is that no variable is at file scope; a handler of signals is called with nothing
 * else that could lead to the view. The signal of a touched page comes to the thread that touched it, so each has its own, and there
 * is nothing to lock. (libwayland-server does the same for the buffers of its clients: src/wayland-shm.c.) */
static _Thread_local struct file_view *volatile current;

/* In place of what is mapped there. Returns whether that was done. */
static bool map_over(char *at, size_t length, int protection, int flags, int fd, uint64_t offset)
{
        const void *mapped = mmap(at, length, protection, flags | MAP_FIXED, fd, (off_t)offset);

        return mapped != MAP_FAILED;
}

/* A page of the file isn't there: the rest of the view becomes zeros, and whoever looks at it goes on. Any other SIGBUS ends the process,
 * as if there was no handler. mmap(2) and sigaction(2) are mere system calls on Linux. */
static void on_sigbus(int number, siginfo_t *info, void *context)
{
        struct file_view *view = current;
        char *page = (char *)((uintptr_t)info->si_addr & ~(uintptr_t)(FILE_VIEW_PAGE - 1));
        const struct sigaction as_before = { .sa_handler = SIG_DFL };
        int saved_errno = errno;

        (void)context;
        /* si_code: not sent by a process, which may send any address */
        if (info->si_code > 0 && view && page >= view->area && page < view->area + view->length &&
            map_over(page, (size_t)(view->area + view->length - page), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
                view->was_cut = 1;
                errno = saved_errno;
                return;
        }
        (void)sigaction(number, &as_before, NULL);
        if (info->si_code <= 0)
                (void)raise(number); /* a touched page is touched again */
}

static int catch_sigbus(void)
{
        struct sigaction action = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO | SA_RESTART };
        sigset_t sigbus;

        (void)sigemptyset(&action.sa_mask);
        (void)sigemptyset(&sigbus);
        (void)sigaddset(&sigbus, SIGBUS);
        if (sigaction(SIGBUS, &action, NULL) < 0)
                return -errno;
        return -pthread_sigmask(SIG_UNBLOCK, &sigbus, NULL); /* thread_start() blocks all of them */
}

struct file_view *file_view_new(void)
{
        struct file_view *view = sysconf(_SC_PAGESIZE) == (long)FILE_VIEW_PAGE ? calloc(1, sizeof(*view)) : NULL;

        if (!view)
                return NULL;
        view->area = mmap(NULL, FILE_VIEW_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (view->area == MAP_FAILED || catch_sigbus() < 0)
                return file_view_free(view);
        return view;
}

struct file_view *file_view_free(struct file_view *view)
{
        if (!view)
                return NULL;
        if (current == view)
                current = NULL;
        if (view->area != MAP_FAILED)
                (void)munmap(view->area, FILE_VIEW_BYTES);
        free(view);
        return NULL;
}

const char *file_view_open(struct file_view *view, int fd, uint64_t offset, size_t length)
{
        if (length > FILE_VIEW_BYTES || offset % FILE_VIEW_PAGE)
                return NULL;
        view->length = length;
        view->was_cut = 0;
        /* All pages at once: a fault for every 16 of them, as they are touched, takes longer. */
        if (!map_over(view->area, length, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, offset))
                return NULL;
        current = view;
        return view->area;
}

int file_view_close(struct file_view *view)
{
        current = NULL;
        return view->was_cut ? -EIO : 0;
}

void file_view_release(struct file_view *view)
{
        /* What can't be replaced is replaced by the next file, or when the view is freed. */
        (void)map_over(view->area, FILE_VIEW_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        view->length = 0;
}
