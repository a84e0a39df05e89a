/* int8's weights for Winograd's way. */
#include "winograd_q8.h"

#include <string.h>

size_t winograd_q8_packed_bytes(const struct conv *conv)
{
    const struct winograd *w = conv->winograd;
    const size_t weights = (size_t)w->planes * rounded_up(conv->channels, WINOGRAD_STEP) * w->sum_row;
    return w->sum_row * (sizeof(int32_t) + sizeof(float)) + weights * sizeof(int16_t);
}

/* G g G' of nine weights with an integer G. */
static void transform_weights(uint32_t tile, const int8_t weights[9], int16_t *transformed)
{
    static const int two[4][3] = {{1, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 1}};
    static const int four[6][3] = {{1, 0, 0}, {-1, -1, -1}, {-1, 1, -1}, {1, 2, 4}, {1, -2, 4}, {0, 0, 1}};
    const int(*g)[3] = tile == 2 ? two : four;
    const uint32_t side = tile + 2;
    for (uint32_t i = 0; i < side; i++) {
        int row[3]; /* of G g */
        for (uint32_t j = 0; j < 3; j++) {
            row[j] = g[i][0] * weights[j] + g[i][1] * weights[3 + j] + g[i][2] * weights[6 + j];
        }
        for (uint32_t j = 0; j < side; j++) {
            transformed[i * side + j] = (int16_t)(row[0] * g[j][0] + row[1] * g[j][1] + row[2] * g[j][2]);
        }
    }
}

void winograd_q8_pack(const struct conv *conv, struct winograd_q8_order order, const int8_t *weights,
                      const int32_t *biases, const float *multipliers, void *to)
{
    const struct winograd *w = conv->winograd;
    const uint32_t channels = rounded_up(conv->channels, WINOGRAD_STEP), together = order.together;
    const size_t plane = (size_t)channels * w->sum_row;
    int32_t *packed_biases = to;
    float *packed_multipliers = (float *)(packed_biases + w->sum_row);
    int16_t *block = (int16_t *)(packed_multipliers + w->sum_row);
    memset(to, 0, winograd_q8_packed_bytes(conv));
    memcpy(packed_biases, biases, conv->out_channels * sizeof *biases);
    memcpy(packed_multipliers, multipliers, conv->out_channels * sizeof *multipliers);
    for (uint32_t first = 0, wide; first < w->sum_row; first += wide, block += (size_t)wide * channels) {
        wide = winograd_block(w->vectors - first / order.lanes, order.most) * order.lanes;
        for (uint32_t i = 0; i < wide && first + i < conv->out_channels; i++) {
            for (uint32_t in = 0; in < conv->channels; in++) {
                int16_t transformed[WINOGRAD_PLANES];
                int16_t *next = block + (size_t)(in / together * wide + i) * together + in % together;
                transform_weights(w->tile, weights + ((size_t)(first + i) * conv->channels + in) * 9, transformed);
                for (uint32_t p = 0; p < w->planes; p++) {
                    next[p * plane] = transformed[p];
                }
            }
        }
    }
}
