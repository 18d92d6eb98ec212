#include "oom/value.h"

void oom_name_set(struct oom_name *name, struct text text)
{
        name->is_known = text.data != NULL;
        name->length = (uint8_t)text_copy(text, name->data, sizeof(name->data));
}

void oom_path_set(struct oom_path *path, struct text text)
{
        path->is_known = text.data != NULL;
        path->is_cut = false;
        path->length = (uint16_t)text_copy(text, path->data, sizeof(path->data));
}

bool oom_path_is_within(struct text outer, struct text inner)
{
        if (!text_starts(inner, outer))
                return false;
        return text_equal(outer, TEXT("/")) || inner.length == outer.length || inner.data[outer.length] == '/';
}

bool oom_path_may_hold(const struct oom_path *outer, struct text inner)
{
        struct text path = oom_path_text(outer);

        return outer->is_cut ? text_starts(inner, path) : oom_path_is_within(path, inner);
}
