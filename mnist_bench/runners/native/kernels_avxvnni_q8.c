/* int8 with AVX-VNNI: eight sums in each of 16 registers. */
#include "kernels_x86.h"

#if defined(__x86_64__)

#include "kernels_avx2_q8.h"

#define VNNI AVX2 /* all that is of AVX-VNNI is in assembly */

typedef __m256i vector;

/* Name, windows, vectors, pooling, half. */
#define TILINGS(each)                                                                                                  \
    each(tiles_8x1, 8, 1, false, false)                                                                                \
    each(tiles_6x2, 6, 2, false, false)                                                                                \
    each(tiles_4x3, 4, 3, false, false)                                                                                \
    each(tiles_2x5, 2, 5, false, false)                                                                                \
    each(pools_8x1, 8, 1, true, false)                                                                                 \
    each(pools_4x2, 4, 2, true, false)                                                                                 \
    each(pools_4x3, 4, 3, true, false)

#include "kernels_vnni_q8.h"

INLINE vector load(const char *from)
{
    return _mm256_load_si256((const __m256i *)(const void *)from);
}

/* As assembly because the order matters, as for AVX2: with a register more in use, one sum would have none. */
INLINE vector broadcast(const uint8_t *four)
{
    vector values;
    __asm__ volatile("vpbroadcastd %1, %0" : "=x"(values) : "m"(*(const uint8_t(*)[STEP])four));
    return values;
}

INLINE vector multiply_add(vector sum, vector values, vector weights)
{
    __asm__ volatile(VPDPBUSD " %2, %1, %0" : "+x"(sum) : "x"(values), "x"(weights));
    return sum;
}

INLINE vector multiply_add_half(vector sum, vector values, vector weights)
{
    return multiply_add(sum, values, weights);
}

INLINE vector multiply_add_from(vector sum, vector values, const char *weights)
{
    __asm__ volatile(VPDPBUSD " %2, %1, %0" : "+x"(sum) : "x"(values), "m"(*(const char(*)[VECTOR])weights));
    return sum;
}

INLINE vector add(vector a, vector b)
{
    return _mm256_add_epi32(a, b);
}

INLINE vector larger(vector a, vector b)
{
    return _mm256_max_epi32(a, b);
}

INLINE void store_channels(const struct conv *c, uint8_t *out, const vector *sums, const char *multipliers,
                           uint32_t vectors, uint32_t count)
{
    UNROLL
    for (uint32_t v = 0; v < vectors; v++) {
        store(c, out + v * LANES, sums[v], (const float *)(const void *)(multipliers + v * VECTOR),
              v + 1 < vectors ? LANES : count - v * LANES);
    }
}

/* Five where that leaves none, which only two windows have registers for; else three, or two where that leaves none
 * alone. */
static uint32_t tile_vectors(const struct conv *c, uint32_t vectors)
{
    if (vectors % 5 == 0 && !c->pool) {
        return 5;
    }
    return vectors == 2 || vectors == 4 ? 2 : vectors == 1 ? 1 : 3;
}

/* ---- the set's members ---- */

size_t avxvnni_q8_packed_bytes(const struct conv *c)
{
    return packed_bytes(c);
}

void avxvnni_q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers,
                     void *to)
{
    pack_blocks(c, weights, biases, multipliers, to);
}

VNNI void avxvnni_q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    conv(c, in, out);
}
#endif
