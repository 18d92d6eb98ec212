/* Any bytes as one read() of /dev/kmsg: decoded or refused, and no text is longer than the record. */

#include <stdlib.h>

#include "kmsg/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *buffer = malloc(size + 1);
        struct kmsg_record record;

        if (buffer && kmsg_record_decode((struct text){ (const char *)data, size }, buffer, &record) == 0)
                if (record.text.length > size || record.level > 7 || record.caller.length > size)
                        abort();
        free(buffer);
        return 0;
}
