/* A row of kubectl get events, kubectl events, kubectl describe: columns between runs of blanks, of which one is the event's type, the next
 * one its reason, and a later one the message:
 *
 *         5m22s   Warning   OOMKilling   node/web1   Memory cgroup out of memory: Killed process ...
 *         Warning  OOMKilling  5m22s (x2 over 9m)  kernel-monitor, web1  Memory cgroup out of memory: Killed process ... */

#include "logfile/envelope.h"

#define COLUMNS_MAX 12

/* The next column, and what is behind the blanks after it. False: there is none more. */
static bool eat_column(struct text *line, struct text *ret_column)
{
        size_t at = 0;

        while (line->length && memchr(" \t", line->data[0], 2))
                *line = text_from_offset(*line, 1);
        while (at < line->length && line->data[at] != '\t' &&
               !(line->data[at] == ' ' && (at + 1 == line->length || line->data[at + 1] == ' ')))
                at++;
        *ret_column = text_until_offset(*line, at);
        *line = text_from_offset(*line, at);
        return at > 0;
}

static bool is_type(struct text column)
{
        return text_equal(column, TEXT("Warning")) || text_equal(column, TEXT("Normal"));
}

static bool is_word(struct text text)
{
        return text.length && !memchr(text.data, ' ', text.length);
}

/* "kernel-monitor, web1", "{kernel-monitor web1}": who reported it, and where */
static bool is_source(struct text column, struct text *ret_component, struct text *ret_host)
{
        if (text_eat(&column, TEXT("{")) && text_eat_end(&column, TEXT("}")))
                return text_split(column, TEXT(" "), ret_component, ret_host) && is_word(*ret_host);
        return text_split(column, TEXT(", "), ret_component, ret_host) && is_word(*ret_component) && is_word(*ret_host);
}

/* What -o wide has behind the message: when it was first seen, how often, and the event's name, "web1.17a2b3c4d5e6f708". */
static void strip_wide(struct text *message)
{
        struct text rest = *message, name, count, age;

        if (!text_split_last(rest, TEXT("  "), &rest, &name) || !is_word(name) || !memchr(name.data, '.', name.length))
                return;
        while (text_eat_end(&rest, TEXT(" ")))
                ;
        if (!text_split_last(rest, TEXT("  "), &rest, &count) || !is_word(count))
                return;
        while (text_eat_end(&rest, TEXT(" ")))
                ;
        if (!text_split_last(rest, TEXT("  "), &rest, &age) || !is_word(age))
                return;
        while (text_eat_end(&rest, TEXT(" ")))
                ;
        *message = rest;
}

bool log_envelope_events(struct text line, char *buffer, log_offer_fn *offer, void *userdata)
{
        struct log_inner inner = { .label = TEXT("event") };
        struct text rest = line, column, component, host;
        unsigned n_columns = 0, n_after = 0;
        bool is_event = false;

        (void)buffer;
        for (; n_columns < COLUMNS_MAX && eat_column(&rest, &column); n_columns++) {
                if (!is_event) {
                        is_event = is_type(column);
                        if (is_event && (!eat_column(&rest, &column) || !is_word(column))) /* the reason */
                                return false;
                        continue;
                }
                n_after++;
                inner.text = (struct text){ column.data, column.length + rest.length };
                if (text_eat(&column, TEXT("node/")) || text_eat(&column, TEXT("Node/"))) {
                        inner.host = column;
                } else if (is_word(column) && memchr(column.data, '/', column.length)) {
                        return true; /* of a pod: not the kernel's */
                } else if (is_source(column, &component, &host)) {
                        if (text_find(component, TEXT("monitor"), 0) < 0 &&
                            text_find(component, TEXT("node-problem"), 0) < 0)
                                return true;
                        inner.host = host;
                } else if (!is_word(column)) {
                        strip_wide(&inner.text);
                        if (offer(&inner, userdata))
                                return true;
                }
        }
        return n_after > 1;
}
