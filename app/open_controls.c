#include "app/open_controls.h"

#include "app/control_wishes.h"
#include "capture/camera_array.h"
#include "processing/memory.h"

#include <errno.h>
#include <stdio.h>

static bool is_mode(const struct camera_control *control)
{
    return control->type == CONTROL_BOOLEAN || control->type == CONTROL_MENU ||
           control->type == CONTROL_INT_MENU || control->stirs;
}

static bool can_be_set(const struct camera_control *control)
{
    return !control->read_only && !control->inactive && !control->grabbed;
}

/** Why a control could not be set, in words for the user. */
static const char *words_of(const struct camera_control *control, int code)
{
    switch (code) {
    case -EACCES:
        return control->read_only ? "it can only be read"
                                  : "the camera does not allow it as its other controls are now";
    case -EBUSY:
        return "it cannot be changed at the moment, another program or the stream needs it";
    case -EIO:
    case -ETIMEDOUT:
    case -EPROTO:
        return "the camera does not answer";
    case -EPIPE: // how USB says no
        return "the camera refuses it";
    case -EINVAL:
    case -ERANGE:
        return "the camera does not take this value";
    case -ENOTSUP:
        return "texts and structures cannot be set";
    default:
        return error_reason(code);
    }
}

/** Says once what went wrong with a control. */
static void complain(struct open_controls *open, int index, int code)
{
    const struct camera_control *control = &open->controls.controls[index];
    if (open->complained[index])
        return;
    open->complained[index] = true;
    char text[256];
    snprintf(text, sizeof text, "%s could not be set: %s", control->name, words_of(control, code));
    log_write(open->log, LOG_LEVEL_WARNING, "%s", text);
    if (open->said)
        open->said(open->self, text);
}

static void keep(struct open_controls *open, uint32_t id, int64_t value)
{
    for (int i = 0; i < open->kept_count; i++)
        if (open->kept[i].id == id) {
            open->kept[i].value = value;
            return;
        }
    void *array = open->kept;
    if (camera_array_grow(&array, open->kept_count, sizeof *open->kept) == 0) {
        open->kept = array;
        open->kept[open->kept_count++] = (struct kept_control){id, value};
    }
}

static int refresh(struct open_controls *open, int index)
{
    int ret = camera_control_refresh(&open->controls.controls[index], open->io, open->fd);
    return ret == -ENODEV ? ret : 0; // one that cannot be read keeps its value
}

static int refresh_all(struct open_controls *open, bool only_fleeting)
{
    int ret = 0;
    for (int i = 0; i < open->controls.control_count && ret == 0; i++)
        if (!only_fleeting || open->controls.controls[i].fleeting)
            ret = refresh(open, i);
    return ret;
}

int open_controls_set(struct open_controls *open, int index, int64_t value)
{
    struct camera_control *control = &open->controls.controls[index];
    int ret = camera_control_fit(&open->controls, control, &value);
    if (ret == 0)
        ret = camera_control_set(&open->controls, control, open->io, open->fd, value);
    if (ret == -ENODEV)
        return ret;
    if (ret < 0)
        complain(open, index, ret);
    if (ret == 0 && control->type != CONTROL_BUTTON) {
        keep(open, control->id, value);
        control->value = value; // unless reading it back says otherwise
    }
    return open->deaf && is_mode(control) ? refresh_all(open, false) : refresh(open, index);
}

/** Sets the defaults of those that are modes, or of those that are none. */
static int reset_some(struct open_controls *open, bool modes)
{
    int ret = 0;
    for (int i = 0; i < open->controls.control_count && ret == 0; i++) {
        const struct camera_control *control = &open->controls.controls[i];
        if (is_mode(control) == modes && can_be_set(control) && control->has_value &&
            control->value != control->default_value)
            ret = open_controls_set(open, i, control->default_value);
    }
    return ret;
}

static void tell_change(const struct open_controls *open, int index)
{
    const struct camera_control *control = &open->controls.controls[index];
    // What only the camera changes may change with every frame.
    if (control->has_value && !control->read_only && !control->fleeting)
        log_write(open->log, LOG_LEVEL_DEBUG, "The camera's %s is %lld%s", control->key,
                  (long long)control->value, control->inactive ? ", without effect now" : "");
}

int open_controls_listen(struct open_controls *open)
{
    int ret = -EAGAIN;
    // A camera that tells as fast as it is heard must not keep us here.
    for (int i = 0; i <= 2 * open->controls.control_count && (ret >= 0 || ret == -EAGAIN); i++) {
        ret = camera_controls_take_event(&open->controls, open->io, open->fd);
        if (ret >= 0)
            tell_change(open, ret);
    }
    if (ret < 0 && ret != -ENOENT && ret != -EAGAIN && ret != -ENODEV)
        open->deaf = true;
    return ret == -ENODEV ? ret : 0;
}

