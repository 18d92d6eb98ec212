/* Any bytes as what a client of the control socket sends: each line is a request or is refused with a reason, on a line. */

#include <errno.h>
#include <stdlib.h>

#include "watch/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text rest = { (const char *)data, size };

        while (rest.length > 0) {
                struct text line = text_eat_until(&rest, '\n');
                enum request_kind kind = (enum request_kind)99;
                int r = request_parse(line, &kind);

                (void)text_eat(&rest, TEXT("\n"));
                if (r == 0 && (kind != REQUEST_STATUS || text_find(line, TEXT("{"), 0) < 0))
                        abort();
                if (r < 0 && (kind != (enum request_kind)99 || text_count(request_refusal(r), '\n') != 1))
                        abort();
                if (r < 0 && r != -EBADMSG && r != -ENOENT && r != -EMSGSIZE)
                        abort();
        }
        return 0;
}
