#include "search/pending.h"

/* Its bytes follow. */
struct head {
        uint64_t number;
        size_t length;
        bool after_skip;
};

bool pending_add(struct pending *held, struct text line, uint64_t number, bool after_skip)
{
        const struct head head = { .number = number, .length = line.length, .after_skip = after_skip };
        char *to = held->bytes + held->used;

        if (line.length > PENDING_BYTES || PENDING_BYTES - held->used < sizeof(head) + line.length)
                return false;
        memcpy(to, &head, sizeof(head));
        if (line.length)
                memcpy(to + sizeof(head), line.data, line.length);
        held->used += sizeof(head) + line.length;
        return true;
}

void pending_flush(const struct pending *held, const struct stream_handler *sink, void *userdata)
{
        const char *at = held->bytes, *end = at + held->used;
        struct head head;

        for (; at < end; at += sizeof(head) + head.length) {
                memcpy(&head, at, sizeof(head));
                if (head.after_skip)
                        sink->skip(userdata);
                sink->push((struct text){ at + sizeof(head), head.length }, head.number, userdata);
        }
}
