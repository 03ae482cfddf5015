#include "app/devices.h"

#include "app/json_make.h"
#include "capture/camera_formats.h"
#include "capture/camera_list.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** A camera's words may hold anything. */
static void print_safe(const char *text)
{
    char safe[512];
    log_escape(text, safe, sizeof safe);
    fputs(safe, stdout);
}

static void print_rates(const struct camera_modes *modes, const struct camera_size *size)
{
    for (int i = 0; i < size->rates; i++) {
        const struct camera_rate *rate = &modes->rates[size->first_rate + i];
        double fastest = camera_interval_fps(rate->shortest);
        double slowest = camera_interval_fps(rate->longest);
        if (fastest == slowest)
            printf(" %.4g", fastest);
        else
            printf(" %.4g-%.4g", slowest, fastest);
    }
    puts(size->rates ? " FPS" : " rate unknown");
}

static void print_formats(const struct camera_modes *modes)
{
    for (int f = 0; f < modes->format_count; f++) {
        const struct camera_format *format = &modes->formats[f];
        printf("  %s  ", camera_fourcc_text(format->fourcc).text);
        print_safe(format->description);
        puts(format->emulated ? " (emulated by libv4l2)" : format->native ? "" : " (converted)");
        for (int s = 0; s < format->sizes; s++) {
            const struct camera_size *size = &modes->sizes[format->first_size + s];
            printf("    %dx%d at", size->width, size->height);
            print_rates(modes, size);
        }
    }
}

static void print_controls(const struct camera_controls *controls)
{
    for (int c = 0; c < controls->control_count; c++) {
        const struct camera_control *control = &controls->controls[c];
        printf("  %s (%s)", control->key, camera_control_type_name(control->type));
        if (control->type != CONTROL_BUTTON && control->type != CONTROL_STRING)
            printf(" %" PRId64 " to %" PRId64 " step %" PRId64 ", default %" PRId64,
                   control->minimum, control->maximum, control->step, control->default_value);
        if (control->has_value)
            printf(", now %" PRId64, control->value);
        printf("%s%s\n", control->inactive ? ", inactive" : "",
               control->read_only ? ", read-only" : "");
        for (int i = 0; i < control->items; i++) {
            const struct camera_menu_item *item = &controls->items[control->first_item + i];
            printf("    %" PRId64 ": ", item->value);
            print_safe(item->name);
            putchar('\n');
        }
    }
}

static void print_camera(const struct camera_entry *camera)
{
    printf("%s  ", camera->path);
    print_safe(camera->card[0] ? camera->card : "?");
    printf("  (%s, ", camera->driver);
    print_safe(camera->bus_info);
    puts(")");
    if (camera->by_id[0]) {
        fputs("  ", stdout);
        print_safe(camera->by_id);
        putchar('\n');
    }
    if (!camera->usable) {
        printf("  not usable: %s\n", camera->reason);
        return;
    }
    print_formats(&camera->modes);
    print_controls(&camera->controls);
}

static cJSON *json_rates(struct json_maker *maker, const struct camera_modes *modes,
                         const struct camera_size *size)
{
    cJSON *rates = json_make_array(maker);
    for (int i = 0; i < size->rates; i++) {
        const struct camera_rate *rate = &modes->rates[size->first_rate + i];
        cJSON *item = json_make_object(maker);
        json_make_number(maker, item, "min_fps", camera_interval_fps(rate->longest));
        json_make_number(maker, item, "max_fps", camera_interval_fps(rate->shortest));
        json_make_element(maker, rates, item);
    }
    return rates;
}

static cJSON *json_formats(struct json_maker *maker, const struct camera_modes *modes)
{
    cJSON *formats = json_make_array(maker);
    for (int f = 0; f < modes->format_count; f++) {
        const struct camera_format *format = &modes->formats[f];
        cJSON *item = json_make_object(maker), *sizes = json_make_array(maker);
        char safe[256];
        log_escape(format->description, safe, sizeof safe);
        json_make_text(maker, item, "fourcc", camera_fourcc_text(format->fourcc).text);
        json_make_text(maker, item, "description", safe);
        json_make_bool(maker, item, "native", format->native);
        json_make_bool(maker, item, "emulated", format->emulated);
        for (int s = 0; s < format->sizes; s++) {
            const struct camera_size *size = &modes->sizes[format->first_size + s];
            cJSON *entry = json_make_object(maker);
            json_make_number(maker, entry, "width", size->width);
            json_make_number(maker, entry, "height", size->height);
            json_make_member(maker, entry, "rates", json_rates(maker, modes, size));
            json_make_element(maker, sizes, entry);
        }
        json_make_member(maker, item, "sizes", sizes);
        json_make_element(maker, formats, item);
    }
    return formats;
}

