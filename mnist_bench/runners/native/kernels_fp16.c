/* fp16, which arm64 processors compute in since about 2017 (Cortex-A55 and A75, Apple A11). */
#include "arm.h"
#include "kernels_fp16.h"
#include "winograd.h"

#if defined(HAS_FP16_KERNELS)

static size_t packed_bytes(const struct conv *c)
{
    return c->winograd != NULL ? winograd_f16_packed_bytes(c, LANES) : fp16_direct_packed_bytes(c);
}

static void pack(const struct conv *c, const float *weights, const float *biases, void *to)
{
    if (c->winograd != NULL) {
        winograd_f16_pack(c, LANES, FP16_MOST_VECTORS, weights, biases, to);
    } else {
        fp16_direct_pack(c, weights, biases, to);
    }
}

static void conv(const struct conv *c, const half *in, half *out)
{
    if (c->winograd != NULL) {
        fp16_winograd_conv(c, in, out);
    } else {
        fp16_direct_conv(c, in, out);
    }
}

const struct f16_kernels *kernels_fp16(void)
{
    static const struct f16_kernels fp16 = {
        .winograd = LANES,
        .packed_bytes = packed_bytes,
        .pack = pack,
        .conv = conv,
        .peak = fp16_peak,
    };
    return arm_has_fp16() ? &fp16 : NULL;
}

#else

const struct f16_kernels *kernels_fp16(void)
{
    return NULL;
}

#endif
