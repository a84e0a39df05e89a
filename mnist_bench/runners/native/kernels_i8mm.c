/* USMMLA, which arm64 processors have since about 2021 (Cortex-A510 and A710, Apple A15 and M2). Its fp32 is NEON's,
 * and what USMMLA does not suit is SDOT's. */
#include "kernels_arm.h"

#if defined(HAS_DOTPROD_KERNELS)

#if defined(__linux__)
#include <sys/auxv.h>

static bool processor_has_it(void)
{
    return (getauxval(AT_HWCAP2) & 1UL << 13) != 0; /* HWCAP2_I8MM */
}
#elif defined(__APPLE__)
#include <sys/sysctl.h>

static bool processor_has_it(void)
{
    int has = 0;
    size_t size = sizeof has;
    return sysctlbyname("hw.optional.arm.FEAT_I8MM", &has, &size, NULL, 0) == 0 && has == 1;
}
#else
static bool processor_has_it(void)
{
    return false;
}
#endif

const struct kernels *kernels_i8mm(void)
{
    static const struct kernels i8mm = {
        .name = "i8mm",
        .f32_pools = true,
        .q8_pools = true,
        .f32_blocks = true,
        .q8_blocks = true,
        .f32_winograd = NEON_LANES,
        .depthwise = &neon_depthwise,
        .f32_packed_bytes = neon_f32_packed_bytes,
        .f32_pack = neon_f32_pack,
        .f32_conv = neon_f32_conv,
        .q8_packed_bytes = i8mm_q8_packed_bytes,
        .q8_pack = i8mm_q8_pack,
        .q8_conv = i8mm_q8_conv,
        .q8_scratch_bytes = i8mm_q8_scratch_bytes,
        .f32_peak = neon_f32_peak,
        .q8_peak = i8mm_q8_peak,
    };
    return kernels_dotprod() != NULL && processor_has_it() ? &i8mm : NULL;
}

#else

const struct kernels *kernels_i8mm(void)
{
    return NULL;
}

#endif
