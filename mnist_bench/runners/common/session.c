/* The requests of one stream. */
#include "session.h"

#include <string.h>

#include "hello.h"
#include "numbers.h"
#include "platform.h"

#define BAD_PAYLOAD(...) refuse(failure, ERROR_BAD_PAYLOAD, __VA_ARGS__)

struct payload {
    const unsigned char *data;
    size_t size;
};

void session_start(struct session *session, struct executor *executor, int core)
{
    *session = (struct session){.executor = executor, .core = core};
}

void session_end(struct session *session)
{
    executor_unload(session->executor);
}

/* Reading it takes the system some µs, and it stays as it is once a network has run. */
static uint64_t peak_memory(struct session *session, bool may_have_grown)
{
    if (may_have_grown || !session->peak_is_known) {
        const uint64_t peak = platform_peak_memory(); /* Linux counts on each processor: it can seem to shrink */
        session->peak_memory = peak > session->peak_memory ? peak : session->peak_memory;
    }
    session->peak_is_known = !may_have_grown;
    return session->peak_memory;
}

static bool check_size(struct payload payload, size_t size, struct failure *failure)
{
    const char *how = payload.size < size ? "shorter" : "longer";
    return payload.size == size || BAD_PAYLOAD("A payload is %s than it should be.", how);
}

static bool need_network(const struct session *session, struct failure *failure)
{
    return executor_is_loaded(session->executor) || refuse(failure, ERROR_NO_NETWORK, "No network has been loaded.");
}

static bool hello(const struct session *session, struct payload payload, struct message *answer,
                  struct failure *failure)
{
    struct description description = {0};
    if (!check_size(payload, 0, failure) || !executor_describe(session->executor, &description, failure)) {
        return false;
    }
    put_hello(answer, &description, session->core);
    return true;
}

static bool load(struct session *session, struct payload payload, struct message *answer, struct failure *failure)
{
    const uint64_t start = platform_now_ns();
    uint64_t network_bytes;
    if (!executor_load(session->executor, payload.data, payload.size, &network_bytes, failure)) {
        return false;
    }
    message_u64(answer, platform_now_ns() - start);
    message_u64(answer, network_bytes);
    message_u64(answer, peak_memory(session, true));
    return true;
}

/* Whether the other end has gone, looked up now and then; `looked` is when it was last. */
static bool nobody_listens(uint64_t now, uint64_t *looked)
{
    if (now - *looked <= LOOK_AT_INPUT_NS) {
        return false;
    }
    *looked = now;
    return platform_input_ended();
}

static bool give_up(struct session *session, struct failure *failure)
{
    session->ended = true;
    return refuse(failure, ERROR_FAILED, "Nobody listens any more.");
}

static bool classify(struct session *session, struct payload payload, struct message *answer, struct failure *failure)
{
    float logits[MAX_IMAGES * CLASSES];
    uint32_t count = 0;
    if (payload.size >= sizeof count) {
        memcpy(&count, payload.data, sizeof count);
        if (count < 1 || count > MAX_IMAGES) {
            return BAD_PAYLOAD("A request can hold 1 to %d images, not %u.", MAX_IMAGES, count);
        }
    }
    if (!check_size(payload, sizeof count + (size_t)count * IMAGE_PIXELS, failure) || !need_network(session, failure)) {
        return false;
    }
    const unsigned char *pixels = payload.data + sizeof count;
    const uint64_t start = platform_now_ns();
    uint64_t looked = start, end = start;
    const uint32_t block = executor_block_images(session->executor), images = count < block ? 1 : block;
    for (uint32_t i = 0; i < count; i += images) {
        const uint32_t first = i + images <= count ? i : count - images; /* the last block lies over the one before */
        if (!executor_run(session->executor, pixels + (size_t)first * IMAGE_PIXELS, images, logits + first * CLASSES,
                          failure)) {
            return false;
        }
        end = platform_now_ns();
        if (nobody_listens(end, &looked)) {
            return give_up(session, failure);
        }
    }
    const uint64_t compute_ns = end - start;
    if (!all_finite(logits, count * CLASSES)) {
        return refuse(failure, ERROR_FAILED, "The network's logits for an image are not finite numbers.");
    }
    message_u32(answer, count);
    message_u32(answer, CLASSES);
    message_u64(answer, compute_ns);
    message_u64(answer, peak_memory(session, false));
    message_bytes(answer, logits, count * CLASSES * sizeof *logits);
    return true;
}

