#include "util/prose.h"

#include <stdarg.h>
#include <stdio.h>

#include "util/utf8.h"

struct prose prose_start(char *buffer, size_t size)
{
        buffer[0] = '\0';
        return (struct prose){ buffer, size, 0 };
}

/* Whether it fitted. */
static bool add_whole(struct prose *prose, const char *data, size_t length)
{
        if (length >= prose->size - prose->length)
                return false;
        memcpy(prose->data + prose->length, data, length);
        prose->length += length;
        prose->data[prose->length] = '\0';
        return true;
}

/* Character by character, so that the end is not half a one. */
static void add_safe(struct prose *prose, struct text text)
{
        uint32_t character;
        size_t length;

        for (; text.length > 0; text = text_from_offset(text, length)) {
                bool fits;

                length = utf8_next(text, &character);
                if (character == UTF8_INVALID)
                        fits = add_whole(prose, UTF8_REPLACEMENT, sizeof(UTF8_REPLACEMENT) - 1);
                else if (utf8_is_unsafe(character))
                        fits = add_whole(prose, "?", 1);
                else
                        fits = add_whole(prose, text.data, length);
                if (!fits)
                        return;
        }
}

void prose_add(struct prose *prose, struct text text)
{
        if (text.length > 0 && !add_whole(prose, text.data, text.length))
                add_safe(prose, text);
}

void prose_format(struct prose *prose, const char *format, ...)
{
        char buffer[256];
        va_list arguments;
        int length;

        va_start(arguments, format);
        length = vsnprintf(buffer, sizeof(buffer), format, arguments);
        va_end(arguments);
        if (length > 0)
                prose_add(prose, (struct text){ buffer, (size_t)length < sizeof(buffer) ? (size_t)length
                                                                                        : sizeof(buffer) - 1 });
}

struct shown_size shown_size(int64_t bytes)
{
        const double kib = 1024.0, mib = 1024.0 * kib, gib = 1024.0 * mib;
        double size = (double)bytes;
        struct shown_size shown = { "0" };

        if (bytes == 0)
                return shown;
        if (size < mib)
                (void)snprintf(shown.text, sizeof(shown.text), "%.0f KiB", size < kib ? 1.0 : size / kib);
        else if (size < gib)
                (void)snprintf(shown.text, sizeof(shown.text), "%.1f MiB", size / mib);
        else
                (void)snprintf(shown.text, sizeof(shown.text), "%.1f GiB", size / gib); /* all fit */
        return shown;
}

void prose_size(struct prose *prose, int64_t bytes)
{
        prose_add(prose, text_from(SHOWN_SIZE(bytes)));
}

/* Moves offset out of a character: past at most the three bytes that may follow its first. */
static size_t character_start(struct text text, size_t offset)
{
        for (size_t i = 0; i < 3 && offset < text.length && ((uint8_t)text.data[offset] & 0xc0) == 0x80; i++)
                offset++;
        return offset;
}

void prose_name(struct prose *prose, struct text name, size_t limit)
{
        size_t head = limit / 3;

        if (name.length <= limit) {
                add_safe(prose, name);
                return;
        }
        add_safe(prose, text_until_offset(name, character_start(name, head)));
        prose_add(prose, TEXT("..."));
        add_safe(prose, text_from_offset(name, character_start(name, name.length - (limit - head))));
}
