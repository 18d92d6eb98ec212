#include "output/printer.h"

#include <errno.h>

#define COPY_SIZE 16384

struct text printer_location_name(const struct alert_location *location)
{
        if (!location->path)
                return TEXT("the journal");
        return strcmp(location->path, "-") == 0 ? TEXT("standard input") : text_from(location->path);
}

int printer_copy(FILE *from, long end, FILE *to)
{
        char buffer[COPY_SIZE];
        size_t length, room;

        rewind(from); /* writes what is buffered, too */
        for (long at = 0; end < 0 || at < end; at += (long)length) {
                room = end >= 0 && (size_t)(end - at) < sizeof(buffer) ? (size_t)(end - at) : sizeof(buffer);
                length = fread(buffer, 1, room, from);
                if (length == 0)
                        break;
                (void)fwrite(buffer, 1, length, to); /* the caller asks ferror() */
        }
        return ferror(from) ? -EIO : 0;
}
