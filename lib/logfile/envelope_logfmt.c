/* A line of pairs: `time=2026-08-25T14:06:20Z level=warn host=web1 msg="text"`. All of it must be pairs, and the text be quoted. */

#include "logfile/envelope.h"
#include "logfile/json.h"
#include "logfile/members.h"

/* A line with more is not looked at. */
#define PAIRS_MAX 64

static bool is_of_name(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("_-.@/", c));
}

static bool eat_name(struct text *line, struct text *ret_name)
{
        size_t length = 0;

        while (length < line->length && is_of_name(line->data[length]))
                length++;
        *ret_name = text_until_offset(*line, length);
        *line = text_from_offset(*line, length);
        return length > 0 && text_eat(line, TEXT("="));
}

/* Up to the quote that ends it; its escapes are JSON's. */
static bool eat_quoted(struct text *line, struct text *ret_inside)
{
        size_t at = 1;

        while (at < line->length && line->data[at] != '"')
                at += line->data[at] == '\\' ? 2 : 1;
        if (at >= line->length)
                return false;
        *ret_inside = (struct text){ line->data + 1, at - 1 };
        *line = text_from_offset(*line, at + 1);
        return true;
}

/* buffer takes the decoded value; *ret_is_quoted: it is in it. */
static bool eat_pair(struct text *line, char *buffer, struct text *ret_name, struct text *ret_value,
                     bool *ret_is_quoted)
{
        if (!eat_name(line, ret_name))
                return false;
        *ret_is_quoted = text_starts(*line, TEXT("\""));
        if (*ret_is_quoted) {
                if (!eat_quoted(line, ret_value))
                        return false;
                *ret_value = (struct text){ buffer, log_json_decode(*ret_value, buffer) };
        } else {
                *ret_value = text_eat_until(line, ' ');
        }
        return line->length == 0 || text_eat_blanks(line) > 0;
}

bool log_envelope_logfmt(struct text line, char *buffer, log_offer_fn *offer, void *userdata)
{
        struct log_members members;
        struct text name, value;
        unsigned n_pairs = 0;
        bool is_quoted;

        members.roles = (struct log_roles){ 0 };
        members.n_texts = 0;
        (void)text_eat_blanks(&line);
        for (; line.length; n_pairs++) {
                if (n_pairs == PAIRS_MAX || !eat_pair(&line, buffer, &name, &value, &is_quoted))
                        return false;
                if (log_members_add(&members, name, value, is_quoted) && is_quoted)
                        buffer += value.length;
        }
        return n_pairs > 1 && (log_members_offer(&members, 0, offer, userdata) ||
                               log_members_speaker(&members.roles) == LOG_SPEAKER_OTHER);
}
