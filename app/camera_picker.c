#include "app/camera_picker.h"

#include "capture/camera_formats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** More frames a second than this are of no use to anybody's eyes. */
static const double FPS_ENOUGH = 60;

/** What is offered where a camera takes any rate between two. */
static const double usual_rates[] = {5, 10, 15, 20, 24, 25, 30, 50, 60, 90, 120};

enum { USUAL_RATES = sizeof usual_rates / sizeof usual_rates[0], NAME_BYTES = 20 };

// What a camera offers.

int picker_formats(const struct camera_modes *modes, struct camera_format *formats)
{
    int count = 0;
    for (int emulated = 0; emulated < 2; emulated++)
        for (int i = 0; i < modes->format_count && count < PICKER_ITEMS; i++) {
            const struct camera_format *format = &modes->formats[i];
            bool native = format->native && !format->emulated;
            if (native != (bool)emulated && format->sizes > 0)
                formats[count++] = *format;
        }
    return count;
}

/** The highest rate of a size in whole frames a second, 60 at most. */
static double highest_rate(const struct camera_modes *modes, const struct camera_size *size)
{
    double highest = 0;
    for (int i = 0; i < size->rates; i++)
        highest = fmax(highest, camera_interval_fps(modes->rates[size->first_rate + i].shortest));
    return fmin(round(highest), FPS_ENOUGH);
}

static int compare_sizes(const void *a, const void *b)
{
    const struct camera_size *first = a, *second = b;
    int64_t difference =
        (int64_t)first->width * first->height - (int64_t)second->width * second->height;
    return difference ? (difference > 0) - (difference < 0) : first->width - second->width;
}

int picker_sizes(const struct camera_modes *modes, uint32_t fourcc, bool fastest,
                 struct camera_size *sizes)
{
    const struct camera_format *format = camera_modes_find(modes, fourcc);
    double goal = 0;
    int count = 0;
    for (int i = 0; format && i < format->sizes; i++)
        goal = fmax(goal, highest_rate(modes, &modes->sizes[format->first_size + i]));
    for (int i = 0; format && i < format->sizes && count < PICKER_ITEMS; i++) {
        const struct camera_size *size = &modes->sizes[format->first_size + i];
        if (!fastest || highest_rate(modes, size) >= goal)
            sizes[count++] = *size;
    }
    qsort(sizes, (size_t)count, sizeof *sizes, compare_sizes);
    return count;
}

static int compare_rates(const void *a, const void *b)
{
    const double *first = a, *second = b;
    return (*first > *second) - (*first < *second);
}

/** Adds a rate, once; rates that look the same are one. */
static int add_rate(double *rates, int count, double fps)
{
    for (int i = 0; i < count; i++)
        if (fabs(rates[i] - fps) < 0.01)
            return count;
    if (fps > 0 && count < PICKER_ITEMS)
        rates[count++] = fps;
    return count;
}

static int add_range(double *rates, int count, const struct camera_rate *rate)
{
    double fastest = camera_interval_fps(rate->shortest);
    double slowest = camera_interval_fps(rate->longest);
    count = add_rate(rates, add_rate(rates, count, fastest), slowest);
    for (int i = 0; i < USUAL_RATES; i++)
        if (usual_rates[i] > slowest && usual_rates[i] < fastest)
            count = add_rate(rates, count, usual_rates[i]);
    return count;
}

/** With rates in order: the highest alone, or the lowest of those that are enough. */
static int keep_highest(double *rates, int count)
{
    int best = count - 1;
    while (best > 0 && round(rates[best - 1]) >= FPS_ENOUGH)
        best--;
    rates[0] = rates[best];
    return 1;
}

int picker_rates(const struct camera_modes *modes, uint32_t fourcc, int width, int height,
                 bool fastest, double *rates)
{
    const struct camera_format *format = camera_modes_find(modes, fourcc);
    int count = 0;
    for (int s = 0; format && s < format->sizes; s++) {
        const struct camera_size *size = &modes->sizes[format->first_size + s];
        if (size->width != width || size->height != height)
            continue;
        for (int i = 0; i < size->rates; i++)
            count = add_range(rates, count, &modes->rates[size->first_rate + i]);
    }
    qsort(rates, (size_t)count, sizeof *rates, compare_rates);
    return fastest && count > 0 ? keep_highest(rates, count) : count;
}

static int distance(const struct camera_size *size, const struct camera_wish *wish)
{
    return abs(size->width - wish->width) + abs(size->height - wish->height);
}

