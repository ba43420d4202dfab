"""Run one command and append its peak resident memory in KB as the last line of stderr. Imports almost nothing.

Usage: python -I -S peak_memory.py COMMAND...
A process inherits the high-water mark of the one that forked it, so the bench, which is large, must not start what it
measures: this small one does.
"""

import os
import sys

child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
sys.stderr.write(f"\n{usage.ru_maxrss}\n")
sys.exit(os.waitstatus_to_exitcode(status))
