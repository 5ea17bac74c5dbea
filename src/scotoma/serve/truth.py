"""ImageSource -> its records by pixels, read in the background while the first requests come."""

from __future__ import annotations

import asyncio
import threading

from PIL import Image as Picture

from scotoma.identity import picture_id
from scotoma.images.source import ImageSource
from scotoma.records import Image
from scotoma.serve.messages import BadRequest


class KnownImages:
    """The images of a source. Its state lives in the event loop; a thread of its own reads the source.

    Reading begins with `start` and is waited for by whoever asks for an image that has not been met yet.
    """

    def __init__(self, source: ImageSource) -> None:
        self._source = source
        self._records: dict[str, Image] = {}
        self._waiting: dict[str, list[asyncio.Future[Image | None]]] = {}
        self._ended = False
        self._fault: BaseException | None = None
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin to read."""
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, args=(loop,), name="images", daemon=True).start()

    def stop(self) -> None:
        """Read no further."""
        self._stop.set()

    async def find(self, picture: Picture.Image) -> Image:
        """The record of a picture with exactly these pixels. Raises BadRequest if there is none."""
        identity = picture_id(picture)
        record = self._records.get(identity)
        if record is None and not self._ended:
            future: asyncio.Future[Image | None] = asyncio.get_running_loop().create_future()
            self._waiting.setdefault(identity, []).append(future)
            record = await future
        if record is not None:
            return record
        if self._fault is not None:
            raise self._fault
        raise BadRequest(
            f"the picture ({picture.width} x {picture.height}) is not recognised: it must be one of "
            f"{self._source.name}, without loss (PNG) and in its own size (a max_side that is large enough)"
        )

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        fault: BaseException | None = None
        try:
            for index in range(len(self._source)):
                if self._stop.is_set():
                    return
                record = self._source.record(index)
                if record is not None:
                    loop.call_soon_threadsafe(self._add, record)
        except BaseException as error:  # told to whoever waits
            fault = error
        if not self._stop.is_set():
            loop.call_soon_threadsafe(self._end, fault)

    def _add(self, record: Image) -> None:
        self._records.setdefault(record.id, record)
        self._tell(self._waiting.pop(record.id, []), record)

    def _end(self, fault: BaseException | None) -> None:
        self._ended, self._fault = True, fault
        waiting, self._waiting = self._waiting, {}
        for futures in waiting.values():
            self._tell(futures, None)

    @staticmethod
    def _tell(futures: list[asyncio.Future[Image | None]], record: Image | None) -> None:
        for future in futures:
            if not future.done():
                future.set_result(record)
