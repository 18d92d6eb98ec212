#include "scan/order.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "logfile/stamp.h"
#include "parse/line.h"
#include "util/array.h"

/* The order is known when it was seen so many times more often than the other. */
#define VOTES_ENOUGH 2
/* Hosts of which messages are held at a time; those of one more are handed on as they come, unless a report of another host is all
 * there. */
#define HOSTS_MAX 8

struct held {
        TAILQ_ENTRY(held) link;
        struct log_message message; /* its texts are in bytes */
        enum oom_line_kind kind;
        int64_t pid;  /* of a line about one process; OOM_UNKNOWN */
        bool has_gap; /* messages were left out before it */
        size_t size;
        char bytes[];
};

TAILQ_HEAD(held_list, held);

/* What is held of a host, in the order of the log. */
struct order_host {
        struct held_list held;
        struct held *last_line; /* the last one that is of a report; NULL: none is held */
        bool is_begun;          /* that is the first line of its report */
};

/* Of the last line that is of a report, while the order isn't known: reports that are far apart show it too. */
struct last_line {
        bool is_known;
        struct log_time time;
        char host[LOG_HOST_MAX];
        size_t host_length;
};

enum direction { UNDECIDED, OLDEST_FIRST, NEWEST_FIRST };

struct order {
        struct order_handler handler;
        void *userdata;
        enum direction direction;
        int votes;           /* for oldest first; negative: for newest first */
        bool has_gap;        /* messages were left out before the next one */
        size_t n_bytes;      /* held */
        uint64_t idle_bytes; /* of the log's lines, since the last one that is of a report */
        struct order_host hosts[HOSTS_MAX];
        struct last_line last;
        char joined[LOG_TEXT_MAX]; /* the message that is handed on, where it is of several */
};

int order_new(const struct order_handler *handler, void *userdata, struct order **ret_order)
{
        struct order *order = calloc(1, sizeof(*order));

        if (!order)
                return -ENOMEM;
        order->handler = *handler;
        order->userdata = userdata;
        for (size_t i = 0; i < HOSTS_MAX; i++)
                TAILQ_INIT(&order->hosts[i].held);
        *ret_order = order;
        return 0;
}

static void drop(struct order *order, struct order_host *host, struct held *held)
{
        TAILQ_REMOVE(&host->held, held, link);
        order->n_bytes -= held->size;
        free(held);
}

struct order *order_free(struct order *order)
{
        struct held *held;

        for (size_t i = 0; order && i < HOSTS_MAX; i++)
                while ((held = TAILQ_FIRST(&order->hosts[i].held)))
                        drop(order, &order->hosts[i], held); /* NOLINT(clang-analyzer-unix.Malloc): off the list */
        free(order);
        return NULL;
}

bool order_is_newest_first(const struct order *order)
{
        return order->direction == NEWEST_FIRST;
}

/* ---- handing on ------------------------------------------------------------------------------------------------------- */

/* The lines of the kernel's summary of memory are one message (logfile/reader.h), and the later ones come before the first here. Joins
 * them to held, and drops them. */
static void join_summary(struct order *order, struct order_host *host, struct held *held)
{
        struct text *text = &held->message.text;
        struct held *next;

        if (!text_starts(*text, TEXT("active_anon:")) && !text_starts(*text, TEXT("Active")))
                return;
        while ((next = TAILQ_PREV(held, held_list, link)) && log_is_next_of_summary(next->message.text) &&
               text->length + 1 + next->message.text.length <= sizeof(order->joined)) {
                size_t length = text->data == order->joined ? text->length
                                                            : text_copy(*text, order->joined, sizeof(order->joined));

                order->joined[length++] = '\n';
                length += text_copy(next->message.text, order->joined + length, sizeof(order->joined) - length);
                *text = (struct text){ order->joined, length };
                drop(order, host, next);
        }
}

