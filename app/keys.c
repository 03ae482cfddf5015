// The table of keys.
//
// Where people already know a key it is that one: q, f, Space and the dot from mpv and ffplay,
// F11 from every desktop, p, i and the brackets from viewers of cameras.

#include "app/keys.h"

#include <string.h>

const struct key_binding key_table[] = {
    {.text = "q",
     .action = ACTION_QUIT,
     .name = "q",
     .shown = "q  Ctrl+Q",
     .help = "quit",
     .button = "Quit"},
    {.key = WINDOW_KEY_LETTER_A + 'q' - 'a', .ctrl = true, .action = ACTION_QUIT, .name = "Ctrl+Q"},
    {.key = WINDOW_KEY_ESCAPE,
     .action = ACTION_ESCAPE,
     .name = "Esc",
     .shown = "Esc",
     .help = "leave fullscreen, close a panel, else quit"},
    {.text = "f",
     .action = ACTION_FULLSCREEN,
     .name = "f",
     .shown = "f  F11",
     .help = "fullscreen (also a double click)",
     .button = "Fullscreen"},
    {.key = WINDOW_KEY_F11, .action = ACTION_FULLSCREEN, .name = "F11"},
    {.text = " ",
     .action = ACTION_FREEZE,
     .name = "Space",
     .shown = "Space",
     .help = "freeze the picture; the thresholds stay live",
     .button = "Freeze"},
    {.text = ".",
     .action = ACTION_STEP,
     .name = ".",
     .shown = ".",
     .help = "one frame on",
     .button = "Step"},
    {.text = "1", .action = ACTION_VIEW_ORIGINAL, .name = "1", .shown = "1", .help = "original"},
    {.text = "2", .action = ACTION_VIEW_GRAY, .name = "2", .shown = "2", .help = "gray"},
    {.text = "8", .action = ACTION_VIEW_EDGES, .name = "8", .shown = "8", .help = "edges"},
    {.text = "9",
     .action = ACTION_VIEW_OVERLAY,
     .name = "9",
     .shown = "9",
     .help = "edges over the original"},
    {.key = WINDOW_KEY_TAB,
     .action = ACTION_VIEW_NEXT,
     .name = "Tab",
     .shown = "Tab",
     .help = "next view"},
    {.text = "[",
     .action = ACTION_LOW_DOWN,
     .name = "[",
     .shown = "[  ]",
     .help = "low threshold down, up"},
    {.text = "]", .action = ACTION_LOW_UP, .name = "]"},
    {.text = "{",
     .action = ACTION_HIGH_DOWN,
     .name = "{",
     .shown = "{  }",
     .help = "high threshold down, up"},
    {.text = "}", .action = ACTION_HIGH_UP, .name = "}"},
    {.text = "b", .action = ACTION_BLUR, .name = "b", .shown = "b", .help = "blur: 0, 3, 5, 7"},
    {.text = "a",
     .action = ACTION_APERTURE,
     .name = "a",
     .shown = "a",
     .help = "aperture: 3, 5, 7"},
    {.text = "l",
     .action = ACTION_MAGNITUDE,
     .name = "l",
     .shown = "l",
     .help = "magnitude: L1, L2"},
    {.text = "i",
     .action = ACTION_OVERLAY,
     .name = "i",
     .shown = "i",
     .help = "numbers: short, full, off",
     .button = "Numbers"},
    {.text = "p",
     .action = ACTION_PANEL,
     .name = "p",
     .shown = "p",
     .help = "panel of controls",
     .button = "Panel"},
    {.text = "o",
     .action = ACTION_CAMERA,
     .name = "o",
     .shown = "o",
     .help = "camera: which one, its mode, its controls",
     .button = "Camera"},
    {.text = "d",
     .action = ACTION_NEXT_CAMERA,
     .name = "d",
     .shown = "d",
     .help = "next camera",
     .button = "Next camera"},
    {.text = "M",
     .action = ACTION_MEMORY,
     .name = "M",
     .shown = "M",
     .help = "memory: what it is used for",
     .button = "Memory"},
    {.key = WINDOW_KEY_LETTER_A + 'm' - 'a',
     .ctrl = true,
     .action = ACTION_LAB,
     .name = "Ctrl+M",
     .shown = "Ctrl+M",
     .help = "memory experiments",
     .button = "Experiments"},
    {.key = WINDOW_KEY_F5,
     .action = ACTION_LEDGER_SNAPSHOT,
     .name = "F5",
     .shown = "F5",
     .help = "snapshot of the memory ledger"},
    {.key = WINDOW_KEY_F6,
     .action = ACTION_LEDGER_DIFFERENCE,
     .name = "F6",
     .shown = "F6",
     .help = "the ledger's differences since then"},
    {.text = "s",
     .action = ACTION_SNAPSHOT,
     .name = "s",
     .shown = "s",
     .help = "snapshot of the picture",
     .button = "Snapshot"},
    {.text = "v",
     .action = ACTION_RECORD,
     .name = "v",
     .shown = "v",
     .help = "record a video: on, off",
     .button = "Record"},
    {.key = WINDOW_KEY_LETTER_A + 's' - 'a',
     .ctrl = true,
     .action = ACTION_WINDOW_SNAPSHOT,
     .name = "Ctrl+S",
     .shown = "Ctrl+S",
     .help = "snapshot of the whole window",
     .button = "Window"},
    {.text = "?",
     .action = ACTION_HELP,
     .name = "?",
     .shown = "?  F1",
     .help = "the keys",
     .button = "Keys"},
    {.key = WINDOW_KEY_F1, .action = ACTION_HELP, .name = "F1"},
    {.key = WINDOW_KEY_DOWN,
     .action = ACTION_FOCUS_NEXT,
     .name = "Down",
     .shown = "Up  Down",
     .help = "move the focus"},
    {.key = WINDOW_KEY_UP, .action = ACTION_FOCUS_PREVIOUS, .name = "Up"},
    {.key = WINDOW_KEY_LEFT,
     .action = ACTION_VALUE_DOWN,
     .name = "Left",
     .shown = "Left  Right",
     .help = "focused value by 1, with Shift by 10"},
    {.key = WINDOW_KEY_RIGHT, .action = ACTION_VALUE_UP, .name = "Right"},
    {.key = WINDOW_KEY_HOME,
     .action = ACTION_VALUE_HOME,
     .name = "Home",
     .shown = "Home  End",
     .help = "focused value to its end"},
    {.key = WINDOW_KEY_END, .action = ACTION_VALUE_END, .name = "End"},
    {.key = WINDOW_KEY_ENTER,
     .action = ACTION_ACTIVATE,
     .name = "Enter",
     .shown = "Enter",
     .help = "press the focused button"},
};

