/* Winograd's way: when to go it, where its numbers lie, and its weights. */
#include "winograd.h"

#include <string.h>

#include "half.h"

#define PLANE_GAP 64              /* bytes behind each plane */
#define F4_CHANNELS 256           /* from so many on, F(4 x 4)'s rounding errors are too large */

/* Instructions of each transform for one vector of channels and one tile, about; a product of vectors is one. */
struct cost {
    uint32_t values, sums;
};

static const struct cost costs[] = {[2] = {64, 44}, [4] = {220, 150}};

/* Products that take as long as reading one weight for a vector of 16 lanes, from the second-level cache and from what
 * is behind it. */
enum { NEAR_WEIGHT = 4, FAR_WEIGHT = 8 };

static uint32_t height_of(const struct conv *conv)
{
    return conv->pool ? 2 * conv->out_height : conv->out_height;
}

static uint32_t width_of(const struct conv *conv)
{
    return conv->pool ? 2 * conv->out_width : conv->out_width;
}

static uint32_t tiles_of(const struct conv *conv, uint32_t tile)
{
    return (height_of(conv) + tile - 1) / tile * ((width_of(conv) + tile - 1) / tile);
}

static uint64_t pairs_of(const struct conv *conv, uint32_t lanes)
{
    return (uint64_t)conv->channels * rounded_up(conv->out_channels, lanes);
}

struct winograd winograd_layout(const struct conv *conv, uint32_t tile, struct winograd_kind kind,
                                uint64_t *scratch_bytes)
{
    struct winograd w = {.tile = tile, .planes = (tile + 2) * (tile + 2)};
    w.height = height_of(conv);
    w.width = width_of(conv);
    w.columns = (w.width + tile - 1) / tile;
    w.tiles = tiles_of(conv, tile);
    w.vectors = (conv->out_channels + kind.lanes - 1) / kind.lanes;
    w.sum_row = w.vectors * kind.lanes;
    const uint64_t tile_bytes =
        w.planes * ((uint64_t)conv->channels * kind.value_bytes + (uint64_t)w.sum_row * kind.sum_bytes);
    const uint64_t passes = (w.tiles * tile_bytes + kind.most_scratch - 1) / kind.most_scratch;
    w.at_once = passes > 1 ? rounded_up((uint32_t)((w.tiles + passes - 1) / passes), WINOGRAD_FEWEST_TILES) : w.tiles;
    w.value_plane = (size_t)w.at_once * conv->channels + PLANE_GAP / kind.value_bytes;
    w.sum_plane = (size_t)w.at_once * w.sum_row + PLANE_GAP / kind.sum_bytes;
    w.sums_at = (w.planes * w.value_plane * kind.value_bytes + 63) / 64 * 64;
    *scratch_bytes = w.sums_at + w.planes * w.sum_plane * kind.sum_bytes;
    return w;
}

bool winograd_can(const struct conv *conv, uint32_t tile, uint32_t lanes)
{
    return conv->kernel_height == WINOGRAD_KERNEL && conv->kernel_width == WINOGRAD_KERNEL &&
           conv->channels >= lanes && conv->out_channels >= lanes &&
           tiles_of(conv, tile) >= WINOGRAD_FEWEST_TILES;
}

uint64_t winograd_weight_bytes(const struct conv *conv, uint32_t tile, uint32_t lanes, uint32_t weight_bytes)
{
    return (tile + 2) * (tile + 2) * pairs_of(conv, lanes) * weight_bytes;
}

/* Time in products of two numbers, where `weights` times as many weights as there are pairs of channels are read. */
static uint64_t time_of(const struct conv *conv, uint32_t lanes, uint64_t products, uint32_t weights, bool is_near)
{
    const uint64_t each = (is_near ? NEAR_WEIGHT : FAR_WEIGHT) * lanes / 16;
    return pairs_of(conv, lanes) * (products + weights * each);
}

