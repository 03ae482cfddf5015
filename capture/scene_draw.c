/**
 * @file
 * The scene is drawn on a card of 1280 x 720 units, which is scaled to the picture and centred in
 * it; sky and ground go on to the sides. What each part is for:
 *
 *   the gear and the polygon   strong, sharp edges that turn through all directions
 *   the dot on its hub         a colour as bright as the hub's: an edge to the eye, none in gray
 *   the planets                shading: an outline that is strong here and gone there
 *   their shadows, the sky     soft edges, which thresholds find late or never
 *   the hills                  weak edges; the nearest is woven, ever more clearly to the right:
 *                              texture is what low thresholds drown in
 *   the two round plates       every direction and every frequency; see ripple.c
 *   contrast                   the same square from 4 to 200 grey levels. Below, a stripe of the
 *                              same contrasts in one piece: its edge goes on to where it falls
 *                              under the low threshold, because it is connected to strong ones;
 *                              the squares each have to pass the high one alone
 *   blur                       the same disc, blurred by 0 to 12 units
 */
#include "capture/scene_draw.h"

#include "capture/canvas.h"
#include "capture/ripple.h"
#include "capture/strokes.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FRAMES_A_SECOND = 60, STEPS = 12 };

static const float card_width = 1280, card_height = 720;
static const float sun_x = 410, sun_y = 214;
static const float title_x = 836, title_width = 404;
static const float ground_y = 488;
static const float steps_x = 218, steps_pitch = 90.5F;

static const struct color cream = COLOR_RGB(246, 236, 216);
static const struct color gold = COLOR_RGB(240, 188, 94);
static const struct color coral = COLOR_RGB(222, 98, 82);
static const struct color as_bright = COLOR_RGB(52, 174, 135); ///< as coral: 133
static const struct color night = COLOR_RGB(40, 50, 86);
static const struct color dusk = COLOR_RGB(128, 108, 140);
static const struct color glow = COLOR_RGB(238, 178, 140);
static const struct color far_hill = COLOR_RGB(142, 112, 132);
static const struct color near_hill = COLOR_RGB(104, 88, 118);
static const struct color cloth = COLOR_RGB(62, 74, 98);
static const struct color ground = COLOR_RGB(28, 36, 50);
static const struct color label = COLOR_RGB(148, 158, 176);

static const float contrasts[STEPS] = {4, 6, 9, 13, 20, 28, 40, 58, 80, 110, 150, 200};
static const float sigmas[STEPS] = {0, 0.5F, 1, 1.5F, 2, 3, 4, 5, 6, 8, 10, 12};

struct scene_picture {
    struct frame_layout layout;
    uint8_t *background; ///< laid out so
    struct canvas place; ///< where the card lies; its data is the background's
    struct ripple plate, star;
};

/** A planet and its way around the sun. */
static const struct planet {
    struct color color;
    float radius;
    int period; ///< frames for a round
    int start;  ///< frames ahead
} planets[] = {
    {COLOR_RGB(84, 172, 168), 34, 900, 60},
    {COLOR_RGB(226, 122, 100), 25, 900, 400},
    {COLOR_RGB(236, 218, 184), 18, 900, 640},
};

/** How far a turn of `period` frames has come at frame `n`, radians. */
static float turned(uint32_t n, uint32_t period)
{
    return 6.2831853F * (float)(n % period) / (float)period;
}

static struct paint flat(struct color color)
{
    return (struct paint){.color = color, .alpha = 1};
}

static struct paint shadow(float sigma)
{
    static const struct color dark = COLOR_RGB(20, 22, 44);
    return (struct paint){.color = dark, .alpha = 0.38F, .sigma = sigma};
}

static void fill(const struct canvas *canvas, struct shape shape, struct paint paint)
{
    canvas_fill(canvas, &shape, &paint);
}

/* ---- the landscape, drawn once ---- */

static struct color sky_shade(const struct paint *paint, float x, float y)
{
    (void)paint;
    float t = y / 430;
    struct color sky =
        t < 0.55F ? color_mix(night, dusk, t / 0.55F) : color_mix(dusk, glow, (t - 0.55F) / 0.45F);
    float dx = (x - sun_x) / 135, dy = (y - sun_y) / 135;
    return color_mix(sky, glow, 0.55F * expf(-(dx * dx + dy * dy) / 2));
}

