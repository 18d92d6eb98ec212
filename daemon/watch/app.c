#include "watch/app.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/log.h"
#include "common/options.h"
#include "host/clock.h"
#include "host/machine.h"
#include "util/cleanup.h"
#include "watch/app_state.h"
#include "watch/cursor.h"
#include "watch/prefault.h"
#include "watch/start_checks.h"

/* How long the sinks have at the end. What a receiver has not taken by then is spooled, within NOTIFIER_END_MS: together less than the
 * 10 s that a stop may take. */
#define DRAIN_MS     5000
#define DRAIN_LOG_MS 60000 /* when the log came to its end */

/* ---- as a service ------------------------------------------------------------------------------------------------------ */

static void on_drained(void *userdata)
{
        struct app *app = userdata;

        (void)event_base_loopbreak(app->base); /* can't fail for a base that runs */
}

/* All alerts of a log that has ended reach standard output, however long somebody reads them in a pager. */
static void on_log_drained(void *userdata)
{
        struct app *app = userdata;

        if (notifier_stdout_is_busy(app->notifier))
                notifier_drain(app->notifier, DRAIN_LOG_MS, on_log_drained, app);
        else
                on_drained(app);
}

static void stop(void *userdata)
{
        struct app *app = userdata;

        oom_parser_end_repeats(app->parser);
        app_report_loss(app);
        if (app->has_ended) {
                notifier_finish_journal(app->notifier);
                notifier_drain(app->notifier, DRAIN_LOG_MS, on_log_drained, app);
        } else
                notifier_drain(app->notifier, DRAIN_MS, on_drained, app);
}

/* What is read of a file happened elsewhere, or long ago: the machine's journal gets it only if somebody asks for that. */
static void adapt_config(const struct app *app, struct config *config)
{
        if (!app->is_own_log && !config->is_journal_configured)
                config->is_journal_enabled = false;
}

/* Logs if there are not enough file descriptors for the configuration. */
static int make_descriptors(const struct config *config)
{
        uint64_t n_needed = descriptors_needed(config), limit;
        int r = raise_descriptor_limit(n_needed, &limit);

        if (r < 0)
                log_error("the limit on open files (RLIMIT_NOFILE; LimitNOFILE= of the unit) is %" PRIu64
                          ", and this configuration needs %" PRIu64,
                          limit, n_needed);
        return r;
}

static int reload(struct config *config, void *userdata)
{
        struct app *app = userdata;
        int r;

        r = make_descriptors(config);
        if (r < 0)
                return r;
        adapt_config(app, config);
        r = notifier_reload(app->notifier, config);
        if (r < 0)
                return r;
        if (strcmp(config->cursor_path, app->config->cursor_path) != 0) {
                app->cursor_seq = UINT64_MAX; /* not stored there yet */
                app->has_cursor_error = false;
        }
        config_free(app->config);
        app->config = config;
        app_wake_housekeeping(app);
        return 0;
}

static const struct service_handler service_handler = {
        .stopping_status = "Delivering what is queued",
        .reload = reload,
        .stop = stop,
        .describe = housekeeping_describe,
        .is_healthy = app_is_healthy,
};

/* ---- start and end ------------------------------------------------------------------------------------------------------------ */

/* CAP_SYSLOG is needed to open /dev/kmsg, and nothing after it. To be called before any thread is made. A program that was started
 * as root is left alone. */
static int drop_capabilities(void)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

        if (geteuid() == 0)
                return 0;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
                return -errno;
        if (syscall(SYS_capset, &header, none) < 0)
                return -errno;
        return 0;
}

/* No other watcher may keep the cursor that this one keeps. Returns 0 or -EAGAIN: where there can be no lock, there can be no cursor. */
static int lock_state(struct app *app)
{
        char process[48] = "";
        int64_t pid;

        app->lock_fd = cursor_lock(app->config->cursor_path);
        if (app->lock_fd != -EAGAIN)
                return 0;
        pid = cursor_lock_owner(app->config->cursor_path);
        if (pid > 0)
                (void)snprintf(process, sizeof(process), ", process %" PRId64 ",", pid); /* it fits */
        log_error("another oomwatchd%s runs with the cursor %s", process, app->config->cursor_path);
        return -EAGAIN;
}

