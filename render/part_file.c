#include "render/part_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NAME_TRIES = 100,
    RANDOM_LETTERS = 6,
};

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz012345";

static void make_letters(char *letters, int tries)
{
    uint8_t random[RANDOM_LETTERS] = {0};
    // Not having any is no harm: `tries` changes the name too.
    ssize_t got = getrandom(random, sizeof random, GRND_NONBLOCK);
    (void)got;
    for (int i = 0; i < RANDOM_LETTERS; i++)
        letters[i] = alphabet[(random[i] + tries) % 32];
    letters[RANDOM_LETTERS] = '\0';
}

/**
 * Marks the file as being written, for part_file_clear(). False if that one was faster, and has
 * removed it or will. Where a file system knows no locks nothing is cleared either.
 */
static bool lock_part(int fd)
{
    struct stat about;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return errno != EWOULDBLOCK;
    return fstat(fd, &about) < 0 || about.st_nlink > 0;
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
        if (fd < 0 && errno != EEXIST)
            return -errno;
        if (fd >= 0 && lock_part(fd))
            return fd;
        if (fd >= 0)
            close(fd);
    }
    return -EEXIST;
}

bool part_file_is(const char *name)
{
    static const char tail[] = ".part";
    size_t length = strlen(name), tail_length = sizeof tail - 1;
    if (name[0] != '.' || length < 1 + 1 + 1 + RANDOM_LETTERS + tail_length)
        return false;
    const char *letters = name + length - tail_length - RANDOM_LETTERS;
    return strcmp(letters + RANDOM_LETTERS, tail) == 0 && letters[-1] == '.' &&
           strspn(letters, alphabet) == RANDOM_LETTERS;
}

/** Whoever writes a file has it locked. */
static void remove_if_left(int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    struct stat about;
    if (fd < 0)
        return;
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlinkat(folder, name, 0);
    close(fd);
}

void part_file_clear(const char *folder)
{
    DIR *listing = opendir(folder);
    if (!listing)
        return;
    for (struct dirent *entry; (entry = readdir(listing));)
        if (part_file_is(entry->d_name))
            remove_if_left(dirfd(listing), entry->d_name);
    closedir(listing);
}
