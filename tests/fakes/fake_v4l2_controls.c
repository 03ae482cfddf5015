/*
 * The controls of the scripted device. They take what they are given as a driver without a
 * framework does: a value beyond the limits is an error, so that a test sees who fitted it.
 */
#include "tests/fakes/fake_v4l2_offer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/** Index of a control; -1 if there is none. */
static int index_of(const struct fake_v4l2 *fake, uint32_t id)
{
    for (int i = 0; i < FAKE_CONTROLS && fake->controls[i].id; i++)
        if (fake->controls[i].id == id)
            return i;
    return -1;
}

static int64_t value_of_locked(const struct fake_v4l2 *fake, int index)
{
    const struct fake_control *state = &fake->control_states[index];
    return state->touched ? state->value : fake->controls[index].maximum;
}

/** Remembers that subscribers are to be told. */
static void change_locked(struct fake_v4l2 *fake, int index, uint32_t changes)
{
    fake->control_states[index].changes |= changes;
    uint64_t one = 1;
    if (fake->fd >= 0 && fake->control_states[index].subscribed) {
        ssize_t written = write(fake->fd, &one, sizeof one);
        (void)written;
    }
}

static void set_locked(struct fake_v4l2 *fake, int index, int64_t value)
{
    fake->control_states[index].value = value;
    fake->control_states[index].touched = true;
    change_locked(fake, index, V4L2_EVENT_CTRL_CH_VALUE);
}

static int query_control(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_query_ext_ctrl *answer = argument;
    bool next = answer->id & V4L2_CTRL_FLAG_NEXT_CTRL;
    uint32_t id = answer->id & ~V4L2_CTRL_FLAG_NEXT_CTRL;
    for (int i = 0; i < FAKE_CONTROLS && fake->controls[i].id; i++) {
        if (next ? fake->controls[i].id <= id : fake->controls[i].id != id)
            continue;
        *answer = fake->controls[i];
        return 0;
    }
    return -EINVAL;
}

/** Odd items do not exist; the others are called after their numbers. */
static int query_menu(struct fake_v4l2 *fake, void *argument)
{
    (void)fake;
    struct v4l2_querymenu *answer = argument;
    if (answer->index % 2)
        return -EINVAL;
    snprintf((char *)answer->name, sizeof answer->name, "Item %u", answer->index);
    return 0;
}

static bool is_wide(const struct fake_v4l2 *fake, int index)
{
    return fake->controls[index].type == V4L2_CTRL_TYPE_INTEGER64;
}

static int get_controls(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_ext_control *control = ((struct v4l2_ext_controls *)argument)->controls;
    int index = index_of(fake, control->id);
    if (index < 0)
        return -EINVAL;
    if (is_wide(fake, index))
        control->value64 = value_of_locked(fake, index);
    else
        control->value = (int)value_of_locked(fake, index);
    return 0;
}

static int set_controls(struct fake_v4l2 *fake, void *argument)
{
    const struct v4l2_ext_control *control = ((struct v4l2_ext_controls *)argument)->controls;
    int index = index_of(fake, control->id);
    if (index < 0)
        return -EINVAL;
    const struct v4l2_query_ext_ctrl *about = &fake->controls[index];
    struct fake_control *state = &fake->control_states[index];
    int64_t value = is_wide(fake, index) ? control->value64 : control->value;
    bool ranged = about->type != V4L2_CTRL_TYPE_BUTTON && about->type != V4L2_CTRL_TYPE_BITMASK;
    if (state->set_code || about->flags & V4L2_CTRL_FLAG_INACTIVE)
        return state->set_code ? state->set_code : -EACCES;
    if (ranged && (value < about->minimum || value > about->maximum))
        return -ERANGE;
    state->sets++;
    if (about->type != V4L2_CTRL_TYPE_BUTTON)
        set_locked(fake, index, value);
    if (state->rules) {
        int ruled = index_of(fake, state->rules);
        fake->controls[ruled].flags = value ? V4L2_CTRL_FLAG_INACTIVE : 0;
        change_locked(fake, ruled, V4L2_EVENT_CTRL_CH_FLAGS);
    }
    return 0;
}