/* Does what needs a privilege, and drops the privileges. */
static int open_source(struct app *app)
{
        const char *path = app->is_own_log ? "/dev/kmsg" : app->options->kmsg_path;
        char message[CONFIG_ERROR_MAX];
        int r = app->is_own_log ? check_kernel_log(path, message) : 0;

        if (r == -ENODEV) {
                log_error("%s", message);
                return r;
        }
        if (r == 0)
                r = kmsg_source_open(path, &app_source_handler, app, &app->source);
        if (r < 0) {
                log_error("%s: can't be opened: %s%s", path, strerror(-r),
                          app->is_own_log && (r == -EPERM || r == -EACCES) ? " (root or CAP_SYSLOG is needed)" : "");
                return r;
        }
        if (app->is_own_log) {
                r = prefault_lock_memory();
                app->is_memory_locked = r == 0;
                if (r < 0)
                        log_info("memory is not locked: %s", strerror(-r));
        }
        r = drop_capabilities();
        if (r < 0)
                log_error("capabilities can't be dropped: %s", strerror(-r));
        return r;
}

/* The kernel's count begins with the boot, as a log does that is read from its first record. */
static void start_reconcile(struct app *app, enum kmsg_from from, const struct cursor *cursor)
{
        static const struct reconcile_mark at_boot = { 0, 0 };
        const struct reconcile_mark *mark = from == KMSG_FROM_OLDEST ? &at_boot : NULL;
        int r;

        if (from == KMSG_FROM_CURSOR && cursor->has_mark)
                mark = &cursor->mark;
        r = reconcile_init("/proc/vmstat", mark, &app->reconcile);
        if (r < 0)
                log_info("kills are not compared with the kernel's count: /proc/vmstat: %s",
                         r == -ENODATA ? "it has no oom_kill" : strerror(-r));
        if (r == 0 && app->victim_proc.has_cgroups)
                r = cgroup_kills_new(NULL, cmdline_reader_writer(app->victim_proc.cmdline_reader), &app->cgroup_kills);
        (void)r;                                                     /* without it, an alert names no cgroups */
        (void)timer_start(app->reconcile_timer, RECONCILE_DELAY_MS); /* housekeeping does it too */
}

/* Without it nothing is proven, and all else works. Without the kernel's count nothing can be. */
static void start_history(struct app *app, enum kmsg_from from)
{
        struct writer *writer;
        int r;

        if (app->reconcile.fd < 0)
                return;
        r = notifier_disk_writer(app->notifier, &writer);
        if (r == 0)
                r = history_new(app->config->history_path, app->host.boot_id, from == KMSG_FROM_OLDEST, writer,
                                &app->history);
        if (r < 0)
                log_warning("when the log is watched is not kept: %s", strerror(-r));
}

/* What only this machine's own log needs; *ret_from and *ret_seq are where to begin in it. */
static int start_own_log(struct app *app, enum kmsg_from *ret_from, uint64_t *ret_seq)
{
        struct cursor cursor = { 0 };
        int64_t boot_usec;
        int r;

        app->housekeeping_timer = evtimer_new(app->base, housekeeping_on_timer, app);
        app->cursor_timer = evtimer_new(app->base, housekeeping_on_cursor_timer, app);
        app->reconcile_timer = evtimer_new(app->base, app_reconcile, app);
        if (!app->housekeeping_timer || !app->cursor_timer || !app->reconcile_timer)
                return -ENOMEM;
        app_wake_housekeeping(app);
        notifier_on_change(app->notifier, app_wake_housekeeping, app);
        machine_identity(&app->host);
        boot_usec = clock_boottime_usec();
        suspension_begin(&app->suspension, boot_usec, clock_monotonic_usec());
        r = victim_proc_init(app->base, &app->victim_proc);
        if (r < 0)
                return r;
        passwd_refresh(&app->passwd);
        r = prefault_alert_path(app->parser);
        if (r < 0)
                log_info("the first alert may have to wait for a disk: %s", strerror(-r));
        *ret_from = housekeeping_load_cursor(app, &cursor);
        *ret_seq = cursor.seq;
        start_reconcile(app, *ret_from, &cursor);
        start_history(app, *ret_from);
        return 0;
}

