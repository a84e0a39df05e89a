/* Multiply-adds in registers on x86: FMA, and for int8 what each set has. */
#include "kernels_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define PEAK_REGISTER "v"
#include "peak.h"

#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512VNNI __attribute__((target("avx512f,avx512vnni")))

#define AVX2_FMA(sum, a, b) _mm256_fmadd_ps(a, b, sum)
#define AVX2_PAIRS(sum, a, b) _mm256_add_epi32(sum, _mm256_madd_epi16(a, b))

static inline __attribute__((always_inline)) AVX2 __m256i avxvnni_products(__m256i sum, __m256i a, __m256i b)
{
    __asm__(VPDPBUSD " %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
    return sum;
}

#define AVX512_FMA(sum, a, b) _mm512_fmadd_ps(a, b, sum)

PEAK_LOOP(avx2_f32_peak, AVX2, EACH_OF_12, __m256, 8, AVX2_FMA)
PEAK_LOOP(avx2_q8_peak, AVX2, EACH_OF_12, __m256i, 16, AVX2_PAIRS)
PEAK_LOOP(avxvnni_q8_peak, AVX2, EACH_OF_12, __m256i, 32, avxvnni_products)
PEAK_LOOP(avx512vnni_f32_peak, AVX512VNNI, EACH_OF_16, __m512, 16, AVX512_FMA)
PEAK_LOOP(avx512vnni_q8_peak, AVX512VNNI, EACH_OF_16, __m512i, 64, _mm512_dpbusd_epi32)

#endif
