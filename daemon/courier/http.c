#include "courier/http.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/time.h>

#include "util/cleanup.h"

#define USER_AGENT "oomwatch-courier/" OOMWATCH_VERSION

struct http {
        struct event_base *base;
        CURLM *multi;
        struct event *timer;
        size_t n_requests;
};

struct http_request {
        struct http *http;
        CURL *easy;
        struct curl_slist *headers;
        http_done *done;
        void *userdata;
        size_t header_bytes, body_bytes;
        bool has_answer; /* all headers of the final answer have come */
        char error[CURL_ERROR_SIZE];
};

/* --- libcurl on the loop --------------------------------------------------------------------------------------- */

static void finish(struct http_request *request, CURLcode code)
{
        struct http_answer answer = { .result = HTTP_FAILED };
        struct curl_header *retry_after = NULL;
        long status = 0;

        /* An answer that was cut off after its headers counts: another request would deliver the alert twice. */
        if (code == CURLE_OK || request->has_answer) {
                (void)curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status); /* 0 where it fails */
                answer.result = HTTP_ANSWERED;
                answer.status = (int)status;
                if (curl_easy_header(request->easy, "Retry-After", 0, CURLH_HEADER, -1, &retry_after) == CURLHE_OK)
                        answer.retry_after = retry_after->value;
        } else {
                if (code == CURLE_PEER_FAILED_VERIFICATION)
                        answer.result = HTTP_UNTRUSTED;
                answer.message = request->error[0] ? request->error : curl_easy_strerror(code);
        }
        request->done(&answer, request->userdata);
        (void)http_cancel(request);
}

static void finish_completed(struct http *http)
{
        struct CURLMsg *message;
        int n_left;

        while ((message = curl_multi_info_read(http->multi, &n_left))) {
                CURLcode code = message->data.result;
                char *request = NULL;

                if (message->msg != CURLMSG_DONE)
                        continue;
                (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &request); /* was set: can't fail */
                assert(request);
                finish((struct http_request *)(void *)request, code);
        }
}

static void on_socket(evutil_socket_t fd, short what, void *userdata)
{
        int action = ((what & EV_READ) ? CURL_CSELECT_IN : 0) | ((what & EV_WRITE) ? CURL_CSELECT_OUT : 0);
        struct http *http = userdata;
        int running;

        (void)curl_multi_socket_action(http->multi, fd, action,
                                       &running); /* failures come as messages of the requests */
        finish_completed(http);
}

static void on_timer(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct http *http = userdata;
        int running;

        (void)curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running); /* as above */
        finish_completed(http);
}

static int set_socket(_unused_ CURL *easy, curl_socket_t fd, int what, void *userdata, void *socket_data)
{
        struct event *event = socket_data;
        struct http *http = userdata;
        short kind = EV_PERSIST;

        event_done(event);
        (void)curl_multi_assign(http->multi, fd, NULL); /* fails only for a socket that libcurl doesn't know */
        if (what == CURL_POLL_REMOVE)
                return 0;
        if (what & CURL_POLL_IN)
                kind |= EV_READ;
        if (what & CURL_POLL_OUT)
                kind |= EV_WRITE;
        event = event_new(http->base, fd, kind, on_socket, http);
        if (!event || event_add(event, NULL) < 0) {
                event_done(event);
                return -1;
        }
        (void)curl_multi_assign(http->multi, fd, event); /* as above */
        return 0;
}

static int set_timer(_unused_ CURLM *multi, long timeout_ms, void *userdata)
{
        struct http *http = userdata;

        return timeout_ms < 0 ? event_del(http->timer) : timer_start(http->timer, timeout_ms);
}

int http_new(struct event_base *base, struct http **ret_http)
{
        struct http *http;

        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
                return -ENOMEM;
        http = calloc(1, sizeof(*http));
        if (!http) {
                curl_global_cleanup();
                return -ENOMEM;
        }
        http->base = base;
        http->timer = evtimer_new(base, on_timer, http);
        http->multi = curl_multi_init();
        if (!http->timer || !http->multi ||
            curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, set_socket) != CURLM_OK ||
            curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http) != CURLM_OK ||
            curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, set_timer) != CURLM_OK ||
            curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http) != CURLM_OK) {
                http_free(http);
                return -ENOMEM;
        }
        *ret_http = http;
        return 0;
}

struct http *http_free(struct http *http)
{
        if (!http)
                return NULL;
        assert(http->n_requests == 0);
        if (http->multi)
                (void)curl_multi_cleanup(http->multi); /* can fail only for a bad handle */
        event_done(http->timer);
        free(http);
        curl_global_cleanup();
        return NULL;
}

