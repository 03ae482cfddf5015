// The table of keys is whole, and events find their action in it.

#include "app/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 64 };

static enum action text_action(const char *text)
{
    struct window_event event = {.kind = WINDOW_EVENT_TEXT};
    snprintf(event.text, sizeof event.text, "%s", text);
    return keys_find(&event);
}

static enum action key_action(enum window_key key, bool ctrl, bool shift)
{
    struct window_event event = {
        .kind = WINDOW_EVENT_KEY, .key = key, .ctrl = ctrl, .shift = shift};
    return keys_find(&event);
}

static void test_characters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum action action;
    } cases[] = {
        {"q", ACTION_QUIT},       {"f", ACTION_FULLSCREEN},    {" ", ACTION_FREEZE},
        {".", ACTION_STEP},       {"1", ACTION_VIEW_ORIGINAL}, {"2", ACTION_VIEW_GRAY},
        {"8", ACTION_VIEW_EDGES}, {"9", ACTION_VIEW_OVERLAY},  {"[", ACTION_LOW_DOWN},
        {"]", ACTION_LOW_UP},     {"{", ACTION_HIGH_DOWN},     {"}", ACTION_HIGH_UP},
        {"b", ACTION_BLUR},       {"a", ACTION_APERTURE},      {"l", ACTION_MAGNITUDE},
        {"i", ACTION_OVERLAY},    {"p", ACTION_PANEL},         {"s", ACTION_SNAPSHOT},
        {"v", ACTION_RECORD},     {"?", ACTION_HELP},          {"Q", ACTION_NONE},
        {"M", ACTION_MEMORY},     {"A", ACTION_NONE},          {"3", ACTION_NONE},
        {"", ACTION_NONE},        {"\xc3\xa9", ACTION_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(text_action(cases[i].text), cases[i].action);
}

static void test_codes(void **state)
{
    (void)state;
    static const struct {
        enum window_key key;
        bool ctrl, shift;
        enum action action;
    } cases[] = {
        {WINDOW_KEY_LETTER_A + 16, true, false, ACTION_QUIT},
        {WINDOW_KEY_LETTER_A + 16, false, false, ACTION_NONE},
        {WINDOW_KEY_LETTER_A + 12, true, false, ACTION_LAB},
        {WINDOW_KEY_LETTER_A + 12, false, false, ACTION_NONE},
        {WINDOW_KEY_LETTER_A, true, false, ACTION_NONE},
        {WINDOW_KEY_ESCAPE, false, false, ACTION_ESCAPE},
        {WINDOW_KEY_F11, false, false, ACTION_FULLSCREEN},
        {WINDOW_KEY_F1, false, false, ACTION_HELP},
        {WINDOW_KEY_F5, false, false, ACTION_LEDGER_SNAPSHOT},
        {WINDOW_KEY_F6, false, false, ACTION_LEDGER_DIFFERENCE},
        {WINDOW_KEY_TAB, false, false, ACTION_VIEW_NEXT},
        {WINDOW_KEY_DOWN, false, false, ACTION_FOCUS_NEXT},
        {WINDOW_KEY_UP, false, false, ACTION_FOCUS_PREVIOUS},
        {WINDOW_KEY_LEFT, false, false, ACTION_VALUE_DOWN},
        {WINDOW_KEY_RIGHT, false, false, ACTION_VALUE_UP},
        {WINDOW_KEY_LEFT, false, true, ACTION_VALUE_DOWN},
        {WINDOW_KEY_RIGHT, false, true, ACTION_VALUE_UP},
        {WINDOW_KEY_RIGHT, true, false, ACTION_NONE},
        {WINDOW_KEY_HOME, false, false, ACTION_VALUE_HOME},
        {WINDOW_KEY_END, false, false, ACTION_VALUE_END},
        {WINDOW_KEY_ENTER, false, false, ACTION_ACTIVATE},
        {WINDOW_KEY_NONE, false, false, ACTION_NONE},
        {WINDOW_KEY_PAGE_UP, false, false, ACTION_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(key_action(cases[i].key, cases[i].ctrl, cases[i].shift), cases[i].action);
}

static void test_other_events_are_no_keys(void **state)
{
    (void)state;
    struct window_event event = {.key = WINDOW_KEY_ESCAPE, .text = "q"};
    for (int kind = WINDOW_EVENT_NONE; kind <= WINDOW_EVENT_LOST; kind++) {
        event.kind = (enum window_event_kind)kind;
        bool key = kind == WINDOW_EVENT_KEY || kind == WINDOW_EVENT_TEXT;
        assert_int_equal(keys_find(&event) != ACTION_NONE, key);
    }
}

static void test_rows_are_whole(void **state)
{
    (void)state;
    for (int i = 0; i < key_count; i++) {
        const struct key_binding *row = &key_table[i];
        assert_int_equal(row->text != NULL, row->key == WINDOW_KEY_NONE);
        assert_true(row->action > ACTION_NONE && row->action < ACTIONS);
        assert_non_null(row->name);
        assert_int_equal(row->shown != NULL, row->help != NULL);
        assert_true(row->shown || i > 0);
        assert_true(!row->shown || strstr(row->shown, row->name));
    }
}

static void test_rows_are_unique(void **state)
{
    (void)state;
    for (int i = 0; i < key_count; i++) {
        for (int j = i + 1; j < key_count; j++) {
            const struct key_binding *a = &key_table[i], *b = &key_table[j];
            assert_false(a->text && b->text && strcmp(a->text, b->text) == 0);
            assert_false(!a->text && !b->text && a->key == b->key && a->ctrl == b->ctrl);
        }
    }
}

/** All but two whose buttons are there only at times: where a device is, when it is dark. */
static void test_every_action_has_a_key(void **state)
{
    (void)state;
    for (int action = ACTION_NONE + 1; action < ACTIONS; action++) {
        if (action == ACTION_LOOPBACK || action == ACTION_KEEP_RATE)
            continue;
        const struct key_binding *row = keys_of((enum action)action);
        assert_non_null(row);
        assert_int_equal(row->action, action);
    }
    assert_null(keys_of(ACTION_NONE));
    assert_string_equal(keys_of(ACTION_QUIT)->name, "q");
}

static void test_buttons(void **state)
{
    (void)state;
    struct panel_button buttons[ROOM];
    int count = keys_buttons(buttons, ROOM);
    assert_true(count > 3 && count < ROOM);
    for (int i = 0; i < count; i++) {
        assert_true(buttons[i].text[0] && buttons[i].key[0] && !buttons[i].on);
        assert_int_equal(keys_of((enum action)buttons[i].action)->action, buttons[i].action);
    }
    assert_int_equal(keys_buttons(buttons, 2), 2);
}

static void test_help_names_every_key(void **state)
{
    (void)state;
    struct panel_help lines[ROOM];
    int count = keys_help(lines, ROOM);
    assert_true(count < ROOM);
    for (int i = 0; i < key_count; i++) {
        bool found = false;
        for (int line = 0; line < count; line++)
            found = found || strstr(lines[line].keys, key_table[i].name);
        if (!found)
            fail_msg("%s is not in the help", key_table[i].name);
    }
    assert_int_equal(keys_help(lines, 3), 3);
}

static void test_print(void **state)
{
    (void)state;
    char text[8192];
    FILE *stream = fmemopen(text, sizeof text, "w");
    assert_non_null(stream);
    keys_print(stream);
    fclose(stream);
    assert_non_null(
        strstr(text, "| Key | What it does |\n| --- | --- |\n| `q` `Ctrl+Q` | quit |\n"));
    assert_non_null(strstr(text, "| `[` `]` | low threshold down, up |\n"));
    assert_non_null(strstr(text, "| `Space` | "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_other_events_are_no_keys),
        cmocka_unit_test(test_rows_are_whole),
        cmocka_unit_test(test_rows_are_unique),
        cmocka_unit_test(test_every_action_has_a_key),
        cmocka_unit_test(test_buttons),
        cmocka_unit_test(test_help_names_every_key),
        cmocka_unit_test(test_print),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
