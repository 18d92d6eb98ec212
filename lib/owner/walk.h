/* lib/owner/walk.h: the inside of lib/owner: a path on its way from the outside in, one component at a time. */

#pragma once

#include "owner/owner.h"

/* What systemd expects at this point of the path. */
enum cgroup_place {
        PLACE_SLICES,      /* of the system's manager */
        PLACE_USER_SLICES, /* of a user's manager, below its "user@<uid>.service" */
        PLACE_BELOW,       /* below a unit: any name */
};

struct walk {
        struct text grandparent, parent, component, next; /* empty before the first and after the last */
        struct text above;                                /* all of the path before component, without its first '/' */
        size_t depth;                                     /* of component; 1: the first */
        bool is_next_cut;                                 /* next is the beginning of a name */
        enum cgroup_place place;
        bool is_users; /* below a user's manager: the user made it, and named it as he liked */
        bool parent_is_pod, component_is_pod;
        bool parent_is_unit, component_is_unit;
        size_t container_depth, job_depth; /* of the container and the job found last; 0: none */
        struct owner *owner;
};

/* container.c, job.c: look at walk->component. */
void walk_read_container(struct walk *walk);
void walk_read_job(struct walk *walk);

static inline bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static inline bool is_hex(char c)
{
        return is_digit(c) || (c >= 'a' && c <= 'f');
}

static inline bool is_name_char(char c)
{
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
}

static inline bool all_are(struct text text, bool (*is_char)(char))
{
        for (size_t i = 0; i < text.length; i++)
                if (!is_char(text.data[i]))
                        return false;
        return text.length > 0;
}

/* Whether text is groups of hexadecimal digits of these lengths (up to a 0), joined by separator. */
static inline bool is_hex_groups(struct text text, const uint8_t *lengths, char separator)
{
        size_t at = 0;

        for (size_t group = 0; lengths[group]; group++) {
                if (group > 0 && (at >= text.length || text.data[at++] != separator))
                        return false;
                for (uint8_t i = 0; i < lengths[group]; i++, at++)
                        if (at >= text.length || !is_hex(text.data[at]))
                                return false;
        }
        return at == text.length;
}

static inline bool is_uuid(struct text text, char separator)
{
        static const uint8_t groups[] = { 8, 4, 4, 4, 12, 0 };

        return is_hex_groups(text, groups, separator);
}

/* There is room: text is a part of a component, which has at most OWNER_NAME_MAX bytes. */
static inline void copy_name(char *to, struct text text)
{
        if (text.length > 0)
                memcpy(to, text.data, text.length);
        to[text.length] = '\0';
}

/* Eats digits off the front; returns whether they were n_min to n_max. */
bool eat_digits(struct text *text, size_t n_min, size_t n_max);

/* Undoes "\xNN" (unit_name_unescape(), src/basic/unit-name.c). buffer holds escaped.length bytes. A broken escape
 * stays. */
struct text unescape_unit_name(struct text escaped, char *buffer);

/* "container_[e<epoch>_]<cluster's start>_<application>_<attempt>_<container>": gives the middle two. */
bool read_yarn_container(struct text name, struct text *ret_application);