/* Hands on what is held of the host, oldest first. */
static void hand_on(struct order *order, struct order_host *host)
{
        bool is_backward = order->direction == NEWEST_FIRST, has_gap = false;
        struct held *held;

        host->last_line = NULL;
        host->is_begun = false;
        while ((held = is_backward ? TAILQ_LAST(&host->held, held_list) : TAILQ_FIRST(&host->held))) {
                /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): what drop() freed is off the list */
                has_gap |= held->has_gap && !is_backward;
                if (has_gap)
                        order->handler.skip(order->userdata);
                has_gap = held->has_gap && is_backward; /* what is before it in the log comes next */
                if (is_backward)
                        join_summary(order, host, held);
                order->handler.message(&held->message, order->userdata);
                drop(order, host, held);
        }
}

static void hand_on_all(struct order *order)
{
        for (size_t i = 0; i < HOSTS_MAX; i++)
                hand_on(order, &order->hosts[i]);
}

/* ---- which order ------------------------------------------------------------------------------------------------------ */

/* Where a line is in its report; 0: that varies. */
static int position(enum oom_line_kind kind)
{
        static const uint8_t positions[OOM_LINE_KIND_COUNT] = {
                [OOM_LINE_INVOKED] = 1,      [OOM_LINE_CPUSET] = 2,        [OOM_LINE_TASK] = 3,
                [OOM_LINE_STACK] = 4,        [OOM_LINE_MEM_INFO] = 6,      [OOM_LINE_COUNTERS] = 7,
                [OOM_LINE_NODE] = 8,         [OOM_LINE_TOTAL] = 9,         [OOM_LINE_MEMCG_USAGE] = 6,
                [OOM_LINE_MEMCG_STATS] = 7,  [OOM_LINE_MEMCG_STAT] = 8,    [OOM_LINE_PROTECTION] = 10,
                [OOM_LINE_TASKS_STATE] = 11, [OOM_LINE_TASKS_HEADER] = 12, [OOM_LINE_TASKS_ROW] = 13,
                [OOM_LINE_SUMMARY] = 14,     [OOM_LINE_ANNOUNCEMENT] = 15, [OOM_LINE_KILLED] = 16,
                [OOM_LINE_NO_KILLABLE] = 16, [OOM_LINE_EXITING] = 16,      [OOM_LINE_PANIC] = 17,
        };

        return positions[kind];
}

#define POSITION_DECIDED 14 /* from here on the kernel has chosen */

static int compare(int64_t before, int64_t after)
{
        if (before == LOG_UNKNOWN || after == LOG_UNKNOWN || before == after)
                return 0;
        return before < after ? 1 : -1;
}

/* By what the log has of both messages. */
static int vote_by_stamps(const struct log_message *before, const struct log_message *message)
{
        const bool has_stamp = message->mono_usec != LOG_UNKNOWN;
        int votes = compare(before->seq, message->seq);

        if ((before->mono_usec != LOG_UNKNOWN) != has_stamp)
                return votes;
        return votes + (has_stamp ? compare(before->mono_usec, message->mono_usec)
                                  : compare(before->time.usec, message->time.usec));
}

/* By two lines of reports, one after the other. */
static int vote_by_lines(const struct held *before, const struct held *line)
{
        int from = position(before->kind), to = position(line->kind);

        if (from == 0 || to == 0 || from == to)
                return 0;
        if (before->kind == OOM_LINE_NO_KILLABLE && line->kind == OOM_LINE_PANIC)
                return 1;
        if (before->kind == OOM_LINE_PANIC && line->kind == OOM_LINE_NO_KILLABLE)
                return -1; /* not enough by itself: the machine may have been started again between them */
        /* who is killed is named before */
        if (from >= POSITION_DECIDED && to >= POSITION_DECIDED)
                return before->pid == line->pid && line->pid != OOM_UNKNOWN ? (from < to ? VOTES_ENOUGH : -VOTES_ENOUGH)
                                                                            : 0;
        /* two reports, of which only the ends are here; or one, of which only they are */
        if ((from == 1 && to >= POSITION_DECIDED) || (from >= POSITION_DECIDED && to == 1))
                return 0;
        return from < to ? 1 : -1;
}

