/*
 * Finding a camera again, in lists that are made up.
 */
#include "capture/camera_identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 4 };

/** A node, in short. Empty fields are unknown. */
struct node {
    int number;
    const char *card, *serial, *by_id, *by_path, *bus;
    int index;
    bool unusable, closed; ///< closed: it could not be opened and asked
};

static void put(char *to, size_t bytes, const char *text)
{
    snprintf(to, bytes, "%s", text ? text : "");
}

static struct camera_list make_list(struct camera_entry *entries, const struct node *nodes)
{
    struct camera_list list = {.entries = entries};
    memset(entries, 0, MOST * sizeof *entries);
    for (; list.count < MOST && nodes[list.count].card; list.count++) {
        const struct node *node = &nodes[list.count];
        struct camera_entry *entry = &entries[list.count];
        entry->number = node->number;
        entry->index = node->index;
        entry->usable = !node->unusable;
        put(entry->driver, sizeof entry->driver, node->closed ? "" : "uvcvideo");
        put(entry->card, sizeof entry->card, node->card);
        put(entry->serial, sizeof entry->serial, node->serial);
        put(entry->by_id, sizeof entry->by_id, node->by_id);
        put(entry->by_path, sizeof entry->by_path, node->by_path);
        put(entry->bus_info, sizeof entry->bus_info, node->bus);
    }
    return list;
}

struct row {
    const char *what;
    struct node before[MOST]; ///< the camera is the first
    struct node after[MOST];
    int found; ///< number of the node, -1 for none
};

#define C920(NUMBER, SERIAL, ID, PATH, BUS)                                                        \
    {                                                                                              \
        NUMBER, "C920", SERIAL, ID, PATH, BUS, 0, false, false                                     \
    }

static const struct row rows[] = {
    {"nothing there", {C920(0, "1", "id1", "p1", "b1")}, {{0}}, -1},
    {"as it was", {C920(0, "1", "id1", "p1", "b1")}, {C920(0, "1", "id1", "p1", "b1")}, 0},
    {"another number", {C920(0, "1", "id1", "p1", "b1")}, {C920(5, "1", "id1", "p1", "b1")}, 5},
    {"another socket", {C920(0, "1", "id1", "p1", "b1")}, {C920(2, "1", "id1", "p2", "b2")}, 2},
    {"another socket, no udev", {C920(0, "1", "", "", "b1")}, {C920(2, "1", "", "", "b2")}, 2},
    {"udev is not yet through", {C920(0, "1", "id1", "p1", "b1")}, {C920(2, "1", "", "", "b1")}, 2},
    {"by the socket's link alone",
     {C920(0, "", "", "p1", "")},
     {C920(1, "", "", "p2", ""), C920(2, "", "", "p1", "")},
     2},
    {"by name and bus alone",
     {C920(0, "", "", "", "b1")},
     {C920(1, "", "", "", "b2"), C920(2, "", "", "", "b1")},
     2},
    {"neither serial nor socket", {C920(0, "", "", "", "b1")}, {C920(0, "", "", "", "b2")}, -1},
    {"its number is another camera's now",
     {C920(0, "1", "id1", "p1", "b1")},
     {C920(0, "2", "id2", "p2", "b2")},
     -1},
    {"of two by the link, whatever the order",
     {C920(0, "1", "id1", "p1", "b1"), C920(1, "2", "id2", "p2", "b2")},
     {C920(0, "2", "id2", "p2", "b2"), C920(1, "1", "id1", "p3", "b3")},
     1},
    {"the other one of two",
     {C920(0, "1", "id1", "p1", "b1"), C920(1, "2", "id2", "p2", "b2")},
     {C920(1, "2", "id2", "p2", "b2")},
     -1},
    {"another one in its socket",
     {C920(0, "1", "id1", "p1", "b1")},
     {C920(0, "2", "id2", "p1", "b1")},
     -1},
    {"another one in its socket, no udev",
     {C920(0, "1", "", "", "b1")},
     {C920(0, "2", "", "", "b1")},
     -1},
    {"another make in its socket",
     {C920(0, "", "", "p1", "b1")},
     {{0, "C270", "", "", "p1", "b1", 0, false, false}},
     -1},
    // Without serial numbers the one link goes over to the camera that is left.
    {"twins: the link is the other's now",
     {C920(0, "", "id", "p1", "b1"), C920(1, "", "", "p2", "b2")},
     {C920(1, "", "id", "p2", "b2")},
     -1},
    {"twins: back in its socket, without the link",
     {C920(0, "", "id", "p1", "b1"), C920(1, "", "", "p2", "b2")},
     {C920(1, "", "id", "p2", "b2"), C920(2, "", "", "p1", "b1")},
     2},
    {"twins: no udev",
     {C920(0, "7", "", "", "b1"), C920(1, "7", "", "", "b2")},
     {C920(1, "7", "", "", "b2")},
     -1},
    {"a twin came later: the socket decides",
     {C920(0, "7", "id", "p1", "b1")},
     {C920(1, "7", "id", "p2", "b2"), C920(2, "7", "", "p1", "b1")},
     2},
    // One device, several nodes.
    {"the metadata node",
     {C920(0, "1", "id1", "p1", "b1")},
     {{0, "C920", "1", "", "", "b1", 1, true, false}, C920(1, "1", "", "", "b1")},
     1},
    {"the infrared node",
     {C920(0, "1", "", "", "b1"), {2, "C920", "1", "", "", "b1", 2, false, false}},
     {{0, "C920", "1", "", "", "b1", 2, false, false}},
     -1},
    {"what could be asked and is none",
     {{0, "C920", "", "", "", "b1", -1, false, false}},
     {{0, "C920", "", "", "", "b1", -1, true, false}},
     -1},
    // No permission: it could not be asked for its name.
    {"a node that may not be opened",
     {C920(0, "1", "id1", "p1", "b1")},
     {{3, "", "", "id1", "p1", "", 0, true, true}},
     3},
    {"a node that may not be opened, no udev",
     {C920(0, "1", "", "", "b1")},
     {{3, "C920", "2", "", "", "", 0, true, true}, {4, "C920", "1", "", "", "", 0, true, true}},
     4},
};

static void test_find(void **state)
{
    (void)state;
    static struct camera_entry before[MOST], after[MOST];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct camera_list old = make_list(before, rows[i].before);
        struct camera_list new = make_list(after, rows[i].after);
        struct camera_identity identity = camera_identity_of(&old, &old.entries[0]);
        const struct camera_entry *found = camera_identity_find(&identity, &new);
        int number = found ? found->number : -1;
        if (number != rows[i].found)
            fail_msg("%s: found %d instead of %d", rows[i].what, number, rows[i].found);
    }
}

static void test_no_identity_finds_nothing(void **state)
{
    (void)state;
    static struct camera_entry entries[MOST];
    struct camera_list list =
        make_list(entries, (const struct node[MOST]){{0, "", "", "", "", "", -1, false, false}});
    struct camera_identity identity = {.index = -1};
    assert_null(camera_identity_find(&identity, &list));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_no_identity_finds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