/* --- one request ----------------------------------------------------------------------------------------------- */

static size_t on_header(char *data, size_t size, size_t count, void *userdata)
{
        struct http_request *request = userdata;
        size_t length = size * count;
        long status = 0;

        request->header_bytes += length;
        if (request->header_bytes > HTTP_HEADERS_MAX)
                return 0;
        if (length <= 2 && (data[0] == '\r' || data[0] == '\n')) { /* the end of the headers, also of a 1xx */
                (void)curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status); /* 0 where it fails */
                request->has_answer = status >= 200;
        }
        return length;
}

static size_t on_body(_unused_ char *data, size_t size, size_t count, void *userdata)
{
        struct http_request *request = userdata;

        request->body_bytes += size * count;
        return request->body_bytes > HTTP_BODY_MAX ? 0 : size * count;
}

static int set_headers(struct http_request *request, const struct http_post *post)
{
        for (size_t i = 0; i < post->n_headers; i++) {
                struct curl_slist *headers = curl_slist_append(request->headers, post->headers[i]);

                if (!headers)
                        return -ENOMEM;
                request->headers = headers;
        }
        return 0;
}

/* Sets one option; the first failure stays in code. */
#define SET(option, value) (code = code == CURLE_OK ? curl_easy_setopt(easy, (option), (value)) : code)

static CURLcode set_security(CURL *easy, const struct http_post *post)
{
        CURLcode code = CURLE_OK;

        SET(CURLOPT_PROTOCOLS_STR, "https,http");
        SET(CURLOPT_FOLLOWLOCATION, 0L);
        SET(CURLOPT_SSL_VERIFYPEER, 1L);
        SET(CURLOPT_SSL_VERIFYHOST, 2L);
        if (post->ca_file) {
                SET(CURLOPT_CAINFO, post->ca_file);
                SET(CURLOPT_CAPATH, NULL); /* else the distribution's directory would be trusted too */
                SET(CURLOPT_CA_CACHE_TIMEOUT,
                    0L); /* a changed file is used with the next connection, not a day later */
        }
        if (post->client_cert)
                SET(CURLOPT_SSLCERT, post->client_cert);
        if (post->client_key)
                SET(CURLOPT_SSLKEY, post->client_key);
        if (post->proxy)
                SET(CURLOPT_PROXY, post->proxy);
        return code;
}

static CURLcode set_request(struct http_request *request, const struct http_post *post)
{
        CURL *easy = request->easy;
        CURLcode code = CURLE_OK;

        SET(CURLOPT_PRIVATE, (void *)request);
        SET(CURLOPT_ERRORBUFFER, request->error);
        SET(CURLOPT_URL, post->url);
        SET(CURLOPT_USERAGENT, USER_AGENT);
        SET(CURLOPT_HTTPHEADER, request->headers);
        SET(CURLOPT_POSTFIELDS, post->body);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->body_length);
        SET(CURLOPT_HEADERFUNCTION, on_header);
        SET(CURLOPT_HEADERDATA, request);
        SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* the answer of a proxy is not the receiver's */
        SET(CURLOPT_WRITEFUNCTION, on_body);
        SET(CURLOPT_WRITEDATA, request);
        SET(CURLOPT_TIMEOUT_MS, (long)post->timeout_sec * 1000);
        SET(CURLOPT_CONNECTTIMEOUT_MS, (long)post->timeout_sec * 1000);
        SET(CURLOPT_NOSIGNAL, 1L);
        SET(CURLOPT_QUICK_EXIT, 1L); /* else a request's end waits for a stalled resolver: 5.5 s, measured */
        return code == CURLE_OK ? set_security(easy, post) : code;
}

int http_post(struct http *http, const struct http_post *post, http_done *done, void *userdata,
              struct http_request **ret_request)
{
        struct http_request *request = calloc(1, sizeof(*request));

        if (!request)
                return -ENOMEM;
        http->n_requests++;
        request->http = http;
        request->done = done;
        request->userdata = userdata;
        request->easy = curl_easy_init();
        if (!request->easy || set_headers(request, post) < 0 || set_request(request, post) != CURLE_OK ||
            curl_multi_add_handle(http->multi, request->easy) != CURLM_OK) {
                (void)http_cancel(request);
                return -ENOMEM;
        }
        *ret_request = request;
        return 0;
}

struct http_request *http_cancel(struct http_request *request)
{
        if (!request)
                return NULL;
        (void)curl_multi_remove_handle(request->http->multi, request->easy); /* can fail only where it wasn't added */
        curl_easy_cleanup(request->easy);
        curl_slist_free_all(request->headers);
        request->http->n_requests--;
        free(request);
        return NULL;
}
