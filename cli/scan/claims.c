#include "scan/claims.h"

#include <errno.h>
#include <stdlib.h>

#include "alert/alert.h"
#include "killer/tracker.h"
#include "logfile/stamp.h"
#include "scan/texts.h"
#include "util/array.h"
#include "util/cleanup.h"

/* A line that means something. */
struct held {
        enum killer_speaker by;
        uint32_t host, host_length, boot_length;
        uint64_t line;
        int64_t record_seq, mono_usec;
        struct log_time time;
        size_t length;
        char *bytes; /* owned: text, host's name, boot id */
};

struct claims {
        struct finder_options options;
        struct store *store;
        struct sighting_batch *batch;
        int error; /* the first; 0: none */
        struct held *held;
        size_t n_held, n_allocated, n_bytes;
        struct killer_tracker *tracker; /* NULL: not needed yet */
        struct killer_line line;        /* being read; large */
};

int claims_new(const struct finder_options *options, struct store *store, struct sighting_batch *batch,
               struct claims **ret_claims)
{
        struct claims *claims = calloc(1, sizeof(*claims));

        if (!claims)
                return -ENOMEM;
        claims->options = *options;
        claims->store = store;
        claims->batch = batch;
        *ret_claims = claims;
        return 0;
}

static void drop_held(struct claims *claims)
{
        for (size_t i = 0; i < claims->n_held; i++)
                free(claims->held[i].bytes);
        claims->n_held = claims->n_bytes = 0;
}

struct claims *claims_free(struct claims *claims)
{
        if (!claims)
                return NULL;
        drop_held(claims);
        free(claims->held);
        killer_tracker_free(claims->tracker);
        free(claims);
        return NULL;
}

bool claims_is_speaker(struct text name, void *userdata)
{
        (void)userdata;
        return killer_speaker_of(name) != KILLER_BY_NOBODY;
}

static void set_error(struct claims *claims, int error)
{
        if (claims->error == 0)
                claims->error = error;
}

/* ---- claims --------------------------------------------------------------------------------------------------------------- */

static struct text text_of(const struct held *held)
{
        return (struct text){ held->bytes, held->length };
}

/* Who killed and who was killed, where no process is named: two claims of one time are the same only if they agree in it. */
static uint32_t hash_of(const struct killer_claim *claim)
{
        const struct text parts[] = { killer_path_text(&claim->cgroup), killer_name_text(&claim->unit),
                                      killer_name_text(&claim->pod), killer_name_text(&claim->container) };
        uint64_t value = 0x9e3779b97f4a7c15 * ((uint64_t)claim->killer + 1);

        for (size_t i = 0; i < COUNT(parts) && claim->pid == KILLER_UNKNOWN_NUMBER; i++)
                for (size_t j = 0; j <= parts[i].length; j++)
                        value = (value ^ (j < parts[i].length ? (uint8_t)parts[i].data[j] : 0)) * 0x100000001b3;
        return (uint32_t)(value ^ value >> 32);
}

static int add_sighting(struct claims *claims, const struct killer_claim *claim, const struct held *held)
{
        struct sighting sighting = {
                .type = ALERT_USER_KILL,
                .killer = (uint8_t)claim->killer,
                .is_retelling = claim->is_retelling,
                .completeness = (uint8_t)(claim->n_lines > 200 ? 200 : claim->n_lines),
                .pid = claim->pid,
                .message_hash = hash_of(claim),
                .host = held->host,
                .seq = LOG_UNKNOWN,
                .mono_usec = held->mono_usec,
                .time = held->time,
                .line = held->line,
                .group_first = UINT32_MAX,
        };
        struct machine_identity host = { 0 };
        struct alert_context context = {
                .host = &host,
                .kind = claims->options.kind,
                .path = claims->options.path,
                .time_usec = OOM_UNKNOWN, /* for alert_complete() */
                .log = { .line = held->line, .seq = held->record_seq, .mono_usec = held->mono_usec },
                .machine = { OOM_UNKNOWN, OOM_UNKNOWN },
        };
        struct text raw = claims->options.with_raw ? text_of(held) : (struct text){ 0 };
        struct alert_log_key key;
        struct alert alert;
        int r;

        for (size_t i = 0; i < SIGHTING_SIZES; i++)
                sighting.sizes[i] = SIGHTING_SIZE_UNKNOWN;
        memcpy(host.name, held->bytes + held->length, held->host_length);
        memcpy(host.boot_id, held->bytes + held->length + held->host_length, held->boot_length);
        alert_from_claim(claim, &context, &alert);
        key = alert_log_key(&alert);
        sighting.has_comm = key.comm.length > 0;
        sighting.comm_length = (uint8_t)text_copy(key.comm, sighting.comm, sizeof(sighting.comm));
        texts_set_owners(&alert.owner, &sighting);
        r = texts_keep(claims->store, &alert, claims->options.with_block, raw, &sighting);
        alert_done(&alert);
        return r < 0 ? r : sighting_batch_add(claims->batch, &sighting);
}

