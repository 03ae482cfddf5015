/*
 * VIDIOC_QUERY_EXT_CTRL describes the control of an id; with V4L2_CTRL_FLAG_NEXT_CTRL in the id it
 * describes the next one after it, so that starting at 0 finds them all in rising order. Menus
 * have holes: an item that VIDIOC_QUERYMENU refuses does not exist.
 *
 * Source: Linux media documentation, "User Controls",
 * https://docs.kernel.org/userspace-api/media/v4l/control.html
 */
#include "capture/camera_controls.h"

#include "capture/camera_array.h"
#include "capture/camera_control_flags.h"
#include "processing/memory.h"

#include <ctype.h>
#include <errno.h>
#include <linux/videodev2.h>
#include <stdio.h>

/** A driver whose list never ends is cut off. */
enum { CONTROLS_MAX = 1024, ITEMS_MAX = 256 };

/** What V4L2 calls the types; the ones that are not here are CONTROL_OTHER. */
static const struct {
    uint32_t v4l2;
    enum camera_control_type type;
    const char *name;
} types[] = {
    {V4L2_CTRL_TYPE_INTEGER, CONTROL_INTEGER, "integer"},
    {V4L2_CTRL_TYPE_INTEGER64, CONTROL_INTEGER, "integer"},
    {V4L2_CTRL_TYPE_BOOLEAN, CONTROL_BOOLEAN, "boolean"},
    {V4L2_CTRL_TYPE_MENU, CONTROL_MENU, "menu"},
    {V4L2_CTRL_TYPE_INTEGER_MENU, CONTROL_INT_MENU, "integer menu"},
    {V4L2_CTRL_TYPE_BUTTON, CONTROL_BUTTON, "button"},
    {V4L2_CTRL_TYPE_BITMASK, CONTROL_BITMASK, "bitmask"},
    {V4L2_CTRL_TYPE_STRING, CONTROL_STRING, "string"},
};

enum { TYPES = sizeof types / sizeof types[0] };

const char *camera_control_type_name(enum camera_control_type type)
{
    for (int i = 0; i < TYPES; i++)
        if (types[i].type == type)
            return types[i].name;
    return "other";
}

static enum camera_control_type type_of(const struct v4l2_query_ext_ctrl *query)
{
    for (int i = 0; i < TYPES; i++)
        if (types[i].v4l2 == query->type && query->nr_of_dims == 0)
            return types[i].type;
    return CONTROL_OTHER;
}

/** "White Balance, Auto" becomes "white_balance_auto". */
static void make_key(const char *name, char key[32])
{
    int length = 0;
    for (; *name && length < 31; name++) {
        if (isalnum((unsigned char)*name))
            key[length++] = (char)tolower((unsigned char)*name);
        else if (length > 0 && key[length - 1] != '_')
            key[length++] = '_';
    }
    while (length > 0 && key[length - 1] == '_')
        length--;
    key[length] = '\0';
}

void camera_control_flag(struct camera_control *control, uint32_t flags)
{
    control->read_only = flags & V4L2_CTRL_FLAG_READ_ONLY;
    control->write_only = flags & V4L2_CTRL_FLAG_WRITE_ONLY;
    control->inactive = flags & V4L2_CTRL_FLAG_INACTIVE;
    control->grabbed = flags & V4L2_CTRL_FLAG_GRABBED;
    control->fleeting = flags & V4L2_CTRL_FLAG_VOLATILE;
    control->stirs = flags & V4L2_CTRL_FLAG_UPDATE;
}

static void describe(struct camera_control *control, const struct v4l2_query_ext_ctrl *query)
{
    control->minimum = query->minimum;
    control->maximum = query->maximum;
    control->step = (int64_t)query->step;
    control->default_value = query->default_value;
    camera_control_flag(control, query->flags);
}

static struct camera_control control_of(const struct v4l2_query_ext_ctrl *query)
{
    struct camera_control control = {
        .id = query->id,
        .type = type_of(query),
        .wide = query->type == V4L2_CTRL_TYPE_INTEGER64,
    };
    describe(&control, query);
    snprintf(control.name, sizeof control.name, "%.*s", (int)sizeof query->name, query->name);
    make_key(control.name, control.key);
    return control;
}

bool camera_control_readable(const struct camera_control *control)
{
    return control->type != CONTROL_BUTTON && control->type != CONTROL_STRING &&
           control->type != CONTROL_OTHER && !control->write_only;
}

static int read_value(struct camera_control *control, const struct v4l2_io *io, int fd)
{
    if (!camera_control_readable(control))
        return 0;
    struct v4l2_ext_control one = {.id = control->id};
    struct v4l2_ext_controls request = {
        .which = V4L2_CTRL_WHICH_CUR_VAL, .count = 1, .controls = &one};
    int ret = io->ioctl(io->self, fd, VIDIOC_G_EXT_CTRLS, &request);
    if (ret < 0)
        return ret;
    control->has_value = true;
    control->value = control->wide ? one.value64 : one.value;
    if (control->type == CONTROL_BITMASK)
        control->value = (uint32_t)one.value;
    return 0;
}

