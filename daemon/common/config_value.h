/* daemon/common/config_value.h: the values of configuration keys: text to typed value.
 *
 * Each function returns NULL, or the end of a message ("must be true or false") without the value, which may be a secret in
 * the wrong place. The result is untouched then. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CONFIG_VALUE_MAX 4095 /* bytes of one value: the longest path (PATH_MAX with its terminator) */

/* "true", "yes", "on", "false", "no", "off". */
const char *config_read_boolean(const char *value, bool *ret_boolean) __attribute__((warn_unused_result));

/* A number of seconds, or a number and its unit: "s", "min", "h" or "d"; from min_sec to max_sec. */
const char *config_read_duration(const char *value, int64_t min_sec, int64_t max_sec, int64_t *ret_sec)
        __attribute__((warn_unused_result));

/* A number from min to max; is_size: of bytes, with K, M or G after it for 2^10, 2^20 or 2^30 of them. */
const char *config_read_number(const char *value, bool is_size, uint64_t min, uint64_t max, uint64_t *ret_number)
        __attribute__((warn_unused_result));

/* An absolute path without control characters; a file's doesn't end in '/'; a socket's also fits into sun_path. */
const char *config_check_directory(const char *value) __attribute__((warn_unused_result));
const char *config_check_file(const char *value) __attribute__((warn_unused_result));
const char *config_check_socket_path(const char *value) __attribute__((warn_unused_result));

/* The name of a group, or its number; "" is none. */
const char *config_check_group(const char *value) __attribute__((warn_unused_result));

/* SCHEME://HOST[:PORT][/...], without spaces and control characters, and without a user or password, which logs would show. */
const char *config_check_url(const char *value) __attribute__((warn_unused_result));
/* The same for a proxy: also socks4, socks4a, socks5, socks5h. */
const char *config_check_proxy(const char *value) __attribute__((warn_unused_result));

/* "Name: value" (RFC 9110), but not a header that frames the message. */
const char *config_check_header(const char *value) __attribute__((warn_unused_result));

/* A sink's name: see CONFIG_NAME_MAX. */
const char *config_check_name(const char *value) __attribute__((warn_unused_result));
