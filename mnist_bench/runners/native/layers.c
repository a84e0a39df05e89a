/* Layers without weights. */
#include "layers.h"

#include <math.h>
#include <string.h>

/* Rows of a tensor's values, without its border. */
#define FOR_EACH_ROW(tensor, y) for (uint32_t y = 0; y < (tensor)->shape.height; y++)

static size_t row_values(const struct tensor *tensor)
{
    return (size_t)tensor->shape.width * tensor->shape.channels;
}

static float *f32_row(const struct tensor *tensor, uint32_t y)
{
    return (float *)tensor->buffer + tensor->origin + y * tensor->row;
}

static uint8_t *q8_row(const struct tensor *tensor, uint32_t y)
{
    return (uint8_t *)tensor->buffer + tensor->origin + y * tensor->row;
}

void q8_lookup(const struct step *step)
{
    FOR_EACH_ROW(&step->out, y) {
        uint8_t *row = q8_row(&step->out, y);
        for (size_t i = 0; i < row_values(&step->out); i++) {
            row[i] = step->table[row[i]];
        }
    }
}

void flatten(const struct step *step)
{
    (void)step;
}

/* The part of a pooling's window that lies within the image. */
struct window {
    uint32_t top, bottom, left, right;
};

/* Where a window that starts `start` values behind the padding's edge lies within `size` values: [*from, *to). */
static void clip(uint32_t start, uint32_t kernel, uint32_t padding, uint32_t size, uint32_t *from, uint32_t *to)
{
    const uint32_t end = start + kernel;
    *from = start > padding ? start - padding : 0;
    *to = end - padding < size ? end - padding : size; /* padding is at most half the kernel */
}

static struct window window_at(const struct step *step, uint32_t y, uint32_t x)
{
    struct window w;
    clip(y * step->stride.height, step->kernel.height, step->padding.height, step->in.shape.height, &w.top, &w.bottom);
    clip(x * step->stride.width, step->kernel.width, step->padding.width, step->in.shape.width, &w.left, &w.right);
    return w;
}

static void f32_max_window(const struct step *step, struct window w, float *out)
{
    const size_t channels = step->in.shape.channels;
    memcpy(out, f32_row(&step->in, w.top) + w.left * channels, channels * sizeof *out);
    for (uint32_t y = w.top; y < w.bottom; y++) {
        for (uint32_t x = w.left; x < w.right; x++) {
            const float *in = f32_row(&step->in, y) + x * channels;
            for (size_t c = 0; c < channels; c++) {
                out[c] = out[c] < in[c] || in[c] != in[c] ? in[c] : out[c]; /* NaN wins, as in PyTorch */
            }
        }
    }
}

static void f32_avg_window(const struct step *step, struct window w, float *out)
{
    const size_t channels = step->in.shape.channels;
    const float size = (float)(step->kernel.height * step->kernel.width);
    memset(out, 0, channels * sizeof *out);
    for (uint32_t y = w.top; y < w.bottom; y++) {
        for (uint32_t x = w.left; x < w.right; x++) {
            const float *in = f32_row(&step->in, y) + x * channels;
            for (size_t c = 0; c < channels; c++) {
                out[c] += in[c];
            }
        }
    }
    for (size_t c = 0; c < channels; c++) {
        out[c] /= size;
    }
}

static void f32_pool(const struct step *step, void (*pool)(const struct step *, struct window, float *))
{
    FOR_EACH_ROW(&step->out, y) {
        for (uint32_t x = 0; x < step->out.shape.width; x++) {
            pool(step, window_at(step, y, x), f32_row(&step->out, y) + (size_t)x * step->out.shape.channels);
        }
    }
}

void f32_max_pool(const struct step *step)
{
    f32_pool(step, f32_max_window);
}

void f32_avg_pool(const struct step *step)
{
    f32_pool(step, f32_avg_window);
}

static void q8_max_window(const struct step *step, struct window w, uint8_t *out)
{
    const size_t channels = step->in.shape.channels;
    memset(out, 0, channels);
    for (uint32_t y = w.top; y < w.bottom; y++) {
        for (uint32_t x = w.left; x < w.right; x++) {
            const uint8_t *in = q8_row(&step->in, y) + x * channels;
            for (size_t c = 0; c < channels; c++) {
                out[c] = out[c] < in[c] ? in[c] : out[c];
            }
        }
    }
}

