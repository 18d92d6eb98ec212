/* What stands in front of a line that has a form of its own: a relay's date and host, a logger of serial lines, a shell on many hosts.
 *
 * A date and a host count only where the next line's form follows at once: with a program's name between them, the program wrote what
 * follows. */

#include "logfile/envelope.h"
#include "logfile/prefix_parts.h"
#include "logfile/prefix_speaker.h"
#include "util/array.h"

/* The longest name of a host, a container, a pod */
#define NAME_MAX_BYTES 253

static bool is_name_byte(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("._-/@", c));
}

/* The name of a host, or an address. */
static bool eat_name(struct text *text, struct text *ret_name)
{
        size_t length = 0;

        while (length < text->length && is_name_byte(text->data[length]))
                length++;
        if (length == 0 || length > NAME_MAX_BYTES)
                return false;
        *ret_name = text_until_offset(*text, length);
        *text = text_from_offset(*text, length);
        return true;
}

/* "Aug 25 14:06:20 10.0.0.1 ", or the date alone, also after a priority; *ret_facility is that of the priority. */
static bool eat_relay(struct text *text, struct log_inner *inner, uint32_t *ret_facility)
{
        struct text rest = *text, after;
        int64_t level;

        (void)log_eat_priority(&rest, ret_facility, &level);
        if (!log_stamp_eat_any(&rest, &inner->stamp) || !text_starts(rest, TEXT(" ")))
                return false;
        *text = rest;
        if (log_begins_form(rest))
                return true;
        (void)text_eat(&rest, TEXT(" "));
        after = rest;
        inner->host = text_eat_until(&after, ' ');
        if (text_ends(inner->host, TEXT(":")))
                return false;
        *text = after;
        return true;
}

static bool eat_clock(struct text *text)
{
        struct text rest = *text;
        uint32_t digit;

        if (!log_starts_with_clock(rest))
                return false;
        rest = text_from_offset(rest, sizeof("14:06:20") - 1);
        if (text_eat(&rest, TEXT(".")) || text_eat(&rest, TEXT(",")))
                while (log_eat_digits(&rest, 1, &digit))
                        ;
        *text = rest;
        return true;
}

static bool consists_of(struct text text, const char *bytes)
{
        while (text.length && strchr(bytes, text.data[0]) && text.data[0])
                text = text_from_offset(text, 1);
        return text.length == 0;
}

/* "[2026-08-25 14:06:20.123] ", "[14:06:20.123] ", "14:06:20 ", "[1.204311 0.000127] ": programs that read a serial line, ts -s */
static bool eat_serial(struct text *text, struct log_inner *inner)
{
        struct text rest = *text, numbers, word;

        if (eat_clock(&rest) && text_eat(&rest, TEXT(" "))) {
                *text = rest;
                return true;
        }
        rest = *text;
        if (!text_eat(&rest, TEXT("[")))
                return false;
        numbers = rest;
        if (!log_stamp_eat_any(&rest, &inner->stamp) && !eat_clock(&rest)) {
                numbers = text_eat_until(&rest, ']'); /* grabserial's */
                word = text_eat_until(&numbers, ' ');
                if (word.length == 0 || numbers.length < 2 || !consists_of(word, "0123456789.") ||
                    !consists_of(numbers, " 0123456789."))
                        return false;
        }
        if (!text_eat(&rest, TEXT("]")))
                return false;
        *text = rest;
        return true;
}

/* "error", "Warning": what a program calls its message is no host. */
static bool is_level(struct text name)
{
        char small[sizeof("warning")];
        size_t length = text_copy(name, small, sizeof(small));

        for (size_t i = 0; i < length; i++)
                if (small[i] >= 'A' && small[i] <= 'Z')
                        small[i] = (char)(small[i] - 'A' + 'a');
        return name.length <= sizeof(small) && log_level_of((struct text){ small, length }) >= 0;
}

/* "web1: " of pdsh, clush and Talos, "web1\t" of parallel, "web-1  | " of docker compose, "[pod/web/main] " of kubectl */
static bool eat_source(struct text *text, struct log_inner *inner)
{
        struct text rest = *text, name;
        bool is_host = false;
        int64_t level;
        int facility;

        if (text_eat(&rest, TEXT("["))) {
                if (!eat_name(&rest, &name) || !text_eat(&rest, TEXT("] ")) || !memchr(name.data, '/', name.length))
                        return false;
        } else if (!eat_name(&rest, &name)) {
                return false;
        } else if (text_eat(&rest, TEXT(": ")) || text_eat(&rest, TEXT("\t"))) {
                is_host = true;
        } else if (text_eat_blanks(&rest) == 0 || !text_eat(&rest, TEXT("| "))) {
                return false;
        }
        if (is_level(name) || text_equal(name, TEXT("kernel")) || log_is_facility_and_level(name, &facility, &level))
                return false;
        if (is_host)
                inner->host = name;
        *text = rest;
        return true;
}

/* "kern:    info: [": the only form that begins so. A tag "kernel: " after a name may be a program's text. */
static bool begins_talos(struct text text)
{
        (void)text_eat_blanks(&text);
        return text_starts(text, TEXT("kern: "));
}

/* "[Tue Aug 25 14:06:20 2026] " */
static bool begins_dmesg_t(struct text text)
{
        struct log_stamp stamp;

        (void)text_eat_blanks(&text);
        return text_eat(&text, TEXT("[")) && log_stamp_eat_ctime(&text, &stamp) && text_starts(text, TEXT("]"));
}

static bool offer_rest(struct text rest, struct log_inner *inner, log_offer_fn *offer, void *userdata)
{
        (void)text_eat_blanks(&rest);
        inner->text = rest;
        inner->needs_form = true;
        return offer(inner, userdata);
}

bool log_envelope_relay(struct text line, char *buffer, log_offer_fn *offer, void *userdata)
{
        static bool (*const layers[])(struct text *, struct log_inner *) = { eat_serial, eat_source };
        struct log_inner inner = { 0 };
        struct text rest = line;
        uint32_t facility = 0;

        (void)buffer;
        if (eat_relay(&rest, &inner, &facility) && log_begins_form(rest))
                return facility != 0 || offer_rest(rest, &inner, offer, userdata);
        for (size_t i = 0; i < COUNT(layers); i++) {
                inner = (struct log_inner){ 0 };
                rest = line;
                if (layers[i](&rest, &inner) && (log_begins_form(rest) || begins_talos(rest) || begins_dmesg_t(rest)))
                        return offer_rest(rest, &inner, offer, userdata);
        }
        return false;
}
