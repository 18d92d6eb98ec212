#include "common/config_child.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/config_parse.h"
#include "common/config_section.h"
#include "common/config_value.h"
#include "host/file.h"
#include "util/cleanup.h"

/* What comes through the pipe: a letter, then texts with a terminator each. */
enum message {
        MESSAGE_KEY = 'k',     /* kind, key, value */
        MESSAGE_MORE = 'm',    /* kind, key, one more value of the list */
        MESSAGE_SECTION = 's', /* kind, title: the section's end; "": it has none */
        MESSAGE_DONE = 'd',    /* all files are read */
        MESSAGE_FAILURE = 'f', /* number of the error, message */
};
#define TEXTS_MAX   3
#define MESSAGE_MAX (2 * CONFIG_VALUE_MAX) /* the longest has a value, and two names of some bytes */

struct config_child {
        const char *path;
        pid_t pid; /* 0: it is gone */
        bool is_waited_for;
        int status; /* of waitpid(), once it is gone; -1: unknown */
        int fd;
        size_t length; /* of what is in bytes */
        char bytes[MESSAGE_MAX];

        bool has_ended; /* MESSAGE_DONE or MESSAGE_FAILURE came, or what came makes no sense */
        int result;
        char error[CONFIG_ERROR_MAX];
        struct config *config;
        struct config_section section;
};

/* --- the process -------------------------------------------------------------------------------------------------- */

/* The descriptor of the pipe, in the process. */
#define PIPE_FD 3

static int send_message(enum message message, const char *const *texts, size_t n_texts)
{
        char bytes[MESSAGE_MAX];
        size_t length = 0;

        bytes[length++] = (char)message;
        for (size_t i = 0; i < n_texts; i++) {
                size_t size = strlen(texts[i]) + 1;

                if (size > sizeof(bytes) - length)
                        return -EMSGSIZE;
                memcpy(bytes + length, texts[i], size);
                length += size;
        }
        return file_write_all(PIPE_FD, bytes, length);
}

static int send_key(const char *kind, const char *key, const char *value, bool is_first, void *userdata)
{
        const char *const texts[] = { kind, key, value };

        (void)userdata;
        return send_message(is_first ? MESSAGE_KEY : MESSAGE_MORE, texts, 3);
}

static int send_section(const char *kind, const char *title, void *userdata)
{
        const char *const texts[] = { kind, title ? title : "" };

        (void)userdata;
        return send_message(MESSAGE_SECTION, texts, 2);
}

#ifdef OOMWATCH_COVERAGE
void __gcov_dump(void); /* else done at exit() */
#endif

/* Ends the process without what a program does at its end: all of that is the parent's. */
static void __attribute__((noreturn)) end_at_once(int status)
{
#ifdef OOMWATCH_COVERAGE
        __gcov_dump();
#endif
        _exit(status);
}

/* libconfuse's lexer calls exit() when it is out of memory. */
static void on_exit_call(void)
{
        end_at_once(EXIT_FAILURE);
}

/* What the parent has open stays the parent's alone: its locks, the log, connections that somebody waits for the end of. */
static void close_others(void)
{
        long max;

        (void)close(STDIN_FILENO);
        (void)close(STDOUT_FILENO);
#ifdef SYS_close_range
        if (syscall(SYS_close_range, PIPE_FD + 1, ~0U, 0) == 0)
                return;
#endif
        max = sysconf(_SC_OPEN_MAX); /* before 5.9 */
        for (int fd = PIPE_FD + 1; fd < max && fd < 65536; fd++)
                (void)close(fd);
}

