/* daemon/courier/token.h: the bearer token of a webhook, from its file. */

#pragma once

#define TOKEN_MAX 16384 /* bytes; more than any server takes in a header */

/* Reads the token in path, without the line's end. Called for each request, so that a token can be renewed in place. The
 * caller frees *ret_token. Returns 0; -EINVAL: not a regular file; -EFBIG: past TOKEN_MAX; -ENODATA: empty; -EBADMSG:
 * control characters, which could end the header; -errno. */
int token_read(const char *path, char **ret_token) __attribute__((warn_unused_result));

/* An error of token_read() in words that follow the file's name. Not to be freed. */
const char *token_error(int error);
