#!/bin/sh
# libconfuse 3.3 counts lines that hold a comment more than once: those of "#" and "//" three times, those of "/* */" twice.
# So cfg->line, which programs show to people and which every message of its own has, is 7 where a value is in line 3, after
# two lines of comment. Who wants the true line has to blank comments out before it parses.
#
# Seen: "no comment: line 3", "#: line 7", "//: line 7", "/* */: line 5", of the same value in line 3.
# Exits with 0 as long as that is so, 1 when it has changed, 2 when the package can't be had.
set -u
version=3.3-3
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
for package in libconfuse2 libconfuse-dev; do
    apt-get download -qq "$package=$version" >/dev/null 2>&1 && dpkg-deb -x "$package"_*.deb root || exit 2
done
cat >lines.c <<'C'
#include <confuse.h>
#include <stdio.h>

static int show(cfg_t *cfg, cfg_opt_t *option)
{
        (void)option;
        printf("line %d\n", cfg->line);
        return 0;
}

int main(void)
{
        static const char *const texts[][2] = {
                { "no comment", "\n\nvalue = a\n" },
                { "#", "# one\n# two\nvalue = a\n" },
                { "//", "// one\n// two\nvalue = a\n" },
                { "/* */", "/* one */\n/* two */\nvalue = a\n" },
        };

        for (int i = 0; i < 4; i++) {
                cfg_opt_t options[] = { CFG_STR("value", "", CFGF_NONE), CFG_END() };
                cfg_t *cfg = cfg_init(options, CFGF_NONE);

                cfg_set_validate_func(cfg, "value", show);
                printf("%s: ", texts[i][0]);
                if (cfg_parse_buf(cfg, texts[i][1]) != CFG_SUCCESS)
                        puts("not read");
                cfg_free(cfg);
        }
        return 0;
}
C
library=$(find root -name 'libconfuse.so' | head -n 1)
gcc -Iroot/usr/include lines.c -o lines "$library" || exit 2
LD_LIBRARY_PATH=$(dirname "$library") ./lines >seen
cat seen
[ "$(cat seen)" = "no comment: line 3
#: line 7
//: line 7
/* */: line 5" ]
