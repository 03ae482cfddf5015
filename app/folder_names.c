#include "app/folder_names.h"

#include "processing/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int push(struct folder_names *names, const char *name)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return 0;
    if (names->count == names->room) {
        void *more = array_grow(names->names, &names->room, sizeof *names->names);
        if (!more)
            return -ENOMEM;
        names->names = more;
    }
    char *copy = text_pool_copy(&names->texts, name, strlen(name));
    if (!copy)
        return -ENOMEM;
    names->names[names->count++] = copy;
    return 0;
}

int folder_names_read(struct folder_names *names, DIR *folder)
{
    int result = 0;
    const struct dirent *entry;
    errno = 0;
    while (result == 0 && (entry = readdir(folder)) != NULL) {
        result = push(names, entry->d_name);
        errno = 0;
    }
    if (result == 0 && errno)
        result = -errno;
    if (names->count > 0)
        qsort(names->names, names->count, sizeof *names->names, compare);
    return result;
}

void folder_names_free(struct folder_names *names)
{
    memory_free(names->names);
    text_pool_free(&names->texts);
    *names = (struct folder_names){0};
}
