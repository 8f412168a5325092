"""The clock over blocking work."""

import threading
import time

from desktop_app.extraction.watchdog import Watchdog


def test_what_takes_too_long_is_ended_once() -> None:
    dog, bitten = Watchdog(), threading.Event()
    with dog.limit(0.05, bitten.set):
        assert bitten.wait(5)
    dog.close()


def test_what_is_done_in_time_is_let_be() -> None:
    dog, bitten = Watchdog(), threading.Event()
    for _work in range(50):
        with dog.limit(0.2, bitten.set):
            pass
    time.sleep(0.3)
    dog.close()
    assert not bitten.is_set()


def test_a_shorter_limit_after_a_longer_one_counts() -> None:
    dog, bitten = Watchdog(), threading.Event()
    with dog.limit(60, bitten.set):
        pass
    with dog.limit(0.05, bitten.set):
        assert bitten.wait(5)
    dog.close()


def test_a_longer_limit_after_a_shorter_one_counts() -> None:
    dog, bitten = Watchdog(), threading.Event()
    with dog.limit(0.05, bitten.set):
        pass
    with dog.limit(60, bitten.set):
        time.sleep(0.2)
        assert not bitten.is_set()
    dog.close()
