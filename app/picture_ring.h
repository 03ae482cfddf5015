#pragma once

/**
 * @file
 * Memory for pictures that wait, first in first out, in one block: each gets as many bytes as it
 * needs, behind the one before, and at the block's end the next begins at its start. So pictures
 * of several sizes can wait at once, and nothing is allocated while they come and go.
 *
 * Threads: the caller locks around every call. A picture's bytes belong to whoever put it until
 * picture_ring_commit(), and to whoever takes it until picture_ring_drop().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PICTURE_RING_MOST = 256 }; ///< pictures, however small

/** One that waits. */
struct ring_picture {
    uint8_t *data; ///< rows without gaps
    size_t bytes;
    int width, height; ///< pixels
    int pixel_bytes;   ///< 1 or 4
    int64_t time_ns;
    unsigned part; ///< which file it goes to, as the recorder counts them
};

struct picture_ring {
    uint8_t *block; ///< NULL before picture_ring_make()
    size_t bytes;
    struct ring_picture pictures[PICTURE_RING_MOST];
    int first, count;
    bool reserved; ///< the last of them is not committed yet
};

/** Bytes that a picture takes of a block. Of it width, height and pixel_bytes are read. */
size_t picture_ring_room(const struct ring_picture *picture);

/** (Re)allocates the block. The ring must be empty. Returns 0 or -ENOMEM: there is none then. */
int picture_ring_make(struct picture_ring *ring, size_t bytes);

/** Frees the block and empties the ring. */
void picture_ring_free(struct picture_ring *ring);

/**
 * Takes room behind the last picture.
 *
 * @param picture Width, height, pixel_bytes, time_ns and part are read.
 * @return Where its data goes, to be written and then committed; NULL if it does not fit.
 */
uint8_t *picture_ring_reserve(struct picture_ring *ring, const struct ring_picture *picture);

/** The one that was reserved is whole. */
void picture_ring_commit(struct picture_ring *ring);

/** The oldest picture, or the one behind it (`index` 1); NULL if there is none yet. */
const struct ring_picture *picture_ring_peek(const struct picture_ring *ring, int index);

/** The oldest one's room is free again. */
void picture_ring_drop(struct picture_ring *ring);
