"""The command ``nutau`` and ``python -m nutau``: what starts before anything else of the package is read."""

from __future__ import annotations

import signal
import sys
from types import FrameType


def main() -> None:
    """Run the command line; an interrupt at any moment ends it without a traceback and with drafts of files removed.

    Ctrl-C gives exit code 130. SIGTERM (batch systems, ``timeout``) and SIGHUP end the process by way of Python's own
    clean-up, exit codes 143 and 129; a signal that was ignored from outside (``nohup``) stays ignored.
    """
    try:
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, _end)
        from nutau.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


def _end(number: int, frame: FrameType | None) -> None:
    del frame
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
