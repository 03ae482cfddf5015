#pragma once

/**
 * @file
 * What V4L2's pixel formats are to us: a table, and checks of what a driver claims.
 *
 * Pure functions; any thread.
 */

#include "processing/error.h"
#include "processing/frame.h"

struct v4l2_pix_format; // <linux/videodev2.h>

/** A format that is read without anybody's help. */
struct camera_format_row {
    uint32_t fourcc;          ///< as V4L2 numbers it
    enum pixel_format format; ///< of the driver's memory; of a JPEG, what it is decoded to first
    bool jpeg;                ///< each buffer holds one JPEG picture
};

/** A fourcc in letters, with its zero. */
struct fourcc_text {
    char text[8];
};

/** The format's row in the table, or NULL if it is not ours to read. */
const struct camera_format_row *camera_format_find(uint32_t fourcc);

/** Its place in the order of preference, 0 the best: raw ones first. Unknown ones come last. */
int camera_format_rank(uint32_t fourcc);

/** The four letters, without trailing blanks; unprintable ones become '?'. 0 gives "". */
struct fourcc_text camera_fourcc_text(uint32_t fourcc);

/**
 * The fourcc that letters mean: up to four, as V4L2 writes them, in either case if the table knows
 * them so; or a name that other programs use (MJPEG, I420, RGB24, BGR24, GRAY8).
 *
 * @return 0 if the text is none.
 */
uint32_t camera_fourcc_parse(const char *text);

/** Which values luma runs over, given what the driver says of the colours. */
enum pixel_range camera_format_range(const struct v4l2_pix_format *pix);

/** Which matrix turns it into red, green and blue. */
enum pixel_matrix camera_format_matrix(const struct v4l2_pix_format *pix);

/**
 * Checks a granted format and lays its frames out.
 *
 * @param pix    As S_FMT left it, `pixelformat` in the table.
 * @param layout Filled on success: how a raw frame lies in a buffer. Of a JPEG only the size and
 *               the format it is decoded to; `bytes` is then 0.
 * @param err    Filled on failure.
 * @return 0, or -EINVAL if size, stride and buffer size cannot be true together.
 */
int camera_format_check(const struct v4l2_pix_format *pix, struct frame_layout *layout,
                        struct error *err);

/**
 * Whether a buffer holds a whole frame, as far as a look at its length and first bytes tells.
 *
 * @param layout    From camera_format_check().
 * @param bytesused What the driver says it wrote.
 * @param length    What is mapped.
 */
bool camera_frame_whole(const struct frame_layout *layout, const uint8_t *data, size_t bytesused,
                        size_t length);
