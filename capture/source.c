#include "capture/source.h"

#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static unsigned pack(struct source_wishes wishes)
{
    return (unsigned)wishes.color | (unsigned)wishes.bgr << 1 | (unsigned)wishes.noise << 2;
}

static int refuse(const struct source_kind *kind, const struct source_config *config, int code,
                  struct error *err)
{
    const char *where = config->location && config->location[0] ? config->location : kind->name;
    return error_set(err, code, "Cannot open a %s, '%s': %s", kind->name, where,
                     error_reason(code));
}

int source_open(struct source **out, const struct source_kind *kind,
                const struct source_config *config, struct error *err)
{
    *out = NULL;
    struct source *source = memory_alloc(MEMORY_FRAMES, kind->bytes);
    if (!source)
        return refuse(kind, config, -ENOMEM, err);
    source->kind = kind;
    source->gate = config->gate;
    atomic_store(&source->wishes, pack(config->wishes));
    int ret = loans_open(&source->loans);
    if (ret < 0)
        refuse(kind, config, ret, err);
    else
        ret = kind->open(source, config, err);
    if (ret < 0) {
        source_close(&source);
        return ret;
    }
    *out = source;
    return 0;
}

int source_acquire(struct source *source, int timeout_ms, struct loan *loan, struct error *err)
{
    int ret = source->kind->acquire(source, timeout_ms, loan, err);
    if (ret == 0) {
        loan->frame.received_ns =
            loan->frame.received_ns ? loan->frame.received_ns : clock_now_ns();
        atomic_fetch_add(&source->counters.acquired, 1);
    }
    return ret;
}

int source_restart(struct source *source, struct error *err)
{
    if (!source->kind->restart)
        return error_set(err, -ENOTSUP, "A %s cannot be restarted", source->kind->name);
    return source->kind->restart(source, err);
}

bool source_hint(struct source *source, char *text, size_t bytes)
{
    bool fresh = source->hint.fresh;
    if (fresh)
        snprintf(text, bytes, "%s", source->hint.text);
    source->hint.fresh = false;
    return fresh;
}

void source_say(struct source *source, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(source->hint.text, sizeof source->hint.text, format, arguments);
    va_end(arguments);
    source->hint.fresh = true;
    source->hint.dark = false;
}

int source_admit(const struct source_gate *gate, struct source_needs *needs, struct error *err)
{
    return gate->admit ? gate->admit(gate->self, needs, err) : 0;
}

void source_lend(struct source *source, struct loan *loan, int slot)
{
    loans_lend(&source->loans, slot);
    loan->source = source;
    loan->slot = slot;
}

void source_release(const struct loan *loan)
{
    loans_return(&loan->source->loans, loan->slot);
}

void source_wake(struct source *source)
{
    loans_wake(&source->loans);
}

void source_wish(struct source *source, struct source_wishes wishes)
{
    atomic_store(&source->wishes, pack(wishes));
}

struct source_wishes source_wishes_of(const struct source *source)
{
    unsigned packed = atomic_load(&source->wishes);
    return (struct source_wishes){
        .color = packed & 1, .bgr = packed >> 1 & 1, .noise = (int)(packed >> 2)};
}

void source_close(struct source **source)
{
    if (!*source)
        return;
    if ((*source)->loans.wake_fd >= 0)
        loans_wait_all(&(*source)->loans);
    (*source)->kind->close(*source);
    loans_close(&(*source)->loans);
    memory_free(*source);
    *source = NULL;
}
