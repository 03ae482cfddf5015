// Messages: escaped, folded, rationed.
//
// Rationing keeps the moments of the last ten lines. Eight lines a second are for anybody, one
// more for errors, and the last one for the closing count, which therefore always finds room.

#include "app/log.h"

#include "app/escape.h"
#include "app/locks.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>

enum { MESSAGE_BYTES = 1024, ESCAPED_BYTES = 4 * MESSAGE_BYTES, KNOWN_MESSAGES = 8 };
enum { LINES_A_SECOND = 10, LINES_OF_ERRORS = 9, LINES_OF_OTHERS = 8 };

#define FOLD_NS (5 * NS_PER_S)

/** A message printed lately; whoever says it again is counted. */
struct known_message {
    char text[MESSAGE_BYTES]; ///< "" for a free place
    enum log_level level;
    int64_t printed_ns;
    unsigned repeats; ///< since then
};

struct log {
    // Constant after log_open().
    FILE *stream;
    int64_t (*now_ns)(void *self);
    void *self;

    // Guarded by `lock`.
    pthread_mutex_t lock;
    enum log_level level;
    struct known_message known[KNOWN_MESSAGES];
    int64_t printed_ns[LINES_A_SECOND]; ///< of the last lines, a ring
    unsigned printed;                   ///< lines so far
    unsigned suppressed;                ///< messages not printed and not yet accounted for
};

void log_escape(const char *text, char *escaped, size_t bytes)
{
    const char *from = text;
    size_t used = 0;
    while (*from) {
        int length = escape_character(from);
        size_t need = length ? (size_t)length : 4;
        if (used + need >= bytes)
            break;
        if (length)
            memcpy(escaped + used, from, need);
        else
            snprintf(escaped + used, 5, "\\x%02X", (unsigned char)*from);
        used += need;
        from += length ? length : 1;
    }
    escaped[used] = '\0';
}

static int64_t steady_clock(void *self)
{
    (void)self;
    return clock_now_ns();
}

int log_open(struct log **out, const struct log_config *config)
{
    *out = NULL;
    struct log *log = memory_alloc(MEMORY_OTHER, sizeof *log);
    if (!log)
        return -ENOMEM;
    log->stream = config->stream;
    log->level = config->level;
    log->now_ns = config->now_ns ? config->now_ns : steady_clock;
    log->self = config->self;
    lock_make(&log->lock);
    *out = log;
    return 0;
}

void log_set_level(struct log *log, enum log_level level)
{
    if (!log)
        return;
    pthread_mutex_lock(&log->lock);
    log->level = level;
    pthread_mutex_unlock(&log->lock);
}

/** How many of the last lines are younger than a second. */
static int lines_of_last_second_locked(const struct log *log, int64_t now)
{
    int count = 0;
    for (unsigned i = 0; i < log->printed && i < LINES_A_SECOND; i++)
        count += now - log->printed_ns[i] < NS_PER_S;
    return count;
}

static void print_locked(struct log *log, int64_t now, const char *text, unsigned repeats)
{
    char escaped[ESCAPED_BYTES];
    log_escape(text, escaped, sizeof escaped);
    if (repeats)
        fprintf(log->stream, "cannyscope: %s (repeated %u times)\n", escaped, repeats);
    else
        fprintf(log->stream, "cannyscope: %s\n", escaped);
    fflush(log->stream);
    log->printed_ns[log->printed++ % LINES_A_SECOND] = now;
}

static void print_suppressed_locked(struct log *log, int64_t now)
{
    char text[64];
    snprintf(text, sizeof text, "%u messages were held back", log->suppressed);
    log->suppressed = 0;
    print_locked(log, now, text, 0);
}

/** Prints if the ration allows it, with what was held back before it; else counts. */
static bool offer_locked(struct log *log, int64_t now, enum log_level level, const char *text,
                         unsigned repeats)
{
    int limit = level == LOG_LEVEL_ERROR ? LINES_OF_ERRORS : LINES_OF_OTHERS;
    int room = limit - lines_of_last_second_locked(log, now);
    if (room < 1 || (room < 2 && log->suppressed && level != LOG_LEVEL_ERROR)) {
        log->suppressed += repeats ? repeats : 1;
        return false;
    }
    if (log->suppressed && room >= 2)
        print_suppressed_locked(log, now);
    print_locked(log, now, text, repeats);
    return true;
}

/** Says the repeats of a known message. */
static void unfold_locked(struct log *log, int64_t now, struct known_message *known)
{
    unsigned repeats = known->repeats;
    known->repeats = 0;
    known->printed_ns = now;
    if (repeats)
        offer_locked(log, now, known->level, known->text, repeats);
}

static struct known_message *find_known_locked(struct log *log, const char *text)
{
    for (int i = 0; i < KNOWN_MESSAGES; i++) {
        if (strcmp(log->known[i].text, text) == 0)
            return &log->known[i];
    }
    return NULL;
}

/** A place for a new message: a free one, or that of the oldest. */
static struct known_message *make_place_locked(struct log *log, int64_t now)
{
    struct known_message *oldest = &log->known[0];
    for (int i = 0; i < KNOWN_MESSAGES; i++) {
        if (!log->known[i].text[0])
            return &log->known[i];
        if (log->known[i].printed_ns < oldest->printed_ns)
            oldest = &log->known[i];
    }
    unfold_locked(log, now, oldest);
    return oldest;
}

/** Repeats that waited long enough are said even if nobody repeats the message again. */
static void tick_locked(struct log *log, int64_t now)
{
    for (int i = 0; i < KNOWN_MESSAGES; i++) {
        struct known_message *known = &log->known[i];
        if (known->repeats && now - known->printed_ns >= FOLD_NS)
            unfold_locked(log, now, known);
    }
    if (log->suppressed && lines_of_last_second_locked(log, now) < LINES_OF_OTHERS - 1)
        print_suppressed_locked(log, now);
}

static void write_locked(struct log *log, enum log_level level, const char *text)
{
    int64_t now = log->now_ns(log->self);
    struct known_message *known = find_known_locked(log, text);
    if (known && now - known->printed_ns < FOLD_NS) {
        known->repeats++;
        return;
    }
    if (known && known->repeats)
        known->repeats++;
    tick_locked(log, now);
    if (known && known->printed_ns == now)
        return;
    if (!offer_locked(log, now, level, text, 0))
        return;
    if (!known)
        known = make_place_locked(log, now);
    snprintf(known->text, sizeof known->text, "%s", text);
    known->level = level;
    known->printed_ns = now;
}

void log_write(struct log *log, enum log_level level, const char *format, ...)
{
    if (!log)
        return;
    char text[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);

    pthread_mutex_lock(&log->lock);
    if (level <= log->level && text[0])
        write_locked(log, level, text);
    pthread_mutex_unlock(&log->lock);
}

void log_tick(struct log *log)
{
    if (!log)
        return;
    pthread_mutex_lock(&log->lock);
    tick_locked(log, log->now_ns(log->self));
    pthread_mutex_unlock(&log->lock);
}

static void finish(struct log *log)
{
    int64_t now = log->now_ns(log->self);
    for (int i = 0; i < KNOWN_MESSAGES; i++)
        unfold_locked(log, now, &log->known[i]);
    if (log->suppressed)
        print_suppressed_locked(log, now);
}

void log_close(struct log **log)
{
    if (!*log)
        return;
    finish(*log);
    pthread_mutex_destroy(&(*log)->lock);
    memory_free(*log);
    *log = NULL;
}
