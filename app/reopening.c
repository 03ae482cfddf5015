#include "app/reopening.h"

#include "app/wakeup.h"
#include "capture/camera_watch.h"
#include "capture/v4l2_io.h"
#include "processing/memory.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_WAIT_MS = 250,
    LONGEST_WAIT_MS = CAMERA_WATCH_RESCAN_MS,
    SETTLE_MS = 20, ///< a camera makes several nodes, and each is made, owned and linked
};

struct reopening {
    struct reopening_config config;
    int stop_fd; ///< readable for ever once told to stop
    int wake_fd; ///< readable once; these two are the only things other threads touch

    struct reopening_aim aim;
    char found[128];
    int wait_ms; ///< before the next look
    struct camera_watch *watch;
};

int reopening_create(struct reopening **out, const struct reopening_config *config)
{
    struct reopening *reopening = *out = memory_alloc(MEMORY_OTHER, sizeof *reopening);
    if (!reopening)
        return -ENOMEM;
    reopening->config = *config;
    if (!config->io)
        reopening->config.io = &v4l2_io_kernel;
    reopening->aim.camera = config->camera;
    snprintf(reopening->aim.location, sizeof reopening->aim.location, "%s",
             config->location ? config->location : "");
    reopening->wake_fd = -1;
    int ret = wakeup_create(&reopening->stop_fd);
    if (ret == 0)
        ret = wakeup_create(&reopening->wake_fd);
    if (ret < 0)
        reopening_destroy(out);
    return ret;
}

static int read_cameras(struct reopening *reopening, struct camera_list *list)
{
    return camera_list_read_identities(list, reopening->config.io, reopening->config.folder, NULL);
}

struct reopening_aim reopening_aim_now(const struct reopening *reopening)
{
    return reopening->aim;
}

void reopening_aim(struct reopening *reopening, const struct reopening_aim *aim)
{
    reopening->aim = *aim;
    reopening_worked(reopening);
}

void reopening_opened(struct reopening *reopening)
{
    struct reopening_aim *aim = &reopening->aim;
    if (!aim->camera || aim->identified)
        return;
    struct camera_list list = {0};
    const struct camera_entry *entry = NULL;
    if (read_cameras(reopening, &list) == 0)
        entry = camera_list_find(&list, aim->location);
    aim->identified = entry != NULL;
    if (entry)
        aim->identity = camera_identity_of(&list, entry);
    camera_list_free(&list);
}

void reopening_worked(struct reopening *reopening)
{
    reopening->wait_ms = 0;
    camera_watch_close(&reopening->watch);
}

const char *reopening_find(struct reopening *reopening)
{
    if (!reopening->aim.identified)
        return reopening->aim.location;
    struct camera_list list = {0};
    const struct camera_entry *entry = NULL;
    if (read_cameras(reopening, &list) == 0)
        entry = camera_identity_find(&reopening->aim.identity, &list);
    if (entry)
        memcpy(reopening->found, entry->path, sizeof reopening->found);
    camera_list_free(&list);
    return entry ? reopening->found : NULL;
}

/** Waits for the watch, a wake-up or being told to stop. False if the latter. */
static bool sleep_for(struct reopening *reopening, int timeout_ms, bool watching)
{
    struct pollfd fds[] = {
        {.fd = reopening->stop_fd, .events = POLLIN},
        {.fd = reopening->wake_fd, .events = POLLIN},
        {.fd = watching ? camera_watch_fd(reopening->watch) : -1, .events = POLLIN},
    };
    poll(fds, 3, timeout_ms);
    wakeup_quiet(reopening->wake_fd);
    return !(fds[0].revents & POLLIN);
}

bool reopening_wait(struct reopening *reopening)
{
    int wait_ms = reopening->wait_ms;
    reopening->wait_ms = wait_ms ? 2 * wait_ms : FIRST_WAIT_MS;
    if (reopening->wait_ms > LONGEST_WAIT_MS)
        reopening->wait_ms = LONGEST_WAIT_MS;
    // Opened before the first look, so that nothing happens unseen after it.
    if (reopening->aim.camera && !reopening->watch)
        camera_watch_open(&reopening->watch, reopening->config.folder);
    if (!sleep_for(reopening, wait_ms, reopening->watch))
        return false;
    if (!reopening->watch || !camera_watch_take(reopening->watch))
        return true;
    // What came may take a moment to be complete: be quick again for a while.
    reopening->wait_ms = FIRST_WAIT_MS;
    bool go_on = sleep_for(reopening, SETTLE_MS, false);
    camera_watch_take(reopening->watch);
    return go_on;
}

void reopening_stop(struct reopening *reopening)
{
    wakeup_ring(reopening->stop_fd);
}

void reopening_wake(struct reopening *reopening)
{
    wakeup_ring(reopening->wake_fd);
}

void reopening_destroy(struct reopening **reopening)
{
    if (!*reopening)
        return;
    camera_watch_close(&(*reopening)->watch);
    wakeup_destroy(&(*reopening)->stop_fd);
    wakeup_destroy(&(*reopening)->wake_fd);
    memory_free(*reopening);
    *reopening = NULL;
}
