#include "search/prefetch.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

enum piece_state {
        PIECE_FREE,
        PIECE_TAKEN, /* somebody searches it */
        PIECE_SEARCHED,
};

struct piece {
        enum piece_state state;
        uint64_t number; /* if it isn't FREE */
        struct scan_survey survey;
};

struct scan_ahead {
        TAILQ_ENTRY(scan_ahead) link;
        struct scan_crew *crew;
        int fd;
        enum log_search_form form;
        uint64_t count;   /* of whole pieces */
        uint64_t reached; /* by the reader */
        unsigned n_helpers;
        struct piece pieces[SCAN_PIECES_MAX]; /* by their numbers' remainders: those from `reached` on */
};

struct scan_crew {
        pthread_mutex_t lock; /* of all that is here, but for a TAKEN piece's survey */
        pthread_cond_t changed;
        size_t left; /* logs that aren't read to their end */
        TAILQ_HEAD(, scan_ahead) logs;
};

int scan_crew_new(size_t n_logs, struct scan_crew **ret_crew)
{
        struct scan_crew *crew = calloc(1, sizeof(*crew));

        if (!crew)
                return -ENOMEM;
        (void)pthread_mutex_init(&crew->lock, NULL); /* these can't fail on Linux */
        (void)pthread_cond_init(&crew->changed, NULL);
        crew->left = n_logs;
        TAILQ_INIT(&crew->logs);
        *ret_crew = crew;
        return 0;
}

struct scan_crew *scan_crew_free(struct scan_crew *crew)
{
        if (!crew)
                return NULL;
        (void)pthread_cond_destroy(&crew->changed);
        (void)pthread_mutex_destroy(&crew->lock);
        free(crew);
        return NULL;
}

void scan_crew_done(struct scan_crew *crew, bool has_failed)
{
        (void)pthread_mutex_lock(&crew->lock);
        if (has_failed)
                crew->left = 0;
        else if (crew->left)
                crew->left--;
        (void)pthread_cond_broadcast(&crew->changed);
        (void)pthread_mutex_unlock(&crew->lock);
}

/* ---- helpers ---------------------------------------------------------------------------------------------------------- */

/* The free piece that is farthest from the reader, so that it has much to do before it comes there. NULL: there is none. */
static struct piece *find_piece(struct scan_ahead *ahead, uint64_t *ret_number)
{
        uint64_t number =
                ahead->reached + SCAN_PIECES_MAX < ahead->count ? ahead->reached + SCAN_PIECES_MAX : ahead->count;

        while (--number > ahead->reached) {
                struct piece *piece = &ahead->pieces[number % SCAN_PIECES_MAX];

                if (piece->state == PIECE_FREE || (piece->state == PIECE_SEARCHED && piece->number != number)) {
                        *ret_number = number;
                        return piece;
                }
        }
        return NULL;
}

/* With the lock, which is given back meanwhile. */
static bool search_one(struct scan_crew *crew, char *buffer)
{
        struct scan_ahead *ahead;
        struct piece *piece = NULL;
        uint64_t number = 0;

        TAILQ_FOREACH (ahead, &crew->logs, link) {
                piece = find_piece(ahead, &number);
                if (piece)
                        break;
        }
        if (!piece)
                return false;
        piece->state = PIECE_TAKEN;
        piece->number = number;
        ahead->n_helpers++;
        (void)pthread_mutex_unlock(&crew->lock);
        scan_survey(ahead->fd, number * SCAN_PIECE_BYTES, ahead->form, buffer, &piece->survey);
        (void)pthread_mutex_lock(&crew->lock);
        piece->state = PIECE_SEARCHED;
        ahead->n_helpers--;
        (void)pthread_cond_broadcast(&crew->changed);
        return true;
}

bool scan_crew_help_once(struct scan_crew *crew, char *buffer)
{
        bool any;

        (void)pthread_mutex_lock(&crew->lock);
        any = search_one(crew, buffer);
        (void)pthread_mutex_unlock(&crew->lock);
        return any;
}

void scan_crew_help(struct scan_crew *crew, char *buffer)
{
        (void)pthread_mutex_lock(&crew->lock);
        while (crew->left)
                if (!search_one(crew, buffer))
                        (void)pthread_cond_wait(&crew->changed, &crew->lock);
        (void)pthread_mutex_unlock(&crew->lock);
}

/* ---- the reader ------------------------------------------------------------------------------------------------------- */

struct scan_ahead *scan_ahead_new(struct scan_crew *crew, int fd, uint64_t size, enum log_search_form form)
{
        uint64_t count = size / SCAN_PIECE_BYTES;
        struct scan_ahead *ahead =
                count < 2 ? NULL : malloc(sizeof(*ahead)); /* surveys that aren't made take no memory */

        if (!ahead)
                return NULL;
        ahead->crew = crew;
        ahead->fd = fd;
        ahead->form = form;
        ahead->count = count;
        ahead->reached = 0;
        ahead->n_helpers = 0;
        for (size_t i = 0; i < SCAN_PIECES_MAX; i++)
                ahead->pieces[i].state = PIECE_FREE;
        (void)pthread_mutex_lock(&crew->lock);
        TAILQ_INSERT_TAIL(&crew->logs, ahead, link);
        (void)pthread_cond_broadcast(&crew->changed);
        (void)pthread_mutex_unlock(&crew->lock);
        return ahead;
}

struct scan_ahead *scan_ahead_free(struct scan_ahead *ahead)
{
        if (!ahead)
                return NULL;
        (void)pthread_mutex_lock(&ahead->crew->lock);
        TAILQ_REMOVE(&ahead->crew->logs, ahead, link);
        while (ahead->n_helpers)
                (void)pthread_cond_wait(&ahead->crew->changed, &ahead->crew->lock);
        (void)pthread_mutex_unlock(&ahead->crew->lock);
        free(ahead);
        return NULL;
}

size_t scan_ahead_reach(struct scan_ahead *ahead, uint64_t offset, bool can_pass,
                        const struct scan_survey *ret_clean[static SCAN_PIECES_MAX])
{
        struct scan_crew *crew = ahead->crew;
        const uint64_t number = offset / SCAN_PIECE_BYTES;
        size_t count = 0;

        (void)pthread_mutex_lock(&crew->lock);
        ahead->reached = number;
        (void)pthread_cond_broadcast(&crew->changed); /* there may be pieces more to be searched */
        for (; can_pass && count < SCAN_PIECES_MAX; count++) {
                const struct piece *piece = &ahead->pieces[(number + count) % SCAN_PIECES_MAX];

                if (piece->state != PIECE_SEARCHED || piece->number != number + count || !piece->survey.is_clean)
                        break;
                ret_clean[count] = &piece->survey;
        }
        (void)pthread_mutex_unlock(&crew->lock);
        return count;
}

uint64_t scan_ahead_pass(struct scan_ahead *ahead, uint64_t offset, struct scan_stream *stream)
{
        const struct scan_survey *clean[SCAN_PIECES_MAX];
        size_t count = scan_ahead_reach(ahead, offset, scan_stream_can_pass(stream), clean);

        for (size_t i = 0; i < count; i++) {
                const struct scan_survey *survey = clean[i];
                bool is_last = i + 1 == count;

                scan_stream_pass(stream, survey->newlines + (is_last ? 0 : survey->last_newlines),
                                 (struct text){ survey->samples,
                                                survey->samples_length + (is_last ? 0 : survey->last_samples_length) });
        }
        return count ? count * SCAN_PIECE_BYTES - SCAN_BLOCK_BYTES : 0;
}
