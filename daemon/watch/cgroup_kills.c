#include "watch/cgroup_kills.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "util/array.h"
#include "util/cleanup.h"

struct count {
        uint64_t inode; /* of the cgroup's directory: kernfs gives no number twice */
        uint64_t n_kills;
};

struct counts {
        bool is_known;
        size_t n_counts;
        struct count counts[CGROUP_KILLS_COUNTS];
};

struct cgroup_kills {
        struct writer_job job; /* first: the owner is found by it */
        struct writer *writer;
        const char *root, *file;
        bool is_busy; /* the writer has the job: what follows belongs to its thread */
        bool is_comparison;
        struct counts before, now;
        unsigned n_walked;
        char path[ALERT_MISSED_CGROUP_MAX]; /* of the cgroup that is being read, below root */
        size_t n_risen;
        struct alert_missed_cgroup risen[CGROUP_KILLS_NAMED];
};

/* --- the job, in the writer's thread ------------------------------------------------------------------------------------ */

/* Returns 0 where the file isn't there or has no such count. */
static uint64_t read_count(int directory, const char *file)
{
        _cleanup_(closep) int fd = openat(directory, file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        char buffer[1024];
        ssize_t length = fd < 0 ? 0 : file_read_all(fd, buffer, sizeof(buffer));
        struct text rest = { buffer, length > 0 ? (size_t)length : 0 };
        ptrdiff_t at = text_find(rest, TEXT("\noom_kill "), 0);
        uint64_t count;

        if (at < 0)
                return 0;
        rest = text_from_offset(rest, (size_t)at + strlen("\noom_kill "));
        return text_eat_u64(&rest, &count) ? count : 0;
}

static uint64_t count_before(const struct counts *before, uint64_t inode)
{
        for (size_t i = 0; i < before->n_counts; i++)
                if (before->counts[i].inode == inode)
                        return before->counts[i].n_kills;
        return 0;
}

/* Takes the cgroup at kills->path among those that are named, in order. */
static void note_risen(struct cgroup_kills *kills, uint64_t n_kills)
{
        size_t at = kills->n_risen;

        while (at > 0 && kills->risen[at - 1].n_kills < n_kills)
                at--;
        if (at == CGROUP_KILLS_NAMED)
                return;
        if (kills->n_risen < CGROUP_KILLS_NAMED)
                kills->n_risen++;
        memmove(kills->risen + at + 1, kills->risen + at,
                (kills->n_risen - at - 1) * sizeof(struct alert_missed_cgroup));
        kills->risen[at].n_kills = n_kills;
        memcpy(kills->risen[at].path, kills->path, sizeof(kills->path));
}

/* Returns false past a limit. */
static bool take_cgroup(struct cgroup_kills *kills, int directory)
{
        uint64_t n_kills = read_count(directory, kills->file), n_before;
        struct stat status;

        if (++kills->n_walked > CGROUP_KILLS_WALK_MAX)
                return false;
        if (n_kills == 0 || fstat(directory, &status) < 0)
                return true;
        if (kills->now.n_counts == CGROUP_KILLS_COUNTS)
                return false;
        kills->now.counts[kills->now.n_counts++] = (struct count){ status.st_ino, n_kills };
        n_before = count_before(&kills->before, status.st_ino);
        if (kills->is_comparison && kills->before.is_known && n_kills > n_before)
                note_risen(kills, n_kills - n_before);
        return true;
}

/* Takes over directory. */
static bool walk(struct cgroup_kills *kills, int directory, unsigned depth)
{
        DIR *stream = fdopendir(directory);
        size_t length = strlen(kills->path);
        bool is_whole = true;
        const struct dirent *entry;

        if (!stream) {
                (void)close(directory); /* nothing was written */
                return false;
        }
        is_whole = take_cgroup(kills, directory);
        while (is_whole && (entry = readdir(stream))) {
                size_t name_length = strlen(entry->d_name);
                int child;

                if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
                        continue;
                if (depth == CGROUP_KILLS_DEPTH_MAX || length + 1 + name_length >= sizeof(kills->path)) {
                        is_whole = false;
                        break;
                }
                child = openat(directory, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
                if (child < 0)
                        continue; /* removed meanwhile */
                kills->path[length] = '/';
                memcpy(kills->path + length + 1, entry->d_name, name_length + 1);
                is_whole = walk(kills, child, depth + 1);
                kills->path[length] = '\0';
        }
        (void)closedir(stream); /* only read from */
        return is_whole;
}

static void job_run(struct writer_job *job)
{
        struct cgroup_kills *kills = (struct cgroup_kills *)job;
        int directory = open(kills->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        kills->n_walked = 0;
        kills->n_risen = kills->now.n_counts = 0;
        kills->path[0] = '\0';
        kills->now.is_known = directory >= 0 && walk(kills, directory, 0);
        if (!kills->now.is_known)
                kills->n_risen = 0;
        if (!kills->is_comparison)
                kills->before = kills->now;
}

/* --- in the loop's thread ------------------------------------------------------------------------------------------------- */

static void job_done(struct writer_job *job)
{
        ((struct cgroup_kills *)job)->is_busy = false;
}

static void begin(struct cgroup_kills *kills, bool is_comparison)
{
        if (!kills || kills->is_busy)
                return;
        kills->is_busy = true;
        kills->is_comparison = is_comparison;
        writer_add(kills->writer, &kills->job);
}

void cgroup_kills_remember(struct cgroup_kills *kills)
{
        begin(kills, false);
}

void cgroup_kills_compare(struct cgroup_kills *kills)
{
        begin(kills, true);
}

size_t cgroup_kills_risen(const struct cgroup_kills *kills, const struct alert_missed_cgroup **ret_cgroups)
{
        if (!kills || kills->is_busy || !kills->is_comparison)
                return 0;
        *ret_cgroups = kills->risen;
        return kills->n_risen;
}

int cgroup_kills_new(const char *root, struct writer *writer, struct cgroup_kills **ret_kills)
{
        static const char *const roots[] = { "/sys/fs/cgroup/memory", "/sys/fs/cgroup" };
        char v1_file[PATH_MAX];
        struct cgroup_kills *kills;

        if (!root)
                root = roots[access(roots[0], F_OK) < 0];
        if (access(root, F_OK) < 0)
                return -errno;
        kills = calloc(1, sizeof(*kills));
        if (!kills)
                return -ENOMEM;
        kills->job = (struct writer_job){ .run = job_run, .done = job_done };
        kills->writer = writer;
        kills->root = root;
        (void)snprintf(v1_file, sizeof(v1_file), "%s/memory.oom_control", root);
        kills->file = access(v1_file, F_OK) < 0 ? "memory.events.local" : "memory.oom_control";
        *ret_kills = kills;
        return 0;
}

struct cgroup_kills *cgroup_kills_free(struct cgroup_kills *kills)
{
        if (kills && !kills->is_busy)
                free(kills); /* else its thread is blocked with it */
        return NULL;
}
