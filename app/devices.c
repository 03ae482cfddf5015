#include "app/devices.h"

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

static cJSON *json_rates(const struct camera_modes *modes, const struct camera_size *size)
{
    cJSON *rates = cJSON_CreateArray();
    for (int i = 0; i < size->rates; i++) {
        const struct camera_rate *rate = &modes->rates[size->first_rate + i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddNumberToObject(item, "min_fps", camera_interval_fps(rate->longest));
        cJSON_AddNumberToObject(item, "max_fps", camera_interval_fps(rate->shortest));
        cJSON_AddItemToArray(rates, item);
    }
    return rates;
}

static cJSON *json_formats(const struct camera_modes *modes)
{
    cJSON *formats = cJSON_CreateArray();
    for (int f = 0; f < modes->format_count; f++) {
        const struct camera_format *format = &modes->formats[f];
        cJSON *item = cJSON_CreateObject(), *sizes = cJSON_CreateArray();
        char safe[256];
        log_escape(format->description, safe, sizeof safe);
        cJSON_AddStringToObject(item, "fourcc", camera_fourcc_text(format->fourcc).text);
        cJSON_AddStringToObject(item, "description", safe);
        cJSON_AddBoolToObject(item, "native", format->native);
        cJSON_AddBoolToObject(item, "emulated", format->emulated);
        for (int s = 0; s < format->sizes; s++) {
            const struct camera_size *size = &modes->sizes[format->first_size + s];
            cJSON *entry = cJSON_CreateObject();
            cJSON_AddNumberToObject(entry, "width", size->width);
            cJSON_AddNumberToObject(entry, "height", size->height);
            cJSON_AddItemToObject(entry, "rates", json_rates(modes, size));
            cJSON_AddItemToArray(sizes, entry);
        }
        cJSON_AddItemToObject(item, "sizes", sizes);
        cJSON_AddItemToArray(formats, item);
    }
    return formats;
}

static cJSON *json_menu(const struct camera_controls *controls,
                        const struct camera_control *control)
{
    cJSON *menu = cJSON_CreateArray();
    for (int i = 0; i < control->items; i++) {
        const struct camera_menu_item *item = &controls->items[control->first_item + i];
        cJSON *entry = cJSON_CreateObject();
        char safe[160];
        log_escape(item->name, safe, sizeof safe);
        cJSON_AddNumberToObject(entry, "value", (double)item->value);
        cJSON_AddStringToObject(entry, "name", safe);
        cJSON_AddItemToArray(menu, entry);
    }
    return menu;
}

static cJSON *json_controls(const struct camera_controls *controls)
{
    cJSON *list = cJSON_CreateArray();
    for (int c = 0; c < controls->control_count; c++) {
        const struct camera_control *control = &controls->controls[c];
        cJSON *item = cJSON_CreateObject();
        char safe[160];
        log_escape(control->name, safe, sizeof safe);
        cJSON_AddStringToObject(item, "key", control->key);
        cJSON_AddStringToObject(item, "name", safe);
        cJSON_AddStringToObject(item, "type", camera_control_type_name(control->type));
        cJSON_AddNumberToObject(item, "minimum", (double)control->minimum);
        cJSON_AddNumberToObject(item, "maximum", (double)control->maximum);
        cJSON_AddNumberToObject(item, "step", (double)control->step);
        cJSON_AddNumberToObject(item, "default", (double)control->default_value);
        if (control->has_value)
            cJSON_AddNumberToObject(item, "value", (double)control->value);
        cJSON_AddBoolToObject(item, "inactive", control->inactive);
        cJSON_AddBoolToObject(item, "read_only", control->read_only);
        if (control->items)
            cJSON_AddItemToObject(item, "menu", json_menu(controls, control));
        cJSON_AddItemToArray(list, item);
    }
    return list;
}

static cJSON *json_camera(const struct camera_entry *camera)
{
    cJSON *item = cJSON_CreateObject();
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
        cJSON_AddStringToObject(item, fields[i].name, safe);
    }
    cJSON_AddBoolToObject(item, "usable", camera->usable);
    cJSON_AddItemToObject(item, "formats", json_formats(&camera->modes));
    cJSON_AddItemToObject(item, "controls", json_controls(&camera->controls));
    return item;
}

static int print_json(const struct camera_list *list, bool all)
{
    cJSON *array = cJSON_CreateArray();
    for (int i = 0; i < list->count; i++)
        if (all || list->entries[i].usable)
            cJSON_AddItemToArray(array, json_camera(&list->entries[i]));
    char *text = cJSON_Print(array);
    if (text)
        puts(text);
    cJSON_free(text);
    cJSON_Delete(array);
    return text ? 0 : 1;
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
        status = print_json(&list, settings->all);
    } else {
        print_table(&list, settings->all);
    }
    camera_list_free(&list);
    return status;
}
