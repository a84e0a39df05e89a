/* Frames on standard input and output. */
#include "frames.h"

#include <stdlib.h>
#include <string.h>

#include "platform.h"
#include "tables.h"

#define KEPT 327680 /* bytes: 400 images. To fault such memory in anew takes as long as half a small network's work */

/* What a header says; false and `failure` where it is none. */
static bool read_header(const unsigned char header[FRAME_HEADER], struct request *request, struct failure *failure)
{
    uint16_t zero;
    memcpy(&zero, header + 6, sizeof zero);
    memcpy(&request->number, header + 8, sizeof request->number);
    memcpy(&request->size, header + 12, sizeof request->size);
    request->kind = header[5];
    if (memcmp(header, PROTOCOL_MAGIC, 4) != 0 || zero != 0) {
        return refuse(failure, ERROR_FRAMING, "Something other than a frame of the mnist-bench protocol arrived.");
    }
    if (header[4] != PROTOCOL_VERSION) {
        return refuse(failure, ERROR_FRAMING, "A frame of protocol version %d arrived; this program speaks version %d.",
                      header[4], PROTOCOL_VERSION);
    }
    if (request->size > MAX_REQUEST) {
        return refuse(failure, ERROR_FRAMING, "A frame says that it is %u bytes long; the limit is %u.", request->size,
                      MAX_REQUEST);
    }
    return true;
}

/* As many of `size` bytes as the stream holds. */
static size_t read_all(unsigned char *to, size_t size)
{
    size_t used = 0;
    for (size_t got = 1; got > 0 && used < size; used += got) {
        got = platform_read(to + used, size - used);
    }
    return used;
}

/* The payload's place: the end of the memory, so that a sanitizer sees each byte that is read behind it. */
static void make_room(struct request *request)
{
    const size_t size = request->size != 0 ? request->size : 1; /* never 0 bytes: NULL says that there was no memory */
    if (request->room < size || (request->room - size) % 4 != 0) {
        frame_free(request);
        request->memory = malloc(size);
        request->room = request->memory != NULL ? size : 0;
    }
    request->payload = request->memory != NULL ? request->memory + (request->room - size) : NULL;
}

/* The payload into memory of its size; where there is none, it is read and dropped. False where the stream ends. */
static bool read_payload(struct request *request)
{
    unsigned char dropped[4096];
    make_room(request);
    if (request->payload != NULL) {
        return read_all(request->payload, request->size) == request->size;
    }
    for (size_t left = request->size; left > 0;) {
        const size_t part = left < sizeof dropped ? left : sizeof dropped;
        if (read_all(dropped, part) != part) {
            return false;
        }
        left -= part;
    }
    return true;
}

enum received frame_receive(struct request *request, struct failure *failure)
{
    unsigned char header[FRAME_HEADER];
    const size_t got = read_all(header, sizeof header);
    if (got == 0) {
        return RECEIVED_END;
    }
    if (got == sizeof header && !read_header(header, request, failure)) {
        return RECEIVED_NOISE;
    }
    if (got != sizeof header || !read_payload(request)) {
        refuse(failure, ERROR_FRAMING, "The stream ended inside a frame.");
        return RECEIVED_NOISE;
    }
    return RECEIVED_REQUEST;
}

void frame_let_go(struct request *request)
{
    if (request->room > KEPT) {
        frame_free(request);
    }
}

void frame_free(struct request *request)
{
    free(request->memory);
    request->memory = request->payload = NULL;
    request->room = 0;
}

bool frame_send(struct message *answer, uint8_t kind, uint32_t number)
{
    const uint32_t size = (uint32_t)(answer->size - FRAME_HEADER);
    const unsigned char start[8] = {PROTOCOL_MAGIC_BYTES, PROTOCOL_VERSION, kind, 0, 0};
    memcpy(answer->data, start, sizeof start);
    memcpy(answer->data + 8, &number, sizeof number);
    memcpy(answer->data + 12, &size, sizeof size);
    return platform_write(answer->data, answer->size);
}
