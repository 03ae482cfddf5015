#!/bin/bash
# Every allocation of ours goes through processing/memory: no other object may refer to malloc and
# its relatives. Looks at the objects of the release build.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=build/release
[ -e $build/cannyscope ] || make --no-print-directory all >/dev/null || exit 1
forbidden='malloc|calloc|realloc|reallocarray|aligned_alloc|posix_memalign|memalign|valloc|strdup|strndup|asprintf|vasprintf|getline|getdelim|open_memstream'
status=0
while read -r object; do
    case $object in */processing/memory.o) continue ;; esac
    if nm -u "$object" | grep -wE "U (__)?($forbidden)(@.*)?" >/dev/null; then
        echo "$object allocates behind the ledger's back:"
        nm -u "$object" | grep -wE "($forbidden)"
        status=1
    fi
done < <(find $build/processing $build/capture $build/render $build/app -name '*.o')
exit $status
