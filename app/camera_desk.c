#include "app/camera_desk.h"

#include "app/camera_memory.h"
#include "app/locks.h"
#include "app/open_controls.h"
#include "app/wakeup.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    RETRY_MS = 1000, ///< between attempts to open what streams but could not be opened
    LOOK_MS = 1000,  ///< between readings of what changes without telling
    GIVE_MS = 300,   ///< the camera has to take back what was borrowed
    NODE_BYTES = 256,
};

/** A wish for the control of the same index. */
struct wish {
    bool pending, borrow;
    int64_t value;
};

/** A mode that is to be remembered. */
struct mode_choice {
    bool pending;
    char node[NODE_BYTES];
    struct camera_wish mode;
};

/** What the camera is to get back. */
struct debt {
    bool owed;
    char node[NODE_BYTES];
    uint32_t id;
    int64_t value;
};

struct camera_desk {
    // Set before the thread starts.
    struct camera_desk_config config;
    pthread_t thread;
    bool started;
    int wake_fd;

    int64_t left_ns; ///< main thread only: when the end began

    // Any thread.
    atomic_bool stop, watch;

    // Desk's thread only.
    struct open_controls open;
    struct camera_memory memory;
    bool another;          ///< the memory's is not the camera that was open last
    char wished_for[256];  ///< the camera that --set-ctrl is for, by the memory's name of it
    char node[NODE_BYTES]; ///< that is or should be open
    unsigned opening;      ///< the caller's number of it
    int64_t retry_ns;      ///< not opened before
    bool open_told;        ///< that it could not be opened
    int64_t looked_ns;
    int next; ///< control whose wish is looked for first

    // Guarded by `lock`.
    pthread_mutex_t lock;
    char wanted_node[NODE_BYTES];
    unsigned wanted_opening;
    struct camera_controls shown; ///< a copy of the open ones, wishes in it
    struct wish *wishes;          ///< one for each of `shown`
    struct mode_choice mode;
    struct debt debt;
    bool reset;
    unsigned generation;
};

// What others see.

/** Publishes the controls, wishes that are still open shown as if fulfilled. */
static void publish(struct camera_desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    if (camera_controls_copy(&desk->shown, &desk->open.controls) == 0 && desk->wishes)
        for (int i = 0; i < desk->shown.control_count; i++)
            if (desk->wishes[i].pending)
                desk->shown.controls[i].value = desk->wishes[i].value;
    desk->debt = (struct debt){.owed = desk->open.borrowed && desk->open.fd >= 0,
                               .id = desk->open.borrowed_id,
                               .value = desk->open.borrowed_from};
    memcpy(desk->debt.node, desk->node, sizeof desk->node);
    desk->generation++;
    pthread_mutex_unlock(&desk->lock);
    if (desk->config.changed)
        desk->config.changed(desk->config.self);
}

/** Replaces the list of wishes by one for `count` controls, with nothing wished. */
static int make_wishes(struct camera_desk *desk, int count)
{
    struct wish *fresh = NULL;
    if (count > 0 && !(fresh = memory_alloc(MEMORY_OTHER, (size_t)count * sizeof *fresh)))
        return -ENOMEM;
    pthread_mutex_lock(&desk->lock);
    struct wish *old = desk->wishes;
    desk->wishes = fresh;
    desk->shown.control_count = 0; // until they are published, ids find no wish
    desk->reset = false;
    pthread_mutex_unlock(&desk->lock);
    memory_free(old);
    return 0;
}

/** The next control that something is wished of; -1 if there is none. */
static int take_wish(struct camera_desk *desk, struct wish *wish)
{
    int found = -1, count = desk->open.controls.control_count;
    pthread_mutex_lock(&desk->lock);
    for (int n = 0; n < count && found < 0; n++) {
        int i = (desk->next + n) % count;
        if (!desk->wishes[i].pending)
            continue;
        *wish = desk->wishes[i];
        desk->wishes[i].pending = false;
        found = i;
    }
    pthread_mutex_unlock(&desk->lock);
    if (found >= 0)
        desk->next = (found + 1) % count;
    return found;
}