static cJSON *json_menu(struct json_maker *maker, const struct camera_controls *controls,
                        const struct camera_control *control)
{
    cJSON *menu = json_make_array(maker);
    for (int i = 0; i < control->items; i++) {
        const struct camera_menu_item *item = &controls->items[control->first_item + i];
        cJSON *entry = json_make_object(maker);
        char safe[160];
        log_escape(item->name, safe, sizeof safe);
        json_make_number(maker, entry, "value", (double)item->value);
        json_make_text(maker, entry, "name", safe);
        json_make_element(maker, menu, entry);
    }
    return menu;
}

static cJSON *json_controls(struct json_maker *maker, const struct camera_controls *controls)
{
    cJSON *list = json_make_array(maker);
    for (int c = 0; c < controls->control_count; c++) {
        const struct camera_control *control = &controls->controls[c];
        cJSON *item = json_make_object(maker);
        char safe[160];
        log_escape(control->name, safe, sizeof safe);
        json_make_text(maker, item, "key", control->key);
        json_make_text(maker, item, "name", safe);
        json_make_text(maker, item, "type", camera_control_type_name(control->type));
        json_make_number(maker, item, "minimum", (double)control->minimum);
        json_make_number(maker, item, "maximum", (double)control->maximum);
        json_make_number(maker, item, "step", (double)control->step);
        json_make_number(maker, item, "default", (double)control->default_value);
        if (control->has_value)
            json_make_number(maker, item, "value", (double)control->value);
        json_make_bool(maker, item, "inactive", control->inactive);
        json_make_bool(maker, item, "read_only", control->read_only);
        if (control->items)
            json_make_member(maker, item, "menu", json_menu(maker, controls, control));
        json_make_element(maker, list, item);
    }
    return list;
}

static cJSON *json_camera(struct json_maker *maker, const struct camera_entry *camera)
{
    cJSON *item = json_make_object(maker);
    const struct {
        const char *name, *text;
    } fields[] = {
        {"path", camera->path},         {"name", camera->card},   {"driver", camera->driver},
        {"bus_info", camera->bus_info}, {"by_id", camera->by_id}, {"by_path", camera->by_path},
        {"reason", camera->reason},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        char safe[512];
        log_escape(fields[i].text, safe, sizeof safe);
        json_make_text(maker, item, fields[i].name, safe);
    }
    json_make_bool(maker, item, "usable", camera->usable);
    json_make_member(maker, item, "formats", json_formats(maker, &camera->modes));
    json_make_member(maker, item, "controls", json_controls(maker, &camera->controls));
    return item;
}

static int print_json(const struct camera_list *list, bool all, struct log *log)
{
    struct json_maker maker = {false};
    cJSON *array = json_make_array(&maker);
    for (int i = 0; i < list->count; i++)
        if (all || list->entries[i].usable)
            json_make_element(&maker, array, json_camera(&maker, &list->entries[i]));
    char *text = maker.failed ? NULL : cJSON_Print(array);
    int status = text ? 0 : 1;
    if (text)
        puts(text);
    else
        log_write(log, LOG_LEVEL_ERROR, "Not enough memory to list the cameras");
    cJSON_free(text);
    cJSON_Delete(array);
    return status;
}

static void print_table(const struct camera_list *list, bool all)
{
    int shown = 0;
    for (int i = 0; i < list->count; i++) {
        if (!all && !list->entries[i].usable)
            continue;
        if (shown++)
            putchar('\n');
        print_camera(&list->entries[i]);
    }
    if (!shown)
        puts(list->count && !all ? "No usable camera; `cannyscope devices --all` says why"
                                 : "No camera");
}

int devices_run(const struct settings *settings, struct log *log)
{
    struct camera_list list = {0};
    struct error err;
    int status = 0;
    if (camera_list_read(&list, &v4l2_io_kernel, NULL, &err) < 0) {
        log_write(log, LOG_LEVEL_ERROR, "%s", err.text);
        status = 1;
    } else if (settings->json) {
        status = print_json(&list, settings->all, log);
    } else {
        print_table(&list, settings->all);
    }
    camera_list_free(&list);
    return status;
}
