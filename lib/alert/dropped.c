#include "alert/dropped.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "util/text.h"

#define MEMBER "\"dropped_before\":"

char *alert_add_dropped_before(const char *json, size_t length, uint64_t n_dropped, size_t *ret_length)
{
        char member[sizeof(",}" MEMBER) + 20]; /* a number has at most 20 digits */
        int n = snprintf(member, sizeof(member), "," MEMBER "%" PRIu64 "}", n_dropped);
        char *text;

        if (length < 3 || json[0] != '{' || json[length - 1] != '}')
                return NULL;
        text = malloc(length + (size_t)n);
        if (!text)
                return NULL;
        memcpy(text, json, length - 1);
        memcpy(text + length - 1, member, (size_t)n + 1);
        *ret_length = length - 1 + (size_t)n;
        return text;
}

uint64_t alert_dropped_before(const char *json, size_t length)
{
        struct text text = { json, length }, before, number;
        uint64_t n_dropped;

        /* A name that holds these words has a backslash before each quote. */
        if (!text_split_last(text, TEXT("," MEMBER), &before, &number) || !text_eat_u64(&number, &n_dropped) ||
            !text_equal(number, TEXT("}")))
                return 0;
        return n_dropped;
}
