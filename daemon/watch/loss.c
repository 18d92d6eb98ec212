#include "watch/loss.h"

bool loss_add(struct loss *loss, uint64_t seq, uint64_t n_records, uint64_t mono_usec, int64_t now_usec)
{
        bool begins = loss->n_records == 0;

        if (begins) {
                loss->seq = seq;
                loss->begin_usec = now_usec;
        }
        loss->n_records += n_records;
        loss->mono_usec = mono_usec;
        loss->last_usec = now_usec;
        return begins;
}

bool loss_is_over(const struct loss *loss, int64_t now_usec)
{
        return loss->n_records > 0 &&
               (now_usec - loss->last_usec >= LOSS_PAUSE_USEC || now_usec - loss->begin_usec >= LOSS_LONGEST_USEC);
}
