/* What an x86 processor can execute. Asked of the processor itself: zig's runtime library answers every
 * __builtin_cpu_supports with no. */
#include "x86.h"

#if defined(__x86_64__)

#include <cpuid.h>

enum { XMM_YMM = 0x06, AND_ZMM = 0xe0 }; /* of the registers that the operating system keeps for each program */
enum { AVX_VNNI = 1 << 4 };              /* in eax of leaf 7, 1 */

/* Whether the system keeps these registers and leaf 7 has these bits. */
static bool has(uint64_t registers, uint32_t ebx_bits, uint32_t ecx_bits)
{
    uint32_t eax, ebx, ecx, edx, kept, kept_high;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || (ecx & bit_OSXSAVE) == 0 || (ecx & bit_FMA) == 0) {
        return false;
    }
    __asm__ volatile("xgetbv" : "=a"(kept), "=d"(kept_high) : "c"(0));
    if ((kept & registers) != registers || !__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) {
        return false;
    }
    return (ebx & ebx_bits) == ebx_bits && (ecx & ecx_bits) == ecx_bits;
}

bool x86_has_avx2(void)
{
    return has(XMM_YMM, bit_AVX2, 0);
}

bool x86_has_avx512vnni(void)
{
    return has(XMM_YMM | AND_ZMM, bit_AVX2 | bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL, bit_AVX512VNNI);
}

bool x86_has_avxvnni(void)
{
    uint32_t eax, ebx, ecx, edx;
    return x86_has_avx2() && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) && (eax & AVX_VNNI) != 0;
}

uint64_t x86_cache_bytes(void)
{
    uint32_t eax, ebx, ecx, edx; /* AMD's leaf, which Intel's processors have as well */
    return __get_cpuid(0x80000006, &eax, &ebx, &ecx, &edx) ? (uint64_t)(ecx >> 16) * 1024 : 0;
}

#endif
