#include "logfile/envelope.h"

#include "util/array.h"

static log_envelope_fn *const families[] = {
        log_envelope_logfmt, log_envelope_events, log_envelope_frames,
        log_envelope_logcat, log_envelope_relay,  log_envelope_csv,
};

bool log_envelope_open(struct text line, char *buffer, log_offer_fn *offer, void *userdata)
{
        for (size_t i = 0; i < COUNT(families); i++)
                if (families[i](line, buffer, offer, userdata))
                        return true;
        return false;
}
