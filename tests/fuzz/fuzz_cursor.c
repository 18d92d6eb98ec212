/* Any bytes as the cursor's file: a cursor of this boot, of another one, or none. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "watch/cursor.h"

#define BOOT "0123456789abcdef0123456789abcdef"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text text = { (const char *)data, size };
        struct cursor cursor = { .seq = 12345 }, again;
        int r = cursor_parse(text, BOOT, &cursor);
        char line[128];
        int length;

        if (r < 0) {
                if ((r != -EBADMSG && r != -ESTALE) || cursor.seq != 12345)
                        abort();
                return 0;
        }
        /* what was read is read again from how it is written */
        if (cursor.has_mark)
                length = snprintf(line, sizeof(line), BOOT " %" PRIu64 " %" PRIu64 " %" PRId64 "\n", cursor.seq,
                                  cursor.mark.n_explained, cursor.mark.balanced_usec);
        else
                length = snprintf(line, sizeof(line), BOOT " %" PRIu64 "\n", cursor.seq);
        if (!text_starts(text, TEXT(BOOT " ")) || !text_ends(text, TEXT("\n")) ||
            cursor_parse((struct text){ line, (size_t)length }, BOOT, &again) < 0 || again.seq != cursor.seq ||
            again.has_mark != cursor.has_mark)
                abort();
        return 0;
}
