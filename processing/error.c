#include "processing/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *err, int code, const char *format, ...)
{
    if (err) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(err->text, sizeof err->text, format, arguments);
        va_end(arguments);
    }
    return code;
}

const char *error_reason(int code)
{
    // Unlike strerror() this one never writes to a shared buffer.
    const char *reason = strerrordesc_np(code < 0 ? -code : code);
    return reason ? reason : "Unknown error";
}
