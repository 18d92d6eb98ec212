#include "input/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "host/machine.h"
#include "input/journal.h"
#include "input/pstore.h"
#include "util/array.h"
#include "util/cleanup.h"

/* Where a machine's own logs are. */
static const char *const log_directories[] = { "/var/log", "/var/lib/systemd/pstore", "/sys/fs/pstore" };
/* Where its journal is, in a directory named by the machine's id. */
static const char *const journal_directories[] = { "/var/log/journal", "/run/log/journal" };

#define HOW_TO_READ      "; root may read it, and members of the group systemd-journal (usermod -aG systemd-journal USER)"
#define NOT_ALL_READABLE "not all of the journal may be read: Permission denied" HOW_TO_READ
#define NO_JOURNAL                                                                                                     \
        "there is no journal on this machine (in /var/log/journal, /run/log/journal); give the path of a log, or "     \
        "--directory, --file "                                                                                         \
        "for a journal that is elsewhere"

struct walk {
        struct inputs *inputs;
        walk_error_fn report;
        void *userdata;
        const char *machine_id; /* of this machine; "": it has none */
        bool has_own_journal;   /* this machine's journal is an input: its directory isn't one more */
        bool only_checks;       /* reports journals that may not be read, and adds no input */
};

/* A directory that is walked, and those that it is in. */
struct directory {
        const struct directory *parent;
        int fd;
        const char *path;
        struct stat status;
        unsigned depth;
        bool has_journals, has_unreadable_journals;
};

struct names {
        size_t n_names, n_allocated;
        char **names;
};

static int walk_directory(struct walk *walk, const struct directory *parent, int parent_fd, const char *name,
                          const char *path, bool is_given);

static void report_error(const struct walk *walk, const char *path, int error)
{
        walk->report(path, strerror(-error), walk->userdata);
}

static void names_clear(struct names *names)
{
        for (size_t i = 0; i < names->n_names; i++)
                free(names->names[i]);
        free(names->names);
}

