#include "capture/pacer.h"

#include "processing/clock.h"

#include <errno.h>

int pacer_wait(struct pacer *pacer, struct loans *loans, int64_t interval_ns, int timeout_ms)
{
    const int64_t patience_ns = NS_PER_S / 4;
    int64_t now = clock_now_ns();
    if (interval_ns == 0 || pacer->due_ns == 0 || now - pacer->due_ns > patience_ns)
        pacer->due_ns = now;
    int64_t give_up = now + timeout_ms * NS_PER_MS;
    bool in_time = pacer->due_ns <= give_up;
    if (loans_sleep_until(loans, in_time ? pacer->due_ns : give_up) < 0)
        return -EINTR;
    if (!in_time)
        return -ETIMEDOUT;
    pacer->due_ns += interval_ns;
    return 0;
}
