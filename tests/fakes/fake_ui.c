/**
 * @file
 * Widgets without a window; see fake_ui.h.
 */
#include "tests/fakes/fake_ui.h"

#include "render/utf8.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static float character_width(enum ui_style style, float unit)
{
    static const float parts[UI_STYLES] = {
        [UI_TEXT] = 0.62f,  [UI_TEXT_BOLD] = 0.7f,   [UI_SMALL] = 0.62f,     [UI_SMALL_BOLD] = 0.7f,
        [UI_MONO] = 0.602f, [UI_MONO_BOLD] = 0.602f, [UI_LARGE_BOLD] = 0.7f,
    };
    return roundf(ui_style_size[style] * unit * parts[style]);
}

static float fake_width(void *self, enum ui_style style, float unit, const char *text, size_t bytes)
{
    (void)self;
    int characters = 0;
    for (const char *end = text + bytes; text < end; characters++)
        utf8_next(&text, end);
    return (float)characters * character_width(style, unit);
}

static float fake_height(void *self, enum ui_style style, float unit)
{
    (void)self;
    return roundf(ui_style_size[style] * unit * 1.17f);
}

struct ui_measure fake_measure(void)
{
    return (struct ui_measure){fake_width, fake_height, NULL};
}

struct ui_input fake_pointer_at(float x, float y)
{
    return (struct ui_input){.x = x, .y = y};
}

bool fake_is_inside(struct ui_rect inner, struct ui_rect outer)
{
    const float slack = 0.51f;
    return inner.x >= outer.x - slack && inner.y >= outer.y - slack &&
           inner.x + inner.w <= outer.x + outer.w + slack &&
           inner.y + inner.h <= outer.y + outer.h + slack;
}

bool fake_overlap(struct ui_rect a, struct ui_rect b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

struct ui_rect fake_bounds(const struct ui_command *command)
{
    struct ui_rect rect = command->rect;
    if (rect.w < 0)
        rect = (struct ui_rect){rect.x + rect.w, rect.y, -rect.w, rect.h};
    if (rect.h < 0)
        rect = (struct ui_rect){rect.x, rect.y + rect.h, rect.w, -rect.h};
    return rect;
}

static struct ui_rect shared_part(struct ui_rect a, struct ui_rect b)
{
    float x = fmaxf(a.x, b.x);
    float y = fmaxf(a.y, b.y);
    return (struct ui_rect){x, y, fminf(a.x + a.w, b.x + b.w) - x, fminf(a.y + a.h, b.y + b.h) - y};
}

void fake_assert_commands_inside(const struct ui *ui, struct ui_rect area, int first)
{
    int count;
    const struct ui_command *commands = ui_commands(ui, &count);
    struct ui_rect clip = {-1e6f, -1e6f, 2e6f, 2e6f};
    for (int i = first; i < count; i++) {
        struct ui_rect rect = fake_bounds(&commands[i]);
        if (commands[i].kind == UI_COMMAND_CLIP) {
            bool ends = commands[i].rect.w < 0;
            clip = ends ? (struct ui_rect){-1e6f, -1e6f, 2e6f, 2e6f} : commands[i].rect;
            continue;
        }
        rect = shared_part(rect, clip);
        if (rect.w < 0 || rect.h < 0 || fake_is_inside(rect, area))
            continue;
        fail_msg("command %d (kind %d, \"%s\") at %g %g %g %g leaves %g %g %g %g", i,
                 commands[i].kind,
                 commands[i].kind == UI_COMMAND_TEXT ? ui_text(ui) + commands[i].text : "",
                 (double)rect.x, (double)rect.y, (double)rect.w, (double)rect.h, (double)area.x,
                 (double)area.y, (double)area.w, (double)area.h);
    }
}

void fake_assert_texts_apart(const struct ui *ui, int first)
{
    int count;
    const struct ui_command *commands = ui_commands(ui, &count);
    for (int i = first; i < count; i++) {
        for (int j = i + 1; j < count; j++) {
            bool texts = commands[i].kind == UI_COMMAND_TEXT && commands[j].kind == UI_COMMAND_TEXT;
            if (texts && fake_overlap(commands[i].rect, commands[j].rect))
                fail_msg("\"%s\" lies over \"%s\"", ui_text(ui) + commands[j].text,
                         ui_text(ui) + commands[i].text);
        }
    }
}

void fake_assert_controls_apart(const struct ui *ui, struct ui_rect area, int first)
{
    int count;
    const struct ui_region *regions = ui_regions(ui, &count);
    for (int i = first; i < count; i++) {
        // What is scrolled away has no area.
        if (!regions[i].focusable || regions[i].rect.w <= 0 || regions[i].rect.h <= 0)
            continue;
        if (!fake_is_inside(regions[i].rect, area))
            fail_msg("control %d leaves its area", i);
        for (int j = i + 1; j < count; j++)
            if (regions[j].focusable && fake_overlap(regions[i].rect, regions[j].rect))
                fail_msg("controls %d and %d overlap", i, j);
    }
}

const struct ui_command *fake_find_text(const struct ui *ui, const char *text)
{
    int count;
    const struct ui_command *commands = ui_commands(ui, &count);
    for (int i = 0; i < count; i++)
        if (commands[i].kind == UI_COMMAND_TEXT &&
            strcmp(ui_text(ui) + commands[i].text, text) == 0)
            return &commands[i];
    return NULL;
}
