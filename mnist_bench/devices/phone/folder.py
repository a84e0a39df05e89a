"""The runner's folder on a phone: its user's own and closed to others, and free of what interrupted work left there.

adbd's umask is 0, and apps can come as far as the folder's parent: whoever could write into the folder could swap the
runner between its check and its start. So nothing in a folder is trusted, or started, that others may enter.
"""

FOLDER = "/data/local/tmp/mnist-bench"

CLOSED = "case $(ls -ld .) in drwx------*) [ -O . ] ;; *) false ;; esac"
"""True in a folder that is the user's own and that only he may enter; `stat` is missing on older phones."""

# Each script has the folder as $1; every foreign word comes as an argument, never as text.
ENTER = f'umask 077; cd "$1" 2>/dev/null && {CLOSED}'

# A run's files are .run-RANDOM.PID.KIND, and PID's command line has .run-RANDOM while it lives.
TIDY = """
for file in .run-*; do
  run=${file%.*}
  [ ! -e "$file" ] || grep -qs -e "${run%.*}" "/proc/${run##*.}/cmdline" || rm -f "$file"
done
rm -f .*.part
"""

FOREIGN = "mnist-bench-foreign"
PREPARE = f"""
( {ENTER} ) || {{ umask 077; chmod 700 "$1" 2>/dev/null; rm -rf "$1"; mkdir -p "$1"; }}
{ENTER} || {{ echo {FOREIGN}; exit 1; }}
rm -f .*.part
: >.room.part && rm -f .room.part
"""
"""Makes the folder; one that others may enter is made anew, since anything in it may be theirs."""