static void draw_stars(const struct canvas *canvas)
{
    static const float stars[][3] = {{62, 262, 1.6F}, {128, 66, 1.3F},  {206, 118, 1.9F},
                                     {268, 38, 1.4F}, {566, 46, 1.8F},  {640, 128, 1.3F},
                                     {706, 62, 1.5F}, {772, 172, 1.8F}, {676, 296, 1.2F}};
    for (size_t i = 0; i < sizeof stars / sizeof *stars; i++)
        fill(canvas, shape_disc(stars[i][0], stars[i][1], stars[i][2]), flat(cream));
}

/** Threads over and under each other, each lit along its middle. `more` is the pixels a unit. */
static struct color weave_shade(const struct paint *paint, float x, float y)
{
    float scale = *(const float *)paint->more;
    float thread = larger(7, 4 / scale); // never so fine that pixels cannot show it
    float column = floorf(x / thread), row = floorf(y / thread);
    float across = x / thread - column - 0.5F, along = y / thread - row - 0.5F;
    bool over = ((int)column + (int)row) & 1;
    float side = over ? across : along, run = over ? along : across;
    float light = (over ? 0.35F : -0.05F) + 0.65F - 3.2F * side * side - 1.2F * run * run;
    float depth = 3 + 46 * smaller(larger(x / card_width, 0), 1);
    struct color color = paint->color;
    color.y += depth * (light - 0.4F);
    return color;
}

static void draw_landscape(const struct canvas *canvas)
{
    struct paint sky = {.alpha = 1, .shade = sky_shade};
    struct paint woven = {.color = cloth, .alpha = 1, .shade = weave_shade, .more = &canvas->scale};
    fill(canvas, shape_everything(), sky);
    draw_stars(canvas);
    fill(canvas, shape_hills(404, 22, 760, 0.6F), flat(far_hill));
    fill(canvas, shape_hills(428, 17, 540, 2.8F), flat(near_hill));
    fill(canvas, shape_hills(452, 12, 900, 4.4F), woven);
    fill(canvas, shape_hills(ground_y, 0, 1, 0), flat(ground));
}

/** What of the sun stays where it is: shadows so soft that the turning does not show in them. */
static void draw_sun_ground(const struct canvas *canvas)
{
    struct paint line = flat(cream);
    line.alpha = 0.22F;
    fill(canvas, shape_orbit(sun_x, sun_y, 326, 92, 1, -0.17F), line);
    fill(canvas, shape_ring(sun_x + 10, sun_y + 16, 112, 24), shadow(9));
    fill(canvas, shape_disc(sun_x + 5, sun_y + 8, 51), shadow(6));
}

/* ---- the ramps, drawn once ---- */

static float step_x(int step)
{
    return steps_x + steps_pitch * (float)step;
}

/** The ground, lighter by `contrast` and a little warmer. */
static struct color lit(float contrast)
{
    struct color color = color_mix(ground, gold, contrast / 200);
    color.y = ground.y + contrast;
    return color;
}

static struct color stripe_shade(const struct paint *paint, float x, float y)
{
    (void)paint, (void)y;
    float at = smaller(larger((x - steps_x) / steps_pitch, 0), STEPS - 1);
    int step = (int)smaller(at, STEPS - 2);
    float share = at - (float)step;
    return lit(contrasts[step] + (contrasts[step + 1] - contrasts[step]) * share);
}

static void draw_label(const struct canvas *canvas, float x, float y, const char *text)
{
    struct lettering at = {.y = y, .height = 10.5F, .half = 0.8F};
    at.x = x - strokes_width(text) * at.height / 2;
    struct paint paint = flat(label);
    strokes_text(canvas, &at, text, &paint);
}

static void draw_heading(const struct canvas *canvas, float y, const char *text)
{
    struct lettering at = {.x = 42, .y = y, .height = 13, .half = 1.1F};
    struct paint paint = flat(label);
    strokes_text(canvas, &at, text, &paint);
}

