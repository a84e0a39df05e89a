/* Times a loop of multiply-adds. */
#include "peak.h"

#include "platform.h"

#define FIRST_ROUNDS 1000
#define MOST_ROUNDS (1u << 28)
#define BLOCK_NS 100000   /* short, so that some blocks meet nobody else */
#define PEAK_NS 20000000  /* long enough for a core to become fast */

uint64_t measure_peak(peak_loop loop)
{
    uint32_t rounds = FIRST_ROUNDS;
    double most = 0;
    if (loop == NULL) {
        return 0;
    }
    for (const uint64_t first = platform_now_ns();;) {
        const uint64_t start = platform_now_ns();
        const uint64_t made = loop(rounds);
        const uint64_t end = platform_now_ns(), taken = end - start;
        if (taken < BLOCK_NS && rounds < MOST_ROUNDS) {
            rounds *= 2;
            continue;
        }
        const double rate = (double)made * 1e9 / (double)(taken != 0 ? taken : 1);
        most = rate > most ? rate : most;
        if (end - first >= PEAK_NS) {
            return (uint64_t)most;
        }
    }
}
