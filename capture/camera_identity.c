/*
 * A USB device may have a serial number, but need not, and cheap cameras of one make all have the
 * same. udev's by-id link is made of maker, model and serial number; of two cameras that would get
 * the same link only one has it, and when that one is unplugged the link goes over to the other.
 * So a by-id link proves something only if the camera had no twin when it was looked at; else it
 * is the socket that tells the two apart.
 *
 * Source: udev's 60-persistent-v4l.rules.
 */
#include "capture/camera_identity.h"

#include <stdio.h>
#include <string.h>

static bool known_and_equal(const char *a, const char *b)
{
    return a[0] && strcmp(a, b) == 0;
}

static bool known_and_different(const char *a, const char *b)
{
    return a[0] && b[0] && strcmp(a, b) != 0;
}

/** Whether two cameras look the same, wherever they are plugged in. */
static bool are_twins(const struct camera_entry *a, const struct camera_entry *b)
{
    return a != b && a->usable && b->usable && strcmp(a->card, b->card) == 0 &&
           strcmp(a->serial, b->serial) == 0 && a->index == b->index &&
           !known_and_different(a->by_id, b->by_id);
}

static bool has_twin(const struct camera_list *list, const struct camera_entry *entry)
{
    for (int i = 0; i < list->count; i++)
        if (are_twins(&list->entries[i], entry))
            return true;
    return false;
}

struct camera_identity camera_identity_of(const struct camera_list *list,
                                          const struct camera_entry *entry)
{
    struct camera_identity identity = {
        .index = entry->index, .number = entry->number, .has_twin = has_twin(list, entry)};
    memcpy(identity.by_id, entry->by_id, sizeof identity.by_id);
    memcpy(identity.by_path, entry->by_path, sizeof identity.by_path);
    memcpy(identity.serial, entry->serial, sizeof identity.serial);
    memcpy(identity.card, entry->card, sizeof identity.card);
    memcpy(identity.bus_info, entry->bus_info, sizeof identity.bus_info);
    return identity;
}

/** Whether something about the node says that it is another camera, or another of its nodes. */
static bool is_another(const struct camera_identity *identity, const struct camera_entry *entry)
{
    return known_and_different(identity->by_id, entry->by_id) ||
           known_and_different(identity->serial, entry->serial) ||
           known_and_different(identity->card, entry->card) ||
           (identity->index >= 0 && entry->index >= 0 && identity->index != entry->index);
}

static bool is_by_id(const struct camera_identity *identity, const struct camera_entry *entry)
{
    return known_and_equal(identity->by_id, entry->by_id);
}

static bool is_by_path(const struct camera_identity *identity, const struct camera_entry *entry)
{
    return known_and_equal(identity->by_path, entry->by_path);
}

static bool is_by_bus(const struct camera_identity *identity, const struct camera_entry *entry)
{
    return known_and_equal(identity->bus_info, entry->bus_info) &&
           known_and_equal(identity->card, entry->card);
}

/** Without udev the serial number itself stands in for the link that is made of it. */
static bool is_by_serial(const struct camera_identity *identity, const struct camera_entry *entry)
{
    return known_and_equal(identity->serial, entry->serial) &&
           known_and_equal(identity->card, entry->card);
}

/** A node that could be asked and is no camera is not the one, even in the right socket. */
static bool may_be_camera(const struct camera_entry *entry)
{
    return entry->usable || !entry->driver[0];
}

const struct camera_entry *camera_identity_find(const struct camera_identity *identity,
                                                const struct camera_list *list)
{
    static const struct {
        bool (*is)(const struct camera_identity *, const struct camera_entry *);
        bool shared_by_twins;
    } signs[] = {{is_by_id, true}, {is_by_path, false}, {is_by_bus, false}, {is_by_serial, true}};
    for (size_t sign = 0; sign < sizeof signs / sizeof signs[0]; sign++)
        for (int i = 0; i < list->count; i++) {
            const struct camera_entry *entry = &list->entries[i];
            if (!may_be_camera(entry) || is_another(identity, entry) ||
                !signs[sign].is(identity, entry))
                continue;
            if (!signs[sign].shared_by_twins || !(identity->has_twin || has_twin(list, entry)))
                return entry;
        }
    return NULL;
}
