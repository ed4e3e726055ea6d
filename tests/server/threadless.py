"""An event loop's threads where there are none at first."""

from concurrent.futures import ThreadPoolExecutor


class Threadless(ThreadPoolExecutor):
    """Has no thread for the first that asks, as at the limit of processes."""

    def __init__(self):
        super().__init__(1)
        self.refused = 0

    def submit(self, fn, /, *args, **kwargs):
        if self.refused:
            return super().submit(fn, *args, **kwargs)
        self.refused += 1
        raise RuntimeError("can't start new thread")
