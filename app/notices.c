#include "app/notices.h"

#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

/** Long enough to read two lines aloud. */
enum { SHOWN_S = 10 };

struct notices {
    // Guarded by `lock`.
    pthread_mutex_t lock;
    char text[512];
    bool warning;
    int64_t until_ns; ///< CLOCK_MONOTONIC
};

int notices_create(struct notices **out)
{
    struct notices *notices = memory_alloc(MEMORY_INTERFACE, sizeof *notices);
    *out = notices;
    if (!notices)
        return -ENOMEM;
    pthread_mutex_init(&notices->lock, NULL);
    return 0;
}

void notices_clear(struct notices *notices)
{
    pthread_mutex_lock(&notices->lock);
    notices->until_ns = 0;
    pthread_mutex_unlock(&notices->lock);
}

void notices_destroy(struct notices **notices)
{
    if (!*notices)
        return;
    pthread_mutex_destroy(&(*notices)->lock);
    memory_free(*notices);
    *notices = NULL;
}

void notices_say(struct notices *notices, bool warning, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&notices->lock);
    vsnprintf(notices->text, sizeof notices->text, format, arguments);
    notices->warning = warning;
    notices->until_ns = clock_now_ns() + SHOWN_S * NS_PER_S;
    pthread_mutex_unlock(&notices->lock);
    va_end(arguments);
}

bool notices_now(struct notices *notices, char *text, size_t bytes, bool *warning)
{
    pthread_mutex_lock(&notices->lock);
    bool shown = clock_now_ns() < notices->until_ns;
    snprintf(text, bytes, "%s", shown ? notices->text : "");
    *warning = notices->warning;
    pthread_mutex_unlock(&notices->lock);
    return shown;
}
