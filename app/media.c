/**
 * @file
 * dlopen() counts how often an object was opened and gives the same one every time, so nothing
 * has to be remembered here. RTLD_NODELETE keeps it for good: sources, the ledger's sites and the
 * libraries' own threads point into it.
 */
#include "app/media.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef LIBDIR
#define LIBDIR "/usr/local/lib/cannyscope"
#endif

static void find_own_folder(char folder[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    folder[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
}

/** Fills `path` with the first place that has the module. */
static bool find_module(char path[PATH_MAX])
{
    char own[PATH_MAX];
    find_own_folder(own);
    const struct {
        const char *folder, *below;
    } places[] = {{own, ""}, {own, "/.."}, {LIBDIR, ""}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int length =
            snprintf(path, PATH_MAX, "%s%s/" MEDIA_MODULE_FILE, places[i].folder, places[i].below);
        if (length < PATH_MAX && access(path, R_OK) == 0)
            return true;
    }
    return false;
}

const struct media_module *media_load(struct error *err)
{
    char path[PATH_MAX];
    if (!find_module(path)) {
        error_set(err, -1,
                  "Videos, TIFF, BMP and WebP need %s, which is neither beside the "
                  "program nor in %s: install it with 'make install'",
                  MEDIA_MODULE_FILE, LIBDIR);
        return NULL;
    }
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!object) {
        error_set(err, -1, "Cannot load %s: %s", path, dlerror());
        return NULL;
    }
    const struct media_module *module = dlsym(object, MEDIA_MODULE_SYMBOL);
    if (!module || module->version != MEDIA_MODULE_VERSION) {
        error_set(err, -1, "%s is of another version: install it with 'make install'", path);
        return NULL;
    }
    return module;
}
