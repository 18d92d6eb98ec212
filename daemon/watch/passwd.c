#include "watch/passwd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "host/file.h"
#include "util/cleanup.h"

static bool is_same(const struct stat *a, const struct stat *b)
{
        return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
               a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
               a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

void passwd_forget(struct passwd_file *passwd)
{
        free(passwd->data);
        passwd->data = NULL;
        passwd->length = 0;
        passwd->status = (struct stat){ 0 };
}

void passwd_refresh(struct passwd_file *passwd)
{
        _cleanup_(closep) int fd = -1;
        struct stat status;
        size_t size;
        ssize_t length;

        if (stat(passwd->path, &status) == 0 && is_same(&status, &passwd->status))
                return;
        passwd_forget(passwd);
        fd = open(passwd->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0 || fstat(fd, &status) < 0)
                return;
        /* what is no file has no size: nothing is read of it */
        size = (uint64_t)status.st_size < PASSWD_FILE_MAX ? (size_t)status.st_size : PASSWD_FILE_MAX;
        passwd->data = malloc(size + 1);
        length = passwd->data ? file_read_all(fd, passwd->data, size) : -1;
        if (length < 0) {
                passwd_forget(passwd); /* the next call tries again */
                return;
        }
        passwd->length = (size_t)length;
        passwd->status = status;
}

/* "name:password:uid:...". '#' begins a comment; '+' and '-' refer to other sources (nss_compat). */
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

static struct text find(const struct passwd_file *passwd, int64_t uid)
{
        struct text rest = { passwd->data, passwd->length }, name = { 0 };

        while (rest.length > 0) {
                const char *newline = memchr(rest.data, '\n', rest.length);
                size_t length = newline ? (size_t)(newline - rest.data) : rest.length;

                if (is_of(text_until_offset(rest, length), uid, &name))
                        break;
                rest = text_from_offset(rest, newline ? length + 1 : length);
        }
        return name;
}

struct text passwd_name(struct passwd_file *passwd, int64_t uid)
{
        struct text name = { 0 };

        if (uid >= 0)
                name = find(passwd, uid);
        if (uid < 0 || name.length > 0)
                return name;
        passwd_refresh(passwd);
        return find(passwd, uid);
}