static int start(struct app *app)
{
        uint64_t cursor_seq = 0;
        enum kmsg_from from = KMSG_FROM_OLDEST;
        int r;

        app->base = event_base_new();
        if (!app->base)
                return -ENOMEM;
        r = prefault_timers(app->base);
        if (r < 0)
                return r;
        r = notifier_new(app->base, app->config, app->options->out, &app->notifier);
        if (r < 0)
                return r;
        r = oom_parser_new(app_on_incident, app, &app->parser);
        if (r < 0)
                return r;
        r = service_new(app->base, app->options->config_path, &service_handler, app, &app->service);
        if (r < 0)
                return r;
        if (app->is_own_log) {
                r = start_own_log(app, &from, &cursor_seq);
                if (r < 0)
                        return r;
        }
        app_control_start(app);
        return kmsg_source_start(app->source, app->base, from, cursor_seq);
}

/* What neither a receiver nor the journal nor the spool has. */
static void report_left(struct app *app)
{
        unsigned n_left = notifier_n_left(app->notifier);

        if (n_left == 0)
                return;
        if (app->is_own_log) {
                log_warning("%u alerts are left at the end; they are still in the kernel log, and the next start sends "
                            "them again",
                            n_left);
        } else {
                log_error("%u alerts are left at the end, and lost: nobody reads %s again", n_left,
                          app->options->kmsg_path);
                app->exit_status = EXIT_FAILURE;
        }
}

static void done(struct app *app)
{
        if (app->notifier && app->source && app->parser) {
                if (app->history)
                        app_reconcile(-1, 0, app);
                history_finish(app->history);
                notifier_finish(app->notifier);
                housekeeping_store_cursor(app);
                report_left(app);
        }
        (void)control_free(app->control);
        kmsg_source_free(app->source);
        victim_proc_done(&app->victim_proc);
        cgroup_kills_free(app->cgroup_kills);
        oom_parser_free(app->parser);
        passwd_forget(&app->passwd);
        notifier_free(app->notifier);
        (void)history_free(app->history);
        service_free(app->service);
        event_done(app->housekeeping_timer);
        event_done(app->cursor_timer);
        event_done(app->reconcile_timer);
        reconcile_done(&app->reconcile);
        if (app->base)
                event_base_free(app->base);
        config_free(app->config);
        closep(&app->lock_fd);
}

static void run(struct app *app)
{
        int r;

        app->exit_status = EXIT_FAILURE;
        if (make_descriptors(app->config) < 0 || (app->is_own_log && lock_state(app) < 0))
                return;
        r = open_source(app);
        if (r < 0)
                return;
        r = start(app);
        if (r < 0) {
                log_error("can't start: %s", strerror(-r));
                return;
        }
        app->exit_status = EXIT_SUCCESS; /* on_ended() may change it */
        r = service_run(app->service);
        if (r != EXIT_SUCCESS || notifier_stdout_is_broken(app->notifier))
                app->exit_status = EXIT_FAILURE;
}

int app_run(const struct app_options *options)
{
        struct app *app;
        char error[CONFIG_ERROR_MAX];
        int status, r;

        prefault_configure_malloc();
        app = calloc(1, sizeof(*app));
        if (!app) {
                log_error("can't start: %s", strerror(ENOMEM));
                return EXIT_FAILURE;
        }
        app->options = options;
        app->started_usec = clock_boottime_usec();
        app->is_own_log = !options->kmsg_path;
        app->cursor_seq = app->n_explained_in_cgroups = UINT64_MAX;
        app->lock_fd = app->reconcile.fd = -1;
        app->passwd.path = "/etc/passwd";
        r = config_load(options->config_path, &app->config, error);
        if (r < 0) {
                log_error("%s", error);
                app->exit_status = config_exit_status(r);
        } else {
                adapt_config(app, app->config);
                prefault_release_start_pages();
                run(app);
        }
        done(app);
        status = app->exit_status;
        free(app);
        return status;
}