/* A year is far longer than what lies between two lines of which only the days are known. */
#define HALF_A_YEAR_USEC (183 * 24 * 3600 * INT64_C(1000000))

static int64_t date_usec(const struct log_time *time)
{
        return time->doubts & LOG_DOUBT_YEAR ? log_date_usec_in_2000(&time->date) : time->usec;
}

/* By the dates of two lines that are far apart. The kernel's stamps show nothing there: the machine may have been started again. */
static int vote_by_dates(const struct log_time *before, const struct log_time *after)
{
        int64_t from = date_usec(before), to = date_usec(after);
        int vote = compare(from, to);

        if ((before->doubts ^ after->doubts) & LOG_DOUBT_YEAR)
                return 0;
        if (vote && after->doubts & LOG_DOUBT_YEAR && (from < to ? to - from : from - to) > HALF_A_YEAR_USEC)
                return -vote; /* over a new year */
        return vote;
}

static void decide(struct order *order, enum direction direction)
{
        order->direction = direction;
        if (direction == OLDEST_FIRST)
                hand_on_all(order);
}

static void vote(struct order *order, int votes)
{
        order->votes += votes;
        if (order->votes >= VOTES_ENOUGH)
                decide(order, OLDEST_FIRST);
        else if (order->votes <= -VOTES_ENOUGH)
                decide(order, NEWEST_FIRST);
}

/* ---- holding ---------------------------------------------------------------------------------------------------------- */

static struct text copy_text(struct text text, char **to)
{
        struct text copy = { *to, text.length };

        *to += text_copy(text, *to, text.length);
        return copy;
}

static struct held *held_new(const struct log_message *message, const struct oom_line *line)
{
        size_t size = sizeof(struct held) + message->text.length + message->host.length + message->boot_id.length +
                      message->caller.length + message->path.length;
        struct held *held = malloc(size);
        char *to;

        if (!held)
                return NULL;
        *held = (struct held){ .message = *message, .kind = line->kind, .pid = OOM_UNKNOWN, .size = size };
        to = held->bytes;
        held->message.text = copy_text(message->text, &to);
        held->message.host = copy_text(message->host, &to);
        held->message.boot_id = copy_text(message->boot_id, &to);
        held->message.caller = copy_text(message->caller, &to);
        held->message.path = copy_text(message->path, &to);
        if (line->kind == OOM_LINE_KILLED || line->kind == OOM_LINE_ANNOUNCEMENT || line->kind == OOM_LINE_EXITING)
                held->pid = line->process.pid;
        else if (line->kind == OOM_LINE_SUMMARY)
                held->pid = line->summary.pid;
        return held;
}

static void vote_with_last(struct order *order, const struct log_message *message)
{
        struct last_line *last = &order->last;

        if (last->is_known && text_equal((struct text){ last->host, last->host_length }, message->host))
                vote(order, vote_by_dates(&last->time, &message->time));
}

static void keep_last(struct order *order, const struct log_message *message)
{
        struct last_line *last = &order->last;

        last->is_known = message->path.length == 0; /* grep's paths: other files, each with its own order */
        last->time = message->time;
        last->host_length = text_copy(message->host, last->host, sizeof(last->host));
}

/* The slot of the message's host, or a free one; NULL: there is none. */
static struct order_host *find_host(struct order *order, const struct log_message *message)
{
        struct order_host *unused = NULL;

        for (size_t i = 0; i < HOSTS_MAX; i++) {
                struct order_host *host = &order->hosts[i];
                const struct held *first = TAILQ_FIRST(&host->held);

                if (!first)
                        unused = host;
                else if (text_equal(first->message.host, message->host) &&
                         text_equal(first->message.path, message->path))
                        return host;
        }
        return unused;
}

