#include "app/batch_reports.h"

#include "app/batch_merge.h"
#include "app/options.h"

#include <stdio.h>

int batch_reports_run(const char *const *files, int count, struct log *log)
{
    struct batch_merge *merge;
    struct error err = {"Not enough memory to merge the reports"};
    int ret = batch_merge_open(&merge);
    int failed = 0;
    for (int i = 0; ret == 0 && i < count; i++)
        if (batch_merge_add(merge, files[i], &err) < 0) {
            log_write(log, LOG_LEVEL_ERROR, "%s", err.text);
            failed++;
        }
    if (ret == 0)
        ret = batch_merge_write(merge, stdout);
    if (ret < 0)
        error_set(&err, ret, "Cannot write the merged report: %s", error_reason(ret));
    size_t broken = merge ? batch_merge_broken_count(merge) : 0;
    for (size_t i = 0; i < broken && batch_merge_broken(merge, i); i++)
        log_write(log, LOG_LEVEL_WARNING, "%s", batch_merge_broken(merge, i));
    batch_merge_close(&merge);
    if (ret < 0) {
        log_write(log, LOG_LEVEL_ERROR, "%s", err.text);
        return EXIT_CODE_BROKEN;
    }
    return failed || broken ? EXIT_CODE_PARTLY : EXIT_CODE_DONE;
}
