#include "app/open_controls.h"

#include "app/control_wishes.h"
#include "capture/camera_array.h"
#include "processing/memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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

static struct kept_control *find_kept(struct open_controls *open, uint32_t id)
{
    for (int i = 0; i < open->kept_count; i++)
        if (open->kept[i].id == id)
            return &open->kept[i];
    return NULL;
}

static void keep(struct open_controls *open, struct kept_control kept)
{
    struct kept_control *old = find_kept(open, kept.id);
    void *array = open->kept;
    if (old) {
        *old = kept;
    } else if (camera_array_grow(&array, open->kept_count, sizeof *open->kept) == 0) {
        open->kept = array;
        open->kept[open->kept_count++] = kept;
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

/** Sets a control without a word about it; *refusal says why it was not. 0 or -ENODEV. */
static int set(struct open_controls *open, int index, int64_t value, int *refusal)
{
    struct camera_control *control = &open->controls.controls[index];
    int ret = camera_control_fit(&open->controls, control, &value);
    if (ret == 0)
        ret = camera_control_set(&open->controls, control, open->io, open->fd, value);
    *refusal = ret;
    if (ret == -ENODEV)
        return ret;
    if (ret == 0 && control->type != CONTROL_BUTTON)
        control->value = value; // unless reading it back says otherwise
    return open->deaf && is_mode(control) ? refresh_all(open, false) : refresh(open, index);
}

int open_controls_set(struct open_controls *open, int index, int64_t value)
{
    const struct camera_control *control = &open->controls.controls[index];
    int64_t fitted = value;
    int ret = set(open, index, value, &open->refusal);
    if (ret == 0 && open->refusal < 0)
        complain(open, index, open->refusal);
    else if (ret == 0 && control->type != CONTROL_BUTTON &&
             camera_control_fit(&open->controls, control, &fitted) == 0)
        keep(open, (struct kept_control){.id = control->id, .value = fitted});
    return ret;
}

bool open_controls_borrow(struct open_controls *open, int index, int64_t value)
{
    const struct camera_control *control = &open->controls.controls[index];
    if (!control->has_value || control->value == value)
        return false;
    open->borrowed = true;
    open->borrowed_id = control->id;
    open->borrowed_from = control->value;
    return true;
}

void open_controls_take_over(struct open_controls *open, uint32_t id)
{
    open->borrowed = open->borrowed && open->borrowed_id != id;
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
    open->borrowed = false;
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
            keep(open,
                 (struct kept_control){open->controls.controls[index].id, value, .typed = true});
    }
    return ret;
}

void open_controls_recall(struct open_controls *open, const char *key, int64_t value)
{
    for (int i = 0; i < open->controls.control_count; i++) {
        const struct camera_control *control = &open->controls.controls[i];
        if (strcmp(control->key, key) == 0 && control->type != CONTROL_BUTTON)
            keep(open, (struct kept_control){control->id, value, .recalled = true});
    }
}

/** Whether what is kept is in force as far as the camera tells. */
static bool is_as_asked(const struct camera_control *control, int64_t asked)
{
    return !control->has_value || control->value == asked;
}

/** Sets one that is kept. What somebody typed is told when it is refused; 0 or -ENODEV. */
static int set_one(struct open_controls *open, struct kept_control *kept, int index)
{
    const struct camera_control *control = &open->controls.controls[index];
    int refusal, ret = set(open, index, kept->value, &refusal);
    kept->done = refusal == 0 || !kept->recalled;
    if (ret < 0)
        return ret;
    if (refusal < 0 && !kept->recalled)
        complain(open, index, refusal);
    else if (refusal < 0)
        log_write(open->log, LOG_LEVEL_DEBUG, "%s could not be set again: %s", control->key,
                  words_of(control, refusal));
    else if (kept->typed && !open->introduced && !is_as_asked(control, kept->value))
        log_write(open->log, LOG_LEVEL_INFO, "%s is %lld, asked for was %lld", control->key,
                  (long long)control->value, (long long)kept->value);
    return 0;
}

/**
 * Sets what is kept, modes first: they decide whether others can be set. What has no effect yet, or
 * was recalled and is refused, is tried once more when the others are set.
 */
static int set_kept(struct open_controls *open)
{
    int ret = 0;
    for (int i = 0; i < open->kept_count; i++)
        open->kept[i].done = false;
    for (int pass = 0; pass < 4 && ret == 0; pass++) {
        for (int i = 0; i < open->kept_count && ret == 0; i++) {
            struct kept_control *kept = &open->kept[i];
            int index = open_controls_find(&open->controls, kept->id);
            if (index < 0 || kept->done)
                continue;
            const struct camera_control *control = &open->controls.controls[index];
            // What somebody typed is tried in any case, so that a refusal is told.
            bool insists = kept->typed && !open->introduced && pass >= 2;
            if (is_mode(control) == (pass % 2 == 0) && (insists || !control->inactive))
                ret = set_one(open, kept, index);
        }
        if (ret == 0)
            ret = open_controls_listen(open);
    }
    return ret;
}

/** A value as people know it: the name of a menu's item, on or off, a number. */
static void describe(const struct open_controls *open, const struct camera_control *control,
                     int64_t value, char *text, size_t bytes)
{
    snprintf(text, bytes, "%lld", (long long)value);
    if (control->type == CONTROL_BOOLEAN)
        snprintf(text, bytes, "%s", value ? "on" : "off");
    for (int i = 0; i < control->items; i++) {
        const struct camera_menu_item *item = &open->controls.items[control->first_item + i];
        if (item->value == value)
            snprintf(text, bytes, "\"%s\"", item->name);
    }
}

/** Adds "Gain stays 3 instead of 7" to a sentence; false if there is no more room. */
static bool add_difference(const struct open_controls *open, const struct camera_control *control,
                           int64_t asked, char *text, size_t bytes)
{
    char is[48], was[48];
    size_t used = strlen(text);
    describe(open, control, control->value, is, sizeof is);
    describe(open, control, asked, was, sizeof was);
    int length = snprintf(text + used, bytes - used, "%s%s stays %s instead of %s",
                          used ? ", " : "", control->name, is, was);
    if (length >= 0 && (size_t)length < bytes - used)
        return true;
    text[used] = '\0';
    return false;
}

/** Reads back what was recalled, and says once where the camera has something else. */
static int verify(struct open_controls *open)
{
    char text[400] = "";
    int ret = 0;
    for (int i = 0; i < open->kept_count && ret == 0; i++) {
        struct kept_control *kept = &open->kept[i];
        int index = kept->recalled ? open_controls_find(&open->controls, kept->id) : -1;
        if (index < 0)
            continue;
        ret = refresh(open, index);
        const struct camera_control *control = &open->controls.controls[index];
        // What has no effect at the moment need not be anything.
        bool counts = !control->inactive && !control->fleeting;
        if (ret == 0 && counts && !is_as_asked(control, kept->value) &&
            !add_difference(open, control, kept->value, text, sizeof text))
            break;
    }
    if (ret < 0 || !text[0])
        return ret;
    log_write(open->log, LOG_LEVEL_WARNING, "%s", text);
    if (open->said)
        open->said(open->self, text);
    return 0;
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
    return ret == 0 ? verify(open) : ret;
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

/** Without a word: the camera may be gone. */
static void give_back(const struct open_controls *open)
{
    int index = open->borrowed ? open_controls_find(&open->controls, open->borrowed_id) : -1;
    if (index >= 0)
        camera_control_set(&open->controls, &open->controls.controls[index], open->io, open->fd,
                           open->borrowed_from);
}

void open_controls_close(struct open_controls *open)
{
    update_kept(open);
    give_back(open);
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
    open->borrowed = open->introduced = false;
}
