#include "render/part_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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
    EXTRA_BYTES = sizeof "..XXXXXX.part" - 1,
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

void part_file_key(const char *name, char key[PART_FILE_KEY_BYTES])
{
    // FNV-1a. A beginning alone would be that of other files too.
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    size_t length = strlen(name);
    if (length <= NAME_MAX - EXTRA_BYTES) {
        memcpy(key, name, length + 1);
        return;
    }
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)name[i]) * UINT64_C(0x100000001b3);
    snprintf(key, PART_FILE_KEY_BYTES, "%016" PRIx64, hash);
}

int part_file_create(const char *path, char *part, size_t part_bytes)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char key[PART_FILE_KEY_BYTES];
    part_file_key(name, key);
    for (int tries = 0; tries < NAME_TRIES; tries++) {
        char letters[RANDOM_LETTERS + 1];
        make_letters(letters, tries);
        int length =
            snprintf(part, part_bytes, "%.*s.%s.%s.part", (int)(name - path), path, key, letters);
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

/** Whether nobody writes it: whoever does has it locked, where there are locks. */
static bool is_left(int fd, bool ours)
{
    struct stat about;
    if (fstat(fd, &about) < 0 || !S_ISREG(about.st_mode))
        return false;
    return flock(fd, LOCK_EX | LOCK_NB) == 0 || (ours && errno != EWOULDBLOCK);
}

static void remove_if_left(int folder, const char *name, bool ours)
{
    // For writing too: NFS locks nothing else.
    int fd = openat(folder, name, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    if (is_left(fd, ours))
        unlinkat(folder, name, 0);
    close(fd);
}

/** Asks about the key in a temporary name. */
static bool owns(const struct part_file_owner *owner, const char *name)
{
    char key[PART_FILE_KEY_BYTES];
    size_t bytes = strlen(name) - EXTRA_BYTES;
    memcpy(key, name + 1, bytes);
    key[bytes] = '\0';
    return owner->owns(owner, key);
}

void part_file_clear(const char *folder, const struct part_file_owner *owner)
{
    DIR *listing = opendir(folder);
    if (!listing)
        return;
    for (struct dirent *entry; (entry = readdir(listing));)
        if (part_file_is(entry->d_name) && (!owner || owns(owner, entry->d_name)))
            remove_if_left(dirfd(listing), entry->d_name, owner != NULL);
    closedir(listing);
}
