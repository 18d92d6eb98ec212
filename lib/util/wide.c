#include "util/wide.h"

static int64_t saturated(bool is_negative)
{
        return is_negative ? INT64_MIN : INT64_MAX;
}

static uint64_t magnitude(int64_t value)
{
        return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

struct product {
        uint64_t high, low;
};

/* By halves, as on paper. */
static struct product multiply(uint64_t a, uint64_t b)
{
        uint64_t a_high = a >> 32, a_low = a & UINT32_MAX, b_high = b >> 32, b_low = b & UINT32_MAX;
        uint64_t low = a_low * b_low;
        uint64_t middle = a_high * b_low + (low >> 32);
        uint64_t other = a_low * b_high + (middle & UINT32_MAX);

        return (struct product){
                .high = a_high * b_high + (middle >> 32) + (other >> 32),
                .low = other << 32 | (low & UINT32_MAX),
        };
}

/* Bit by bit. product->high is less than the divisor: the quotient has 64 bits. */
static uint64_t divide(struct product product, uint64_t divisor)
{
        uint64_t quotient = 0;

        for (unsigned i = 0; i < 64; i++) {
                bool carry = product.high >> 63;

                product.high = product.high << 1 | product.low >> 63;
                product.low <<= 1;
                quotient <<= 1;
                if (carry || product.high >= divisor) {
                        product.high -= divisor;
                        quotient |= 1;
                }
        }
        return quotient;
}

int64_t mul_div(int64_t factor, int64_t multiplier, int64_t divisor)
{
        bool is_negative = ((factor < 0) != (multiplier < 0)) != (divisor < 0);
        int64_t exact;
        struct product product;
        uint64_t quotient;

        if (!__builtin_mul_overflow(factor, multiplier, &exact) && (exact != INT64_MIN || divisor != -1))
                return exact / divisor;
        product = multiply(magnitude(factor), magnitude(multiplier));
        if (product.high >= magnitude(divisor))
                return saturated(is_negative);
        quotient = divide(product, magnitude(divisor));
        if (quotient > INT64_MAX)
                return saturated(is_negative);
        return is_negative ? -(int64_t)quotient : (int64_t)quotient;
}

int64_t add_saturated(int64_t a, int64_t b)
{
        int64_t sum;

        return __builtin_add_overflow(a, b, &sum) ? saturated(a < 0) : sum;
}

/* The prime is 2^88 + 315. */
void fnv128_add(struct fnv128 *hash, struct text bytes)
{
        for (size_t i = 0; i < bytes.length; i++) {
                uint64_t from = hash->low ^ (uint8_t)bytes.data[i];
                struct product product = multiply(from, 315);

                hash->low = product.low;
                hash->high = hash->high * 315 + product.high + (from << 24);
        }
}