static void __attribute__((noreturn)) child_main(const char *path, int fd)
{
        static const struct config_listener listener = { .key = send_key, .section_end = send_section };
        char error[CONFIG_ERROR_MAX] = "", number[16];
        int r;

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody waits for it then */
        (void)prctl(PR_SET_DUMPABLE, 0);        /* a dump of memory helps nobody where memory is short */
        if (dup2(fd, PIPE_FD) < 0 || atexit(on_exit_call) != 0)
                end_at_once(EXIT_FAILURE);
        close_others();
        r = config_parse(path, &listener, error);
        if (r == 0) {
                r = send_message(MESSAGE_DONE, NULL, 0);
        } else {
                const char *const texts[] = { number, error };

                (void)snprintf(number, sizeof(number), "%d", -r); /* it fits */
                r = send_message(MESSAGE_FAILURE, texts, 2);
        }
        end_at_once(r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* --- its parent --------------------------------------------------------------------------------------------------- */

static int __attribute__((format(printf, 4, 5)))
fail(const char *path, int result, char error[static CONFIG_ERROR_MAX], const char *format, ...)
{
        char what[CONFIG_ERROR_MAX / 2];
        va_list arguments;

        va_start(arguments, format);
        (void)vsnprintf(what, sizeof(what), format, arguments);
        va_end(arguments);
        (void)snprintf(error, CONFIG_ERROR_MAX, "%.*s: %s", CONFIG_ERROR_MAX / 2 - 3, path ? path : CONFIG_DEFAULT_PATH,
                       what); /* it fits */
        return result;
}

int config_child_start(const char *path, bool is_waited_for, struct config_child **ret_child,
                       char error[static CONFIG_ERROR_MAX])
{
        struct config_child *child = calloc(1, sizeof(*child));
        _cleanup_(closep) int reader = -1;
        _cleanup_(closep) int writer = -1;
        sigset_t all, before;
        int r = child ? config_new(&child->config) : -ENOMEM, fds[2];

        if (r == 0 && pipe2(fds, O_CLOEXEC) < 0)
                r = -errno;
        if (r == 0) {
                reader = fds[0];
                writer = fds[1];
                if (!is_waited_for && fcntl(reader, F_SETFL, O_NONBLOCK) < 0)
                        r = -errno;
        }
        if (r == 0) {
                /* A handler of the parent's would act on what both share. */
                (void)sigfillset(&all);
                (void)pthread_sigmask(SIG_SETMASK, &all, &before);
                child->pid = fork();
                if (child->pid == 0)
                        child_main(path, writer);
                r = child->pid < 0 ? -errno : 0;
                (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        }
        if (r < 0) {
                if (child)
                        (void)config_free(child->config);
                free(child);
                return fail(path, r, error, "it can't be read: %s", strerror(-r));
        }
        child->path = path;
        child->is_waited_for = is_waited_for;
        child->fd = take_fd(&reader);
        *ret_child = child;
        return 0;
}

int config_child_fd(const struct config_child *child)
{
        return child->fd;
}

static void set_result(struct config_child *child, int result, const char *message)
{
        child->has_ended = true;
        child->result = result;
        if (message[0])
                (void)snprintf(child->error, sizeof(child->error), "%s", message); /* the same limit */
        else if (result < 0)
                (void)fail(child->path, result, child->error, "%s", strerror(-result));
}

static const struct config_section_kind *find_kind(const char *name)
{
        for (size_t i = 0; i < CONFIG_KINDS; i++)
                if (strcmp(config_section_kinds[i].name, name) == 0)
                        return &config_section_kinds[i];
        return NULL;
}

static int take_section(struct config_child *child, const char *kind_name, const char *title)
{
        const struct config_section_kind *kind = find_kind(kind_name);
        char wrong[CONFIG_ERROR_MAX];

        if (!kind)
                return -EBADMSG;
        return config_section_end(&child->section, kind, kind->is_sink ? title : NULL, child->config, wrong);
}

/* The process has checked the same: what fails here is for lack of memory. */
static void take_message(struct config_child *child, enum message message, const char *const texts[TEXTS_MAX])
{
        char wrong[CONFIG_ERROR_MAX];
        int r = 0;

        switch (message) {
        case MESSAGE_KEY:
        case MESSAGE_MORE:
                r = config_section_set(&child->section, texts[0], texts[1], texts[2], message == MESSAGE_KEY, wrong);
                break;
        case MESSAGE_SECTION:
                r = take_section(child, texts[0], texts[1]);
                break;
        case MESSAGE_DONE:
                set_result(child, 0, "");
                break;
        case MESSAGE_FAILURE:
                r = -atoi(texts[0]);
                set_result(child, r < 0 ? r : -EBADMSG, texts[1]);
                return;
        }
        if (r < 0)
                set_result(child, r, "");
}

/* How many texts a message has; negative: it is none. */
static int n_texts_of(char message)
{
        static const struct {
                enum message message;
                int n_texts;
        } rows[] = { { MESSAGE_KEY, 3 },
                     { MESSAGE_MORE, 3 },
                     { MESSAGE_SECTION, 2 },
                     { MESSAGE_DONE, 0 },
                     { MESSAGE_FAILURE, 2 } };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if ((char)rows[i].message == message)
                        return rows[i].n_texts;
        return -1;
}

/* Takes the first message. Returns its length; 0: it isn't whole yet. */
static size_t take_first(struct config_child *child)
{
        const char *texts[TEXTS_MAX] = { "", "", "" };
        int n_texts = child->length > 0 ? n_texts_of(child->bytes[0]) : 0;
        size_t at = 1;

        if (child->length == 0)
                return 0;
        if (n_texts < 0)
                set_result(child, -EBADMSG, "");
        for (int i = 0; i < n_texts; i++) {
                const char *end = at < child->length ? memchr(child->bytes + at, '\0', child->length - at) : NULL;

                if (!end)
                        return 0;
                texts[i] = child->bytes + at;
                at = (size_t)(end - child->bytes) + 1;
        }
        if (n_texts >= 0)
                take_message(child, (enum message)child->bytes[0], texts);
        return at;
}

bool config_child_read(struct config_child *child)
{
        for (;;) {
                ssize_t n = read(child->fd, child->bytes + child->length, sizeof(child->bytes) - child->length);
                size_t taken;

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0 && errno == EAGAIN)
                        return false;
                if (n <= 0)
                        return true;
                child->length += (size_t)n;
                while (!child->has_ended && (taken = take_first(child)) > 0) {
                        child->length -= taken;
                        memmove(child->bytes, child->bytes + taken, child->length);
                }
                if (!child->has_ended && child->length == sizeof(child->bytes))
                        set_result(child, -EBADMSG, "");
                if (child->has_ended)
                        child->length = 0; /* only the end of the pipe is still of interest */
        }
}

bool config_child_is_gone(struct config_child *child)
{
        pid_t r;

        if (child->pid == 0)
                return true;
        do
                r = waitpid(child->pid, &child->status, child->is_waited_for ? 0 : WNOHANG);
        while (r < 0 && errno == EINTR);
        if (r == 0)
                return false;
        if (r < 0)
                child->status = -1; /* whoever started this program has it ignore SIGCHLD */
        child->pid = 0;
        return true;
}

int config_child_take(struct config_child *child, struct config **ret_config, char error[static CONFIG_ERROR_MAX])
{
        if (!child->has_ended && child->status != -1 && WIFSIGNALED(child->status))
                return fail(child->path, -ENOMEM, error, "out of memory while it was read (signal %d)",
                            WTERMSIG(child->status));
        if (!child->has_ended)
                return fail(child->path, -ENOMEM, error, "out of memory while it was read");
        if (child->result < 0) {
                (void)snprintf(error, CONFIG_ERROR_MAX, "%s", child->error); /* the same limit */
                return child->result;
        }
        *ret_config = take_pointer(child->config);
        return 0;
}

void config_child_kill(struct config_child *child)
{
        if (child->pid > 0)
                (void)kill(child->pid, SIGKILL); /* not reaped: the number is still its own */
}

struct config_child *config_child_free(struct config_child *child)
{
        if (!child)
                return NULL;
        config_child_kill(child);
        child->is_waited_for = false;
        (void)config_child_is_gone(child);
        (void)close(child->fd); /* only read from */
        config_section_done(&child->section);
        (void)config_free(child->config);
        free(child);
        return NULL;
}
