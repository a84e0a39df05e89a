/* USMMLA, which arm64 processors have since about 2021 (Cortex-A510 and A710, Apple A15 and M2). Its fp32 is NEON's,
 * and what USMMLA does not suit is SDOT's. */
#include "arm.h"
#include "kernels_arm.h"

#if defined(HAS_DOTPROD_KERNELS)

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
    return kernels_dotprod() != NULL && arm_has_i8mm() ? &i8mm : NULL;
}

#else

const struct kernels *kernels_i8mm(void)
{
    return NULL;
}

#endif
