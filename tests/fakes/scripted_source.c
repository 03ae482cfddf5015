#include "tests/fakes/scripted_source.h"

#include "capture/frame_pool.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

struct scripted {
    struct source source; // must be first
    struct script *script;
    const char *step;
    struct frame_pool pool;
};

static struct scripted *scripted_of(struct source *source)
{
    return (struct scripted *)source;
}

static const char *opening_of(const struct script *script, int number)
{
    int last = 0;
    while (last < number && script->openings[last + 1])
        last++;
    return script->openings[last];
}

static int scripted_open(struct source *source, const struct source_config *config,
                         struct error *err)
{
    struct scripted *self = scripted_of(source);
    const struct script_kind *row = (const struct script_kind *)(const void *)source->kind;
    self->script = row->script;
    self->script->last = *config;
    snprintf(self->script->location, sizeof self->script->location, "%s",
             config->location ? config->location : "");
    self->step = opening_of(self->script, atomic_fetch_add(&self->script->opened, 1));
    while (self->step[0] == '_' && !atomic_load(&self->script->released))
        poll(NULL, 0, 1);
    self->step += self->step[0] == '_';
    if (self->step[0] == '-')
        return error_set(err, -ENODEV, "No such source");
    if (self->step[0] == '!')
        return error_set(err, -EACCES, "No permission");
    if (self->step[0] == '?')
        return error_set(err, -EIO, "No answer");
    source->info = (struct source_info){.format = "YUYV",
                                        .width = SCRIPT_WIDTH,
                                        .height = SCRIPT_HEIGHT,
                                        .live = self->script->live};
    snprintf(source->info.name, sizeof source->info.name, "%s",
             self->script->name ? self->script->name : "Script");
    self->pool.loans = &source->loans;
    return frame_pool_shape(&self->pool, PIXEL_YUYV, SCRIPT_WIDTH, SCRIPT_HEIGHT);
}

static int lend_frame(struct scripted *self, int timeout_ms, struct loan *loan)
{
    int slot = frame_pool_wait_free(&self->pool, timeout_ms);
    if (slot < 0)
        return slot;
    uint32_t sequence = self->script->sequence++;
    memset(self->pool.blocks[slot], (int)(sequence & 255), self->pool.layout.bytes);
    loan->frame = (struct frame){.sequence = sequence};
    frame_place(&loan->frame, &self->pool.layout, self->pool.blocks[slot]);
    source_lend(&self->source, loan, slot);
    return 0;
}

static int block_until_woken(struct scripted *self)
{
    struct loans *loans = &self->source.loans;
    atomic_fetch_add(&self->script->blocked, 1);
    while (!loans_take_wake(loans)) {
        struct pollfd wake = {.fd = loans->wake_fd, .events = POLLIN};
        poll(&wake, 1, -1);
        loans_collect(loans);
    }
    return -EINTR;
}

static int play(struct scripted *self, char step, int timeout_ms, struct loan *loan,
                struct error *err)
{
    struct source_counters *counters = &self->source.counters;
    int ret;
    switch (step) {
    case 'f':
    case 'g':
    case 'h':
        if (step == 'h')
            source_say(&self->source, "A hint");
        ret = lend_frame(self, timeout_ms, loan);
        atomic_fetch_add(&counters->dropped_driver, ret == 0 && step == 'g');
        atomic_fetch_add(&counters->dropped_skipped, ret == 0 && step == 'g');
        return ret;
    case 'd':
        atomic_fetch_add(&counters->damaged, 1);
        return -EAGAIN;
    case 't':
        return -ETIMEDOUT;
    case 'w':
        return block_until_woken(self);
    case 'e':
        return error_set(err, -ENODATA, "The end");
    case 's':
        return error_set(err, -ESTALE, "Another size");
    default:
        return error_set(err, -EIO, "The source broke");
    }
}

static int scripted_acquire(struct source *source, int timeout_ms, struct loan *loan,
                            struct error *err)
{
    struct scripted *self = scripted_of(source);
    struct source_wishes wishes = source_wishes_of(source);
    atomic_store(&self->script->wishes,
                 (unsigned)wishes.color | (unsigned)wishes.bgr << 1 | (unsigned)wishes.noise << 2);
    atomic_fetch_add(&self->script->steps, 1);
    char step = self->step[0];
    int ret = play(self, step, timeout_ms, loan, err);
    // A frame that found no free slot is still to come.
    bool again = (step == 'f' || step == 'g' || step == 'h') && ret < 0;
    if (self->step[1] && self->step[1] != '|' && !again)
        self->step++;
    return ret;
}

static int scripted_restart(struct source *source, struct error *err)
{
    struct scripted *self = scripted_of(source);
    atomic_fetch_add(&self->script->restarted, 1);
    const char *mark = strchr(self->step, '|');
    if (!mark)
        return error_set(err, -EIO, "It stays broken");
    self->step = mark + 1;
    return 0;
}

static void scripted_close(struct source *source)
{
    struct scripted *self = scripted_of(source);
    frame_pool_close(&self->pool);
    atomic_fetch_add(&self->script->closed, 1);
}

const struct source_kind *script_begin(struct script *script)
{
    script->row = (struct script_kind){
        .kind = {.name = "script",
                 .bytes = sizeof(struct scripted),
                 .open = scripted_open,
                 .acquire = scripted_acquire,
                 .restart = scripted_restart,
                 .close = scripted_close},
        .script = script,
    };
    return &script->row.kind;
}
