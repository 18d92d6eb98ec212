/* daemon/courier/http.h: sends one request over HTTP(S), on the event loop.
 *
 * The only file that knows libcurl. It knows nothing of alerts, of the spool, of what an answer means; it never
 * follows a redirect, never sends where the certificate does not check, and never keeps more of an answer than its
 * status and its Retry-After. Connections are kept and used again. */

#pragma once

#include <event2/event.h>
#include <stddef.h>
#include <stdint.h>

/* Past these an answer is cut off; its status counts when all of its headers were there. */
#define HTTP_HEADERS_MAX (64 * 1024)
#define HTTP_BODY_MAX    (64 * 1024)

struct http;
struct http_request;

struct http_post {
        const char *url;            /* https:// or http:// */
        const char *const *headers; /* whole lines, without their end */
        size_t n_headers;
        const char *body; /* borrowed until the answer */
        size_t body_length;
        const char *ca_file;                  /* PEM; these and no others. NULL: the system's */
        const char *client_cert, *client_key; /* PEM; NULL: none */
        const char *proxy;                    /* NULL: as the environment says */
        int64_t timeout_sec;                  /* of the whole request, connecting included */
};

enum http_result {
        HTTP_ANSWERED,
        HTTP_FAILED,    /* no connection, timeout, no HTTP, ... */
        HTTP_UNTRUSTED, /* the server's certificate does not check: unknown authority, wrong name, expired */
};

struct http_answer {
        enum http_result result;
        int status;              /* where HTTP_ANSWERED: 200 to 999 */
        const char *retry_after; /* value of that header; NULL: none */
        const char *message;     /* else: what went wrong, in words */
};

/* Called once, from the loop; answer is borrowed for the call. The request is over: its handle is no longer valid. */
typedef void http_done(const struct http_answer *answer, void *userdata);

/* Returns 0 or -errno. */
int http_new(struct event_base *base, struct http **ret_http) __attribute__((warn_unused_result));
/* Every request must be over or cancelled. Accepts NULL. Returns NULL. */
struct http *http_free(struct http *http);

/* Begins a POST. Returns 0 or -errno; done is called later, never from here. */
int http_post(struct http *http, const struct http_post *post, http_done *done, void *userdata,
              struct http_request **ret_request) __attribute__((warn_unused_result));

/* Ends a request without a call of done. Accepts NULL. Returns NULL. */
struct http_request *http_cancel(struct http_request *request);
