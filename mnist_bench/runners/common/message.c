/* An answer while it is written. */
#include "message.h"

#include <stdlib.h>
#include <string.h>

#define KEPT 65536 /* bytes that stay allocated from one answer to the next */

static bool grow(struct message *message, size_t size)
{
    size_t capacity = message->capacity < KEPT ? KEPT : message->capacity;
    while (capacity < size) {
        capacity *= 2; /* MAX_ANSWER is the end of it */
    }
    unsigned char *data = realloc(message->data, capacity);
    if (data == NULL) {
        return false;
    }
    message->data = data;
    message->capacity = capacity;
    return true;
}

void *message_room(struct message *message, size_t size)
{
    const size_t used = message->size;
    if (message->failed || size > MAX_ANSWER || used + size > (size_t)MAX_ANSWER + FRAME_HEADER ||
        (used + size > message->capacity && !grow(message, used + size))) {
        message->failed = true;
        return NULL;
    }
    message->size = used + size;
    return message->data + used;
}

void message_bytes(struct message *message, const void *bytes, size_t size)
{
    void *room = message_room(message, size);
    if (room != NULL) {
        memcpy(room, bytes, size);
    }
}

/* Numbers travel little-endian, as they lie in memory: see decode.c. */
void message_u16(struct message *message, uint16_t value)
{
    message_bytes(message, &value, sizeof value);
}

void message_u32(struct message *message, uint32_t value)
{
    message_bytes(message, &value, sizeof value);
}

void message_u64(struct message *message, uint64_t value)
{
    message_bytes(message, &value, sizeof value);
}

void message_text(struct message *message, const char *text)
{
    const size_t size = strlen(text);
    message_u16(message, (uint16_t)size);
    message_bytes(message, text, size);
}

bool message_start(struct message *message)
{
    *message = (struct message){.size = FRAME_HEADER};
    return grow(message, FRAME_HEADER);
}

void message_clear(struct message *message)
{
    unsigned char *less = message->capacity > KEPT ? realloc(message->data, KEPT) : NULL;
    if (less != NULL) {
        message->data = less;
        message->capacity = KEPT;
    }
    message->size = FRAME_HEADER;
    message->failed = false;
}

void message_free(struct message *message)
{
    free(message->data);
    message->data = NULL;
    message->size = message->capacity = 0;
}