struct camera_wish picker_wish(const struct camera_modes *modes, const struct camera_wish *wish,
                               bool fastest)
{
    struct camera_wish found = *wish;
    struct camera_size sizes[PICKER_ITEMS];
    double rates[PICKER_ITEMS];
    int count = picker_sizes(modes, wish->fourcc, fastest, sizes), best = 0;
    for (int i = 1; i < count; i++)
        if (distance(&sizes[i], wish) < distance(&sizes[best], wish))
            best = i;
    if (count > 0) {
        found.width = sizes[best].width;
        found.height = sizes[best].height;
    }
    count = picker_rates(modes, found.fourcc, found.width, found.height, fastest, rates);
    best = 0;
    for (int i = 1; i < count; i++)
        if (fabs(rates[i] - wish->fps) < fabs(rates[best] - wish->fps))
            best = i;
    found.fps = count > 0 ? rates[best] : -1;
    return found;
}

// Names.

/** What may tell cameras of one name apart, the best first; false for what there is not. */
static bool write_mark(const struct camera_entry *camera, int kind, char *mark, size_t bytes)
{
    const char *bus = camera->bus_info, *port = strrchr(bus, '-');
    const char *colon = strchr(bus, ':'), *node = strrchr(camera->path, '/');
    bool usb = strncmp(bus, "usb-", 4) == 0 && port;
    switch (kind) {
    case 0:
        snprintf(mark, bytes, "%s", camera->serial);
        return camera->serial[0] && strlen(camera->serial) <= 12;
    case 1:
        if (usb)
            snprintf(mark, bytes, "usb %s", port + 1);
        else
            snprintf(mark, bytes, "%s", colon ? colon + 1 : bus);
        return bus[0];
    default:
        snprintf(mark, bytes, "%.60s", node ? node + 1 : camera->path);
        return true;
    }
}

enum { MARKS = 3 };

static bool is_namesake(const struct camera_entry *camera, const struct camera_entry *other)
{
    return other != camera && other->usable && strcmp(other->card, camera->card) == 0;
}

/** Whether every camera of that name has such a mark, and no other has this one's. */
static bool tells_apart(const struct camera_list *list, const struct camera_entry *camera, int kind)
{
    char mine[64], other[64];
    if (!write_mark(camera, kind, mine, sizeof mine))
        return false;
    for (int i = 0; i < list->count; i++)
        if (is_namesake(camera, &list->entries[i]) &&
            (!write_mark(&list->entries[i], kind, other, sizeof other) || strcmp(mine, other) == 0))
            return false;
    return true;
}

static bool has_namesake(const struct camera_list *list, const struct camera_entry *camera)
{
    for (int i = 0; i < list->count; i++)
        if (is_namesake(camera, &list->entries[i]))
            return true;
    return false;
}

void picker_name(const struct camera_list *list, const struct camera_entry *camera,
                 char name[PICKER_NAME])
{
    int kind = 0;
    char mark[64] = "";
    snprintf(name, PICKER_NAME, "%.79s", camera->card[0] ? camera->card : camera->path);
    if (!has_namesake(list, camera))
        return;
    while (kind < MARKS - 1 && !tells_apart(list, camera, kind))
        kind++;
    write_mark(camera, kind, mark, sizeof mark);
    // The mark is what matters: a long name is cut so that it can be read.
    size_t length = strlen(camera->card);
    bool cut = length > NAME_BYTES;
    for (length = cut ? NAME_BYTES : length; cut && length > 0; length--)
        if (((unsigned char)camera->card[length] & 0xc0) != 0x80 && camera->card[length - 1] != ' ')
            break;
    snprintf(name, PICKER_NAME, "%.*s%s (%.40s)", (int)length, camera->card,
             cut ? "\xe2\x80\xa6" : "", mark);
}

static bool is_offered(const struct camera_entry *camera, const char *hidden)
{
    return camera->usable && strcmp(camera->path, hidden) != 0;
}

static const struct camera_entry *find_device(const struct camera_list *list, const char *device)
{
    const struct camera_entry *camera = device[0] ? camera_list_find(list, device) : NULL;
    return camera && camera->usable ? camera : NULL;
}

const struct camera_entry *picker_next(const struct camera_list *list, const char *device,
                                       const char *hidden)
{
    const struct camera_entry *open = find_device(list, device);
    int at = open ? (int)(open - list->entries) : -1;
    for (int i = 1; i <= list->count; i++) {
        const struct camera_entry *next = &list->entries[(at + i) % list->count];
        if (next != open && is_offered(next, hidden))
            return next;
    }
    return NULL;
}

