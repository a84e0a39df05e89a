/* SDOT, which arm64 processors have since about 2018 (Cortex-A55 and A76, Apple A13); its fp32 is NEON's. */
#include "arm.h"
#include "kernels_arm.h"

#if defined(HAS_DOTPROD_KERNELS)

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
    return arm_has_dotprod() ? &dotprod : NULL;
}

#else

const struct kernels *kernels_dotprod(void)
{
    return NULL;
}

#endif
