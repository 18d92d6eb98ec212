/* daemon/courier/token.h: the bearer token of a webhook, from its file. */

#pragma once

#define TOKEN_MAX 16384 /* bytes; more than any server takes in a header */

/* Reads path, for each request anew, so that a token can be renewed in place; the line end after it is no part of it.
 * *ret_token is malloc'ed and terminated. Returns 0 or -errno of the file; -EINVAL: not a regular file; -EFBIG: past
 * TOKEN_MAX; -ENODATA: empty; -EBADMSG: it holds control characters, which would end the header. */
int token_read(const char *path, char **ret_token) __attribute__((warn_unused_result));

/* What token_read's error says of the token, in words. */
const char *token_error(int error);
