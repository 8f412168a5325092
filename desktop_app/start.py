"""The way in: Ctrl+C ends the program quietly even while its parts are being loaded."""

import signal


def main() -> int:
    """Run the program; return its exit code."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from desktop_app.app import main as run

    signal.signal(signal.SIGINT, signal.default_int_handler)
    code = run()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the result is printed; there is nothing to stop
    return code