const struct camera_entry *camera_picker_next(const struct camera_picker *picker,
                                              const struct picker_now *now)
{
    return picker_next(&picker->cameras, now->kind == PICKER_CAMERA ? now->device : "",
                       picker->hidden);
}

// The fields.

bool picker_now_equal(const struct picker_now *a, const struct picker_now *b)
{
    bool same_rate = a->mode.fps <= b->mode.fps && a->mode.fps >= b->mode.fps;
    return a->kind == b->kind && strcmp(a->name, b->name) == 0 &&
           strcmp(a->device, b->device) == 0 && a->mode.fourcc == b->mode.fourcc &&
           a->mode.width == b->mode.width && a->mode.height == b->mode.height && same_rate &&
           a->wished == b->wished;
}

enum { CAMERA_FIELD, FORMAT_FIELD, SIZE_FIELD, RATE_FIELD, FASTEST_FIELD };

const struct camera_entry *camera_picker_open(const struct camera_picker *picker)
{
    return picker->now.kind == PICKER_CAMERA ? find_device(&picker->cameras, picker->now.device)
                                             : NULL;
}

/** Adds a stepper over `count` items of which that one is chosen; what is alone cannot be changed.
 */
static void add_stepper(struct camera_picker *picker, int id, const char *name, int chosen,
                        int count)
{
    picker->fields[id] = (struct panel_field){.id = (unsigned)id + 1,
                                              .kind = PANEL_STEPPER,
                                              .name = name,
                                              .text = picker->texts[id],
                                              .value = chosen,
                                              .high = count - 1,
                                              .beside = id != CAMERA_FIELD,
                                              .step = 1};
    picker->field_count = id + 1;
}

static void add_cameras(struct camera_picker *picker)
{
    const struct camera_entry *open = camera_picker_open(picker);
    int count = 0, chosen = 0;
    char *text = picker->texts[CAMERA_FIELD];
    snprintf(text, PICKER_NAME, "%.79s", picker->now.name);
    if (picker->now.kind != PICKER_SCENE && !open)
        picker->sources[count++].kind = PICKER_OTHER;
    for (int i = 0; i < picker->cameras.count && count < PICKER_ITEMS - 1; i++) {
        const struct camera_entry *camera = &picker->cameras.entries[i];
        if (!is_offered(camera, picker->hidden) && camera != open)
            continue;
        if (camera == open) {
            chosen = count;
            picker_name(&picker->cameras, camera, text);
        }
        picker->sources[count].kind = PICKER_CAMERA;
        picker->sources[count++].camera = i;
    }
    picker->sources[count++].kind = PICKER_SCENE;
    if (picker->now.kind == PICKER_SCENE) {
        chosen = count - 1;
        snprintf(text, PICKER_NAME, "Built-in scene");
    }
    add_stepper(picker, CAMERA_FIELD, "Source", chosen, count);
    if (count > 1)
        return;
    picker->fields[1] = (struct panel_field){
        .id = 2, .kind = PANEL_WORDS, .dim = true, .name = "No camera: plug one in", .text = ""};
    picker->field_count = 2;
}

/** What runs is always among the items, also where the camera does not list it. */
static void add_formats(struct camera_picker *picker, const struct camera_modes *modes)
{
    uint32_t fourcc = picker->now.mode.fourcc;
    if (!camera_modes_find(modes, fourcc) && camera_modes_find(modes, picker->now.wished))
        fourcc = picker->now.wished;
    int count = picker_formats(modes, picker->formats), chosen = -1;
    for (int i = 0; i < count; i++)
        if (picker->formats[i].fourcc == fourcc)
            chosen = i;
    if (chosen < 0) {
        chosen = count < PICKER_ITEMS ? count++ : count - 1;
        picker->formats[chosen] = (struct camera_format){.fourcc = fourcc, .native = true};
    }
    const struct camera_format *format = &picker->formats[chosen];
    snprintf(picker->texts[FORMAT_FIELD], PICKER_NAME, "%s%s", camera_fourcc_text(fourcc).text,
             format->native && !format->emulated ? "" : " (emulated)");
    add_stepper(picker, FORMAT_FIELD, "Format", chosen, count);
}

