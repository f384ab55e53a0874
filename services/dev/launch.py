"""Starts a program that cannot outlive its parent: asks for a signal on the parent's death, then becomes the program.

Run as a script (`python -I -S launch.py PARENT_PID PROGRAM ARGS...`) rather than as a `preexec_fn`: code between fork
and exec is unsafe in a parent with threads (gRPC, librdkafka), and this way the parent keeps the fast vfork.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Binds this process's life to its parent's and execs the program; on systems without prctl it only execs."""
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        # SIGTERM, not SIGKILL: broker and database close their files, services drain within their own hard limit.
        if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
        if os.getppid() != parent:  # it died before the request was in place
            sys.exit(f"{program[0]}: the process that started it has ended")
    os.execvp(program[0], program)  # noqa: S606  (no shell on purpose)


if __name__ == "__main__":
    main()
