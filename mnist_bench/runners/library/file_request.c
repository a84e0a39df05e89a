/* The payload of a `load_file`, taken from front to back. */
#include <math.h>
#include <string.h>

#include "exchange.h"

#define BAD_PAYLOAD(...) refuse(failure, ERROR_BAD_PAYLOAD, __VA_ARGS__)

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Numbers are read as they travel: this needs a little-endian processor."
#endif

struct rest {
    const unsigned char *at;
    size_t left;
};

static bool take(struct rest *rest, void *to, size_t size)
{
    if (size > rest->left) {
        return false;
    }
    memcpy(to, rest->at, size);
    rest->at += size;
    rest->left -= size;
    return true;
}

/* The next `size` bytes where they lie. */
static bool take_place(struct rest *rest, const unsigned char **place, size_t size)
{
    *place = rest->at;
    if (size > rest->left) {
        return false;
    }
    rest->at += size;
    rest->left -= size;
    return true;
}

static bool check_fields(const struct file_request *request, struct failure *failure)
{
    if (request->channels != 1 && request->channels != 3) {
        return BAD_PAYLOAD("A file's input can have 1 or 3 channels, not %d.", request->channels);
    }
    if (request->placement > PLACEMENT_ENLARGED || request->order > ORDER_NHWC ||
        request->output > OUTPUT_PROBABILITIES) {
        return BAD_PAYLOAD("A file's placement, order or output is none that there is.");
    }
    return (isfinite(request->scale) && isfinite(request->offset)) ||
           BAD_PAYLOAD("A file's scale or offset is not a finite number.");
}

bool read_file_request(const unsigned char *payload, size_t size, struct file_request *request,
                       struct failure *failure)
{
    struct rest rest = {payload, size};
    const unsigned char *format;
    uint16_t format_size, numbers[4];
    uint32_t file_size;
    float floats[2];
    if (!take(&rest, &format_size, sizeof format_size) || !take_place(&rest, &format, format_size) ||
        !take(&rest, numbers, sizeof numbers) || !take(&rest, floats, sizeof floats) ||
        !take(&rest, &file_size, sizeof file_size) || !take_place(&rest, &request->file, file_size)) {
        return BAD_PAYLOAD("A payload is shorter than it should be.");
    }
    if (rest.left != 0) {
        return BAD_PAYLOAD("A payload is longer than it should be.");
    }
    request->format = (const char *)format;
    request->format_size = format_size;
    request->channels = numbers[0];
    request->placement = numbers[1];
    request->order = numbers[2];
    request->output = numbers[3];
    request->scale = floats[0];
    request->offset = floats[1];
    request->file_size = file_size;
    return check_fields(request, failure);
}
