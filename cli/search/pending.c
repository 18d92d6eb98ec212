#include "search/pending.h"

/* In front of each line's bytes. */
struct head {
        uint64_t line_number;
        size_t length;
        bool has_gap;
};

bool pending_add(struct pending *pending, struct text line, uint64_t line_number, bool has_gap)
{
        const struct head head = { .line_number = line_number, .length = line.length, .has_gap = has_gap };
        char *to = pending->bytes + pending->used;

        if (line.length > PENDING_BYTES || PENDING_BYTES - pending->used < sizeof(head) + line.length)
                return false;
        memcpy(to, &head, sizeof(head));
        if (line.length)
                memcpy(to + sizeof(head), line.data, line.length);
        pending->used += sizeof(head) + line.length;
        return true;
}

void pending_emit(const struct pending *pending, const struct stream_handler *handler, void *userdata)
{
        const char *at = pending->bytes, *end = at + pending->used;
        struct head head;

        for (; at < end; at += sizeof(head) + head.length) {
                memcpy(&head, at, sizeof(head));
                if (head.has_gap)
                        handler->skip(userdata);
                handler->line((struct text){ at + sizeof(head), head.length }, head.line_number, userdata);
        }
}
