#include "common/config_reload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/config_child.h"

/* How often a process is looked for that has closed the pipe: it is gone in a moment. */
#define REAP_MS 10

struct config_reload {
        struct event_base *base;
        const char *path;
        int timeout_ms;
        void (*done)(struct config *config, const char *error, void *userdata);
        void *userdata;
        struct config_child *child; /* NULL: none */
        struct event *readable; /* pending: the child is reading; NULL: there is no child, or it has closed the pipe */
        struct event *timer;    /* while it reads: the deadline; then: look whether it is gone */
        bool is_again;          /* something may have changed since it was started */
        bool is_hanging;        /* past the deadline, and killed */
};

static void finish(struct config_reload *reload, struct config *config, const char *error)
{
        bool is_again = reload->is_again;

        reload->is_again = false;
        if (is_again) {
                (void)config_free(config);
                config_reload_start(reload);
        } else {
                reload->done(config, error, reload->userdata);
        }
}

static void finish_child(struct config_reload *reload)
{
        struct config *config = NULL;
        char error[CONFIG_ERROR_MAX] = "";
        int r = config_child_take(reload->child, &config, error);

        (void)event_del(reload->timer); /* can't fail: it is a timer of ours */
        reload->child = config_child_free(reload->child);
        finish(reload, r == 0 ? config : NULL, error);
}

/* The child has closed the pipe. */
static void await_end(struct config_reload *reload)
{
        if (config_child_is_gone(reload->child))
                finish_child(reload);
        else if (timer_start(reload->timer, REAP_MS) < 0) /* no memory: what has come is whole or not all the same */
                finish_child(reload);
}

static void on_readable(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct config_reload *reload = userdata;

        if (!config_child_read(reload->child))
                return;
        reload->readable = event_done(reload->readable);
        await_end(reload);
}

static void on_timer(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct config_reload *reload = userdata;
        char error[CONFIG_ERROR_MAX];

        if (!reload->readable) {
                await_end(reload);
                return;
        }
        reload->readable = event_done(reload->readable);
        config_child_kill(reload->child);
        reload->is_hanging = true;
        (void)snprintf(error, sizeof(error), "reading it takes more than %d s",
                       reload->timeout_ms / 1000); /* it fits */
        reload->is_again = false;
        finish(reload, NULL, error);
}

void config_reload_start(struct config_reload *reload)
{
        char error[CONFIG_ERROR_MAX] = "out of memory";

        if (reload->is_hanging && config_child_is_gone(reload->child)) {
                reload->child = config_child_free(reload->child);
                reload->is_hanging = false;
        }
        if (reload->is_hanging) {
                reload->done(NULL, "the process that was to read it the last time hangs, and can't be killed",
                             reload->userdata);
                return;
        }
        if (reload->child) {
                reload->is_again = true;
                return;
        }
        if (config_child_start(reload->path, false, &reload->child, error) == 0) {
                reload->readable = event_new(reload->base, config_child_fd(reload->child), EV_READ | EV_PERSIST,
                                             on_readable, reload);
                if (reload->readable && event_add(reload->readable, NULL) == 0 &&
                    timer_start(reload->timer, reload->timeout_ms) == 0)
                        return;
                reload->readable = event_done(reload->readable);
                reload->child = config_child_free(reload->child);
        }
        reload->done(NULL, error, reload->userdata);
}

int config_reload_new(struct event_base *base, const char *path, int timeout_ms,
                      void (*done)(struct config *config, const char *error, void *userdata), void *userdata,
                      struct config_reload **ret_reload)
{
        struct config_reload *reload = calloc(1, sizeof(*reload));

        if (!reload)
                return -ENOMEM;
        *reload = (struct config_reload){
                .base = base, .path = path, .timeout_ms = timeout_ms, .done = done, .userdata = userdata
        };
        reload->timer = evtimer_new(base, on_timer, reload);
        if (!reload->timer) {
                free(reload);
                return -ENOMEM;
        }
        *ret_reload = reload;
        return 0;
}

struct config_reload *config_reload_free(struct config_reload *reload)
{
        if (!reload)
                return NULL;
        event_done(reload->readable);
        event_done(reload->timer);
        (void)config_child_free(reload->child);
        free(reload);
        return NULL;
}