static void draw_contrasts(const struct canvas *canvas)
{
    char text[16];
    draw_heading(canvas, 528, "CONTRAST");
    for (int i = 0; i < STEPS; i++) {
        fill(canvas, shape_box(step_x(i), 534, 23, 23, 5), flat(lit(contrasts[i])));
        snprintf(text, sizeof text, "%.0f", (double)contrasts[i]);
        draw_label(canvas, step_x(i), 592, text);
    }
    struct paint stripe = {.alpha = 1, .shade = stripe_shade};
    float half = steps_pitch * (STEPS - 1) / 2;
    fill(canvas, shape_box(steps_x + half, 575, half + 23, 4.5F, 4.5F), stripe);
}

static void draw_blurs(const struct canvas *canvas)
{
    static const struct color disc = COLOR_RGB(104, 178, 178);
    char text[16];
    draw_heading(canvas, 646, "BLUR");
    for (int i = 0; i < STEPS; i++) {
        struct paint paint = {.color = disc, .alpha = 1, .sigma = sigmas[i]};
        fill(canvas, shape_disc(step_x(i), 652, 24), paint);
        double pixels = round((double)(sigmas[i] * canvas->scale) * 10) / 10;
        snprintf(text, sizeof text, fmod(pixels, 1) > 0 ? "%.1f" : "%.0f", pixels);
        draw_label(canvas, step_x(i), 693, text);
    }
}

/* ---- the title and the plates ---- */

static const struct ripple_plan plate_plan = {
    .x = title_x + 94, .y = 268, .radius = 92, .depth = 84, .shortest = 4.2F};
static const struct ripple_plan star_plan = {
    .x = title_x + title_width - 94, .y = 268, .radius = 92, .depth = 84, .spokes = 24};

static void draw_plate(const struct canvas *canvas, const struct ripple_plan *plan)
{
    static const struct color paper = COLOR_RGB(150, 138, 130);
    fill(canvas, shape_disc(plan->x + 8, plan->y + 12, 94), shadow(8));
    fill(canvas, shape_disc(plan->x, plan->y, 97), flat(cream));
    fill(canvas, shape_disc(plan->x, plan->y, 92.5F), flat(paper));
}

static void draw_title(const struct canvas *canvas)
{
    struct lettering at = {.x = title_x, .y = 58, .half = 3.3F};
    at.height = title_width / strokes_width("CANNYSCOPE");
    struct paint paint = flat(cream);
    strokes_text(canvas, &at, "CANNYSCOPE", &paint);
}

static void draw_background(const struct canvas *canvas)
{
    draw_landscape(canvas);
    draw_sun_ground(canvas);
    draw_contrasts(canvas);
    draw_blurs(canvas);
    draw_title(canvas);
    draw_plate(canvas, &plate_plan);
    draw_plate(canvas, &star_plan);
}

/* ---- what moves, drawn every frame ---- */

static void draw_time(const struct canvas *canvas, uint32_t n)
{
    char text[16];
    unsigned seconds = n / FRAMES_A_SECOND, frames = n % FRAMES_A_SECOND;
    snprintf(text, sizeof text, "%02u:%02u.%02u", seconds / 60 % 100, seconds % 60,
             frames * 100 / FRAMES_A_SECOND);
    struct lettering at = {.x = title_x, .y = 122, .height = 18, .half = 1.3F};
    struct paint paint = flat(cream);
    strokes_text(canvas, &at, text, &paint);
}

static void draw_sun(const struct canvas *canvas, uint32_t n)
{
    static const float radii[3] = {86, 122, 144};
    fill(canvas, shape_gear(sun_x, sun_y, radii, 16, turned(n, 3600)), flat(gold));
    fill(canvas, shape_polygon(sun_x, sun_y, 60, 5, 6, -turned(n, 1800)), flat(night));
    fill(canvas, shape_disc(sun_x, sun_y, 24), flat(coral));
    fill(canvas, shape_disc(sun_x, sun_y, 11), flat(as_bright));
}

