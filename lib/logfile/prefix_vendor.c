#include "logfile/prefix_vendor.h"

#include "logfile/prefix_parts.h"
#include "util/array.h"

/* The longest name of a task, and the longest number of a processor or process. */
#define COMM_MAX   15
#define NUMBER_MAX 7

static bool eat_number(struct text *text, struct text *ret_digits)
{
        struct text digits = *text;
        uint64_t number;

        if (!text_eat_u64(text, &number))
                return false;
        digits.length -= text->length;
        *ret_digits = digits;
        return digits.length <= NUMBER_MAX;
}

/* A name, and the mark after it. */
static bool eat_comm(struct text *text, struct text mark)
{
        struct text front =
                text_until_offset(*text, text->length < COMM_MAX + mark.length ? text->length : COMM_MAX + mark.length);
        struct text name, after;

        if (!text_split(front, mark, &name, &after))
                return false;
        *text = text_from_offset(*text, name.length + mark.length);
        return true;
}

/* "(1)[442:kswapd0]", perhaps after a mark of the interrupts' state; then "[name:oom_kill&]". MediaTek */
static bool eat_mediatek(struct text *text, struct text *ret_caller)
{
        struct text rest = *text, cpu, pid, after;

        if (!text_eat(&rest, TEXT(".")))
                (void)text_eat(&rest, TEXT("-"));
        if (!text_eat(&rest, TEXT("(")) || !eat_number(&rest, &cpu) || !text_eat(&rest, TEXT(")[")) ||
            !eat_number(&rest, &pid) || !text_eat(&rest, TEXT(":")) || !eat_comm(&rest, TEXT("]")))
                return false;
        after = rest;
        if (text_eat(&after, TEXT("[name:")) && eat_comm(&after, TEXT("&]")))
                rest = after;
        *ret_caller = pid;
        *text = rest;
        return true;
}

/* "[1:        kswapd0:  442]": Samsung */
static bool eat_samsung(struct text *text, struct text *ret_caller)
{
        struct text rest = *text, cpu, pid;

        if (!text_eat(&rest, TEXT("[")) || !eat_number(&rest, &cpu) || !text_eat(&rest, TEXT(":")))
                return false;
        (void)text_eat_blanks(&rest);
        if (!eat_comm(&rest, TEXT(":")))
                return false;
        (void)text_eat_blanks(&rest);
        if (!eat_number(&rest, &pid) || !text_eat(&rest, TEXT("]")))
                return false;
        *ret_caller = pid;
        *text = rest;
        return true;
}

/* "[2026:08:25 14:06:20][pid:442,cpu1,kswapd0]", without the date or with more after the name: HiSilicon */
static bool eat_hisilicon(struct text *text, struct text *ret_caller)
{
        struct text rest = *text, cpu, pid;

        if (rest.length > 21 && rest.data[0] == '[' && rest.data[5] == ':' && rest.data[11] == ' ' &&
            rest.data[20] == ']')
                rest = text_from_offset(rest, 21);
        if (!text_eat(&rest, TEXT("[pid:")) || !eat_number(&rest, &pid) || !text_eat(&rest, TEXT(",cpu")) ||
            !eat_number(&rest, &cpu) || !text_eat(&rest, TEXT(",")) || !eat_comm(&rest, TEXT("]")))
                return false;
        *ret_caller = pid;
        *text = rest;
        return true;
}

/* "(CPU:1-pid:442:kswapd0)": LG */
static bool eat_lg(struct text *text, struct text *ret_caller)
{
        struct text rest = *text, cpu, pid;

        if (!text_eat(&rest, TEXT("(CPU:")) || !eat_number(&rest, &cpu) || !text_eat(&rest, TEXT("-pid:")) ||
            !eat_number(&rest, &pid) || !text_eat(&rest, TEXT(":")) || !eat_comm(&rest, TEXT(")")))
                return false;
        *ret_caller = pid;
        *text = rest;
        return true;
}

bool log_eat_vendor_caller(struct text *text, const struct log_prefix_hint *hint, struct text *ret_caller)
{
        static bool (*const eat[])(struct text *, struct text *) = { eat_mediatek, eat_samsung, eat_hisilicon, eat_lg };
        struct text rest = *text;

        if (!hint->may_have_callers)
                return false;
        (void)text_eat_blanks(&rest);
        for (size_t i = 0; i < COUNT(eat); i++)
                if (eat[i](&rest, ret_caller)) {
                        *text = rest;
                        return true;
                }
        return false;
}
