/* daemon/courier/http.h: POST requests over HTTP(S) on the event loop.
 *
 * It never follows a redirect, never sends to a server whose certificate it can't verify, and keeps nothing of an answer but
 * the status and Retry-After. Connections are kept open and used again. */

#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/event.h"

/* Bytes of an answer; past these it is cut off. Its status counts if all of its headers have come. */
#define HTTP_HEADERS_MAX (64 * 1024)
#define HTTP_BODY_MAX    (64 * 1024)

struct http;
struct http_request;

struct http_post {
        const char *url;            /* https:// or http:// */
        const char *const *headers; /* each "Name: value"; copied */
        size_t n_headers;
        const char *body; /* borrowed until done is called, or http_cancel() */
        size_t body_length;
        const char *ca_file;                  /* PEM; the only authorities trusted. NULL: the system's */
        const char *client_cert, *client_key; /* PEM; NULL: none */
        const char *proxy;                    /* NULL: as the environment says */
        int64_t timeout_sec;                  /* of the whole request, connecting included */
};

enum http_result {
        HTTP_ANSWERED,
        HTTP_FAILED,    /* no connection, timeout, not HTTP, ... */
        HTTP_UNTRUSTED, /* the server's certificate was not accepted: unknown authority, wrong name, expired */
};

struct http_answer {
        enum http_result result;
        int status;              /* if HTTP_ANSWERED: 200 to 999 */
        const char *retry_after; /* the header's value; NULL: none */
        const char *message;     /* if not HTTP_ANSWERED: the failure in words */
};

/* Called once, from the loop, unless the request is cancelled. answer is borrowed for the call; the request is freed after
 * it and must not be used any more. */
typedef void http_done(const struct http_answer *answer, void *userdata);

/* base is borrowed. Returns 0 or -ENOMEM. */
int http_new(struct event_base *base, struct http **ret_http) __attribute__((warn_unused_result));
/* No request may be in flight. Accepts NULL. Returns NULL. */
struct http *http_free(struct http *http);

/* Begins a POST. post is read, and nothing of it kept but body. Returns 0 or -ENOMEM. done is called later, never from here. */
int http_post(struct http *http, const struct http_post *post, http_done *done, void *userdata,
              struct http_request **ret_request) __attribute__((warn_unused_result));

/* Ends a request without calling done. Accepts NULL. Returns NULL. */
struct http_request *http_cancel(struct http_request *request);