/** A ball lit from the upper left. `more` is its disc. */
static struct color ball_shade(const struct paint *paint, float x, float y)
{
    static const struct color unlit = COLOR_RGB(44, 42, 72);
    const struct shape *ball = paint->more;
    float nx = (x - ball->x) / ball->size[0], ny = (y - ball->y) / ball->size[0];
    float nz = sqrtf(larger(1 - nx * nx - ny * ny, 0));
    float light = larger(-0.52F * nx - 0.6F * ny + 0.61F * nz, 0);
    float shine = light * light * light * light;
    shine = shine * shine * shine * shine;
    return color_mix(color_mix(unlit, paint->color, 0.16F + 0.84F * light), cream, 0.6F * shine);
}

static void draw_planet(const struct canvas *canvas, const struct planet *planet, float angle)
{
    const float cosine = 0.98558F, sine = -0.16918F; // of the orbit's tilt, -0.17
    float along = 326 * cosf(angle), across = 92 * sinf(angle);
    float x = sun_x + along * cosine - across * sine, y = sun_y + along * sine + across * cosine;
    float radius = planet->radius * (1 + 0.22F * sinf(angle));
    struct shape ball = shape_disc(x, y, radius);
    struct paint paint = {.color = planet->color, .alpha = 1, .shade = ball_shade, .more = &ball};
    fill(canvas, shape_disc(x + radius * 0.35F, y + radius * 0.5F, radius * 0.94F), shadow(6));
    fill(canvas, ball, paint);
}

/** Those behind the sun or those in front of it: the lower half of the orbit is nearer. */
static void draw_planets(const struct canvas *canvas, uint32_t n, bool front)
{
    for (size_t i = 0; i < sizeof planets / sizeof *planets; i++) {
        const struct planet *planet = &planets[i];
        uint32_t period = (uint32_t)planet->period;
        float angle = turned(n % period + (uint32_t)planet->start, period);
        if ((angle < 3.14159265F) == front)
            draw_planet(canvas, planet, angle);
    }
}

static uint8_t shift_at(uint32_t n, uint32_t period)
{
    return (uint8_t)(n % period * 256 / period);
}

void scene_picture_draw(const struct scene_picture *picture, uint32_t n, uint8_t *block)
{
    struct canvas canvas = picture->place;
    for (int p = 0; p < 3; p++)
        canvas.data[p] = block + picture->layout.offset[p];
    memcpy(block, picture->background, picture->layout.bytes);
    ripple_draw(&picture->plate, &canvas, shift_at(n, 90));
    ripple_draw(&picture->star, &canvas, shift_at(n, 120));
    draw_planets(&canvas, n, false);
    draw_sun(&canvas, n);
    draw_planets(&canvas, n, true);
    draw_time(&canvas, n);
}

/* ---- from first to last ---- */

static struct canvas place_card(const struct frame_layout *layout, uint8_t *block)
{
    struct canvas canvas = canvas_of(layout, block);
    float width = (float)layout->width, height = (float)layout->height;
    canvas.scale = smaller(width / card_width, height / card_height);
    canvas.x = (width - card_width * canvas.scale) / 2;
    canvas.y = (height - card_height * canvas.scale) / 2;
    return canvas;
}

int scene_picture_create(struct scene_picture **out, int width, int height)
{
    *out = NULL;
    struct frame_layout layout = frame_layout_make(PIXEL_I420, width, height, 0);
    if (!layout.bytes)
        return -EINVAL;
    struct scene_picture *picture = memory_alloc(MEMORY_FRAMES, sizeof *picture);
    if (!picture)
        return -ENOMEM;
    picture->layout = layout;
    picture->background = memory_alloc(MEMORY_FRAMES, layout.bytes);
    if (!picture->background)
        goto fail;
    picture->place = place_card(&layout, picture->background);
    if (ripple_open(&picture->plate, &picture->place, &plate_plan) < 0 ||
        ripple_open(&picture->star, &picture->place, &star_plan) < 0)
        goto fail;
    draw_background(&picture->place);
    *out = picture;
    return 0;
fail:
    scene_picture_destroy(&picture);
    return -ENOMEM;
}

void scene_picture_destroy(struct scene_picture **picture)
{
    if (!*picture)
        return;
    ripple_close(&(*picture)->plate);
    ripple_close(&(*picture)->star);
    memory_free((*picture)->background);
    memory_free(*picture);
    *picture = NULL;
}

int64_t scene_time_ns(uint32_t n)
{
    return n * NS_PER_S / FRAMES_A_SECOND;
}
