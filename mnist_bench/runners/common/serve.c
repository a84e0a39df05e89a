/* The loop over requests. */
#include "serve.h"

#include "frames.h"
#include "options.h"
#include "platform.h"

#define STATUS_NO_MEMORY 1
#define STATUS_BAD_FRAMING 2

static int answer_all(struct session *session, struct request *request, struct message *answer, bool awake)
{
    while (!session->ended) {
        struct failure failure;
        if (awake) {
            platform_await_input(AWAKE_NS);
        }
        const enum received received = frame_receive(request, &failure);
        if (received == RECEIVED_END) {
            return 0;
        }
        if (received == RECEIVED_NOISE) {
            session_error(answer, &failure);
            frame_send(answer, KIND_ERROR, 0);
            return STATUS_BAD_FRAMING;
        }
        const uint8_t kind = session_answer(session, request->kind, request->payload, request->size, answer);
        frame_let_go(request);
        if (!frame_send(answer, kind, request->number)) {
            return 0; /* the engine went away while it was being answered */
        }
    }
    return 0;
}

int serve(struct session *session, bool awake)
{
    struct request request = {0};
    struct message answer;
    if (!message_start(&answer)) {
        complain("There is not enough memory%s.", "");
        return STATUS_NO_MEMORY;
    }
    platform_start();
    const int status = answer_all(session, &request, &answer, awake);
    frame_free(&request);
    message_free(&answer);
    return status;
}