#define CHANNELS_AT_ONCE 32

/* QNNPACK subtracts the zero point from the sum, scales, rounds to nearest even and adds the zero point again. Padding
 * holds zero points, whose share is nothing. */
static void q8_avg_channels(const struct step *step, struct window w, size_t first, size_t count, uint8_t *out)
{
    const size_t channels = step->in.shape.channels;
    const int zero_point = step->in.quantization.zero_point;
    int sums[CHANNELS_AT_ONCE];
    for (size_t c = 0; c < count; c++) {
        sums[c] = -zero_point * (int)((w.bottom - w.top) * (w.right - w.left));
    }
    for (uint32_t y = w.top; y < w.bottom; y++) {
        for (uint32_t x = w.left; x < w.right; x++) {
            const uint8_t *in = q8_row(&step->in, y) + x * channels + first;
            for (size_t c = 0; c < count; c++) {
                sums[c] += in[c];
            }
        }
    }
    for (size_t c = 0; c < count; c++) {
        const float scaled = (float)sums[c] * step->multiplier; /* at most 255 */
        out[first + c] = (uint8_t)((int)(scaled + 0x1.8p23f - 0x1.8p23f) + zero_point);
    }
}

static void q8_avg_window(const struct step *step, struct window w, uint8_t *out)
{
    const size_t channels = step->in.shape.channels;
    for (size_t first = 0; first < channels; first += CHANNELS_AT_ONCE) {
        const size_t left = channels - first;
        q8_avg_channels(step, w, first, left < CHANNELS_AT_ONCE ? left : CHANNELS_AT_ONCE, out);
    }
}

static void q8_pool(const struct step *step, void (*pool)(const struct step *, struct window, uint8_t *))
{
    FOR_EACH_ROW(&step->out, y) {
        for (uint32_t x = 0; x < step->out.shape.width; x++) {
            pool(step, window_at(step, y, x), q8_row(&step->out, y) + (size_t)x * step->out.shape.channels);
        }
    }
}

void q8_max_pool(const struct step *step)
{
    q8_pool(step, q8_max_window);
}

void q8_avg_pool(const struct step *step)
{
    q8_pool(step, q8_avg_window);
}

float avg_pool_multiplier(struct quantization in, uint32_t size)
{
    return in.scale / (in.scale * (float)size);
}

/* QNNPACK calls its C library's tanhf; most libraries have Sun's, which goes through expm1f like this. With expm1
 * rounded from double, 7 of 200,000 tables differ from glibc 2.36's, by 1 in one byte; and it is the same everywhere. */
static float table_tanh(float x)
{
    const float size = fabsf(x);
    float result = 1.0f;
    if (size < 1.0f) {
        const float t = (float)expm1(-2.0 * (double)size);
        result = -t / (t + 2.0f);
    } else if (size < 22.0f) {
        result = 1.0f - 2.0f / ((float)expm1(2.0 * (double)size) + 2.0f);
    }
    return x < 0.0f ? -result : result;
}

static float table_sigmoid(float x)
{
    return 1.0f / (1.0f + (float)exp(-(double)x));
}

static uint8_t clamped(float value)
{
    return (uint8_t)rintf(value < 0.0f ? 0.0f : value > 255.0f ? 255.0f : value);
}

/* In float32 up to the last step, as QNNPACK: tanh's zero point is added before the rounding. */
void fill_table(enum layer_kind kind, struct quantization in, uint8_t table[256])
{
    for (int byte = 0; byte < 256; byte++) {
        const float x = in.scale * (float)(byte - in.zero_point);
        if (kind == LAYER_TANH) {
            table[byte] = clamped(128.0f * table_tanh(x) + 128.0f);
        } else if (kind == LAYER_SIGMOID) {
            table[byte] = clamped(256.0f * table_sigmoid(x));
        } else { /* ReLU */
            table[byte] = (uint8_t)(byte < in.zero_point ? in.zero_point : byte);
        }
    }
}
