#include "render/part_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum {
    NAME_TRIES = 100,
    RANDOM_LETTERS = 6,
};

static void make_letters(char *letters, int tries)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz012345";
    uint8_t random[RANDOM_LETTERS] = {0};
    // Not having any is no harm: `tries` changes the name too.
    ssize_t got = getrandom(random, sizeof random, GRND_NONBLOCK);
    (void)got;
    for (int i = 0; i < RANDOM_LETTERS; i++)
        letters[i] = alphabet[(random[i] + tries) % 32];
    letters[RANDOM_LETTERS] = '\0';
}

int part_file_create(const char *path, char *part, size_t part_bytes)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    int extra = (int)sizeof "..XXXXXX.part" - 1;
    for (int tries = 0; tries < NAME_TRIES; tries++) {
        char letters[RANDOM_LETTERS + 1];
        make_letters(letters, tries);
        int length = snprintf(part, part_bytes, "%.*s.%.*s.%s.part", (int)(name - path), path,
                              NAME_MAX - extra, name, letters);
        if (length < 0 || (size_t)length >= part_bytes)
            return -ENAMETOOLONG;
        int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd >= 0 ? fd : -errno;
    }
    return -EEXIST;
}
