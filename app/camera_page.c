#include "app/camera_page.h"

#include "processing/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int make_room(struct camera_page *page, int count)
{
    if (count <= page->room)
        return 0;
    camera_page_free(
        &(struct camera_page){.fields = page->fields, .of = page->of, .words = page->words});
    page->fields = memory_alloc(MEMORY_INTERFACE, (size_t)count * sizeof *page->fields);
    page->of = memory_alloc(MEMORY_INTERFACE, (size_t)count * sizeof *page->of);
    page->words = memory_alloc(MEMORY_INTERFACE, (size_t)count * sizeof *page->words);
    page->room = page->fields && page->of && page->words ? count : 0;
    return page->room ? 0 : -1;
}

/** Items of a menu that the control takes now: a range can be smaller than the list. */
static bool is_offered(const struct camera_control *control, const struct camera_menu_item *item)
{
    return item->value >= control->minimum && item->value <= control->maximum;
}

/** The item that is `number`th among those offered; NULL if there are not so many. */
static const struct camera_menu_item *item_at(const struct camera_page *page,
                                              const struct camera_control *control, int64_t number)
{
    for (int i = 0; i < control->items; i++) {
        const struct camera_menu_item *item = &page->controls.items[control->first_item + i];
        if (is_offered(control, item) && number-- == 0)
            return item;
    }
    return NULL;
}

static void make_stepper(const struct camera_page *page, const struct camera_control *control,
                         struct panel_field *field)
{
    const struct camera_menu_item *item;
    field->kind = PANEL_STEPPER;
    field->text = "";
    field->high = -1;
    while ((item = item_at(page, control, field->high + 1))) {
        field->high++;
        if (item->value == control->value) {
            field->value = field->high;
            field->text = item->name;
        }
    }
}

static void make_slider(const struct camera_control *control, struct panel_field *field)
{
    field->kind = PANEL_SLIDER;
    field->value = control->has_value ? control->value : control->default_value;
    field->low = control->minimum;
    field->high = control->maximum;
    field->step = control->step > 0 ? control->step : 1;
    // So that a press of an arrow key is seen in a range of 64 bits.
    uint64_t range = (uint64_t)control->maximum - (uint64_t)control->minimum;
    if (range >> 53)
        field->step = (int64_t)(range / 1000);
}

/** False for what is not shown. */
static bool make_field(struct camera_page *page, const struct camera_control *control, int index)
{
    struct panel_field *field = &page->fields[index];
    bool known = control->has_value || control->write_only;
    *field = (struct panel_field){
        .id = control->id,
        .name = control->name,
        .dim = control->read_only || control->inactive || control->grabbed || !known,
        .value = 0,
        .step = 1,
    };
    switch (control->type) {
    case CONTROL_INTEGER:
        make_slider(control, field);
        return control->maximum > control->minimum;
    case CONTROL_BOOLEAN:
        field->kind = PANEL_SWITCH;
        field->value = control->value;
        return true;
    case CONTROL_MENU:
    case CONTROL_INT_MENU:
        make_stepper(page, control, field);
        return field->high >= 0;
    case CONTROL_BUTTON:
        field->kind = PANEL_PUSH;
        field->dim = control->inactive || control->grabbed || control->read_only;
        return true;
    case CONTROL_BITMASK:
        field->kind = PANEL_WORDS;
        snprintf(page->words[index], sizeof page->words[index], "0x%08" PRIx64, control->value);
        field->text = page->words[index];
        return true;
    default:
        return false;
    }
}

static void make_fields(struct camera_page *page)
{
    const struct camera_picker *picker = &page->picker;
    page->field_count = 0;
    if (make_room(page, picker->field_count + page->controls.control_count) < 0)
        return;
    for (int i = 0; i < picker->field_count; i++) {
        page->of[page->field_count] = -1;
        page->fields[page->field_count++] = picker->fields[i];
    }
    for (int i = 0; i < page->controls.control_count; i++)
        if (make_field(page, &page->controls.controls[i], page->field_count)) {
            page->fields[page->field_count].apart = page->field_count == picker->field_count;
            page->of[page->field_count++] = i;
        }
}

/** Takes what is new of the cameras, and of the one that is open. */
static bool update_picker(struct camera_page *page, struct camera_roster *roster,
                          const struct picker_now *now)
{
    struct camera_picker *picker = &page->picker;
    bool changed = roster && camera_roster_look(roster, &picker->cameras, &picker->generation);
    changed = changed || !picker_now_equal(&picker->now, now);
    if (changed)
        camera_picker_make(picker, now);
    return changed;
}

bool camera_page_update(struct camera_page *page, struct camera_desk *desk,
                        struct camera_roster *roster, const struct picker_now *now, bool shown)
{
    bool changed = now && update_picker(page, roster, now);
    if (roster)
        camera_roster_watch(roster, shown);
    if (desk)
        camera_desk_watch(desk, shown);
    if (desk && shown && camera_desk_look(desk, &page->controls, &page->generation))
        changed = true;
    if (changed)
        make_fields(page);
    return changed && shown;
}

/** Makes a wish of what the user changed. */
static void wish(const struct camera_page *page, struct camera_desk *desk, int index)
{
    const struct panel_field *field = &page->fields[index];
    const struct camera_control *control = &page->controls.controls[page->of[index]];
    int64_t value = field->value;
    const struct camera_menu_item *item =
        field->kind == PANEL_STEPPER ? item_at(page, control, field->value) : NULL;
    if (item)
        value = item->value;
    if (camera_control_fit(&page->controls, control, &value) == 0 &&
        (value != control->value || control->type == CONTROL_BUTTON))
        camera_desk_set(desk, control->id, value);
}

enum action camera_page_draw(struct camera_page *page, struct camera_desk *desk, struct ui *ui,
                             struct ui_rect area, struct camera_pick *pick)
{
    enum { RESET = ACTIONS };
    static const struct panel_button buttons[] = {
        {.text = "Reset controls", .action = RESET},
        {.text = "Close", .key = "o", .action = ACTION_CAMERA},
    };
    int changed, picked = page->picker.field_count;
    bool any = page->controls.control_count > 0; // else there is nothing to reset
    *pick = (struct camera_pick){0};
    int pressed = panel_draw_camera(ui, area, "No controls at the moment", page->fields,
                                    page->field_count, &buttons[!any], any ? 2 : 1, &changed);
    if (changed >= picked) {
        wish(page, desk, changed);
        page->generation--; // what is shown is made anew, from what the desk took
    } else if (changed >= 0) {
        page->picker.fields[changed].value = page->fields[changed].value;
        *pick = camera_picker_changed(&page->picker, changed);
        struct picker_now now = page->picker.now;
        camera_picker_make(&page->picker, &now); // until it is open, what is open is shown
        make_fields(page);
    }
    if (pressed == RESET)
        camera_desk_reset(desk);
    return pressed == ACTION_CAMERA ? ACTION_CAMERA : ACTION_NONE;
}

void camera_page_free(struct camera_page *page)
{
    camera_list_free(&page->picker.cameras);
    camera_controls_free(&page->controls);
    memory_free(page->fields);
    memory_free(page->of);
    memory_free(page->words);
    *page = (struct camera_page){0};
}
