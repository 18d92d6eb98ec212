/* daemon/common/config_value.c: see config_value.h. */

#include "common/config_value.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include "common/config.h"
#include "util/array.h"
#include "util/text.h"

#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

const char *config_read_boolean(const char *value, bool *ret_boolean)
{
        static const struct {
                const char *word;
                bool boolean;
        } words[] = {
                { "true", true },   { "yes", true }, { "on", true },
                { "false", false }, { "no", false }, { "off", false },
        };

        for (size_t i = 0; i < COUNT(words); i++)
                if (strcmp(value, words[i].word) == 0) {
                        *ret_boolean = words[i].boolean;
                        return NULL;
                }
        return "must be true or false";
}

const char *config_read_duration(const char *value, int64_t min_sec, int64_t max_sec, int64_t *ret_sec)
{
        static const struct {
                const char *name;
                int64_t sec;
        } units[] = { { "", 1 }, { "s", 1 }, { "min", 60 }, { "h", 3600 }, { "d", 86400 } };
        struct text rest = text_from(value);
        int64_t sec = -1;
        uint64_t number;

        if (!text_eat_u64(&rest, &number))
                return "must be a duration: a number and s, min, h or d";
        for (size_t i = 0; i < COUNT(units); i++) {
                if (!text_equal(rest, text_from(units[i].name)))
                        continue;
                if (number > INT64_MAX || __builtin_mul_overflow((int64_t)number, units[i].sec, &sec))
                        sec = INT64_MAX;
                break;
        }
        if (sec < 0)
                return "must be a duration: a number and s, min, h or d";
        if (sec < min_sec)
                return "is too short a time";
        if (sec > max_sec)
                return "is too long a time";
        *ret_sec = sec;
        return NULL;
}

const char *config_read_number(const char *value, bool is_size, uint64_t min, uint64_t max, uint64_t *ret_number)
{
        static const char units[] = "KMG";
        struct text rest = text_from(value);
        const char *unit;
        uint64_t number;

        if (!text_eat_u64(&rest, &number))
                return is_size ? "must be a size: a number and K, M or G" : "must be a number";
        if (is_size && rest.length == 1 && (unit = strchr(units, rest.data[0]))) {
                unsigned shift = 10 * (unsigned)(unit - units + 1);

                number = number > UINT64_MAX >> shift ? UINT64_MAX : number << shift;
                rest.length = 0;
        }
        if (rest.length > 0)
                return is_size ? "must be a size: a number and K, M or G" : "must be a number";
        if (number < min)
                return "is too small";
        if (number > max)
                return "is too large";
        *ret_number = number;
        return NULL;
}

static bool has_control(const char *value)
{
        for (; *value; value++)
                if ((unsigned char)*value < 0x20 || *value == 0x7f)
                        return true;
        return false;
}

const char *config_check_directory(const char *value)
{
        if (value[0] != '/')
                return "must be an absolute path";
        if (has_control(value))
                return "must not hold control characters";
        return NULL;
}

const char *config_check_file(const char *value)
{
        const char *wrong = config_check_directory(value);

        if (!wrong && value[strlen(value) - 1] == '/')
                wrong = "must be a file's path, not a directory's";
        return wrong;
}

const char *config_check_socket_path(const char *value)
{
        const char *wrong = config_check_file(value);

        if (!wrong && strlen(value) >= sizeof(((struct sockaddr_un *)0)->sun_path))
                wrong = "must be at most 107 bytes, a Unix socket's limit";
        return wrong;
}

const char *config_check_group(const char *value)
{
        if (strlen(value) > CONFIG_NAME_MAX || strpbrk(value, ":,/") || has_control(value))
                return "must be the name of a group, or its number";
        return NULL;
}

/* host is "name", "name:port", "[v6]" or "[v6]:port". */
static const char *check_authority(struct text host)
{
        static const char names[] = LETTERS DIGITS "-._~%";
        static const char addresses[] = DIGITS "abcdefABCDEF:.%" LETTERS; /* with a zone */
        bool is_v6 = text_eat(&host, TEXT("["));
        const char *allowed = is_v6 ? addresses : names;
        size_t length = 0;
        uint64_t port;

        while (length < host.length && strchr(allowed, host.data[length]))
                length++;
        host = text_from_offset(host, length);
        if (length == 0 || (is_v6 && !text_eat(&host, TEXT("]"))))
                return "must name a host after \"://\"";
        if (host.length == 0)
                return NULL;
        if (!text_eat(&host, TEXT(":")))
                return "must name a host after \"://\"";
        if (!text_eat_u64(&host, &port) || host.length > 0 || port < 1 || port > 65535)
                return "must have a port from 1 to 65535";
        return NULL;
}

static const char *check_url(const char *value, const char *const *schemes, const char *wrong_scheme)
{
        struct text rest = { NULL, 0 };
        size_t length;

        for (; *schemes; schemes++)
                if (strncasecmp(value, *schemes, strlen(*schemes)) == 0)
                        rest = text_from(value + strlen(*schemes));
        if (!rest.data)
                return wrong_scheme;
        if (has_control(value) || strchr(value, ' '))
                return "must not hold spaces or control characters";
        length = strcspn(rest.data, "/?#");
        rest = text_until_offset(rest, length);
        if (text_find(rest, TEXT("@"), 0) >= 0)
                return "must not hold a user or a password";
        return check_authority(rest);
}

const char *config_check_url(const char *value)
{
        static const char *const schemes[] = { "https://", "http://", NULL };

        return check_url(value, schemes, "must begin with https:// or http://");
}

const char *config_check_proxy(const char *value)
{
        static const char *const schemes[] = { "https://",  "http://",    "socks4://", "socks4a://",
                                               "socks5://", "socks5h://", NULL };

        return check_url(value, schemes,
                         "must begin with http://, https://, socks4://, socks4a://, socks5:// or socks5h://");
}

const char *config_check_header(const char *value)
{
        static const char token[] = LETTERS DIGITS "!#$%&'*+-.^_`|~";
        static const char *const framing[] = { "Content-Length", "Transfer-Encoding", "Connection", "Upgrade",
                                               "Expect" };
        size_t length = strspn(value, token);
        const char *content = value + length;

        if (length == 0 || content[0] != ':' || content[1] != ' ')
                return "must be \"Name: value\"";
        content += 2;
        for (const char *c = content; *c; c++)
                if ((unsigned char)(*c) < 0x20 ? *c != '\t' : *c == 0x7f)
                        return "must not hold control characters";
        /* libcurl reads a name without a value as "leave this header out". */
        if (content[strspn(content, " \t")] == '\0')
                return "must have a value after the name";
        for (size_t i = 0; i < COUNT(framing); i++)
                if (length == strlen(framing[i]) && strncasecmp(value, framing[i], length) == 0)
                        return "must not be one that HTTP itself sets";
        return NULL;
}

const char *config_check_name(const char *value)
{
        static const char characters[] = LETTERS DIGITS "-_.";

        if (value[0] == '\0' || value[strspn(value, characters)] != '\0' || value[0] == '.')
                return "the name must be of letters, digits, '-', '_' and '.', and not begin with '.'";
        if (strlen(value) > CONFIG_NAME_MAX)
                return "the name must be at most 64 bytes";
        if (strcmp(value, "rejected") == 0)
                return "the name \"rejected\" is taken: the spool has a directory of that name";
        return NULL;
}
