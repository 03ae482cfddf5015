#include "app/actions.h"

#include <math.h>

static int next_of(const int *values, int count, int value)
{
    for (int i = 0; i < count; i++)
        if (values[i] == value)
            return values[(i + 1) % count];
    return values[0];
}

/** One press of a bracket: about a three hundredth of the range, a whole number. */
static double threshold_step(const struct canny_params *canny)
{
    return fmax(1, round(canny_largest_magnitude(canny) / 300));
}

static void move_threshold(const struct canny_params *canny, double *threshold, int direction)
{
    double moved = *threshold + direction * threshold_step(canny);
    *threshold = fmin(fmax(moved, 0), canny_largest_magnitude(canny));
}

static enum view next_view(enum view view)
{
    for (int i = 0; i < view_count; i++)
        if (view_table[i].view == view)
            return view_table[(i + 1) % view_count].view;
    return VIEW_EDGES;
}

/** Where it lies over the picture, that is what the user wants back. */
static void close_page(struct live_state *state, enum panel_place panel)
{
    state->page = LIVE_PAGE_TUNING;
    state->differences = false;
    if (panel == PANEL_OVER)
        state->panel = PANEL_HIDDEN;
}

static void open_page(struct live_state *state, enum live_page page, enum panel_place panel)
{
    state->page = page;
    state->differences = false;
    if (panel == PANEL_FOLDED)
        state->panel = PANEL_SHOWN;
}

static void switch_page(struct live_state *state, enum live_page page, enum panel_place panel)
{
    if (state->page == page && panel != PANEL_FOLDED)
        close_page(state, panel);
    else
        open_page(state, page, panel);
}

static void escape(struct live_state *state, enum panel_place panel)
{
    if (state->help)
        state->help = false;
    else if (state->differences)
        state->differences = false;
    else if (state->fullscreen)
        state->fullscreen = false;
    else if (state->page != LIVE_PAGE_TUNING && panel != PANEL_FOLDED)
        close_page(state, panel);
    else if (panel == PANEL_OVER)
        state->panel = PANEL_HIDDEN;
    else
        state->quit = true;
}

/** Actions on the parameters and the view. False if it is another one. */
static bool apply_to_values(struct control_values *values, enum action action)
{
    static const int blurs[] = {0, 3, 5, 7}, apertures[] = {3, 5, 7};
    struct canny_params *canny = &values->canny;
    switch (action) {
    case ACTION_VIEW_ORIGINAL:
        values->view = VIEW_ORIGINAL;
        return true;
    case ACTION_VIEW_GRAY:
        values->view = VIEW_GRAY;
        return true;
    case ACTION_VIEW_EDGES:
        values->view = VIEW_EDGES;
        return true;
    case ACTION_VIEW_OVERLAY:
        values->view = VIEW_OVERLAY;
        return true;
    case ACTION_VIEW_NEXT:
        values->view = next_view(values->view);
        return true;
    case ACTION_LOW_DOWN:
    case ACTION_LOW_UP:
        move_threshold(canny, &canny->low, action == ACTION_LOW_UP ? 1 : -1);
        return true;
    case ACTION_HIGH_DOWN:
    case ACTION_HIGH_UP:
        move_threshold(canny, &canny->high, action == ACTION_HIGH_UP ? 1 : -1);
        return true;
    case ACTION_BLUR:
        canny->blur = next_of(blurs, 4, canny->blur);
        return true;
    case ACTION_APERTURE:
        canny->aperture = next_of(apertures, 3, canny->aperture);
        return true;
    case ACTION_MAGNITUDE:
        canny->l2 = !canny->l2;
        return true;
    default:
        return false;
    }
}

void action_apply(struct live_state *state, enum action action, enum panel_place panel)
{
    if (apply_to_values(&state->values, action))
        return;
    switch (action) {
    case ACTION_QUIT:
        state->quit = true;
        break;
    case ACTION_ESCAPE:
        escape(state, panel);
        break;
    case ACTION_FULLSCREEN:
        state->fullscreen = !state->fullscreen;
        break;
    case ACTION_FREEZE:
        state->values.frozen = !state->values.frozen;
        break;
    case ACTION_STEP:
        // As in video players: stepping a running picture freezes it first.
        if (state->values.frozen)
            state->values.steps++;
        state->values.frozen = true;
        break;
    case ACTION_OVERLAY:
        state->overlay = state->overlay == OVERLAY_SHORT  ? OVERLAY_FULL
                         : state->overlay == OVERLAY_FULL ? OVERLAY_OFF
                                                          : OVERLAY_SHORT;
        break;
    case ACTION_PANEL:
        state->panel = panel == PANEL_FOLDED ? PANEL_SHOWN : PANEL_HIDDEN;
        break;
    case ACTION_CAMERA:
        switch_page(state, LIVE_PAGE_CAMERA, panel);
        break;
    case ACTION_MEMORY:
        switch_page(state, LIVE_PAGE_MEMORY, panel);
        break;
    case ACTION_LAB:
        switch_page(state, LIVE_PAGE_LAB, panel);
        break;
    case ACTION_LEDGER_DIFFERENCE:
        open_page(state, LIVE_PAGE_MEMORY, panel);
        state->differences = true;
        break;
    case ACTION_SNAPSHOT:
        state->values.snapshots++;
        break;
    case ACTION_WINDOW_SNAPSHOT:
        state->shot = true;
        break;
    case ACTION_RECORD:
        state->record = !state->record;
        break;
    case ACTION_LOOPBACK:
        state->loopback = !state->loopback;
        break;
    case ACTION_HELP:
        state->help = !state->help;
        break;
    default:
        break;
    }
}

bool action_repeats(enum action action)
{
    struct ui_input input;
    bool steps = action == ACTION_LOW_DOWN || action == ACTION_LOW_UP ||
                 action == ACTION_HIGH_DOWN || action == ACTION_HIGH_UP || action == ACTION_STEP;
    return steps || (action != ACTION_ACTIVATE && action_to_input(action, false, &input));
}

bool action_to_input(enum action action, bool shift, struct ui_input *input)
{
    input->shift = shift;
    switch (action) {
    case ACTION_FOCUS_NEXT:
        input->focus_step = 1;
        return true;
    case ACTION_FOCUS_PREVIOUS:
        input->focus_step = -1;
        return true;
    case ACTION_VALUE_DOWN:
        input->value_step = -1;
        return true;
    case ACTION_VALUE_UP:
        input->value_step = 1;
        return true;
    case ACTION_VALUE_HOME:
        input->value_home = true;
        return true;
    case ACTION_VALUE_END:
        input->value_end = true;
        return true;
    case ACTION_ACTIVATE:
        input->activate = true;
        return true;
    default:
        return false;
    }
}
