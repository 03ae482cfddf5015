#include "app/notices.h"

#include "app/locks.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

/** Long enough to read two lines aloud; and to decide, and find the way to a button by keys. */
enum { SHOWN_S = 10, OFFERED_S = 30 };

struct notices {
    // Guarded by `lock`.
    pthread_mutex_t lock;
    struct notice notice;
    int64_t until_ns; ///< CLOCK_MONOTONIC
};

int notices_create(struct notices **out)
{
    struct notices *notices = memory_alloc(MEMORY_INTERFACE, sizeof *notices);
    *out = notices;
    if (!notices)
        return -ENOMEM;
    lock_make(&notices->lock);
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

static void show(struct notices *notices, const struct notice *notice, int seconds)
{
    pthread_mutex_lock(&notices->lock);
    notices->notice = *notice;
    notices->until_ns = clock_now_ns() + seconds * NS_PER_S;
    pthread_mutex_unlock(&notices->lock);
}

void notices_say(struct notices *notices, bool warning, const char *format, ...)
{
    struct notice notice = {.warning = warning};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(notice.text, sizeof notice.text, format, arguments);
    va_end(arguments);
    show(notices, &notice, SHOWN_S);
}

void notices_offer(struct notices *notices, const char *button, enum action action,
                   const char *text)
{
    struct notice notice = {.warning = true, .action = action};
    snprintf(notice.text, sizeof notice.text, "%s", text);
    snprintf(notice.button, sizeof notice.button, "%s", button);
    show(notices, &notice, OFFERED_S);
}

bool notices_now(struct notices *notices, struct notice *notice)
{
    pthread_mutex_lock(&notices->lock);
    bool shown = clock_now_ns() < notices->until_ns;
    *notice = shown ? notices->notice : (struct notice){.text = ""};
    pthread_mutex_unlock(&notices->lock);
    return shown;
}

enum action notices_draw(struct notices *notices, struct ui *ui, struct ui_rect area)
{
    struct notice notice;
    if (!notices_now(notices, &notice))
        return ACTION_NONE;
    struct panel_button button = {.text = notice.button, .action = (int)notice.action};
    return (enum action)panel_draw_notice(ui, area, notice.text, notice.warning,
                                          notice.button[0] ? &button : NULL);
}
