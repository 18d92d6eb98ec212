/* lib/util/machine_identity.h: which machine, in which boot, records are of. lib/host fills it in for the machine it runs on. */

#pragma once

/* Empty strings: unknown. */
struct machine_identity {
        char name[256];
        char machine_id[33], boot_id[33]; /* 32 hex digits */
        char kernel[128];                 /* release, as uname -r */
};