static bool take_reset(struct camera_desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    bool reset = desk->reset;
    desk->reset = false;
    pthread_mutex_unlock(&desk->lock);
    return reset;
}

// What is remembered.

/** If it is another camera, forgets what was set on the last and recalls what was on this one. */
static void recall(struct camera_desk *desk)
{
    struct camera_memory *memory = &desk->memory;
    if (!desk->another)
        return;
    desk->another = false;
    if (!desk->wished_for[0])
        memcpy(desk->wished_for, memory->name, sizeof desk->wished_for);
    open_controls_forget(&desk->open);
    desk->open.wishes = strcmp(desk->wished_for, memory->name) == 0 ? desk->config.wishes : "";
    for (int i = 0; i < memory->settings.control_count; i++)
        open_controls_recall(&desk->open, memory->settings.controls[i].key,
                             memory->settings.controls[i].value);
}

static void remember_mode(struct camera_desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    struct mode_choice mode = desk->mode;
    desk->mode.pending = false;
    pthread_mutex_unlock(&desk->lock);
    if (mode.pending)
        camera_memory_set_mode(&desk->memory, mode.node, &mode.mode);
}

// Opening and closing.

static void close_camera(struct camera_desk *desk)
{
    if (desk->open.fd < 0)
        return;
    open_controls_close(&desk->open);
    make_wishes(desk, 0);
    desk->retry_ns = clock_now_ns() + RETRY_MS * NS_PER_MS;
    publish(desk);
}

/** Opens the camera; what can be looked at is shown before anything is set. */
static void open_camera(struct camera_desk *desk)
{
    struct error err = {""};
    desk->retry_ns = clock_now_ns() + RETRY_MS * NS_PER_MS;
    desk->another |= camera_memory_turn(&desk->memory, desk->node);
    int ret = open_controls_open(&desk->open, desk->node, &err);
    if (ret < 0) {
        bool gone = ret == -ENODEV || ret == -ENOENT || ret == -ENXIO;
        if (!gone && !desk->open_told)
            log_write(desk->config.log, LOG_LEVEL_WARNING, "%s", err.text);
        desk->open_told |= !gone;
        return;
    }
    desk->next = 0;
    recall(desk);
    ret = make_wishes(desk, desk->open.controls.control_count);
    if (ret == 0) {
        publish(desk);
        ret = open_controls_restore(&desk->open);
    }
    if (ret < 0)
        close_camera(desk);
    else
        publish(desk);
}

/** Opens and closes as camera_desk_follow() says. */
static void follow(struct camera_desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    bool other =
        desk->opening != desk->wanted_opening || strcmp(desk->node, desk->wanted_node) != 0;
    desk->opening = desk->wanted_opening;
    memcpy(desk->node, desk->wanted_node, sizeof desk->node);
    pthread_mutex_unlock(&desk->lock);
    if (other) {
        close_camera(desk);
        desk->retry_ns = 0;
        desk->open_told = false;
    }
    if (desk->open.fd < 0 && desk->node[0] && clock_now_ns() >= desk->retry_ns)
        open_camera(desk);
}

// The thread.

static bool must_look(const struct camera_desk *desk)
{
    return atomic_load(&desk->watch) && open_controls_must_look(&desk->open);
}

static int timeout_ms(const struct camera_desk *desk)
{
    int64_t until_ns = INT64_MAX;
    if (desk->open.fd < 0 && desk->node[0])
        until_ns = desk->retry_ns;
    else if (desk->open.fd >= 0 && must_look(desk))
        until_ns = desk->looked_ns + LOOK_MS * NS_PER_MS;
    if (desk->memory.due_ns && desk->memory.due_ns < until_ns)
        until_ns = desk->memory.due_ns;
    if (until_ns == INT64_MAX)
        return -1;
    int64_t left_ns = until_ns - clock_now_ns();
    return left_ns <= 0 ? 0 : (int)(left_ns / NS_PER_MS) + 1;
}

