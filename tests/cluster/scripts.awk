# Writes the scripts that a Markdown file prints into files: awk -v folder=DIR -f scripts.awk FILE. A script
# is a fenced block whose first line is #!/bin/bash and whose second one begins with its name.
/^```/ { inside = !inside; line = 0; name = ""; next }
inside && ++line == 1 { first = $0; next }
inside && line == 2 && first ~ /^#!/ { name = folder "/" $2; print first >name }
inside && name { print >name }
