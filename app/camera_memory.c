#include "app/camera_memory.h"

#include "processing/clock.h"

#include <errno.h>
#include <string.h>

/** A slider that is turned changes many times; at most so much is lost by a crash. */
enum { DELAY_MS = 1000 };

static void change(struct camera_memory *memory)
{
    if (!memory->due_ns && memory->file.text[0] && !memory->read_only)
        memory->due_ns = clock_now_ns() + DELAY_MS * NS_PER_MS;
}

static void load(struct camera_memory *memory)
{
    struct error err;
    memory->settings = camera_settings_none();
    memory->file.text[0] = '\0';
    if (!memory->folder || !memory->folder[0] ||
        path_set(&memory->file, "%s/%s.json", memory->folder, memory->name) < 0)
        return;
    int ret = camera_settings_load(&memory->settings, memory->file.text, &err);
    if (ret < 0)
        log_write(memory->log, LOG_LEVEL_WARNING, "%s", err.text);
    if (ret < 0 && ret != -EINVAL)
        memory->file.text[0] = '\0'; // not ours to replace
}

bool camera_memory_turn(struct camera_memory *memory, const char *node)
{
    struct camera_list list = {0};
    const struct camera_entry *entry = NULL;
    if (camera_list_read_identities(&list, memory->io, memory->nodes, NULL) == 0)
        entry = camera_list_find(&list, node);
    // By name it could differ: a twin that was plugged in meanwhile changes what tells it.
    bool other =
        entry && !(memory->known && camera_identity_find(&memory->identity, &list) == entry);
    if (other) {
        camera_memory_close(memory);
        memory->known = true;
        memory->identity = camera_identity_of(&list, entry);
        camera_settings_name(&memory->identity, memory->name);
        load(memory);
    }
    camera_list_free(&list);
    return other;
}

void camera_memory_set(struct camera_memory *memory, const char *key, int64_t value)
{
    if (memory->file.text[0] && camera_settings_set(&memory->settings, key, value) == 0)
        change(memory);
}

void camera_memory_set_mode(struct camera_memory *memory, const char *node,
                            const struct camera_wish *mode)
{
    // It may be one that is not open yet, or no more.
    struct camera_memory other = {.folder = memory->folder,
                                  .read_only = memory->read_only,
                                  .nodes = memory->nodes,
                                  .io = memory->io,
                                  .log = memory->log};
    bool known = camera_memory_turn(&other, node);
    struct camera_memory *meant = strcmp(other.name, memory->name) == 0 ? memory : &other;
    if (known) {
        meant->settings.mode = *mode;
        change(meant);
    }
    camera_memory_close(&other);
}

void camera_memory_forget(struct camera_memory *memory)
{
    if (memory->settings.control_count > 0)
        change(memory);
    camera_settings_forget_controls(&memory->settings);
}

void camera_memory_write(struct camera_memory *memory, bool now)
{
    struct error err;
    if (!memory->due_ns || (!now && clock_now_ns() < memory->due_ns))
        return;
    memory->due_ns = 0;
    if (camera_settings_save(&memory->settings, memory->file.text, &err) < 0)
        log_write(memory->log, LOG_LEVEL_WARNING, "%s", err.text);
}

void camera_memory_close(struct camera_memory *memory)
{
    camera_memory_write(memory, true);
    camera_settings_free(&memory->settings);
    memory->known = false;
    memory->name[0] = memory->file.text[0] = '\0';
}

struct camera_wish camera_memory_mode(const char *folder, const char *location, struct log *log)
{
    struct camera_wish mode = {.fps = -1};
    struct camera_memory memory = {
        .folder = folder, .read_only = true, .io = &v4l2_io_kernel, .log = log};
    if (folder[0] && camera_memory_turn(&memory, location))
        mode = memory.settings.mode;
    camera_memory_close(&memory);
    return mode;
}