/* The hot loop. */
static bool run_timed(struct session *session, const unsigned char *pixels, int64_t warm_up, int64_t runs,
                      unsigned char *times, struct failure *failure)
{
    float logits[CLASSES];
    uint64_t looked = platform_now_ns();
    for (int64_t i = -warm_up; i < runs; i++) {
        const uint64_t start = platform_now_ns();
        if (!executor_run(session->executor, pixels, 1, logits, failure)) {
            return false;
        }
        const uint64_t end = platform_now_ns(), taken = end - start;
        if (i >= 0) {
            memcpy(times + (size_t)i * sizeof taken, &taken, sizeof taken);
        }
        if (nobody_listens(end, &looked)) {
            return give_up(session, failure);
        }
    }
    return true;
}

static bool time_runs(struct session *session, struct payload payload, struct message *answer, struct failure *failure)
{
    uint32_t counts[2] = {0, 1}; /* warm-up, runs */
    if (payload.size >= sizeof counts) {
        memcpy(counts, payload.data, sizeof counts);
        if (counts[0] > MAX_RUNS || counts[1] < 1 || counts[1] > MAX_RUNS) {
            return BAD_PAYLOAD("A request can ask for 1 to %d runs, not %u behind %u.", MAX_RUNS, counts[1], counts[0]);
        }
    }
    if (!check_size(payload, sizeof counts + IMAGE_PIXELS, failure) || !need_network(session, failure)) {
        return false;
    }
    const size_t head = answer->size;
    unsigned char *room = message_room(answer, 16 + counts[1] * sizeof(uint64_t));
    if (room == NULL) {
        return true; /* said by whoever looks at the answer */
    }
    if (!run_timed(session, payload.data + sizeof counts, counts[0], counts[1], room + 16, failure)) {
        return false;
    }
    const uint64_t peak = peak_memory(session, false);
    const uint32_t start[2] = {counts[1], 0};
    memcpy(answer->data + head, start, sizeof start);
    memcpy(answer->data + head + sizeof start, &peak, sizeof peak);
    return true;
}

static bool trace(struct session *session, struct payload payload, struct message *answer, struct failure *failure)
{
    if (executor_trace_kind == KIND_TRACE &&
        (!check_size(payload, IMAGE_PIXELS, failure) || !need_network(session, failure))) {
        return false;
    }
    session->peak_is_known = false;
    return executor_trace(session->executor, payload.data, payload.size, answer, failure);
}

static bool peak(const struct session *session, struct payload payload, struct message *answer, struct failure *failure)
{
    if (!check_size(payload, 0, failure) || !need_network(session, failure)) {
        return false;
    }
    message_u64(answer, executor_peak(session->executor));
    return true;
}

static bool carry_out(struct session *session, uint8_t kind, struct payload payload, struct message *answer,
                      struct failure *failure)
{
    if (payload.data == NULL && payload.size != 0) {
        if (kind == executor_load_kind) {
            executor_unload(session->executor);
        }
        return refuse(failure, ERROR_FAILED, "The runner has not enough memory for this.");
    }
    if (kind == executor_load_kind) {
        return load(session, payload, answer, failure);
    }
    if (kind == executor_trace_kind) {
        return trace(session, payload, answer, failure);
    }
    switch (kind) {
    case KIND_HELLO:
        return hello(session, payload, answer, failure);
    case KIND_CLASSIFY:
        return classify(session, payload, answer, failure);
    case KIND_TIME:
        return time_runs(session, payload, answer, failure);
    case KIND_PEAK:
        return peak(session, payload, answer, failure);
    case KIND_CLOSE:
        session->ended = check_size(payload, 0, failure);
        return session->ended;
    default:
        return refuse(failure, ERROR_UNKNOWN_KIND, "This runner knows no request of kind %d.", kind);
    }
}

uint8_t session_answer(struct session *session, uint8_t kind, const unsigned char *payload, size_t size,
                       struct message *answer)
{
    struct failure failure;
    const bool loads = kind == executor_load_kind || kind == KIND_TRACE_FILE;
    const bool takes_long = loads ? executor_loads_slowly(size) : executor_runs_slowly(session->executor);
    message_clear(answer);
    if (takes_long) {
        platform_watch_input(true);
    }
    bool done = carry_out(session, kind, (struct payload){payload, size}, answer, &failure);
    if (takes_long) {
        platform_watch_input(false);
    }
    if (done && answer->failed) {
        done = refuse(&failure, ERROR_FAILED, "The runner has not enough memory for this.");
    }
    if (!done) {
        session_error(answer, &failure);
    }
    return done ? (uint8_t)(kind + KIND_ANSWER) : KIND_ERROR;
}

void session_error(struct message *answer, const struct failure *failure)
{
    message_clear(answer);
    message_u32(answer, failure->code);
    message_text(answer, failure->sentence);
}
