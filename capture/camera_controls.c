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

static struct camera_control control_of(const struct v4l2_query_ext_ctrl *query)
{
    struct camera_control control = {
        .id = query->id,
        .type = type_of(query),
        .minimum = query->minimum,
        .maximum = query->maximum,
        .step = (int64_t)query->step,
        .default_value = query->default_value,
        .read_only = query->flags & V4L2_CTRL_FLAG_READ_ONLY,
        .write_only = query->flags & V4L2_CTRL_FLAG_WRITE_ONLY,
        .inactive = query->flags & V4L2_CTRL_FLAG_INACTIVE,
        .grabbed = query->flags & V4L2_CTRL_FLAG_GRABBED,
        .fleeting = query->flags & V4L2_CTRL_FLAG_VOLATILE,
    };
    snprintf(control.name, sizeof control.name, "%.*s", (int)sizeof query->name, query->name);
    make_key(control.name, control.key);
    return control;
}

static void read_value(struct camera_control *control, const struct v4l2_io *io, int fd, bool wide)
{
    bool readable = control->type != CONTROL_BUTTON && control->type != CONTROL_STRING &&
                    control->type != CONTROL_OTHER && !control->write_only;
    if (!readable)
        return;
    struct v4l2_ext_control one = {.id = control->id};
    struct v4l2_ext_controls request = {
        .which = V4L2_CTRL_WHICH_CUR_VAL, .count = 1, .controls = &one};
    if (io->ioctl(io->self, fd, VIDIOC_G_EXT_CTRLS, &request) < 0)
        return;
    control->has_value = true;
    control->value = wide ? one.value64 : one.value;
    if (control->type == CONTROL_BITMASK)
        control->value = (uint32_t)one.value;
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
    read_value(&control, io, fd, query->type == V4L2_CTRL_TYPE_INTEGER64);
    int ret = 0;
    if (control.type == CONTROL_MENU || control.type == CONTROL_INT_MENU)
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

void camera_controls_free(struct camera_controls *controls)
{
    memory_free(controls->controls);
    memory_free(controls->items);
    *controls = (struct camera_controls){0};
}
