/* The natural logarithm, so that Android's libm need not be opened: ln(2^e m) = e ln 2 + 2 atanh((m - 1) / (m + 1)). */
#include <math.h>
#include <stdint.h>
#include <string.h>

#define FRACTION_BITS 23
#define EXPONENT_OF_1 127
#define ROOT_OF_2 1.41421356237309504880
#define LN_2 0.69314718055994530942
#define TERMS 9 /* |x| is 0.172 at most, so that the first one left out is below 1e-15 */

/* Of a positive, finite, normal number: logits are made of probabilities that are at least LEAST_PROBABILITY. */
float logf(float number)
{
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    int exponent = (int)(bits >> FRACTION_BITS) - EXPONENT_OF_1;
    bits = (bits & ((1u << FRACTION_BITS) - 1)) | (uint32_t)EXPONENT_OF_1 << FRACTION_BITS;
    float mantissa;
    memcpy(&mantissa, &bits, sizeof mantissa);
    double m = mantissa;
    if (m > ROOT_OF_2) {
        m /= 2;
        exponent++;
    }
    const double x = (m - 1) / (m + 1);
    double sum = 0;
    for (int term = TERMS - 1; term >= 0; term--) {
        sum = sum * x * x + 1.0 / (2 * term + 1);
    }
    return (float)(exponent * LN_2 + 2 * x * sum);
}