static void add_sizes(struct camera_picker *picker, const struct camera_modes *modes,
                      uint32_t fourcc)
{
    const struct camera_wish *mode = &picker->now.mode;
    int count = picker_sizes(modes, fourcc, picker->fastest, picker->sizes), chosen = -1;
    for (int i = 0; i < count; i++)
        if (picker->sizes[i].width == mode->width && picker->sizes[i].height == mode->height)
            chosen = i;
    if (chosen < 0) {
        count -= count == PICKER_ITEMS;
        picker->sizes[count++] = (struct camera_size){.width = mode->width, .height = mode->height};
        qsort(picker->sizes, (size_t)count, sizeof *picker->sizes, compare_sizes);
        for (int i = 0; i < count; i++)
            if (picker->sizes[i].width == mode->width && picker->sizes[i].height == mode->height)
                chosen = i;
    }
    snprintf(picker->texts[SIZE_FIELD], PICKER_NAME, "%dx%d", mode->width, mode->height);
    add_stepper(picker, SIZE_FIELD, "Size", chosen, count);
}

static void add_rates(struct camera_picker *picker, const struct camera_modes *modes,
                      uint32_t fourcc)
{
    const struct camera_wish *mode = &picker->now.mode;
    int count =
        picker_rates(modes, fourcc, mode->width, mode->height, picker->fastest, picker->rates);
    int chosen = -1;
    for (int i = 0; i < count; i++)
        if (fabs(picker->rates[i] - mode->fps) < 0.05)
            chosen = i;
    if (chosen < 0) {
        count -= count == PICKER_ITEMS;
        picker->rates[count++] = mode->fps;
        qsort(picker->rates, (size_t)count, sizeof *picker->rates, compare_rates);
        for (int i = 0; i < count; i++)
            if (fabs(picker->rates[i] - mode->fps) < 1e-9)
                chosen = i;
    }
    if (mode->fps > 0)
        snprintf(picker->texts[RATE_FIELD], PICKER_NAME, "%.4g FPS", mode->fps);
    else
        snprintf(picker->texts[RATE_FIELD], PICKER_NAME, "unknown");
    add_stepper(picker, RATE_FIELD, "Rate", chosen < 0 ? 0 : chosen, count);
}

void camera_picker_make(struct camera_picker *picker, const struct picker_now *now)
{
    picker->now = *now;
    picker->another = camera_picker_next(picker, now);
    picker->field_count = 0;
    add_cameras(picker);
    const struct camera_entry *open = camera_picker_open(picker);
    if (!open || now->mode.width <= 0)
        return;
    add_formats(picker, &open->modes);
    uint32_t fourcc = picker->formats[picker->fields[FORMAT_FIELD].value].fourcc;
    add_sizes(picker, &open->modes, fourcc);
    add_rates(picker, &open->modes, fourcc);
    picker->fields[FASTEST_FIELD] = (struct panel_field){.id = FASTEST_FIELD + 1,
                                                         .kind = PANEL_SWITCH,
                                                         .name = "Fastest sizes only",
                                                         .value = picker->fastest};
    picker->field_count = PICKER_FIELDS;
}

static struct camera_pick pick_source(const struct camera_picker *picker)
{
    int64_t chosen = picker->fields[CAMERA_FIELD].value;
    struct camera_pick pick = {.kind = picker->sources[chosen].kind};
    if (pick.kind == PICKER_CAMERA)
        pick.camera = &picker->cameras.entries[picker->sources[chosen].camera];
    return pick;
}

struct camera_pick camera_picker_changed(struct camera_picker *picker, int field)
{
    const struct panel_field *fields = picker->fields;
    const struct camera_entry *open = camera_picker_open(picker);
    if (field == CAMERA_FIELD)
        return pick_source(picker);
    if (!open)
        return (struct camera_pick){0};
    struct camera_wish wish = picker->now.mode;
    wish.fourcc = picker->formats[fields[FORMAT_FIELD].value].fourcc;
    if (field == SIZE_FIELD) {
        wish.width = picker->sizes[fields[SIZE_FIELD].value].width;
        wish.height = picker->sizes[fields[SIZE_FIELD].value].height;
    }
    if (field == RATE_FIELD)
        wish.fps = picker->rates[fields[RATE_FIELD].value];
    if (field == FASTEST_FIELD)
        picker->fastest = fields[FASTEST_FIELD].value;
    struct camera_pick pick = {.kind = PICKER_CAMERA, .camera = open, .mode = true};
    pick.wish = picker_wish(&open->modes, &wish, picker->fastest);
    const struct camera_wish *now = &picker->now.mode;
    // Less sizes to choose from, or more, need not change the one that is there.
    if (field == FASTEST_FIELD && pick.wish.width == now->width &&
        pick.wish.height == now->height && fabs(pick.wish.fps - now->fps) < 0.05)
        pick.kind = PICKER_OTHER;
    return pick;
}