/** Waits for something to do. 0 or -ENODEV. */
static int wait_for_work(struct camera_desk *desk)
{
    const struct v4l2_io *io = desk->config.io;
    // POLLPRI alone: the descriptor does not stream, and asked for frames it would say so for ever.
    struct pollfd fds[] = {{.fd = desk->open.fd, .events = desk->open.deaf ? 0 : POLLPRI},
                           {.fd = desk->wake_fd, .events = POLLIN}};
    if (io->poll(io->self, fds, 2, timeout_ms(desk)) < 0)
        return 0;
    if (fds[1].revents)
        wakeup_quiet(desk->wake_fd);
    if (desk->open.fd < 0 || !fds[0].revents)
        return 0;
    if (fds[0].revents & (POLLERR | POLLHUP | POLLNVAL))
        return -ENODEV;
    int ret = open_controls_listen(&desk->open);
    publish(desk);
    return ret;
}

/** Sets a control for the user. 0 or -ENODEV. */
static int grant(struct camera_desk *desk, int index, const struct wish *wish)
{
    struct open_controls *open = &desk->open;
    const struct camera_control *control = &open->controls.controls[index];
    if (wish->borrow) {
        if (!open_controls_borrow(open, index, wish->value))
            return 0;
        publish(desk); // known to be owed before the camera has it, which may take its time
        return open_controls_set(open, index, wish->value);
    }
    open_controls_take_over(open, control->id);
    int ret = open_controls_set(open, index, wish->value);
    if (ret == 0 && open->refusal == 0 && control->type != CONTROL_BUTTON)
        camera_memory_set(&desk->memory, control->key, control->value);
    return ret;
}

/** Does what there is to do with an open camera. 0 or -ENODEV. */
static int work(struct camera_desk *desk)
{
    struct wish wish;
    int index, ret = 0;
    while (ret == 0 && !atomic_load(&desk->stop) && (index = take_wish(desk, &wish)) >= 0) {
        ret = grant(desk, index, &wish);
        publish(desk);
    }
    if (ret == 0 && take_reset(desk)) {
        camera_memory_forget(&desk->memory);
        ret = open_controls_reset(&desk->open);
        publish(desk);
    }
    if (ret == 0 && must_look(desk) && clock_now_ns() >= desk->looked_ns + LOOK_MS * NS_PER_MS) {
        desk->looked_ns = clock_now_ns();
        ret = open_controls_look(&desk->open);
        publish(desk);
    }
    return ret;
}

static void *run(void *self)
{
    struct camera_desk *desk = self;
    while (!atomic_load(&desk->stop)) {
        remember_mode(desk);
        follow(desk);
        int ret = desk->open.fd >= 0 ? work(desk) : 0;
        camera_memory_write(&desk->memory, false);
        if (ret == 0 && !atomic_load(&desk->stop))
            ret = wait_for_work(desk);
        if (ret == -ENODEV)
            close_camera(desk);
    }
    // First what needs no camera: it may not answer.
    remember_mode(desk);
    camera_memory_write(&desk->memory, true);
    close_camera(desk);
    return NULL;
}

int camera_desk_create(struct camera_desk **out, const struct camera_desk_config *config)
{
    *out = NULL;
    struct camera_desk *desk = memory_alloc(MEMORY_OTHER, sizeof *desk);
    if (!desk)
        return -ENOMEM;
    desk->config = *config;
    desk->open = (struct open_controls){.io = config->io,
                                        .wishes = config->wishes,
                                        .log = config->log,
                                        .said = config->said,
                                        .self = config->self,
                                        .fd = -1};
    desk->memory = (struct camera_memory){.folder = config->folder,
                                          .read_only = config->read_only,
                                          .nodes = config->nodes,
                                          .io = config->io,
                                          .log = config->log};
    lock_make(&desk->lock);
    int ret = wakeup_create(&desk->wake_fd);
    if (ret == 0)
        ret = -pthread_create(&desk->thread, NULL, run, desk);
    desk->started = ret == 0;
    if (ret < 0)
        camera_desk_destroy(&desk);
    else
        pthread_setname_np(desk->thread, "camera controls");
    *out = desk;
    return ret;
}

