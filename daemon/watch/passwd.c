#include "watch/passwd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "util/cleanup.h"

struct users {
        const char *path;
        struct stat status; /* of the file that was read; all zero: none */
        char *data;         /* NULL: nothing of it is known */
        size_t length;
};

int users_new(const char *path, struct users **ret_users)
{
        struct users *users = calloc(1, sizeof(*users));

        if (!users)
                return -ENOMEM;
        users->path = path;
        *ret_users = users;
        return 0;
}

struct users *users_free(struct users *users)
{
        if (users)
                free(users->data);
        free(users);
        return NULL;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
        return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
               a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
               a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static void forget(struct users *users)
{
        free(users->data);
        users->data = NULL;
        users->length = 0;
        users->status = (struct stat){ 0 };
}

void users_refresh(struct users *users)
{
        _cleanup_(closep) int fd = -1;
        struct stat status;
        size_t size;
        ssize_t length;

        if (stat(users->path, &status) == 0 && is_same(&status, &users->status))
                return;
        forget(users);
        fd = open(users->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
                return;
        size = (uint64_t)status.st_size < USERS_FILE_MAX ? (size_t)status.st_size : USERS_FILE_MAX;
        users->data = malloc(size + 1);
        length = users->data ? file_read_all(fd, users->data, size) : -1;
        if (length < 0) {
                forget(users); /* and try again with the next question */
                return;
        }
        users->length = (size_t)length;
        users->status = status;
}

/* "name:password:uid:...". '#' begins a comment; '+' and '-' stand for what other sources have (nss_compat). */
static bool is_of(struct text line, int64_t uid, struct text *ret_name)
{
        ptrdiff_t first = text_find(line, TEXT(":"), 0);
        ptrdiff_t second = first < 1 ? -1 : text_find(line, TEXT(":"), (size_t)first + 1);
        struct text rest;
        uint64_t number;

        if (second < 0 || memchr("#+-", line.data[0], 3))
                return false;
        rest = text_from_offset(line, (size_t)second + 1);
        if (!text_eat_u64(&rest, &number) || !text_starts(rest, TEXT(":")) || number != (uint64_t)uid)
                return false;
        *ret_name = text_until_offset(line, (size_t)first);
        return true;
}

static struct text find(const struct users *users, int64_t uid)
{
        struct text rest = { users->data, users->length }, name = { 0 };

        while (rest.length > 0) {
                const char *newline = memchr(rest.data, '\n', rest.length);
                size_t length = newline ? (size_t)(newline - rest.data) : rest.length;

                if (is_of(text_until_offset(rest, length), uid, &name))
                        break;
                rest = text_from_offset(rest, newline ? length + 1 : length);
        }
        return name;
}

struct text users_name(struct users *users, int64_t uid)
{
        struct text name = { 0 };

        if (uid < 0)
                return name;
        name = find(users, uid);
        if (name.length > 0)
                return name;
        users_refresh(users);
        return find(users, uid);
}
