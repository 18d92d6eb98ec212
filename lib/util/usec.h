/* lib/util/usec.h: times are counts of microseconds. */

#pragma once

#include <stdint.h>

#define USEC_PER_SEC INT64_C(1000000)
