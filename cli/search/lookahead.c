#include "search/lookahead.h"

#include <stdlib.h>

/* After so many chunks the reader shows how far it has come. */
#define CHUNKS_AT_ONCE 16
/* Where candidates are near each other, to look ahead costs more than it saves. After a time without success it is tried before every
 * second block, then before every fourth, and so on. */
#define WAIT_MAX 15

struct lookahead {
        struct file_view *view; /* borrowed */
        struct prefetch_window *window;
        int fd;
        enum log_search_form form;
        uint64_t until; /* in whole blocks; what follows the reader reads: a stream looks at a log's last line */
        unsigned wait, n_left;
        bool has_failed; /* the file can't be mapped, or was cut */
        struct chunk_block last;
        struct chunk chunk;
};

struct lookahead *lookahead_new(struct file_view *view, int fd, uint64_t size, enum log_search_form form,
                                struct prefetch *prefetch)
{
        const uint64_t n_blocks = size < STREAM_KEPT_BYTES ? 0 : (size - STREAM_KEPT_BYTES) / STREAM_BLOCK_BYTES;
        /* not zeroed: the room for dates is seldom used */
        struct lookahead *lookahead = n_blocks < 3 ? NULL : malloc(sizeof(*lookahead));

        if (!lookahead)
                return NULL;
        lookahead->view = view;
        lookahead->fd = fd;
        lookahead->form = form;
        lookahead->until = n_blocks * STREAM_BLOCK_BYTES;
        lookahead->wait = lookahead->n_left = 0;
        lookahead->has_failed = false;
        lookahead->window = prefetch ? prefetch_window_new(prefetch, fd, size, form) : NULL;
        return lookahead;
}

struct lookahead *lookahead_free(struct lookahead *lookahead)
{
        if (!lookahead)
                return NULL;
        prefetch_window_free(lookahead->window);
        file_view_release(lookahead->view);
        free(lookahead);
        return NULL;
}

/* What is found from offset on, to the end of the chunk there. */
static const struct chunk *search(struct lookahead *lookahead, uint64_t offset)
{
        const uint64_t end = (offset / CHUNK_BYTES + 1) * CHUNK_BYTES;
        const struct chunk *known = NULL;

        if (lookahead->window)
                known = prefetch_window_advance(lookahead->window, offset);
        if (known && offset % CHUNK_BYTES == 0)
                return known;
        chunk_search(lookahead->view, lookahead->fd, offset, end < lookahead->until ? end : lookahead->until,
                     lookahead->form, &lookahead->chunk);
        return &lookahead->chunk;
}

static uint64_t skip_chunks(struct lookahead *lookahead, uint64_t offset, struct stream *stream)
{
        struct chunk_block *last = &lookahead->last;
        uint64_t skipped = 0;

        last->length = 0;
        for (unsigned i = 0; i < CHUNKS_AT_ONCE && offset < lookahead->until; i++) {
                const struct chunk *chunk = search(lookahead, offset);

                lookahead->has_failed |= chunk->is_failed;
                if (last->length && (chunk->length || chunk->is_whole))
                        stream_skip(stream, last->n_newlines,
                                    (struct text){ last->date_lines, last->date_lines_length });
                else
                        last->length = 0;
                if (chunk->length)
                        stream_skip(stream, chunk->n_newlines,
                                    (struct text){ chunk->date_lines, chunk->date_lines_length });
                skipped += last->length + chunk->length;
                if (!chunk->is_whole)
                        break;
                *last = chunk->last;
                offset += chunk->length + last->length;
        }
        return skipped;
}

uint64_t lookahead_skip(struct lookahead *lookahead, uint64_t offset, struct stream *stream)
{
        uint64_t skipped;

        if (lookahead->has_failed || offset % FILE_VIEW_PAGE != 0 || !stream_can_skip(stream) ||
            offset + STREAM_BLOCK_BYTES >= lookahead->until)
                return 0;
        if (lookahead->n_left) {
                lookahead->n_left--;
                return 0;
        }
        skipped = skip_chunks(lookahead, offset, stream);
        if (skipped >= STREAM_BLOCK_BYTES)
                lookahead->wait = 0;
        else if (lookahead->wait < WAIT_MAX)
                lookahead->wait = 2 * lookahead->wait + 1;
        lookahead->n_left = lookahead->wait;
        return skipped;
}