static int compare_names(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static int names_add(struct names *names, const char *name)
{
        if (!array_reserve(names->names, names->n_names, &names->n_allocated))
                return -ENOMEM;
        names->names[names->n_names] = strdup(name);
        if (!names->names[names->n_names])
                return -ENOMEM;
        names->n_names++;
        return 0;
}

/* Reads the names in the directory, sorted. fd stays the caller's. */
static int names_read(int fd, struct names *names)
{
        int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        DIR *directory = own < 0 ? NULL : fdopendir(own);
        int error = directory ? 0 : -errno;
        struct dirent *entry;

        if (!directory) {
                closep(&own);
                return error;
        }
        for (errno = 0; error == 0 && (entry = readdir(directory)); errno = error == 0 ? 0 : errno)
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        error = names_add(names, entry->d_name);
        if (error == 0 && errno != 0)
                error = -errno;
        (void)closedir(directory);
        if (names->n_names)
                qsort(names->names, names->n_names, sizeof(names->names[0]), compare_names);
        return error;
}

static char *path_join(const char *directory, const char *name)
{
        size_t length = strlen(directory);
        char *path;

        if (asprintf(&path, "%s%s%s", directory, length && directory[length - 1] == '/' ? "" : "/", name) < 0)
                return NULL;
        return path;
}

/* Is it a file system without stored files? Reading some of what the kernel shows there blocks, or takes messages away
 * (/proc/kmsg, trace_pipe). */
static bool is_virtual(int fd)
{
        static const unsigned long types[] = {
                PROC_SUPER_MAGIC, SYSFS_MAGIC,      CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC,
                TRACEFS_MAGIC,    SECURITYFS_MAGIC, BPF_FS_MAGIC,       DEVPTS_SUPER_MAGIC,  SELINUX_MAGIC,
                EFIVARFS_MAGIC,   HUGETLBFS_MAGIC,  BINFMTFS_MAGIC,     NSFS_MAGIC,          SMACK_MAGIC,
        };
        struct statfs status;

        if (fstatfs(fd, &status) < 0)
                return false;
        for (size_t i = 0; i < COUNT(types); i++)
                if ((unsigned long)status.f_type == types[i])
                        return true;
        return false;
}

static bool ends_with(const char *name, const char *end)
{
        size_t length = strlen(name), end_length = strlen(end);

        return length > end_length && strcmp(name + length - end_length, end) == 0;
}

/* "~": one that was not closed properly */
static bool has_journal_name(const char *name)
{
        return ends_with(name, ".journal") || ends_with(name, ".journal~");
}

/* Programs hold the kernel's words, and reports in strings, and no log. */
static bool has_source_name(const char *name)
{
        static const char *const ends[] = {
                ".c",  ".h",   ".cc",  ".hh",    ".cpp", ".hpp", ".cxx",  ".hxx",   ".S",    ".go", ".rs",
                ".py", ".pyi", ".js",  ".mjs",   ".ts",  ".tsx", ".jsx",  ".java",  ".kt",   ".cs", ".scala",
                ".rb", ".pl",  ".pm",  ".lua",   ".php", ".sh",  ".bash", ".awk",   ".tcl",  ".el", ".hs",
                ".ml", ".ex",  ".exs", ".swift", ".zig", ".po",  ".y",    ".patch", ".diff",
        };

        for (size_t i = 0; i < COUNT(ends); i++)
                if (ends_with(name, ends[i]))
                        return true;
        return false;
}

static int add_input(const struct walk *walk, enum input_kind kind, const char *path, const struct stat *status,
                     bool is_given)
{
        struct input *input;
        int error = inputs_add(walk->inputs, kind, path, &input);

        if (error < 0)
                return error;
        input->is_given = is_given;
        if (status)
                input_set_status(input, status);
        return 0;
}

static bool is_loop(const struct directory *directory)
{
        for (const struct directory *parent = directory->parent; parent; parent = parent->parent)
                if (parent->status.st_dev == directory->status.st_dev &&
                    parent->status.st_ino == directory->status.st_ino)
                        return true;
        return false;
}

/* One name of a directory. */
static int walk_name(struct walk *walk, struct directory *directory, const char *name)
{
        _cleanup_(freep) char *path = path_join(directory->path, name);
        struct stat status;

        if (!path)
                return -ENOMEM;
        if (fstatat(directory->fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
                if (errno != ENOENT) /* gone since the directory was read */
                        report_error(walk, path, -errno);
                return 0;
        }
        if (S_ISDIR(status.st_mode))
                return walk_directory(walk, directory, directory->fd, name, path, false);
        if (!S_ISREG(status.st_mode))
                return 0;
        if (has_journal_name(name)) {
                directory->has_journals = true;
                /* libsystemd skips what it may not read, without a word. */
                if (faccessat(directory->fd, name, R_OK, AT_EACCESS) < 0 && errno == EACCES)
                        directory->has_unreadable_journals = true;
                return 0;
        }
        return walk->only_checks || has_source_name(name) ? 0 : add_input(walk, INPUT_FILE, path, &status, false);
}

static int walk_names(struct walk *walk, struct directory *directory)
{
        _cleanup_(names_clear) struct names names = { 0 };
        size_t first = walk->inputs->n_inputs;
        int error = names_read(directory->fd, &names);

        if (error == -ENOMEM)
                return error;
        if (error < 0)
                report_error(walk, directory->path, error);
        for (size_t i = 0; i < names.n_names; i++) {
                error = walk_name(walk, directory, names.names[i]);
                if (error < 0)
                        return error;
        }
        error = pstore_join(walk->inputs, first, directory->path, directory->fd);
        if (error < 0)
                return error;
        if (!directory->has_journals || (walk->has_own_journal && ends_with(directory->path, walk->machine_id)))
                return 0;
        if (directory->has_unreadable_journals)
                walk->report(directory->path, NOT_ALL_READABLE, walk->userdata);
        if (walk->only_checks)
                return 0;
        return add_input(walk, INPUT_JOURNAL, directory->path, &directory->status, false);
}

/* Walks the directory name below parent_fd; path is its whole path. */
static int walk_directory(struct walk *walk, const struct directory *parent, int parent_fd, const char *name,
                          const char *path, bool is_given)
{
        _cleanup_(closep) int fd =
                openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | (is_given ? 0 : O_NOFOLLOW));
        struct directory directory = {
                .parent = parent, .fd = fd, .path = path, .depth = parent ? parent->depth + 1 : 0
        };

        if (fd < 0 || fstat(fd, &directory.status) < 0) {
                if (errno != ENOENT || is_given)
                        report_error(walk, path, -errno);
                return 0;
        }
        if (directory.depth > WALK_DEPTH_MAX) {
                walk->report(path, "too many directories within each other", walk->userdata);
                return 0;
        }
        if (is_loop(&directory))
                return 0;
        /* If it is another file system than its parent, it was mounted here. */
        if (parent && parent->status.st_dev != directory.status.st_dev && is_virtual(fd))
                return 0;
        return walk_names(walk, &directory);
}

/* A path of the command line. */
static int walk_given(struct walk *walk, const char *path)
{
        struct stat status;

        if (strcmp(path, "-") == 0)
                return add_input(walk, INPUT_STDIN, path, NULL, true);
        if (stat(path, &status) < 0) {
                report_error(walk, path, -errno);
                return 0;
        }
        if (S_ISDIR(status.st_mode))
                return walk_directory(walk, NULL, AT_FDCWD, path, path, true);
        if (S_ISCHR(status.st_mode) && status.st_rdev == SOURCE_KMSG_DEVICE)
                return add_input(walk, INPUT_KMSG, path, NULL, true);
        return add_input(walk, S_ISREG(status.st_mode) && has_journal_name(path) ? INPUT_JOURNAL : INPUT_FILE, path,
                         &status, true);
}

/* A directory of the machine's own logs. It is no error if there is none. */
static int walk_own(struct walk *walk, const char *root, const char *directory)
{
        _cleanup_(freep) char *path = NULL;
        struct stat status;

        if (asprintf(&path, "%s%s", root, directory) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        if (stat(path, &status) < 0 && errno == ENOENT)
                return 0;
        return walk_directory(walk, NULL, AT_FDCWD, path, path, true);
}

/* Reports what may not be read of the journal in the directory path. *ret_exists: whether there is one, whoever may read it. */
static int check_journal(struct walk *walk, const char *path, bool *ret_exists)
{
        int error = 0;

        *ret_exists = access(path, F_OK) == 0 || errno == EACCES;
        if (*ret_exists && access(path, R_OK | X_OK) < 0 && errno == EACCES) {
                walk->report(path, NOT_ALL_READABLE, walk->userdata);
        } else if (*ret_exists) {
                walk->only_checks = true;
                error = walk_directory(walk, NULL, AT_FDCWD, path, path, true);
                walk->only_checks = false;
        }
        return error;
}

/* This machine's journal. */
static int add_journal(struct walk *walk, bool is_given)
{
        int error = add_input(walk, INPUT_JOURNAL, NULL, NULL, is_given);
        bool has_any = false, exists;

        for (size_t i = 0; walk->machine_id[0] && error == 0 && i < COUNT(journal_directories); i++) {
                _cleanup_(freep) char *path = path_join(journal_directories[i], walk->machine_id);

                error = path ? check_journal(walk, path, &exists) : -ENOMEM;
                has_any = has_any || (path && exists);
        }
        if (error == 0 && is_given && !has_any)
                walk->report(NULL, NO_JOURNAL, walk->userdata);
        return error;
}

static int walk_defaults(struct walk *walk, const char *root)
{
        int error = 0;

        if (*root == '\0' && walk->machine_id[0] && journal_exists()) {
                error = add_journal(walk, false);
                walk->has_own_journal = true;
        }
        for (size_t i = 0; error == 0 && i < COUNT(log_directories); i++)
                error = walk_own(walk, root, log_directories[i]);
        return error;
}

bool walk_request_is_empty(const struct walk_request *request)
{
        return request->n_paths + request->n_journal_files == 0 && !request->with_kmsg && !request->with_journal &&
               !request->journal_directory;
}

static int walk_requested(struct walk *walk, const struct walk_request *request)
{
        bool exists;
        int error = 0;

        if (walk_request_is_empty(request))
                return walk_defaults(walk, request->root ? request->root : "");
        if (request->with_kmsg)
                error = add_input(walk, INPUT_KMSG, "/dev/kmsg", NULL, true);
        if (error == 0 && request->with_journal)
                error = add_journal(walk, true);
        if (error == 0 && request->journal_directory) {
                error = add_input(walk, INPUT_JOURNAL, request->journal_directory, NULL, true);
                if (error == 0)
                        error = check_journal(walk, request->journal_directory, &exists);
        }
        for (size_t i = 0; error == 0 && i < request->n_journal_files; i++)
                error = add_input(walk, INPUT_JOURNAL, request->journal_files[i], NULL, true);
        for (size_t i = 0; error == 0 && i < request->n_paths; i++)
                error = walk_given(walk, request->paths[i]);
        return error;
}

int walk_inputs(const struct walk_request *request, walk_error_fn report, void *userdata, struct inputs *ret_inputs)
{
        struct inputs inputs = { 0 };
        struct machine_identity machine;
        struct walk walk = {
                .inputs = &inputs, .report = report, .userdata = userdata, .machine_id = machine.machine_id
        };
        int error;

        machine_identity(&machine);
        error = walk_requested(&walk, request);
        if (error == 0)
                error = inputs_unique(&inputs);
        if (error < 0) {
                inputs_clear(&inputs);
                return error;
        }
        *ret_inputs = inputs;
        return 0;
}
