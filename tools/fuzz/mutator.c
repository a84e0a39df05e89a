/* Mutations that know what a stream is made of: frames, and networks in them. Most keep the framing right. */
#include <stdbool.h>
#include <string.h>

#include "harness.h"
#include "tables.h"

#define MOST_FRAMES 32

size_t LLVMFuzzerMutate(unsigned char *data, size_t size, size_t room);

struct frame {
    size_t at, payload; /* of its header, and the payload's size */
};

static const uint32_t lies[] = {0,          1,          2,          9,          10,         27,        28,       29,
                                255,        256,        16384,      16385,      0x7fffffff, 0x80000000, 0xffffffff,
                                0x7fc00000, 0x7f800000, 0x7f7fffff, 0x00800000, 0x3f800000, 0x43000000};

static uint32_t u32_at(const unsigned char *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static void put_u32(unsigned char *to, uint32_t value)
{
    memcpy(to, &value, sizeof value);
}

/* The frames at the front of a stream. */
static size_t find_frames(const unsigned char *data, size_t size, struct frame *frames)
{
    size_t count = 0;
    for (size_t at = 1; count < MOST_FRAMES && size >= FRAME_HEADER && at <= size - FRAME_HEADER; count++) {
        const uint32_t payload = u32_at(data + at + 12);
        if (memcmp(data + at, PROTOCOL_MAGIC, 4) != 0 || payload > size - FRAME_HEADER - at) {
            break;
        }
        frames[count] = (struct frame){at, payload};
        at += FRAME_HEADER + payload;
    }
    return count;
}

static size_t put_header(unsigned char *to, unsigned char kind, size_t payload)
{
    const unsigned char start[8] = {PROTOCOL_MAGIC_BYTES, PROTOCOL_VERSION, kind, 0, 0};
    memcpy(to, start, sizeof start);
    put_u32(to + 8, kind);
    put_u32(to + 12, (uint32_t)payload);
    return FRAME_HEADER + payload;
}

/* A request that uses the network: of one image or two, or of a few runs. */
static size_t append_use(struct dice *dice, unsigned char *data, size_t size, size_t room)
{
    static const struct {
        unsigned char kind;
        size_t payload;
    } uses[] = {{KIND_HELLO, 0}, {KIND_LOAD, 0}, {KIND_CLASSIFY, 4 + 2 * IMAGE_PIXELS}, {KIND_TIME, 8 + IMAGE_PIXELS},
                {KIND_TRACE, IMAGE_PIXELS}, {KIND_PEAK, 0}};
    const uint32_t use = roll(dice, sizeof uses / sizeof *uses);
    const unsigned char kind = uses[use].kind;
    const size_t payload = uses[use].payload;
    if (size + FRAME_HEADER + payload > room) {
        return size;
    }
    unsigned char *pixels = data + size + FRAME_HEADER;
    for (size_t i = 0; i < payload; i++) {
        pixels[i] = (unsigned char)roll(dice, 256);
    }
    if (kind == KIND_CLASSIFY) {
        put_u32(pixels, 2);
    } else if (kind == KIND_TIME) {
        put_u32(pixels, roll(dice, 3));
        put_u32(pixels + 4, 1 + roll(dice, 3));
    }
    return size + put_header(data + size, kind, payload);
}

/* A whole new session on a sound network. */
static size_t build_session(struct dice *dice, unsigned char *data, size_t room)
{
    if (room < 1 + FRAME_HEADER) {
        return 0;
    }
    data[0] = (unsigned char)roll(dice, 256);
    const size_t network = build_network(dice, data + 1 + FRAME_HEADER, room - 1 - FRAME_HEADER);
    if (network == 0) {
        return 0;
    }
    size_t size = 1 + put_header(data + 1, KIND_LOAD, network);
    for (uint32_t i = 1 + roll(dice, 3); i > 0; i--) {
        size = append_use(dice, data, size, room);
    }
    return size;
}

/* One number of one operator's record, its kind, length, inputs or sizes, is no longer what it was. */
static bool tell_a_lie(struct dice *dice, unsigned char *network, size_t size)
{
    size_t starts[MAX_OPERATORS], count = 0;
    for (size_t at = 12; count < MAX_OPERATORS && size >= 8 && at <= size - 8; count++) {
        const uint32_t body = u32_at(network + at + 4);
        starts[count] = at;
        if (body > size - 8 - at) {
            count++;
            break;
        }
        at += 8 + body;
    }
    if (count == 0) {
        return false;
    }
    const bool in_header = roll(dice, 16) == 0;
    const size_t at = in_header ? 4 + 4 * roll(dice, 2) : starts[roll(dice, (uint32_t)count)] + 4 * roll(dice, 18);
    if (at > size - 4) {
        return false;
    }
    const uint32_t old = u32_at(network + at);
    const uint32_t near[] = {old + 1, old - 1, old * 2, old / 2, old ^ 0x80000000};
    const bool is_near = roll(dice, 2);
    put_u32(network + at, is_near ? near[roll(dice, sizeof near / sizeof *near)]
                                  : lies[roll(dice, sizeof lies / sizeof *lies)]);
    return true;
}

/* What stands behind `frame` moves as its payload changes by LLVMFuzzerMutate. */
static size_t mutate_payload(unsigned char *data, size_t size, size_t room, struct frame frame)
{
    static unsigned char behind[1 << 20];
    const size_t next = frame.at + FRAME_HEADER + frame.payload, rest = size - next;
    if (rest > sizeof behind || frame.at + FRAME_HEADER + rest >= room) {
        return LLVMFuzzerMutate(data, size, room);
    }
    memcpy(behind, data + next, rest);
    const size_t payload =
        LLVMFuzzerMutate(data + frame.at + FRAME_HEADER, frame.payload, room - rest - frame.at - FRAME_HEADER);
    put_u32(data + frame.at + 12, (uint32_t)payload);
    memcpy(data + frame.at + FRAME_HEADER + payload, behind, rest);
    return frame.at + FRAME_HEADER + payload + rest;
}

size_t LLVMFuzzerCustomMutator(unsigned char *data, size_t size, size_t room, unsigned seed)
{
    struct dice dice = {seed};
    struct frame frames[MOST_FRAMES];
    const size_t count = find_frames(data, size, frames);
    const struct frame frame = count != 0 ? frames[roll(&dice, (uint32_t)count)] : (struct frame){0, 0};
    const bool loads = count != 0 && data[frame.at + 5] == KIND_LOAD;
    const uint32_t way = roll(&dice, 10);
    size_t made = 0;
    if (way == 0) {
        made = build_session(&dice, data, room);
        if (made != 0 && roll(&dice, 2) && find_frames(data, made, frames) != 0) {
            tell_a_lie(&dice, data + frames[0].at + FRAME_HEADER, frames[0].payload);
        }
    } else if (way == 1 && size != 0) {
        made = append_use(&dice, data, size, room);
    } else if (way == 2 && size != 0) {
        data[0] = (unsigned char)roll(&dice, 256);
        made = size;
    } else if (way <= 5 && loads && tell_a_lie(&dice, data + frame.at + FRAME_HEADER, frame.payload)) {
        made = size;
    } else if (way <= 8 && count != 0) {
        made = mutate_payload(data, size, room, frame);
    }
    return made != 0 ? made : LLVMFuzzerMutate(data, size, room);
}

/* The first frames of one stream, then the last ones of another. */
size_t LLVMFuzzerCustomCrossOver(const unsigned char *one, size_t one_size, const unsigned char *other,
                                 size_t other_size, unsigned char *out, size_t room, unsigned seed)
{
    struct dice dice = {seed};
    struct frame frames[MOST_FRAMES];
    const size_t ours = find_frames(one, one_size, frames);
    const size_t head = ours != 0 ? frames[roll(&dice, (uint32_t)ours)].at : one_size;
    const size_t theirs = find_frames(other, other_size, frames);
    const size_t tail = theirs != 0 ? frames[roll(&dice, (uint32_t)theirs)].at : other_size;
    if (head + other_size - tail > room) {
        return 0;
    }
    memcpy(out, one, head);
    memcpy(out + head, other + tail, other_size - tail);
    return head + other_size - tail;
}