/** A mode may make others settable or not: those are set before it and after it. */
int open_controls_reset(struct open_controls *open)
{
    open->kept_count = 0;
    int ret = reset_some(open, false);
    if (ret == 0)
        ret = reset_some(open, true);
    if (ret == 0 && (ret = open_controls_listen(open)) == 0)
        ret = reset_some(open, false);
    return ret;
}

// Opening and closing.

int open_controls_find(const struct camera_controls *controls, uint32_t id)
{
    for (int i = 0; i < controls->control_count; i++)
        if (controls->controls[i].id == id)
            return i;
    return -1;
}

/** What --set-ctrl asks for joins what is kept; a button is pressed. */
static int introduce(struct open_controls *open)
{
    const char *text = open->wishes;
    struct control_wish wish;
    int ret = 0;
    while (ret == 0 && control_wish_next(&text, &wish) == 1) {
        int index;
        int64_t value;
        struct error err;
        int found = control_wish_resolve(&wish, &open->controls, &index, &value, &err);
        if (found < 0)
            log_write(open->log, found == -ENOENT ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR,
                      "--set-ctrl: %s", err.text);
        else if (open->controls.controls[index].type == CONTROL_BUTTON)
            ret = open_controls_set(open, index, value);
        else
            keep(open, open->controls.controls[index].id, value);
    }
    return ret;
}

/** The camera was asked for one value and has another. */
static void tell_difference(struct open_controls *open, int index, int64_t asked)
{
    const struct camera_control *control = &open->controls.controls[index];
    if (!open->introduced && control->has_value && control->value != asked &&
        !open->complained[index])
        log_write(open->log, LOG_LEVEL_INFO, "%s is %lld, asked for was %lld", control->key,
                  (long long)control->value, (long long)asked);
}

/** Sets what is kept, modes first: they decide whether others can be set. */
static int set_kept(struct open_controls *open)
{
    int ret = 0;
    for (int modes = 1; modes >= 0 && ret == 0; modes--) {
        for (int i = 0; i < open->kept_count && ret == 0; i++) {
            struct kept_control kept = open->kept[i];
            int index = open_controls_find(&open->controls, kept.id);
            const struct camera_control *control = &open->controls.controls[index < 0 ? 0 : index];
            // What somebody typed is tried in any case, so that a refusal is told.
            bool skip = index < 0 || (open->introduced && control->inactive);
            if (skip || is_mode(control) != modes)
                continue;
            ret = open_controls_set(open, index, kept.value);
            tell_difference(open, index, kept.value);
        }
        if (ret == 0)
            ret = open_controls_listen(open);
    }
    return ret;
}

/** What is kept follows what others set meanwhile. */
static void update_kept(struct open_controls *open)
{
    for (int i = 0; i < open->kept_count; i++) {
        int index = open_controls_find(&open->controls, open->kept[i].id);
        if (index >= 0 && open->controls.controls[index].has_value)
            open->kept[i].value = open->controls.controls[index].value;
    }
}

int open_controls_restore(struct open_controls *open)
{
    int ret = open->introduced ? 0 : introduce(open);
    if (ret == 0)
        ret = set_kept(open);
    open->introduced |= ret == 0;
    return ret;
}

int open_controls_open(struct open_controls *open, const char *node, struct error *err)
{
    open->fd = camera_controls_open(open->io, node, err);
    if (open->fd < 0) {
        int ret = open->fd;
        open->fd = -1;
        return ret;
    }
    int ret = camera_controls_read(&open->controls, open->io, open->fd);
    size_t count = (size_t)open->controls.control_count;
    if (ret == 0 && count > 0 && !(open->complained = memory_alloc(MEMORY_OTHER, count)))
        ret = -ENOMEM;
    if (ret == 0) {
        // Before anything is set, so that no change is missed.
        int heard = camera_controls_subscribe(&open->controls, open->io, open->fd);
        open->deaf = heard < 0;
        ret = heard == -ENODEV ? heard : 0;
    }
    if (ret < 0) {
        open_controls_close(open);
        error_set(err, ret, "Cannot read the controls of %s: %s", node, error_reason(ret));
    }
    return ret;
}

bool open_controls_must_look(const struct open_controls *open)
{
    bool some = open->deaf;
    for (int i = 0; i < open->controls.control_count; i++)
        some = some || open->controls.controls[i].fleeting;
    return some;
}

int open_controls_look(struct open_controls *open)
{
    return refresh_all(open, !open->deaf);
}

void open_controls_close(struct open_controls *open)
{
    update_kept(open);
    camera_controls_close(open->io, &open->fd);
    camera_controls_free(&open->controls);
    memory_free(open->complained);
    open->complained = NULL;
}

void open_controls_forget(struct open_controls *open)
{
    memory_free(open->kept);
    open->kept = NULL;
    open->kept_count = 0;
}
