#include "app/camera_roster.h"

#include "app/locks.h"
#include "app/wakeup.h"
#include "capture/camera_watch.h"
#include "processing/memory.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/** A camera makes several nodes, and each is made, owned and linked. */
enum { SETTLE_MS = 50 };

struct camera_roster {
    // Set before the thread starts.
    struct camera_roster_config config;
    pthread_t thread;
    bool started;
    int wake_fd;

    // Any thread.
    atomic_bool stop, watched;

    // Roster's thread only.
    struct camera_watch *watch; ///< NULL where there can be none

    // Guarded by `lock`.
    pthread_mutex_t lock;
    struct camera_list list;
    unsigned generation;
};

static bool is_same_entry(const struct camera_entry *a, const struct camera_entry *b)
{
    return a->usable == b->usable && strcmp(a->path, b->path) == 0 &&
           strcmp(a->card, b->card) == 0 && strcmp(a->bus_info, b->bus_info) == 0 &&
           strcmp(a->by_id, b->by_id) == 0 && strcmp(a->by_path, b->by_path) == 0 &&
           strcmp(a->serial, b->serial) == 0 && strcmp(a->reason, b->reason) == 0 &&
           a->modes.format_count == b->modes.format_count &&
           a->modes.size_count == b->modes.size_count && a->modes.rate_count == b->modes.rate_count;
}

static bool is_same(const struct camera_list *a, const struct camera_list *b)
{
    bool same = a->count == b->count;
    for (int i = 0; same && i < a->count; i++)
        same = is_same_entry(&a->entries[i], &b->entries[i]);
    return same;
}

/** Reads the nodes and publishes them, if anything is new. */
static void look_around(struct camera_roster *roster)
{
    struct camera_list fresh = {0};
    if (camera_list_read_modes(&fresh, roster->config.io, roster->config.folder, NULL) < 0)
        camera_list_free(&fresh); // without the folder there is no camera
    pthread_mutex_lock(&roster->lock);
    bool changed = roster->generation == 0 || !is_same(&roster->list, &fresh);
    if (changed) {
        struct camera_list old = roster->list;
        roster->list = fresh;
        fresh = old;
        roster->generation++;
    }
    pthread_mutex_unlock(&roster->lock);
    camera_list_free(&fresh);
    if (changed && roster->config.changed)
        roster->config.changed(roster->config.self);
}

/** Waits for something to look at, or to be told to stop. */
static void wait_for_change(struct camera_roster *roster)
{
    bool often = atomic_load(&roster->watched) || !roster->watch;
    struct pollfd fds[] = {
        {.fd = roster->wake_fd, .events = POLLIN},
        {.fd = roster->watch ? camera_watch_fd(roster->watch) : -1, .events = POLLIN},
    };
    for (;;) {
        int ready = poll(fds, 2, often ? CAMERA_WATCH_RESCAN_MS : -1);
        if (ready <= 0 || fds[0].revents)
            break;
        // Not everything that happens in the folder is about cameras.
        if (!camera_watch_take(roster->watch))
            continue;
        poll(fds, 1, SETTLE_MS);
        camera_watch_take(roster->watch);
        break;
    }
    wakeup_quiet(roster->wake_fd);
}

static void *run(void *self)
{
    struct camera_roster *roster = self;
    // Before the first look, so that nothing happens unseen after it.
    camera_watch_open(&roster->watch, roster->config.folder);
    while (!atomic_load(&roster->stop)) {
        look_around(roster);
        if (!atomic_load(&roster->stop))
            wait_for_change(roster);
    }
    camera_watch_close(&roster->watch);
    return NULL;
}

int camera_roster_create(struct camera_roster **out, const struct camera_roster_config *config)
{
    *out = NULL;
    struct camera_roster *roster = memory_alloc(MEMORY_OTHER, sizeof *roster);
    if (!roster)
        return -ENOMEM;
    roster->config = *config;
    lock_make(&roster->lock);
    int ret = wakeup_create(&roster->wake_fd);
    if (ret == 0)
        ret = -pthread_create(&roster->thread, NULL, run, roster);
    roster->started = ret == 0;
    if (ret < 0)
        camera_roster_destroy(&roster);
    else
        pthread_setname_np(roster->thread, "camera roster");
    *out = roster;
    return ret;
}

void camera_roster_destroy(struct camera_roster **roster)
{
    struct camera_roster *old = *roster;
    if (!old)
        return;
    atomic_store(&old->stop, true);
    if (old->started) {
        wakeup_ring(old->wake_fd);
        pthread_join(old->thread, NULL);
    }
    wakeup_destroy(&old->wake_fd);
    camera_list_free(&old->list);
    pthread_mutex_destroy(&old->lock);
    memory_free(old);
    *roster = NULL;
}

void camera_roster_read(struct camera_roster *roster)
{
    wakeup_ring(roster->wake_fd);
}

void camera_roster_watch(struct camera_roster *roster, bool watch)
{
    if (atomic_exchange(&roster->watched, watch) != watch)
        wakeup_ring(roster->wake_fd);
}

bool camera_roster_look(struct camera_roster *roster, struct camera_list *copy,
                        unsigned *generation)
{
    pthread_mutex_lock(&roster->lock);
    bool changed = *generation != roster->generation;
    if (changed)
        camera_list_copy(copy, &roster->list);
    *generation = roster->generation;
    pthread_mutex_unlock(&roster->lock);
    return changed;
}
