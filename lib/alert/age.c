#include "alert/age.h"

#include <stdio.h>

#include "util/text.h"

#define BOOT_ID_LENGTH 32

int64_t alert_boottime_usec(const char *json, size_t length, const char *boot_id)
{
        char member[sizeof("\"boot_id\":\"\"") + BOOT_ID_LENGTH];
        struct text text = { json, length }, before, rest;
        int64_t usec;

        if (strlen(boot_id) != BOOT_ID_LENGTH)
                return ALERT_AGE_UNKNOWN;
        (void)snprintf(member, sizeof(member), "\"boot_id\":\"%s\"", boot_id); /* it fits */
        /* A string that holds these words has a backslash before each of its quotes. */
        if (!memmem(json, length, member, sizeof(member) - 1) ||
            !text_split(text, TEXT(",\"boottime_usec\":"), &before, &rest) || !text_eat_i64(&rest, &usec) || usec < 0)
                return ALERT_AGE_UNKNOWN;
        return usec;
}

static int64_t since(int64_t usec, int64_t now_usec)
{
        int64_t age;

        /* Before the epoch, or farther than a clock reaches: a file may say anything. */
        if (__builtin_sub_overflow(now_usec, usec, &age))
                return usec < 0 ? INT64_MAX : 0;
        return age > 0 ? age : 0;
}

int64_t alert_age_usec(int64_t boottime_usec, int64_t boottime_now_usec, int64_t time_usec, int64_t now_usec)
{
        if (boottime_usec != ALERT_AGE_UNKNOWN)
                return since(boottime_usec, boottime_now_usec);
        return time_usec == INT64_MIN ? ALERT_AGE_UNKNOWN : since(time_usec, now_usec);
}
