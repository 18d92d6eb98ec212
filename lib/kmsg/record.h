/* lib/kmsg/record.h: decodes one record as read() gives it from /dev/kmsg.
 *
 *         prefix,seq,usec,flags[,key=value...];text\n[ KEY=value\n]...
 *
 * One read() is exactly one record (Documentation/ABI/testing/dev-kmsg). Unknown fields before the ';' are ignored, as that
 * document demands; so is the dictionary after the text. */

#pragma once

#include "util/text.h"

/* The kernel builds a record in a buffer of 8192 bytes up to 6.3 (CONSOLE_EXT_LOG_MAX), 2048 after. A reader with less
 * gets EINVAL, and the record is lost. */
#define KMSG_RECORD_MAX 8192

/* Facility 0 is the kernel; since 4.4 user space can't set it (kernel/printk/printk.c, devkmsg_write()). */
#define KMSG_FACILITY_KERNEL 0

enum kmsg_flag {
        KMSG_FLAG_NONE,      /* '-' */
        KMSG_FLAG_FRAGMENT,  /* 'c': up to 4.9 the first piece of a line, from 4.10 on a following one */
        KMSG_FLAG_FOLLOWING, /* '+': up to 4.9 a following piece */
};

/* Where a record was read. */
enum kmsg_origin {
        KMSG_ORIGIN_KERNEL, /* from the kernel: it has its end */
        KMSG_ORIGIN_RECORDS, /* from a log of its records, with their flags: the end may be missing, or come as another record */
        KMSG_ORIGIN_LINES, /* from a log of lines: the end may be missing */
};

struct kmsg_record {
        uint8_t level;      /* 0 (emergency) to 7 (debug) */
        uint32_t facility;  /* prefix >> 3 */
        uint64_t seq;       /* counts every record since boot */
        uint64_t mono_usec; /* the kernel's local_clock(), not exactly CLOCK_MONOTONIC */
        enum kmsg_flag flag;
        bool is_truncated; /* the text ended inside an escape: the kernel's buffer was full */
        enum kmsg_origin origin;
        size_t line_length; /* of the line of a log that it was read from, or ends in; 0: not of one */
        struct text caller; /* "T123" or "C1" (CONFIG_PRINTK_CALLER), else empty; borrowed from the raw record */
        struct text text;   /* unescaped; borrowed from the raw record or from the buffer given */
};

/* Decodes raw, with or without its final newline. buffer takes the unescaped text and must hold raw.length bytes.
 * The origin is KMSG_ORIGIN_KERNEL. Returns 0, or -EBADMSG if raw is not a record; *ret_record is unchanged then. */
int kmsg_record_decode(struct text raw, char *buffer, struct kmsg_record *ret_record)
        __attribute__((warn_unused_result));