/* In a log that is newest first, where much is held: is the report whose first line was the last one all there? Before that line there
 * may be one that says who asked for the report. */
static bool is_all_there(const struct order *order, const struct order_host *host, enum oom_line_kind kind)
{
        return order->direction == NEWEST_FIRST && order->n_bytes > ORDER_HELD_BYTES_MAX / 2 && host->is_begun &&
               kind != OOM_LINE_SYSRQ;
}

/* All slots are taken: that of a host whose last report is all there. NULL: none is, or that can't be known. */
static struct order_host *make_room(struct order *order)
{
        for (size_t i = 0; order->direction == NEWEST_FIRST && i < HOSTS_MAX; i++)
                if (order->hosts[i].is_begun) {
                        hand_on(order, &order->hosts[i]);
                        return &order->hosts[i];
                }
        return NULL;
}

static void hold(struct order *order, const struct log_message *message, const struct oom_line *line)
{
        struct order_host *host = find_host(order, message);
        const bool is_line = line->kind != OOM_LINE_OTHER;
        struct held *held, *before;

        if (!host && is_line)
                host = make_room(order);
        if (host && is_line && host->last_line && is_all_there(order, host, line->kind))
                hand_on(order, host);
        if (!host || (!is_line && !host->last_line)) {
                if (order->has_gap)
                        order->handler.skip(order->userdata);
                order->handler.message(message, order->userdata);
                return;
        }
        held = held_new(message, line);
        if (!held) {
                hand_on(order, host);
                order->handler.message(message, order->userdata);
                return;
        }
        held->has_gap = order->has_gap;
        order->has_gap = false;
        order->n_bytes += held->size;
        TAILQ_INSERT_TAIL(&host->held, held, link);
        if (!is_line)
                return;
        order->idle_bytes = 0;
        before = host->last_line;
        host->last_line = held;
        host->is_begun = held->kind == OOM_LINE_INVOKED || (host->is_begun && held->kind == OOM_LINE_SYSRQ);
        if (order->direction != UNDECIDED)
                return;
        if (before)
                vote(order, vote_by_stamps(&before->message, message) + vote_by_lines(before, held));
        else
                vote_with_last(order, message);
        keep_last(order, message);
}

/* What is held becomes too much, or nothing of a report has come for long. */
static void give_up(struct order *order)
{
        hand_on_all(order);
        order->idle_bytes = 0;
}

void order_push(const struct log_message *message, void *userdata)
{
        struct order *order = userdata;
        struct oom_line line = { .kind = OOM_LINE_OTHER };

        if (order->direction == OLDEST_FIRST) {
                order->handler.message(message, order->userdata);
                return;
        }
        (void)oom_line_parse_log(message->text, message->is_truncated ? OOM_END_LOST : OOM_END_OPEN, &line);
        hold(order, message, &line);
        if (order->n_bytes > ORDER_HELD_BYTES_MAX)
                give_up(order);
}

void order_skip(struct order *order)
{
        if (order->n_bytes > 0)
                order->has_gap = true;
        else
                order->handler.skip(order->userdata);
}

/* Whether all that is held ends with the last line of a report, or one after it. */
static bool has_ended(const struct order *order)
{
        for (size_t i = 0; i < HOSTS_MAX; i++) {
                const struct held *line = order->hosts[i].last_line;

                if (line && line->kind != OOM_LINE_REAPED && position(line->kind) < position(OOM_LINE_KILLED))
                        return false;
        }
        return true;
}

bool order_expects_more(struct order *order, uint64_t n_bytes, bool goes_forward)
{
        if (order->n_bytes == 0)
                return false;
        order->idle_bytes += n_bytes;
        if (order->idle_bytes <= ORDER_IDLE_BYTES && !(goes_forward && has_ended(order)))
                return true;
        give_up(order);
        return false;
}

void order_end(struct order *order)
{
        hand_on_all(order);
}
