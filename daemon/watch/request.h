/* daemon/watch/request.h: what is asked on the control socket: one JSON object on each line, {"request": "status"}. Pure: bytes in, a value
 * out. Anybody on the machine may have written them. */

#pragma once

#include "util/text.h"

enum request_kind { REQUEST_STATUS };

/* Bytes of one line, without its newline. */
#define REQUEST_MAX ((size_t)64 * 1024)

/* Reads a line. Returns 0; -EBADMSG: it is not one JSON object; -ENOENT: its "request" is not a known word; -EMSGSIZE: it is longer than
 * REQUEST_MAX, or its values are. Members that are not known are passed over. */
int request_parse(struct text line, enum request_kind *ret_kind) __attribute__((warn_unused_result));

/* The answer to a request that has none: a line of JSON that says why. error: what request_parse() returned, or -EBUSY: too many ask. */
struct text request_refusal(int error);
