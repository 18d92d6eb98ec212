/* tests/bench/empty.c: the rival of the watcher's memory: a libevent program that does nothing, linked with the
 * libraries that oomwatchd is linked with, and waits for a timer of an hour. With the argument "ready" it first
 * sends READY=1 to its manager, as every service of Type=notify has to. */

#include <stdlib.h>
#include <string.h>

#include <systemd/sd-daemon.h>

#include "common/event.h"

static void on_timer(evutil_socket_t fd, short what, void *userdata)
{
        (void)fd;
        (void)what;
        (void)userdata;
}

int main(int argc, char **argv)
{
        struct event_base *base = event_base_new();
        struct event *timer = base ? event_new(base, -1, EV_PERSIST, on_timer, NULL) : NULL;

        if (argc == 2 && strcmp(argv[1], "ready") == 0)
                (void)sd_notify(0, "READY=1"); /* without a manager there is nobody to notify */
        if (!timer || event_add_after(timer, INT64_C(3600000000)) < 0)
                return EXIT_FAILURE;
        return event_base_dispatch(base) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
