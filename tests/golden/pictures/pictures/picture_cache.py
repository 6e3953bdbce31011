"""Pictures that are decoded once, and kept as bytes for all studies and workers."""

import hashlib
import json
import os
import shutil
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from filelock import FileLock
from PIL import Image

from .config import CACHE_GB, CACHE_PATH
from .data_path import find_place
from .errors import UserError
from .picture import read_picture
from .study.files import check_disk_space

HOW = "crop, 2"
"""How pictures are brought to one size. Another number makes all caches invalid."""

CHUNK = 16
"""How many pictures a thread decodes at once."""


class Pictures:
    """Pictures as bytes on the disk, from which a batch takes its numbers from 0 to 1."""

    def __init__(self, folder: Path, shape: tuple[int, int, int]) -> None:
        """Open what `decode` wrote into a folder.

        Raises:
            OSError, ValueError: It is not there, or not whole.
        """
        self.digests = np.load(folder / "digests.npy")
        """What the pictures are told apart by, without reading them again."""
        self.shape = (len(self.digests), *shape)
        self.pixels = np.memmap(folder / "pixels", "uint8", "r", shape=self.shape)

    def __len__(self) -> int:
        return len(self.digests)

    def __getitem__(self, rows: np.ndarray, /) -> np.ndarray:
        pixels: np.ndarray = self.pixels[rows]
        return pixels / np.float32(255)


def open_pictures(
    folder: Path, paths: list[Path], size: tuple[int, int], channels: int
) -> Pictures:
    """Open pictures that were decoded before, or decode them.

    What was decoded holds for as long as no picture's name, size or time changes.

    Args:
        folder: All are below it.
        paths: The pictures.
        size: (height, width) to bring them to.
        channels: 1 for grey, 3 for colour.

    Raises:
        UserError: A picture cannot be read, or the cache cannot be written.
    """
    shape = (*size, channels)
    about = [HOW, str(folder.resolve()), shape, [describe(path) for path in paths]]
    cache = find_place(CACHE_PATH)
    kept = cache / hashlib.sha256(json.dumps(about).encode()).hexdigest()[:32]
    needed = len(paths) * np.prod(shape, dtype=int)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(cache / ".lock"):  # so that one process decodes, and others wait
            try:
                pictures = Pictures(kept, shape)
            except (OSError, ValueError):
                make_room(cache, needed)
                shutil.rmtree(kept, ignore_errors=True)
                decode(paths, size, channels, kept)
                pictures = Pictures(kept, shape)
            os.utime(kept)
            return pictures
    except OSError as error:
        raise UserError(
            f"{cache} cannot hold the pictures, which take {needed / 1e6:,.0f} MB "
            f"({error.strerror or error}); make room, or change CACHE_PATH in config.py"
        ) from error


def describe(path: Path) -> tuple[str, int, int]:
    """Return what shows that a file is another one, without reading it."""
    try:
        found = path.stat()
    except OSError:  # reading it says what is wrong
        return str(path), 0, 0
    return str(path), found.st_size, found.st_mtime_ns


def make_room(cache: Path, needed: int) -> None:
    """Remove what was left half done, and what was used longest ago where it is too much."""
    folders = [folder for folder in cache.iterdir() if folder.is_dir()]
    for folder in sorted(folders, key=os.path.getmtime, reverse=True):
        size = sum(file.stat().st_size for file in folder.iterdir())
        if folder.suffix == ".new" or needed + size > CACHE_GB * 1e9:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            needed += size


def decode(
    paths: list[Path], size: tuple[int, int], channels: int, folder: Path
) -> None:
    """Decode pictures with all cores, and write them into a folder whole or not at all."""
    check_disk_space(folder.parent, len(paths) * size[0] * size[1] * channels)
    beside = folder.with_suffix(".new")
    beside.mkdir()
    digests = []
    try:
        with (beside / "pixels").open("wb") as file:
            for found in read_all(paths, size, channels):
                if isinstance(found, UserError):
                    raise found
                pixels, digest = found
                file.write(pixels)
                digests.append(digest)
            file.flush()
            os.fsync(file.fileno())
        rows = np.frombuffer(b"".join(digests), "uint8")
        np.save(beside / "digests.npy", rows.reshape(len(digests), -1))
        os.replace(beside, folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def read_all(
    paths: list[Path], size: tuple[int, int], channels: int
) -> Iterator[tuple[bytes, bytes] | UserError]:
    """Yield each picture's bytes and their digest, or what is wrong with it.

    Pillow and hashlib let other threads run.
    """

    def read(path: Path) -> tuple[bytes, bytes] | UserError:
        try:
            pixels = read_picture(path, size, channels).tobytes()
        except UserError as error:
            return error
        return pixels, hashlib.sha256(pixels).digest()

    def read_some(begin: int) -> list[tuple[bytes, bytes] | UserError]:
        return [read(path) for path in paths[begin : begin + CHUNK]]

    # Asking the system again for each picture's memory takes a tenth of the time.
    # https://pillow.readthedocs.io/en/stable/reference/block_allocator.html
    Image.core.set_blocks_max(16)  # type: ignore[attr-defined]
    cores = os.cpu_count() or 1
    ahead: deque[Future[list[tuple[bytes, bytes] | UserError]]] = deque()
    with ThreadPoolExecutor(cores) as pool:
        for begin in range(0, len(paths), CHUNK):
            ahead.append(pool.submit(read_some, begin))
            if len(ahead) > 4 * cores:  # for the disk may be slow
                yield from ahead.popleft().result()
        while ahead:
            yield from ahead.popleft().result()
