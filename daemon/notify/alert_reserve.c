#include "notify/alert_reserve.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "alert/minimal.h"

struct reserved_alert {
        struct rendered_alert rendered; /* first: it is found by it; n_references 0: it is free */
        struct alert_reserve *reserve;
        char fields[ALERT_MINIMAL_FIELDS_MAX + 1];
        char json_field[sizeof(ALERT_MINIMAL_JSON_FIELD) + ALERT_MINIMAL_JSON_MAX];
        char text[ALERT_MINIMAL_TEXT_MAX + 1];
};

struct alert_reserve {
        unsigned n_used;
        bool is_orphan; /* nobody but those in use needs it */
        struct reserved_alert alerts[ALERT_RESERVE_MAX];
};

int alert_reserve_new(struct alert_reserve **ret_reserve)
{
        struct alert_reserve *reserve = malloc(sizeof(*reserve));

        if (!reserve)
                return -ENOMEM;
        /* Not calloc(), whose pages would not be there yet; a compiler that sees both calls makes one of them. */
        memset(reserve, 0xff, sizeof(*reserve));
        __asm__ volatile("" : : "r"(reserve) : "memory");
        memset(reserve, 0, sizeof(*reserve));
        *ret_reserve = reserve;
        return 0;
}

struct alert_reserve *alert_reserve_free(struct alert_reserve *reserve)
{
        if (!reserve)
                return NULL;
        reserve->is_orphan = true;
        if (reserve->n_used == 0)
                free(reserve);
        return NULL;
}

/* A rendered_alert.release */
static void release(struct rendered_alert *rendered)
{
        struct alert_reserve *reserve = ((struct reserved_alert *)(void *)rendered)->reserve;

        reserve->n_used--;
        if (reserve->is_orphan && reserve->n_used == 0)
                free(reserve);
}

struct rendered_alert *alert_reserve_render(struct alert_reserve *reserve, const struct alert *alert)
{
        static const size_t name_length = sizeof(ALERT_MINIMAL_JSON_FIELD) - 1;
        struct reserved_alert *reserved = NULL;
        struct rendered_alert *rendered;

        for (size_t i = 0; i < ALERT_RESERVE_MAX && !reserved; i++)
                if (reserve->alerts[i].rendered.n_references == 0)
                        reserved = &reserve->alerts[i];
        if (!reserved)
                return NULL;
        reserve->n_used++;
        reserved->reserve = reserve;
        rendered = &reserved->rendered;
        rendered_alert_init(rendered, alert);
        rendered->release = release;
        memcpy(reserved->json_field, ALERT_MINIMAL_JSON_FIELD, name_length);
        rendered->json = reserved->json_field + name_length;
        rendered->json_length = alert_minimal_json(alert, rendered->json);
        alert_minimal_fields(alert, (struct text){ reserved->json_field, name_length + rendered->json_length },
                             reserved->fields, &rendered->fields);
        rendered->json[rendered->json_length] = '\n'; /* in place of the terminator */
        rendered->text = reserved->text;
        rendered->text_length = alert_minimal_text(alert, reserved->text);
        return rendered;
}

bool alert_reserve_has_capacity(const struct alert_reserve *reserve)
{
        return reserve->n_used <= ALERT_RESERVE_MAX / 2;
}
