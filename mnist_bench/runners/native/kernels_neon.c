/* NEON, which every arm64 processor has. */
#include "kernels_arm.h"

#if defined(__aarch64__)

void *q8_pack_biases(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers,
                     uint32_t less, void *to)
{
    const uint32_t channels = rounded_up(c->out_channels, 4), values = c->segments * c->length;
    int32_t *packed_biases = to;
    float *packed_multipliers = (float *)(packed_biases + channels);
    for (uint32_t out = 0; out < channels; out++) {
        const bool is_there = out < c->out_channels;
        uint32_t bias = is_there ? (uint32_t)biases[out] : 0;
        for (uint32_t at = 0; is_there && at < values; at++) {
            bias += less * (uint32_t)weights[weight_index(c, out, at)];
        }
        packed_biases[out] = (int32_t)bias;
        packed_multipliers[out] = is_there ? multipliers[out] : 0;
    }
    return packed_multipliers + channels;
}

const struct kernels neon_depthwise = {
    .name = "neon",
    .f32_packed_bytes = neon_depthwise_f32_packed_bytes,
    .f32_pack = neon_depthwise_f32_pack,
    .f32_conv = neon_depthwise_f32_conv,
    .q8_packed_bytes = neon_depthwise_q8_packed_bytes,
    .q8_pack = neon_depthwise_q8_pack,
    .q8_conv = neon_depthwise_q8_conv,
};

const struct kernels *kernels_neon(void)
{
    static const struct kernels neon = {
        .name = "neon",
        .f32_pools = true,
        .q8_pools = true,
        .f32_blocks = true,
        .f32_winograd = NEON_LANES,
        .q8_winograd = NEON_Q8_LANES,
        .depthwise = &neon_depthwise,
        .f32_packed_bytes = neon_f32_packed_bytes,
        .f32_pack = neon_f32_pack,
        .f32_conv = neon_f32_conv,
        .q8_packed_bytes = neon_q8_packed_bytes,
        .q8_pack = neon_q8_pack,
        .q8_conv = neon_q8_conv,
        .f32_peak = neon_f32_peak,
        .q8_peak = neon_q8_peak,
    };
    return &neon;
}

#else

const struct kernels *kernels_neon(void)
{
    return NULL;
}

#endif