/** Waits a little for what was borrowed to be given back; else has it done by somebody else. */
static void settle(struct camera_desk *desk)
{
    struct debt debt;
    for (;;) {
        pthread_mutex_lock(&desk->lock);
        debt = desk->debt;
        pthread_mutex_unlock(&desk->lock);
        if (!debt.owed || clock_now_ns() > desk->left_ns + GIVE_MS * NS_PER_MS)
            break;
        nanosleep(&(struct timespec){.tv_nsec = 2 * NS_PER_MS}, NULL);
    }
    if (debt.owed && desk->config.give_back)
        desk->config.give_back(debt.node, debt.id, debt.value);
}

void camera_desk_leave(struct camera_desk *desk)
{
    if (!desk->left_ns)
        desk->left_ns = clock_now_ns();
    atomic_store(&desk->stop, true);
    wakeup_ring(desk->wake_fd);
}

void camera_desk_destroy(struct camera_desk **desk)
{
    struct camera_desk *old = *desk;
    if (!old)
        return;
    if (old->started) {
        camera_desk_leave(old);
        settle(old);
        pthread_join(old->thread, NULL);
    }
    wakeup_destroy(&old->wake_fd);
    camera_controls_free(&old->shown);
    memory_free(old->wishes);
    open_controls_forget(&old->open);
    camera_memory_close(&old->memory);
    pthread_mutex_destroy(&old->lock);
    memory_free(old);
    *desk = NULL;
}

void camera_desk_follow(struct camera_desk *desk, const char *node, unsigned opening)
{
    char wanted[NODE_BYTES] = "";
    snprintf(wanted, sizeof wanted, "%s", node ? node : "");
    pthread_mutex_lock(&desk->lock);
    bool other = desk->wanted_opening != opening || strcmp(desk->wanted_node, wanted) != 0;
    desk->wanted_opening = opening;
    memcpy(desk->wanted_node, wanted, sizeof wanted);
    pthread_mutex_unlock(&desk->lock);
    if (other)
        wakeup_ring(desk->wake_fd);
}

static void wish(struct camera_desk *desk, uint32_t id, int64_t value, bool borrow)
{
    pthread_mutex_lock(&desk->lock);
    int index = open_controls_find(&desk->shown, id);
    if (index >= 0) {
        desk->wishes[index] = (struct wish){.pending = true, .borrow = borrow, .value = value};
        desk->shown.controls[index].value = value;
        desk->generation++;
    }
    pthread_mutex_unlock(&desk->lock);
    wakeup_ring(desk->wake_fd);
}

void camera_desk_set(struct camera_desk *desk, uint32_t id, int64_t value)
{
    wish(desk, id, value, false);
}

void camera_desk_borrow(struct camera_desk *desk, uint32_t id, int64_t value)
{
    wish(desk, id, value, true);
}

void camera_desk_remember_mode(struct camera_desk *desk, const char *node,
                               const struct camera_wish *mode)
{
    pthread_mutex_lock(&desk->lock);
    desk->mode = (struct mode_choice){.pending = true, .mode = *mode};
    snprintf(desk->mode.node, sizeof desk->mode.node, "%s", node);
    pthread_mutex_unlock(&desk->lock);
    wakeup_ring(desk->wake_fd);
}

void camera_desk_reset(struct camera_desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    desk->reset = true;
    for (int i = 0; i < desk->shown.control_count; i++)
        desk->wishes[i].pending = false;
    pthread_mutex_unlock(&desk->lock);
    wakeup_ring(desk->wake_fd);
}

void camera_desk_watch(struct camera_desk *desk, bool watch)
{
    if (atomic_exchange(&desk->watch, watch) != watch)
        wakeup_ring(desk->wake_fd);
}

bool camera_desk_look(struct camera_desk *desk, struct camera_controls *copy, unsigned *generation)
{
    pthread_mutex_lock(&desk->lock);
    bool changed = *generation != desk->generation;
    if (changed)
        camera_controls_copy(copy, &desk->shown);
    *generation = desk->generation;
    pthread_mutex_unlock(&desk->lock);
    return changed;
}
