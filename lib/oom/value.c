#include "oom/value.h"

void oom_name_set(struct oom_name *name, struct text text)
{
        name->is_known = true;
        name->length = (uint8_t)(text.length < sizeof(name->data) ? text.length : sizeof(name->data));
        if (name->length)
                memcpy(name->data, text.data, name->length);
}

void oom_path_set(struct oom_path *path, struct text text)
{
        path->is_known = true;
        path->length = (uint16_t)(text.length < sizeof(path->data) ? text.length : sizeof(path->data));
        if (path->length)
                memcpy(path->data, text.data, path->length);
}

bool oom_path_is_within(struct text outer, struct text inner)
{
        if (!text_starts(inner, outer))
                return false;
        return text_equal(outer, TEXT("/")) || inner.length == outer.length || inner.data[outer.length] == '/';
}
