/**
 * @file
 * The bar uses two things that every terminal understands: a carriage return goes back to the
 * line's beginning, and CSI K erases from there to its end (ECMA-48, 8.3.41). A line wider than the
 * terminal would wrap, and then be erased only in part, so it is cut.
 */
#include "app/progress.h"

#include "app/locks.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>
#include <sys/ioctl.h>

enum { BAR_CELLS = 30, LINE_BYTES = 128 };

#define SILENT_NS (2 * NS_PER_S)
#define REDRAW_NS (NS_PER_S / 10)
#define LINE_NS   (5 * NS_PER_S)

struct progress {
    // Constant after progress_create().
    struct progress_config config;

    // Guarded by `lock`.
    pthread_mutex_t lock;
    int64_t next_ns; ///< nothing is shown before
    bool on_screen;  ///< the bar
    bool stopped;
};

static int64_t steady_clock(void *self)
{
    (void)self;
    return clock_now_ns();
}

int progress_create(struct progress **out, const struct progress_config *config)
{
    struct progress *progress = *out = memory_alloc(MEMORY_OTHER, sizeof *progress);
    if (!progress)
        return -ENOMEM;
    progress->config = *config;
    if (!config->now_ns)
        progress->config.now_ns = steady_clock;
    lock_make(&progress->lock);
    progress->next_ns = progress->config.now_ns(progress->config.self) + SILENT_NS;
    return 0;
}

static void erase_locked(struct progress *progress)
{
    if (!progress->on_screen)
        return;
    fputs("\r\033[K", progress->config.terminal);
    fflush(progress->config.terminal);
    progress->on_screen = false;
}

/** Columns that a line may have. */
static int columns_of(FILE *terminal)
{
    struct winsize size = {0};
    if (ioctl(fileno(terminal), TIOCGWINSZ, &size) < 0 || size.ws_col < 2)
        return 79;
    return size.ws_col - 1; // a full line may already have wrapped
}

static void draw_locked(struct progress *progress, double share, const char *what)
{
    char bar[BAR_CELLS + 1] = "", line[LINE_BYTES];
    for (int i = 0; i < BAR_CELLS; i++)
        bar[i] = i < (int)(share * BAR_CELLS) ? '#' : '.';
    if (share < 0)
        snprintf(line, sizeof line, "%s", what);
    else
        snprintf(line, sizeof line, "[%s] %3.0f %%  %s", bar, share * 100, what);
    FILE *terminal = progress->config.terminal;
    fprintf(terminal, "\r%.*s\033[K", columns_of(terminal), line);
    fflush(terminal);
    progress->on_screen = true;
}

void progress_show(struct progress *progress, double share, const char *what)
{
    const struct progress_config *config = &progress->config;
    int64_t now = config->now_ns(config->self);
    share = share > 1 ? 1 : share;
    pthread_mutex_lock(&progress->lock);
    if (!progress->stopped && now >= progress->next_ns) {
        if (config->terminal)
            draw_locked(progress, share, what);
        else if (share < 0)
            log_write(config->log, LOG_LEVEL_INFO, "So far: %s", what);
        else
            log_write(config->log, LOG_LEVEL_INFO, "%.0f %% done: %s", share * 100, what);
        progress->next_ns = now + (config->terminal ? REDRAW_NS : LINE_NS);
    }
    pthread_mutex_unlock(&progress->lock);
}

void progress_hide(struct progress *progress)
{
    pthread_mutex_lock(&progress->lock);
    erase_locked(progress);
    pthread_mutex_unlock(&progress->lock);
}

void progress_stop(struct progress *progress)
{
    pthread_mutex_lock(&progress->lock);
    erase_locked(progress);
    progress->stopped = true;
    pthread_mutex_unlock(&progress->lock);
}

void progress_destroy(struct progress **progress)
{
    if (!*progress)
        return;
    progress_hide(*progress);
    pthread_mutex_destroy(&(*progress)->lock);
    memory_free(*progress);
    *progress = NULL;
}
