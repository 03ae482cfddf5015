#include "tests/kernels/cases.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/** Fractional, swapped, negative, equal, huge; around what 15 and 16 bits hold. */
const double case_thresholds[][2] = {
    {0, 0},        {0, 400},    {20, 60},      {50, 150},        {100, 200},
    {10.7, 33.3},  {0.5, 0.99}, {150, 50},     {-5, 10},         {-20, -3},
    {255, 255},    {254, 256},  {400, 1020},   {1019, 1e9},      {32766, 32767},
    {0, 32767},    {10, 32768}, {32768, 1e6},  {65535, 65536},   {20, 1e12},
    {1e12, 1e300}, {1e300, -1}, {2, INFINITY}, {2147483647, 30}, {-INFINITY, INFINITY},
};

const int case_threshold_count = (int)(sizeof case_thresholds / sizeof *case_thresholds);

/** What a straight step is multiplied by, in units of aperture 3. */
static double gradient_scale(int aperture)
{
    return aperture == 3 ? 1 : aperture == 5 ? 12 : 160;
}

void case_scale_thresholds(struct canny_params *params, int index)
{
    double scale = gradient_scale(params->aperture);
    params->low = case_thresholds[index][0] * scale;
    params->high = case_thresholds[index][1] * scale;
}

void case_for_chain(struct canny_params *params)
{
    double scale = gradient_scale(params->aperture);
    params->low = 30 * scale;
    params->high = 260 * scale;
}

/** Up to a magnitude, in fractions of 16, which matter to aperture 7. */
static double draw_up_to(struct draw *draw, double largest)
{
    return draw_below(draw, (int)(largest * 16)) / 16.0;
}

static void draw_thresholds(struct canny_params *params, struct draw *draw)
{
    double largest = canny_largest_magnitude(params);
    int pair = draw_below(draw, case_threshold_count);
    switch (draw_below(draw, 7)) {
    case 0:
    case 1:
        case_scale_thresholds(params, pair);
        break;
    case 2:
        params->low = case_thresholds[pair][0];
        params->high = case_thresholds[pair][1];
        break;
    case 3: // only the steepest pass
        params->low = largest - draw_up_to(draw, largest / 8);
        params->high = largest - draw_up_to(draw, largest / 8);
        break;
    case 4:
        params->low = draw_up_to(draw, largest);
        params->high = draw_up_to(draw, largest);
        break;
    default:
        params->low = draw_up_to(draw, largest / 8);
        params->high = draw_up_to(draw, largest / 8);
        break;
    }
}

static struct placing draw_placing(struct draw *draw)
{
    struct placing placing = {.low = draw_one_in(draw, 2)};
    placing.shift = draw_one_in(draw, 2) ? 0 : draw_below(draw, 66);
    placing.padding = draw_one_in(draw, 3) ? 0 : draw_below(draw, 70);
    return placing;
}

void case_draw_placing(struct kernel_case *c, struct draw *draw)
{
    c->in = draw_placing(draw);
    c->out = draw_placing(draw);
}

struct kernel_case case_draw(struct draw *draw, int width, int height)
{
    struct kernel_case c = {.width = width, .height = height};
    c.shape = &shape_table[draw_below(draw, shape_count)];
    c.seed = (uint32_t)draw_below(draw, 256);
    c.format =
        draw_one_in(draw, 2) ? PIXEL_GRAY8 : (enum pixel_format)draw_below(draw, PIXEL_FORMATS);
    c.range = draw_one_in(draw, 4) ? RANGE_LIMITED : RANGE_FULL;
    c.matrix = draw_one_in(draw, 2) ? MATRIX_BT601 : MATRIX_BT709;
    c.params.gray = draw_one_in(draw, 3) ? GRAY_BGR : GRAY_LUMA;
    c.params.blur = (const int[]){0, 3, 5, 5, 7}[draw_below(draw, 5)];
    c.params.aperture = (const int[]){3, 3, 5, 7}[draw_below(draw, 4)];
    c.params.l2 = draw_one_in(draw, 2);
    if (c.shape->chain && !draw_one_in(draw, 4))
        case_for_chain(&c.params);
    else
        draw_thresholds(&c.params, draw);
    case_draw_placing(&c, draw);
    return c;
}

static const char *const ranges[] = {[RANGE_FULL] = "full", [RANGE_LIMITED] = "limited"};
static const char *const matrices[] = {[MATRIX_BT601] = "bt601", [MATRIX_BT709] = "bt709"};
static const char *const grays[] = {[GRAY_LUMA] = "luma", [GRAY_BGR] = "bgr"};
static const char *const norms[] = {"l1", "l2"};
static const char *const ends[] = {"high", "low"};

void case_print(const struct kernel_case *c, char *text)
{
    const struct canny_params *p = &c->params;
    snprintf(text, CASE_TEXT_BYTES,
             "%s:%u %dx%d %s %s %s %s blur %d aperture %d %s %.17g %.17g in %s+%d+%d out %s+%d+%d",
             c->shape->name, c->seed, c->width, c->height, pixel_format_name(c->format),
             ranges[c->range], matrices[c->matrix], grays[p->gray], p->blur, p->aperture,
             norms[p->l2], p->low, p->high, ends[c->in.low], c->in.shift, c->in.padding,
             ends[c->out.low], c->out.shift, c->out.padding);
}

/** Place of a word in a list of two; -1 if it is not there. */
static int which(const char *const *two, const char *word)
{
    return strcmp(two[0], word) == 0 ? 0 : strcmp(two[1], word) == 0 ? 1 : -1;
}

static int find_format(const char *name)
{
    for (int format = 0; format < PIXEL_FORMATS; format++)
        if (strcmp(pixel_format_name((enum pixel_format)format), name) == 0)
            return format;
    return -1;
}

bool case_parse(struct kernel_case *c, const char *text)
{
    char shape[24], words[7][8];
    struct canny_params *p = &c->params;
    int fields = sscanf(
        text,
        "%23[^:]:%u %dx%d %7s %7s %7s %7s blur %d aperture %d %7s %lf %lf in %7[a-z]+%d+%d out "
        "%7[a-z]+%d+%d",
        shape, &c->seed, &c->width, &c->height, words[0], words[1], words[2], words[3], &p->blur,
        &p->aperture, words[4], &p->low, &p->high, words[5], &c->in.shift, &c->in.padding, words[6],
        &c->out.shift, &c->out.padding);
    if (fields != 19)
        return false;
    int found[] = {find_format(words[0]),  which(ranges, words[1]), which(matrices, words[2]),
                   which(grays, words[3]), which(norms, words[4]),  which(ends, words[5]),
                   which(ends, words[6])};
    for (int i = 0; i < 7; i++)
        if (found[i] < 0)
            return false;
    c->shape = shape_find(shape);
    c->format = (enum pixel_format)found[0];
    c->range = (enum pixel_range)found[1];
    c->matrix = (enum pixel_matrix)found[2];
    p->gray = (enum gray_mode)found[3];
    p->l2 = found[4] == 1;
    c->in.low = found[5] == 1;
    c->out.low = found[6] == 1;
    return c->shape && canny_params_valid(p) && c->width > 0 && c->height > 0;
}