static int subscribe(struct fake_v4l2 *fake, void *argument)
{
    const struct v4l2_event_subscription *subscription = argument;
    int index = index_of(fake, subscription->id);
    if (fake->deaf || index < 0 || subscription->type != V4L2_EVENT_CTRL)
        return -EINVAL;
    fake->control_states[index].subscribed = true;
    fake->control_states[index].changes = 0;
    return 0;
}

static int take_event(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_event *event = argument;
    for (int i = 0; i < FAKE_CONTROLS && fake->controls[i].id; i++) {
        struct fake_control *state = &fake->control_states[i];
        const struct v4l2_query_ext_ctrl *about = &fake->controls[i];
        if (!state->subscribed || !state->changes)
            continue;
        event->type = V4L2_EVENT_CTRL;
        event->id = about->id;
        event->u.ctrl = (struct v4l2_event_ctrl){.changes = state->changes,
                                                 .type = about->type,
                                                 .flags = about->flags,
                                                 .minimum = (int)about->minimum,
                                                 .maximum = (int)about->maximum};
        event->u.ctrl.value64 = value_of_locked(fake, i);
        state->changes = 0;
        return 0;
    }
    return -ENOENT;
}

static const struct {
    unsigned long request;
    int (*answer)(struct fake_v4l2 *fake, void *argument);
} requests[] = {
    {VIDIOC_QUERY_EXT_CTRL, query_control}, {VIDIOC_QUERYMENU, query_menu},
    {VIDIOC_G_EXT_CTRLS, get_controls},     {VIDIOC_S_EXT_CTRLS, set_controls},
    {VIDIOC_SUBSCRIBE_EVENT, subscribe},    {VIDIOC_DQEVENT, take_event},
};

/** Takes the time that this control takes, without the lock. */
static void delay(const struct fake_v4l2 *fake, unsigned long request, const void *argument)
{
    if (request != VIDIOC_S_EXT_CTRLS)
        return;
    int index = index_of(fake, ((const struct v4l2_ext_controls *)argument)->controls->id);
    int ms = index < 0 ? 0 : fake->control_states[index].answer_ms;
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

int fake_v4l2_controls(struct fake_v4l2 *fake, unsigned long request, void *argument)
{
    delay(fake, request, argument);
    int ret = -ENOTTY;
    pthread_mutex_lock(&fake->lock);
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        if (requests[i].request == request)
            ret = fake->gone ? -ENODEV : requests[i].answer(fake, argument);
    pthread_mutex_unlock(&fake->lock);
    return ret;
}

bool fake_v4l2_has_event(struct fake_v4l2 *fake)
{
    bool event = false;
    pthread_mutex_lock(&fake->lock);
    for (int i = 0; i < FAKE_CONTROLS; i++)
        event |= fake->control_states[i].subscribed && fake->control_states[i].changes;
    pthread_mutex_unlock(&fake->lock);
    return event;
}

void fake_v4l2_control_set(struct fake_v4l2 *fake, uint32_t id, int64_t value)
{
    pthread_mutex_lock(&fake->lock);
    set_locked(fake, index_of(fake, id), value);
    pthread_mutex_unlock(&fake->lock);
}

void fake_v4l2_control_flag(struct fake_v4l2 *fake, uint32_t id, uint32_t flags)
{
    pthread_mutex_lock(&fake->lock);
    int index = index_of(fake, id);
    fake->controls[index].flags = flags;
    change_locked(fake, index, V4L2_EVENT_CTRL_CH_FLAGS);
    pthread_mutex_unlock(&fake->lock);
}

int64_t fake_v4l2_control_value(struct fake_v4l2 *fake, uint32_t id)
{
    pthread_mutex_lock(&fake->lock);
    int64_t value = value_of_locked(fake, index_of(fake, id));
    pthread_mutex_unlock(&fake->lock);
    return value;
}

int fake_v4l2_control_sets(struct fake_v4l2 *fake, uint32_t id)
{
    pthread_mutex_lock(&fake->lock);
    int sets = fake->control_states[index_of(fake, id)].sets;
    pthread_mutex_unlock(&fake->lock);
    return sets;
}

void fake_v4l2_take_away(struct fake_v4l2 *fake, bool gone)
{
    uint64_t one = 1;
    pthread_mutex_lock(&fake->lock);
    fake->gone = gone;
    if (fake->fd >= 0 && gone) {
        ssize_t written = write(fake->fd, &one, sizeof one);
        (void)written;
    }
    pthread_mutex_unlock(&fake->lock);
}