/* A killer_claim_fn */
static void on_claim(const struct killer_claim *claim, void *userdata)
{
        struct claims *claims = userdata;
        int r = add_sighting(claims, claim, &claims->held[claim->seq]);

        if (r < 0)
                set_error(claims, r);
}

/* ---- lines ---------------------------------------------------------------------------------------------------------------- */

static int64_t clock_of(const struct held *held)
{
        const struct log_time *time = &held->time;

        if (time->usec != LOG_UNKNOWN || !time->date.month)
                return time->usec != LOG_UNKNOWN ? time->usec : held->mono_usec;
        return log_date_usec_in_2000(&time->date) + time->fraction_usec;
}

static bool is_newest_first(const struct claims *claims)
{
        int64_t votes = 0;

        for (size_t i = 1; i < claims->n_held; i++) {
                int64_t before = clock_of(&claims->held[i - 1]), after = clock_of(&claims->held[i]);

                votes += before == LOG_UNKNOWN || after == LOG_UNKNOWN ? 0 : (after < before) - (after > before);
        }
        return votes > 0;
}

static int read_held(struct claims *claims)
{
        bool is_backward = is_newest_first(claims);
        int r = claims->tracker ? 0 : killer_tracker_new(on_claim, claims, &claims->tracker);

        if (r < 0)
                return r;
        for (size_t i = 0; i < claims->n_held; i++) {
                size_t index = is_backward ? claims->n_held - 1 - i : i;
                const struct held *held = &claims->held[index];
                struct killer_message message = {
                        .by = held->by,
                        .text = text_of(held),
                        .host = held->host,
                        .seq = index,
                        .usec = clock_of(held), /* LOG_UNKNOWN is KILLER_UNKNOWN_NUMBER */
                };

                killer_tracker_push(claims->tracker, &message);
        }
        killer_tracker_end(claims->tracker);
        drop_held(claims);
        return 0;
}

static int hold(struct claims *claims, enum killer_speaker by, const struct log_message *message)
{
        struct held held = {
                .by = by,
                .host_length = (uint32_t)message->host.length,
                .boot_length = (uint32_t)message->boot_id.length,
                .line = message->line_number,
                .record_seq = message->seq,
                .mono_usec = message->mono_usec,
                .time = message->time,
                .length = message->text.length,
        };
        size_t size = held.length + held.host_length + held.boot_length;
        int r = 0;

        if (claims->n_held >= CLAIMS_HELD_MAX || claims->n_bytes + size > CLAIMS_HELD_BYTES_MAX)
                r = read_held(claims);
        if (r == 0)
                r = store_host_number(claims->store, message->host, &held.host);
        if (r < 0)
                return r;
        held.bytes = malloc(size + 1);
        if (!held.bytes || !array_reserve(claims->held, claims->n_held, &claims->n_allocated)) {
                free(held.bytes);
                return -ENOMEM;
        }
        size = text_copy(message->text, held.bytes, held.length);
        size += text_copy(message->host, held.bytes + size, held.host_length);
        size += text_copy(message->boot_id, held.bytes + size, held.boot_length);
        claims->n_bytes += size;
        claims->held[claims->n_held++] = held;
        return 0;
}

/* Of the many lines of the kernel, those that may be meant. */
static bool may_be_of_program(struct text text)
{
        if (text_eat_blanks(&text))
                return text_starts(text, TEXT("to free "));
        return text_starts(text, TEXT("lowmemorykiller: ")) || text_starts(text, TEXT("oomd kill: ")) ||
               text_starts(text, TEXT("[talos] "));
}

void claims_push(struct claims *claims, const struct log_message *message)
{
        enum killer_speaker by = KILLER_BY_KERNEL;
        int r;

        if (message->speaker.length)
                by = killer_speaker_of(message->speaker);
        else if (!may_be_of_program(message->text))
                return;
        if (killer_line_parse(by, message->text, &claims->line) == KILLER_LINE_OTHER)
                return;
        r = hold(claims, by, message);
        if (r < 0)
                set_error(claims, r);
}

int claims_end(struct claims *claims)
{
        int r = claims->n_held ? read_held(claims) : 0;

        if (r < 0)
                set_error(claims, r);
        return claims->error;
}
