"""The command ``nutau`` and ``python -m nutau``: what starts before anything else of the package is read."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from contextlib import suppress
from types import FrameType


def main() -> None:
    """Run the command line; an interrupt at any moment ends it without a traceback and with drafts of files removed.

    Ctrl-C gives exit code 130. SIGTERM (batch systems, ``timeout``) and SIGHUP unwind the stack like it, exit codes
    143 and 129; a signal that was ignored from outside (``nohup``) stays ignored. Once all is written, while Python
    shuts down, a signal just ends the process.
    """
    caught = []
    try:
        sys.unraisablehook = _unraisable
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) in (
                signal.SIG_DFL,
                signal.default_int_handler,
            ):
                signal.signal(number, _end)
                caught.append(number)
        from nutau.cli import main as run

        run()
    except KeyboardInterrupt:
        _leave(130)
    except _Ended as ended:
        _leave(128 + ended.args[0])
    except SystemExit as ended:
        if ended.code == 130:  # Typer's word for Ctrl-C
            _leave(130)
        raise
    finally:
        for number in caught:
            if signal.getsignal(number) == _end:
                signal.signal(number, signal.SIG_DFL)


class _Ended(BaseException):
    """A signal that asks to end, with its number."""


def _end(number: int, frame: FrameType | None) -> None:
    """Unwind the stack, but not while an extension module is being made: XLA's crashes if that fails half way."""
    while frame is not None:
        if frame.f_code.co_qualname.startswith("ExtensionFileLoader."):
            _again(number)
            return
        frame = frame.f_back
    raise KeyboardInterrupt if number == signal.SIGINT else _Ended(number)


def _again(number: int) -> None:
    """Send a signal once more in a moment."""
    later = threading.Timer(0.01, _thread.interrupt_main, [number])
    later.daemon = True
    later.start()


def _leave(code: int) -> None:
    """End at once: XLA, interrupted while it compiles, crashes when Python takes it down in order."""
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)


def _unraisable(lost: sys.UnraisableHookArgs) -> None:
    """Send once more a signal that came where Python drops exceptions: in a ``__del__`` or a weak reference's callback.

    Python would print a traceback, forget the signal and go on. The second one comes a moment later, out of there.
    """
    if isinstance(lost.exc_value, KeyboardInterrupt):
        number = int(signal.SIGINT)
    elif isinstance(lost.exc_value, _Ended):
        number = lost.exc_value.args[0]
    else:
        sys.__unraisablehook__(lost)
        return
    _again(number)


if __name__ == "__main__":
    main()
