/* tests/unit/cut_compare.h: whether the alert of a part of a report is the alert of the whole, with less in it.
 *
 * Each leaf must be equal or absent; what may differ otherwise is one table. Lists may have fewer items. */

#pragma once

#include <json-c/json.h>
#include <stdio.h>

#include "harness.h"

/* What a cut may do to a leaf besides taking it away. */
enum cut_rule {
        CUT_EQUAL,
        CUT_ANY,      /* prose, and what depends on how much is there */
        CUT_MISSING,  /* source.missing: grows; what is needed because of a part that is missing now isn't asked for */
        CUT_NOT_TRUE, /* may become false, not true */
        CUT_BARE_GLOBAL, /* a bare kill line says "global" for all but cgroups */
        CUT_HINTS,       /* fewer of them, by name; others if the whole had more than fit */
        CUT_CANDIDATES,  /* of the rows that are left, others may be among the ten worst */
        CUT_LOOSE,       /* CUT_ANY when the record is another than the whole's alert is made of */
        CUT_NAMED,       /* CUT_ANY without a kill: the process named may not be the one killed then (but its child) */
};

#define CUT_HINTS_MAX      8
#define CUT_CANDIDATES_MAX 10

static const struct {
        const char *path;
        enum cut_rule rule;
} cut_rules[] = {
        { ".summary", CUT_ANY },
        { ".severity", CUT_ANY },
        { ".source.complete", CUT_ANY },
        { ".recurrence", CUT_ANY }, /* of a run that is cut, there are fewer reports */
        { ".source.missing", CUT_MISSING },
        { ".scope", CUT_BARE_GLOBAL },
        { ".trigger.sysrq", CUT_NOT_TRUE },
        { ".verdict.reason", CUT_ANY },
        { ".verdict.hints", CUT_HINTS },
        { ".candidates", CUT_CANDIDATES },
        { ".id", CUT_LOOSE },
        { ".type", CUT_LOOSE },
        { ".group", CUT_LOOSE },
        { ".victim", CUT_NAMED },
        /* Without its kill line, a victim's sizes are those of its row, which the kernel took a moment before. */
        { ".victim.total_vm_bytes", CUT_LOOSE },
        { ".victim.rss_bytes", CUT_LOOSE },
        { ".victim.anon_rss_bytes", CUT_LOOSE },
        { ".victim.file_rss_bytes", CUT_LOOSE },
        { ".victim.shmem_rss_bytes", CUT_LOOSE },
        { ".victim.pgtables_bytes", CUT_LOOSE },
        { ".victim.swap_bytes", CUT_LOOSE },
        { ".source.seq", CUT_LOOSE },
        { ".source.monotonic_usec", CUT_LOOSE },
};

struct cut_comparison {
        bool is_no_victim;  /* the cut's alert is of no kill */
        bool is_other_end;  /* it is of a kill, and the whole's of no kill, or of a child's */
        bool is_loose;      /* the two alerts are of the same report, but not of the same record */
        bool is_suffix;     /* what came before the cut is not known */
        char conflict[512]; /* the first leaf that is neither equal nor absent; "" if there is none */
};

static inline bool cut_compare_value(struct cut_comparison *comparison, const char *path, struct json_object *cut,
                                     struct json_object *whole);

static inline bool cut_conflict(struct cut_comparison *comparison, const char *path, struct json_object *cut,
                                struct json_object *whole)
{
        if (!comparison->conflict[0])
                (void)snprintf(comparison->conflict, sizeof(comparison->conflict), "%s: %.150s, the whole has %.150s",
                               path, json_object_to_json_string(cut),
                               whole ? json_object_to_json_string(whole) : "nothing");
        return false;
}

/* Compares without keeping the conflict. */
static inline bool cut_is_part(const struct cut_comparison *comparison, const char *path, struct json_object *cut,
                               struct json_object *whole)
{
        struct cut_comparison copy = *comparison;

        return cut_compare_value(&copy, path, cut, whole);
}

static inline bool cut_has_string(struct json_object *list, const char *string)
{
        for (size_t i = 0; i < json_object_array_length(list); i++)
                if (strcmp(json_object_get_string(json_object_array_get_idx(list, i)), string) == 0)
                        return true;
        return false;
}

static inline const char *cut_hint_code(struct json_object *hints, size_t i)
{
        return json_object_get_string(json_object_object_get(json_object_array_get_idx(hints, i), "code"));
}

/* The text may know less ("3 or more"). */
static inline bool cut_are_hints_of(struct json_object *cut, struct json_object *whole)
{
        for (size_t i = 0; i < json_object_array_length(cut); i++) {
                const char *code = cut_hint_code(cut, i);
                size_t j = 0, count = whole ? json_object_array_length(whole) : 0;

                while (j < count && strcmp(cut_hint_code(whole, j), code) != 0)
                        j++;
                if (j == count)
                        return false;
        }
        return true;
}

/* Everything that the whole misses is missed; but whether the memory or the limit should be there is known by the scope, and
 * what is needed for a verdict, by the table. */
