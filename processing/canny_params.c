/**
 * @file
 * The parameters of Canny in the form that the comparisons need, by OpenCV's rules.
 */
#include "processing/canny.h"
#include "processing/canny_taps.h"

#include <math.h>

const struct canny_params canny_default_params = {
    .low = 50, .high = 150, .blur = 5, .aperture = 3, .l2 = false, .gray = GRAY_LUMA};

static bool is_size(int size)
{
    return size == 3 || size == 5 || size == 7;
}

bool canny_params_valid(const struct canny_params *params)
{
    return !isnan(params->low) && !isnan(params->high) && is_size(params->aperture) &&
           (params->blur == 0 || is_size(params->blur)) &&
           (params->gray == GRAY_LUMA || params->gray == GRAY_BGR);
}

bool canny_params_equal(const struct canny_params *a, const struct canny_params *b)
{
    return a->low == b->low && a->high == b->high && a->blur == b->blur &&
           a->aperture == b->aperture && a->l2 == b->l2 && a->gray == b->gray;
}

static int32_t to_integer(double threshold, bool l2)
{
    if (threshold <= 0)
        return 0; // a magnitude of 0 is never a maximum, so 0 and below are the same
    if (l2) {
        threshold = fmin(threshold, 32767);
        threshold *= threshold;
    }
    return threshold >= INT32_MAX ? INT32_MAX : (int32_t)floor(threshold);
}

struct canny_thresholds canny_thresholds_of(const struct canny_params *params)
{
    double low = fmin(params->low, params->high), high = fmax(params->low, params->high);
    double unit = 1 << canny_sobel_taps[canny_taps_index(params->aperture)].bits;
    return (struct canny_thresholds){to_integer(low / unit, params->l2),
                                     to_integer(high / unit, params->l2)};
}

/**
 * dx and dy of the picture that has the largest gradient in one direction: white wherever the
 * filter of that direction is positive, black elsewhere.
 */
static void extreme_gradient(const struct canny_sobel_taps *taps, int size, double angle,
                             double *dx, double *dy)
{
    double along = cos(angle), across = sin(angle);
    *dx = *dy = 0;
    for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) {
            int wx = taps->derivative[x] * taps->smoothing[y];
            int wy = taps->derivative[y] * taps->smoothing[x];
            if (wx * along + wy * across > 0) {
                *dx += 255 * wx;
                *dy += 255 * wy;
            }
        }
    }
}

double canny_largest_magnitude(const struct canny_params *params)
{
    const struct canny_sobel_taps *taps = &canny_sobel_taps[canny_taps_index(params->aperture)];
    double largest = 0;
    for (int degree = 0; degree <= 45; degree++) {
        double dx, dy;
        extreme_gradient(taps, params->aperture, degree * 3.14159265358979 / 180, &dx, &dy);
        largest = fmax(largest, params->l2 ? hypot(dx, dy) : dx + fabs(dy));
    }
    return floor(largest);
}