uint32_t winograd_best(const struct conv *conv, struct winograd_kind kind, uint64_t room)
{
    const uint64_t pixels = (uint64_t)height_of(conv) * width_of(conv);
    const uint32_t lanes = kind.lanes, weight_bytes = kind.value_bytes;
    const uint64_t direct_bytes = winograd_weight_bytes(conv, 1, lanes, weight_bytes); /* of nine, too */
    uint64_t least = time_of(conv, lanes, 9 * pixels * kind.direct_quarters / 4, 9, direct_bytes <= room);
    uint32_t best = 0;
    for (uint32_t tile = 2; tile <= kind.most_tile; tile += 2) {
        if (!winograd_can(conv, tile, lanes) || (tile == 4 && conv->channels >= F4_CHANNELS)) {
            continue;
        }
        const uint64_t tiles = tiles_of(conv, tile), planes = (tile + 2) * (tile + 2);
        const uint64_t sums = rounded_up(conv->out_channels, lanes);
        const bool is_near = winograd_weight_bytes(conv, tile, lanes, weight_bytes) <= room;
        const uint64_t time = time_of(conv, lanes, planes * tiles, (uint32_t)planes, is_near) +
                              tiles * (costs[tile].values * (uint64_t)conv->channels + costs[tile].sums * sums);
        if (time < least) {
            least = time;
            best = tile;
        }
    }
    return best;
}

/* G g G' of nine weights, `planes` numbers. */
static void transform_weights(uint32_t tile, const float weights[9], double *transformed)
{
    static const double two[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
    static const double four[6][3] = {{1.0 / 4, 0, 0},
                                      {-1.0 / 6, -1.0 / 6, -1.0 / 6},
                                      {-1.0 / 6, 1.0 / 6, -1.0 / 6},
                                      {1.0 / 24, 1.0 / 12, 1.0 / 6},
                                      {1.0 / 24, -1.0 / 12, 1.0 / 6},
                                      {0, 0, 1}};
    const double(*g)[3] = tile == 2 ? two : four;
    const uint32_t side = tile + 2;
    double rows[6][3]; /* G g */
    for (uint32_t i = 0; i < side; i++) {
        for (uint32_t j = 0; j < 3; j++) {
            rows[i][j] = g[i][0] * (double)weights[j] + g[i][1] * (double)weights[3 + j] +
                         g[i][2] * (double)weights[6 + j];
        }
    }
    for (uint32_t i = 0; i < side; i++) {
        for (uint32_t j = 0; j < side; j++) {
            transformed[i * side + j] = rows[i][0] * g[j][0] + rows[i][1] * g[j][1] + rows[i][2] * g[j][2];
        }
    }
}

/* Puts number `at` of those at `to`, in one precision. */
typedef void put_function(void *to, size_t at, float number);

static void put_float(void *to, size_t at, float number)
{
    ((float *)to)[at] = number;
}

static void put_half(void *to, size_t at, float number)
{
    ((half *)to)[at] = half_of_float(number);
}

static size_t packed_bytes(const struct conv *conv, uint32_t lanes, uint32_t number_bytes)
{
    const uint64_t weights = winograd_weight_bytes(conv, conv->winograd->tile, lanes, number_bytes);
    return (size_t)weights + conv->winograd->sum_row * number_bytes;
}

static void pack(const struct conv *conv, uint32_t lanes, uint32_t most, const float *weights, const float *biases,
                 put_function *put, void *to)
{
    const struct winograd *w = conv->winograd;
    const size_t plane = (size_t)conv->channels * w->sum_row;
    size_t next = w->sum_row;
    for (uint32_t out = 0; out < conv->out_channels; out++) {
        put(to, out, biases[out]);
    }
    for (uint32_t first = 0, wide; first < w->sum_row; first += wide) {
        wide = winograd_block(w->vectors - first / lanes, most) * lanes;
        for (uint32_t in = 0; in < conv->channels; in++, next += wide) {
            for (uint32_t i = 0; i < wide && first + i < conv->out_channels; i++) {
                double transformed[WINOGRAD_PLANES];
                transform_weights(w->tile, weights + ((size_t)(first + i) * conv->channels + in) * 9, transformed);
                for (uint32_t p = 0; p < w->planes; p++) {
                    put(to, next + i + p * plane, (float)transformed[p]);
                }
            }
        }
    }
}

size_t winograd_f32_packed_bytes(const struct conv *conv, uint32_t lanes)
{
    return packed_bytes(conv, lanes, sizeof(float));
}

void winograd_f32_pack(const struct conv *conv, uint32_t lanes, uint32_t most, const float *weights,
                       const float *biases, void *to)
{
    memset(to, 0, winograd_f32_packed_bytes(conv, lanes));
    pack(conv, lanes, most, weights, biases, put_float, to);
}

size_t winograd_f16_packed_bytes(const struct conv *conv, uint32_t lanes)
{
    return packed_bytes(conv, lanes, sizeof(half));
}

void winograd_f16_pack(const struct conv *conv, uint32_t lanes, uint32_t most, const float *weights,
                       const float *biases, void *to)
{
    memset(to, 0, winograd_f16_packed_bytes(conv, lanes));
    pack(conv, lanes, most, weights, biases, put_half, to);
}
