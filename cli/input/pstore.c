#include "input/pstore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "host/file.h"
#include "input/inputs.h"
#include "util/cleanup.h"
#include "util/text.h"

/* "Emergency#18446744073709551615 Part4294967295\n" */
#define HEADER_MAX 64
#define REASON_MAX 15

struct part {
        struct input *input;
        uint64_t id; /* of the file's name: grows from part to part, and from dump to dump */
        char reason[REASON_MAX + 1];
        uint64_t dump;   /* number of the dump in its boot */
        uint64_t number; /* of the part in its dump; the highest is the oldest */
};

/* "dmesg-<backend>-<id>" */
static bool parse_name(struct text name, uint64_t *ret_id)
{
        ptrdiff_t dash;

        if (!text_eat(&name, TEXT("dmesg-")))
                return false;
        dash = text_find_last(name, TEXT("-"));
        if (dash <= 0)
                return false;
        name = text_from_offset(name, (size_t)dash + 1);
        return text_eat_u64(&name, ret_id) && name.length == 0;
}

/* "Panic#1 Part2\n", and the text after it */
static bool parse_header(struct text text, struct part *part)
{
        ptrdiff_t sign = text_find(text, TEXT("#"), 0);

        if (sign <= 0 || sign > REASON_MAX)
                return false;
        memcpy(part->reason, text.data, (size_t)sign);
        part->reason[sign] = '\0';
        text = text_from_offset(text, (size_t)sign + 1);
        return text_eat_u64(&text, &part->dump) && text_eat(&text, TEXT(" Part")) &&
               text_eat_u64(&text, &part->number) && text_starts(text, TEXT("\n"));
}

/* Returns the name of input in directory, or "" if it is in another one. */
static struct text name_in(const struct input *input, struct text directory)
{
        struct text name = text_from(input->path);

        if (input->kind != INPUT_FILE || !text_eat(&name, directory) || !text_eat(&name, TEXT("/")) ||
            memchr(name.data, '/', name.length))
                return TEXT("");
        return name;
}

static bool read_part(int fd, struct text name, struct input *input, struct part *part)
{
        _cleanup_(closep) int file = -1;
        char header[HEADER_MAX];
        ssize_t length;

        if (!parse_name(name, &part->id))
                return false;
        /* path ends with the name, so it is terminated */
        file = openat(fd, name.data, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (file < 0)
                return false; /* reading the file reports it */
        length = file_read_all(file, header, sizeof(header));
        part->input = input;
        return length > 0 && parse_header((struct text){ header, (size_t)length }, part);
}

static int compare_ids(const void *a, const void *b)
{
        const struct part *left = a, *right = b;

        return left->id < right->id ? -1 : left->id > right->id;
}

/* Is next a later part of the same dump? */
static bool is_same_dump(const struct part *part, const struct part *next)
{
        return part->dump == next->dump && part->number < next->number && strcmp(part->reason, next->reason) == 0;
}

/* Makes one input of the parts of a dump, which are sorted by their numbers. */
static int join(struct part *parts, size_t n_parts)
{
        struct input *whole = parts[n_parts - 1].input;
        char **paths = calloc(n_parts, sizeof(paths[0]));

        if (!paths)
                return -ENOMEM;
        whole->kind = INPUT_PSTORE;
        whole->parts = paths;
        whole->n_parts = n_parts;
        paths[0] = strdup(whole->path);
        if (!paths[0])
                return -ENOMEM;
        for (size_t i = 1; i < n_parts; i++) {
                struct input *input = parts[n_parts - 1 - i].input;

                whole->size_bytes += input->size_bytes;
                if (input->mtime_usec > whole->mtime_usec)
                        whole->mtime_usec = input->mtime_usec;
                paths[i] = take_pointer(input->path);
        }
        return 0;
}

/* Removes the inputs that have no path any more. */
static void remove_joined(struct inputs *inputs, size_t first)
{
        size_t kept = first;

        for (size_t i = first; i < inputs->n_inputs; i++)
                if (inputs->inputs[i].path)
                        inputs->inputs[kept++] = inputs->inputs[i];
        inputs->n_inputs = kept;
}

static int join_all(struct part *parts, size_t n_parts)
{
        size_t begin = 0;

        qsort(parts, n_parts, sizeof(parts[0]), compare_ids);
        for (size_t i = 1; i <= n_parts; i++) {
                int error;

                if (i < n_parts && is_same_dump(&parts[i - 1], &parts[i]))
                        continue;
                error = i - begin > 1 ? join(parts + begin, i - begin) : 0;
                if (error < 0)
                        return error;
                begin = i;
        }
        return 0;
}

int pstore_join(struct inputs *inputs, size_t first, const char *directory, int fd)
{
        _cleanup_(freep) struct part *parts = NULL;
        size_t n_parts = 0, length = strlen(directory);
        bool is_joined = false;
        int error;

        while (length && directory[length - 1] == '/')
                length--;
        for (size_t i = first; i < inputs->n_inputs; i++) {
                struct text name = name_in(&inputs->inputs[i], (struct text){ directory, length });
                struct part part;

                is_joined = is_joined || text_equal(name, TEXT("dmesg.txt"));
                if (!text_starts(name, TEXT("dmesg-")) || !read_part(fd, name, &inputs->inputs[i], &part))
                        continue;
                if (!parts)
                        parts = calloc(inputs->n_inputs - first, sizeof(parts[0]));
                if (!parts)
                        return -ENOMEM;
                parts[n_parts++] = part;
        }
        if (n_parts == 0)
                return 0;
        if (is_joined)
                for (size_t i = 0; i < n_parts; i++)
                        input_clear(parts[i].input);
        error = is_joined ? 0 : join_all(parts, n_parts);
        remove_joined(inputs, first);
        return error;
}
