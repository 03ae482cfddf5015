#include "app/memory_limit.h"

#include "app/process_memory.h"

#include <errno.h>
#include <stdbool.h>

static const int64_t MB = 1 << 20;

struct memory_limit memory_limit_make(int limit_mb, enum memory_share share, int64_t own_bytes,
                                      int64_t available_bytes)
{
    struct memory_limit limit = {limit_mb, limit_mb * MB, own_bytes};
    if (limit_mb == 0)
        limit.bytes = available_bytes > 0 ? own_bytes + available_bytes / (int)share : INT64_MAX;
    return limit;
}

struct memory_limit memory_limit_now(int limit_mb, enum memory_share share, int64_t small)
{
    int64_t available = limit_mb ? 0 : process_memory_available();
    return memory_limit_make(limit_mb, share, process_memory_resident() + small, available);
}

int64_t memory_limit_room(const struct memory_limit *limit)
{
    return limit->bytes - limit->own_bytes;
}

/** Whole megabytes that hold so many bytes. */
static long long megabytes(int64_t bytes)
{
    return (bytes + MB - 1) / MB;
}

int memory_limit_check(const struct memory_limit *limit, const struct memory_need *need,
                       struct error *err)
{
    const char *comma = need->remedy ? ", or " : "", *remedy = need->remedy ? need->remedy : "";
    if (need->bytes <= memory_limit_room(limit))
        return 0;
    if (limit->limit_mb)
        return error_set(
            err, -EFBIG, "--max-memory %d is too little: %s takes about %lld MB; give more%s%s",
            limit->limit_mb, need->what, megabytes(limit->own_bytes + need->bytes), comma, remedy);
    return error_set(err, -EFBIG,
                     "%s takes about %lld MB, and of the memory that is free it may have %lld; "
                     "give more with --max-memory%s%s",
                     need->what, megabytes(need->bytes), (long long)(memory_limit_room(limit) / MB),
                     comma, remedy);
}
