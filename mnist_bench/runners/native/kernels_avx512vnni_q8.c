/* int8 with AVX-512 VNNI: 16 sums in each of 32 registers. */
#include "kernels_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define VNNI __attribute__((target("avx2,fma,bmi2,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#define INLINE static inline __attribute__((always_inline)) VNNI

enum { LANES = 16 };

typedef __m512i vector;

/* Name, windows, vectors, pooling, half. */
#define TILINGS(each)                                                                                                  \
    each(tiles_8x1, 8, 1, false, false)                                                                                \
    each(tiles_8x2, 8, 2, false, false)                                                                                \
    each(tiles_7x2, 7, 2, false, false)                                                                                \
    each(tiles_8x3, 8, 3, false, false)                                                                                \
    each(tiles_7x3, 7, 3, false, false)                                                                                \
    each(tiles_7x3_half, 7, 3, false, true)                                                                            \
    each(pools_8x1, 8, 1, true, false)                                                                                 \
    each(pools_8x2, 8, 2, true, false)                                                                                 \
    each(pools_4x3, 4, 3, true, false)                                                                                 \
    each(pools_4x6, 4, 6, true, false)

#include "kernels_vnni_q8.h"

INLINE vector load(const char *from)
{
    return _mm512_load_si512(from);
}

/* Four values to all lanes. As assembly because the order matters: LLVM's scheduler loads them early and then has no
 * register for a sum. */
INLINE vector broadcast(const uint8_t *four)
{
    vector values;
    __asm__ volatile("vpbroadcastd %1, %0" : "=v"(values) : "m"(*(const uint8_t(*)[STEP])four));
    return values;
}

INLINE vector multiply_add(vector sum, vector values, vector weights)
{
    return _mm512_dpbusd_epi32(sum, values, weights);
}

/* Of the lower half alone, which some processors do in half the time. */
INLINE vector multiply_add_half(vector sum, vector values, vector weights)
{
    return _mm512_castsi256_si512(_mm256_dpbusd_epi32(_mm512_castsi512_si256(sum), _mm512_castsi512_si256(values),
                                                      _mm512_castsi512_si256(weights)));
}

INLINE vector multiply_add_from(vector sum, vector values, const char *weights)
{
    return _mm512_dpbusd_epi32(sum, values, _mm512_load_si512(weights));
}

INLINE vector add(vector a, vector b)
{
    return _mm512_add_epi32(a, b);
}

INLINE vector larger(vector a, vector b)
{
    return _mm512_max_epi32(a, b);
}

/* ---- requantization ---- */

INLINE __m512i scaled(vector sums, const char *multipliers)
{
    return _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(sums), _mm512_load_ps(multipliers)));
}

/* Two vectors as 16 bits, four channels of the one and then of the other in each quarter; with the zero point. */
INLINE __m512i shortened(const struct conv *c, __m512i a, __m512i b)
{
    return _mm512_adds_epi16(_mm512_packs_epi32(a, b), _mm512_set1_epi16(c->zero_point));
}

/* Up to four vectors. */
INLINE void store_some(const struct conv *c, uint8_t *out, const vector *sums, const char *multipliers,
                       uint32_t vectors, uint32_t count)
{
    const __m512i in_order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    __m512i four[4] = {0};
    for (uint32_t v = 0; v < vectors; v++) {
        four[v] = scaled(sums[v], multipliers + v * VECTOR);
    }
    const __m512i low = shortened(c, four[0], four[vectors > 1 ? 1 : 0]);
    const __m512i high = vectors > 2 ? shortened(c, four[2], four[vectors > 3 ? 3 : 2]) : low;
    __m512i bytes = _mm512_max_epu8(_mm512_packus_epi16(low, high), _mm512_set1_epi8((char)c->low_byte));
    bytes = _mm512_permutexvar_epi32(in_order, bytes);
    const uint64_t all = vectors == 4 ? ~UINT64_C(0) : (UINT64_C(1) << vectors * LANES) - 1;
    const uint64_t lanes = count >= vectors * LANES ? all : (UINT64_C(1) << count) - 1;
    if (vectors == 1) {
        _mm_mask_storeu_epi8(out, (__mmask16)lanes, _mm512_castsi512_si128(bytes));
    } else if (vectors == 2) {
        _mm256_mask_storeu_epi8(out, (__mmask32)lanes, _mm512_castsi512_si256(bytes));
    } else {
        _mm512_mask_storeu_epi8(out, lanes, bytes);
    }
}

INLINE void store_channels(const struct conv *c, uint8_t *out, const vector *sums, const char *multipliers,
                           uint32_t vectors, uint32_t count)
{
    for (uint32_t v = 0; v < vectors; v += 4) {
        store_some(c, out + v * LANES, sums + v, multipliers + v * VECTOR, vectors - v < 4 ? vectors - v : 4,
                   count - v * LANES);
    }
}

/* Three, or two where that leaves none alone; six where four windows are pooled and that leaves none. */
static uint32_t tile_vectors(const struct conv *c, uint32_t vectors)
{
    if (vectors % 3 == 0) {
        return c->pool && vectors % 6 == 0 ? 6 : 3;
    }
    return vectors == 1 ? 1 : vectors % 2 == 0 ? 2 : 3;
}

/* ---- the set's members ---- */

size_t avx512vnni_q8_packed_bytes(const struct conv *c)
{
    return packed_bytes(c);
}

void avx512vnni_q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers,
                        void *to)
{
    pack_blocks(c, weights, biases, multipliers, to);
}

VNNI void avx512vnni_q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    conv(c, in, out);
}
#endif