int camera_control_refresh(struct camera_control *control, const struct v4l2_io *io, int fd)
{
    struct v4l2_query_ext_ctrl query = {.id = control->id};
    int ret = io->ioctl(io->self, fd, VIDIOC_QUERY_EXT_CTRL, &query);
    if (ret < 0)
        return ret;
    describe(control, &query);
    return read_value(control, io, fd);
}

static int add_item(struct camera_controls *controls, struct camera_menu_item item)
{
    void *array = controls->items;
    int ret = camera_array_grow(&array, controls->item_count, sizeof item);
    controls->items = array;
    if (ret == 0)
        controls->items[controls->item_count++] = item;
    return ret;
}

static int read_items(struct camera_controls *controls, struct camera_control *control,
                      const struct v4l2_io *io, int fd)
{
    control->first_item = controls->item_count;
    int64_t first = control->minimum < 0 ? 0 : control->minimum;
    for (int64_t i = first; i <= control->maximum && i < first + ITEMS_MAX; i++) {
        struct v4l2_querymenu menu = {.id = control->id, .index = (uint32_t)i};
        int ret = io->ioctl(io->self, fd, VIDIOC_QUERYMENU, &menu);
        if (ret == -ENODEV)
            return ret;
        if (ret < 0)
            continue;
        struct camera_menu_item item = {.value = i};
        if (control->type == CONTROL_INT_MENU)
            snprintf(item.name, sizeof item.name, "%lld", (long long)menu.value);
        else
            snprintf(item.name, sizeof item.name, "%.*s", (int)sizeof menu.name,
                     (const char *)menu.name);
        ret = add_item(controls, item);
        if (ret < 0)
            return ret;
        control->items++;
    }
    return 0;
}

static int add_control(struct camera_controls *controls, const struct v4l2_query_ext_ctrl *query,
                       const struct v4l2_io *io, int fd)
{
    if (query->type == V4L2_CTRL_TYPE_CTRL_CLASS || query->flags & V4L2_CTRL_FLAG_DISABLED)
        return 0;
    struct camera_control control = control_of(query);
    int ret = read_value(&control, io, fd) == -ENODEV ? -ENODEV : 0;
    if (ret == 0 && (control.type == CONTROL_MENU || control.type == CONTROL_INT_MENU))
        ret = read_items(controls, &control, io, fd);
    void *array = controls->controls;
    if (ret == 0)
        ret = camera_array_grow(&array, controls->control_count, sizeof control);
    controls->controls = array;
    if (ret == 0)
        controls->controls[controls->control_count++] = control;
    return ret;
}

int camera_controls_read(struct camera_controls *controls, const struct v4l2_io *io, int fd)
{
    uint32_t id = 0;
    for (int i = 0; i < CONTROLS_MAX; i++) {
        struct v4l2_query_ext_ctrl query = {.id = id | V4L2_CTRL_FLAG_NEXT_CTRL};
        int ret = io->ioctl(io->self, fd, VIDIOC_QUERY_EXT_CTRL, &query);
        if (ret < 0)
            return ret == -ENODEV ? ret : 0;
        if (query.id <= id)
            return 0;
        id = query.id;
        ret = add_control(controls, &query, io, fd);
        if (ret < 0)
            return ret;
    }
    return 0;
}

/** Makes room for `count` items of what has room for `had`. */
static int make_room(void **array, int had, int count, size_t item_bytes)
{
    if (count <= had)
        return 0;
    void *fresh = memory_alloc(MEMORY_OTHER, (size_t)count * item_bytes);
    if (!fresh)
        return -ENOMEM;
    memory_free(*array);
    *array = fresh;
    return 0;
}

int camera_controls_copy(struct camera_controls *to, const struct camera_controls *from)
{
    void *controls = to->controls, *items = to->items;
    int ret = make_room(&controls, to->control_count, from->control_count, sizeof *to->controls);
    to->controls = controls;
    if (ret == 0)
        ret = make_room(&items, to->item_count, from->item_count, sizeof *to->items);
    to->items = items;
    // What did not get room is empty, not old: an index of the one may not fit the other.
    to->control_count = ret == 0 ? from->control_count : 0;
    to->item_count = ret == 0 ? from->item_count : 0;
    for (int i = 0; i < to->control_count; i++)
        to->controls[i] = from->controls[i];
    for (int i = 0; i < to->item_count; i++)
        to->items[i] = from->items[i];
    return ret;
}

void camera_controls_free(struct camera_controls *controls)
{
    memory_free(controls->controls);
    memory_free(controls->items);
    *controls = (struct camera_controls){0};
}