static inline bool cut_misses_all(struct json_object *cut_alert, struct json_object *cut, struct json_object *whole)
{
        bool has_scope = json_object_object_get(cut_alert, "scope");

        for (size_t i = 0; i < json_object_array_length(whole); i++) {
                const char *part = json_object_get_string(json_object_array_get_idx(whole, i));
                bool is_of_scope = strcmp(part, "memory") == 0 || strcmp(part, "limit") == 0;

                if (cut && cut_has_string(cut, part))
                        continue;
                if (is_of_scope && !has_scope)
                        continue;
                if (strcmp(part, "totalpages") == 0 && cut && cut_has_string(cut, "tasks"))
                        continue;
                return false;
        }
        return true;
}

/* A row that is among the whole's candidates has the same values there. Another was not among its ten worst. */
static inline bool cut_compare_candidate(struct cut_comparison *comparison, struct json_object *cut,
                                         struct json_object *candidates)
{
        size_t count = candidates ? json_object_array_length(candidates) : 0;

        for (size_t i = 0; i < count; i++) {
                struct json_object *whole = json_object_array_get_idx(candidates, i);

                if (!json_object_equal(json_object_object_get(whole, "pid"), json_object_object_get(cut, "pid")))
                        continue;
                json_object_object_foreach(cut, key, value)
                {
                        struct json_object *other = json_object_object_get(whole, key);

                        /* That a process was killed a moment before is in no line of its own report. */
                        if (comparison->is_suffix && strcmp(key, "killable") == 0)
                                continue;
                        if (!other || !json_object_equal(value, other))
                                return cut_conflict(comparison, ".candidates", cut, whole);
                }
                return true;
        }
        return count == CUT_CANDIDATES_MAX || cut_conflict(comparison, ".candidates", cut, NULL);
}

static inline bool cut_compare_list(struct cut_comparison *comparison, const char *path, enum cut_rule rule,
                                    struct json_object *cut, struct json_object *whole)
{
        size_t count = whole ? json_object_array_length(whole) : 0;

        if (rule == CUT_HINTS)
                return count == CUT_HINTS_MAX || cut_are_hints_of(cut, whole) ||
                       cut_conflict(comparison, path, cut, whole);
        for (size_t i = 0; i < json_object_array_length(cut); i++) {
                struct json_object *item = json_object_array_get_idx(cut, i);
                bool is_found = false;

                if (rule == CUT_CANDIDATES) {
                        if (!cut_compare_candidate(comparison, item, whole))
                                return false;
                        continue;
                }
                for (size_t j = 0; j < count && !is_found; j++)
                        is_found = cut_is_part(comparison, path, item, json_object_array_get_idx(whole, j));
                if (!is_found)
                        return cut_conflict(comparison, path, item, whole);
        }
        return true;
}

static inline enum cut_rule cut_rule_of(const char *path)
{
        for (size_t i = 0; i < COUNT(cut_rules); i++)
                if (strcmp(cut_rules[i].path, path) == 0)
                        return cut_rules[i].rule;
        return CUT_EQUAL;
}

static inline bool cut_is_exempt(const struct cut_comparison *comparison, enum cut_rule rule, struct json_object *cut,
                                 struct json_object *whole)
{
        if (rule == CUT_ANY || (rule == CUT_LOOSE && comparison->is_loose))
                return true;
        if (rule == CUT_MISSING)
                return true;
        if (rule == CUT_NAMED)
                return comparison->is_no_victim;
        if (rule == CUT_HINTS && comparison->is_other_end)
                return true;
        if (rule == CUT_NOT_TRUE)
                return !json_object_get_boolean(cut);
        if (rule == CUT_BARE_GLOBAL)
                return whole && strcmp(json_object_get_string(cut), "global") == 0 &&
                       strcmp(json_object_get_string(whole), "memcg") != 0;
        return false;
}

static inline bool cut_compare_value(struct cut_comparison *comparison, const char *path, struct json_object *cut,
                                     struct json_object *whole)
{
        enum cut_rule rule = cut_rule_of(path);
        char below[256];

        if (cut_is_exempt(comparison, rule, cut, whole))
                return true;
        if (json_object_is_type(cut, json_type_array))
                return cut_compare_list(comparison, path, rule, cut, whole);
        if (!json_object_is_type(cut, json_type_object))
                return (whole && json_object_equal(cut, whole)) || cut_conflict(comparison, path, cut, whole);
        json_object_object_foreach(cut, key, value)
        {
                (void)snprintf(below, sizeof(below), "%s.%s", path, key);
                if (!cut_compare_value(comparison, below, value, whole ? json_object_object_get(whole, key) : NULL))
                        return false;
        }
        return true;
}

static inline bool cut_compare(struct cut_comparison *comparison, struct json_object *cut, struct json_object *whole)
{
        struct json_object *missed = json_object_object_get(json_object_object_get(whole, "source"), "missing");
        struct json_object *missing = json_object_object_get(json_object_object_get(cut, "source"), "missing");

        comparison->conflict[0] = '\0';
        if (!comparison->is_loose && missed && !cut_misses_all(cut, missing, missed))
                return cut_conflict(comparison, ".source.missing", missing, missed);
        return cut_compare_value(comparison, "", cut, whole);
}
