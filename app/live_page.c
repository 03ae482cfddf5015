#include "app/live_page.h"

#include "app/live_bar.h"

/** Takes over what the user changed. Returns whether that was anything. */
static bool take_values(struct session *session, struct control_values *values,
                        const struct panel_values *shown)
{
    if (canny_params_equal(&shown->canny, &values->canny) && shown->view == values->view &&
        (shown->noise < 0 || shown->noise == values->noise))
        return false;
    values->canny = shown->canny;
    values->view = shown->view;
    values->noise = shown->noise >= 0 ? shown->noise : values->noise;
    session->values = *values;
    session_control(session);
    return true;
}

static enum action draw_tuning(struct session *session, struct live_state *state, struct ui *ui,
                               struct ui_rect area, bool *tuned)
{
    struct control_values *values = &state->values;
    struct panel_values shown = {.canny = values->canny,
                                 .view = values->view,
                                 .noise = session->choice.scene ? values->noise : -1};
    struct panel_button buttons[LIVE_BUTTONS];
    int count = live_bar_buttons(session, state, buttons);
    enum action action = (enum action)panel_draw(ui, area, &shown, buttons, count);
    *tuned = take_values(session, values, &shown);
    return action;
}

enum action live_page_draw(struct session *session, struct live_state *state,
                           struct live_pages *pages, struct ui *ui, struct ui_rect area,
                           struct live_page_news *news)
{
    if (state->page == LIVE_PAGE_CAMERA)
        return live_cameras_draw(&pages->cameras, session, ui, area, &news->picked);
    if (state->page == LIVE_PAGE_MEMORY)
        return live_memory_draw(pages->memory, ui, area);
    if (state->page == LIVE_PAGE_LAB)
        return live_memory_draw_lab(pages->memory, ui, area);
    return draw_tuning(session, state, ui, area, &news->tuned);
}
