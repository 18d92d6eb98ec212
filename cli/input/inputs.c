#include "input/inputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"
#include "util/cleanup.h"

int inputs_add(struct inputs *inputs, enum input_kind kind, const char *path, struct input **ret_input)
{
        struct input *input;
        char *copy;

        if (!array_reserve(inputs->inputs, inputs->n_inputs, &inputs->n_allocated))
                return -ENOMEM;
        copy = path ? strdup(path) : NULL;
        if (path && !copy)
                return -ENOMEM;
        input = &inputs->inputs[inputs->n_inputs++];
        *input = (struct input){ .kind = kind, .path = copy, .mtime_usec = INT64_MIN };
        *ret_input = input;
        return 0;
}

void input_set_status(struct input *input, const struct stat *status)
{
        input->size_bytes = S_ISREG(status->st_mode) && status->st_size > 0 ? (uint64_t)status->st_size : 0;
        /* A pipe's time says nothing of its lines. */
        if (S_ISREG(status->st_mode))
                input->mtime_usec = (int64_t)status->st_mtim.tv_sec * 1000000 + status->st_mtim.tv_nsec / 1000;
        input->device = status->st_dev;
        input->inode = status->st_ino;
}

void input_clear(struct input *input)
{
        for (size_t i = 0; i < input->n_parts; i++)
                free(input->parts[i]);
        free(input->parts);
        free(input->path);
        *input = (struct input){ 0 };
}

void inputs_clear(struct inputs *inputs)
{
        for (size_t i = 0; i < inputs->n_inputs; i++)
                input_clear(&inputs->inputs[i]);
        free(inputs->inputs);
        *inputs = (struct inputs){ 0 };
}

/* Orders inputs by which file they are; those without an inode by kind and path. 0: the same file. */
static int compare_files(const struct input *left, const struct input *right)
{
        if (left->device != right->device)
                return left->device < right->device ? -1 : 1;
        if (left->inode != right->inode)
                return left->inode < right->inode ? -1 : 1;
        if (left->inode != 0)
                return 0;
        if (left->kind != right->kind)
                return left->kind < right->kind ? -1 : 1;
        if (!left->path || !right->path)
                return (left->path != NULL) - (right->path != NULL);
        return strcmp(left->path, right->path);
}

/* Of one file the first found is first. */
static int compare_inputs(const void *a, const void *b)
{
        const struct input *left = *(struct input *const *)a, *right = *(struct input *const *)b;
        int order = compare_files(left, right);

        return order ? order : left < right ? -1 : left > right;
}

int inputs_unique(struct inputs *inputs)
{
        struct input **sorted;
        size_t kept = 0;

        inputs->size_bytes = 0;
        sorted = calloc(inputs->n_inputs + 1, sizeof(struct input *));
        if (!sorted)
                return -ENOMEM;
        for (size_t i = 0; i < inputs->n_inputs; i++)
                sorted[i] = &inputs->inputs[i];
        if (inputs->n_inputs)
                qsort(sorted, inputs->n_inputs, sizeof(struct input *), compare_inputs);
        for (size_t i = 1; i < inputs->n_inputs; i++)
                if (compare_files(sorted[i - 1], sorted[i]) == 0)
                        sorted[i]->is_duplicate = true;
        free(sorted);
        for (size_t i = 0; i < inputs->n_inputs; i++) {
                if (inputs->inputs[i].is_duplicate) {
                        input_clear(&inputs->inputs[i]);
                        continue;
                }
                inputs->size_bytes += inputs->inputs[i].size_bytes;
                inputs->inputs[kept++] = inputs->inputs[i];
        }
        inputs->n_inputs = kept;
        return 0;
}
