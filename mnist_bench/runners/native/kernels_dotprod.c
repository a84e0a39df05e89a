/* SDOT, which arm64 processors have since about 2018 (Cortex-A55 and A76, Apple A13); its fp32 is NEON's. */
#include "kernels_arm.h"

#if defined(HAS_DOTPROD_KERNELS)

#if defined(__linux__)
#include <sys/auxv.h>

static bool processor_has_it(void)
{
    return (getauxval(AT_HWCAP) & 1UL << 20) != 0; /* HWCAP_ASIMDDP */
}
#elif defined(__APPLE__)
#include <sys/sysctl.h>

static bool processor_has_it(void)
{
    int has = 0;
    size_t size = sizeof has;
    return sysctlbyname("hw.optional.arm.FEAT_DotProd", &has, &size, NULL, 0) == 0 && has == 1;
}
#else
static bool processor_has_it(void)
{
    return false;
}
#endif

const struct kernels *kernels_dotprod(void)
{
    static const struct kernels dotprod = {
        .name = "dotprod",
        .f32_pools = true,
        .q8_pools = true,
        .f32_blocks = true,
        .q8_blocks = true,
        .f32_winograd = NEON_LANES,
        .depthwise = &neon_depthwise,
        .f32_packed_bytes = neon_f32_packed_bytes,
        .f32_pack = neon_f32_pack,
        .f32_conv = neon_f32_conv,
        .q8_packed_bytes = dotprod_q8_packed_bytes,
        .q8_pack = dotprod_q8_pack,
        .q8_conv = dotprod_q8_conv,
        .f32_peak = neon_f32_peak,
        .q8_peak = dotprod_q8_peak,
    };
    return processor_has_it() ? &dotprod : NULL;
}

#else

const struct kernels *kernels_dotprod(void)
{
    return NULL;
}

#endif