const int key_count = sizeof key_table / sizeof key_table[0];

static bool matches(const struct key_binding *row, const struct window_event *event)
{
    if (event->kind == WINDOW_EVENT_TEXT)
        return row->text && strcmp(row->text, event->text) == 0;
    return event->kind == WINDOW_EVENT_KEY && row->key != WINDOW_KEY_NONE &&
           row->key == event->key && row->ctrl == event->ctrl;
}

enum action keys_find(const struct window_event *event)
{
    for (int i = 0; i < key_count; i++) {
        if (matches(&key_table[i], event))
            return key_table[i].action;
    }
    return ACTION_NONE;
}

const struct key_binding *keys_of(enum action action)
{
    for (int i = 0; i < key_count; i++) {
        if (key_table[i].action == action)
            return &key_table[i];
    }
    return NULL;
}

int keys_buttons(struct panel_button *buttons, int room)
{
    int count = 0;
    for (int i = 0; i < key_count && count < room; i++) {
        const struct key_binding *row = &key_table[i];
        if (row->button)
            buttons[count++] = (struct panel_button){
                .text = row->button, .key = row->name, .action = (int)row->action};
    }
    return count;
}

int keys_help(struct panel_help *lines, int room)
{
    int count = 0;
    for (int i = 0; i < key_count && count < room; i++) {
        const struct key_binding *row = &key_table[i];
        if (row->shown)
            lines[count++] = (struct panel_help){.keys = row->shown, .text = row->help};
    }
    return count;
}

/** Prints "a  b" as `a` `b`. */
static void print_names(FILE *out, const char *names)
{
    while (*names) {
        const char *gap = strstr(names, "  ");
        int length = gap ? (int)(gap - names) : (int)strlen(names);
        fprintf(out, "`%.*s` ", length, names);
        names += gap ? length + 2 : length;
    }
}

void keys_print(FILE *out)
{
    fprintf(out, "| Key | What it does |\n| --- | --- |\n");
    for (int i = 0; i < key_count; i++) {
        if (!key_table[i].shown)
            continue;
        fprintf(out, "| ");
        print_names(out, key_table[i].shown);
        fprintf(out, "| %s |\n", key_table[i].help);
    }
}
