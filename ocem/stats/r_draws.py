"""The random numbers of R (3.6 and later), to repeat a published simulation with its own draws.

Mersenne Twister seeded as ``set.seed`` does, and ``sample`` by rejection of random bits.
"""

from collections.abc import Iterator

import numpy as np

WORD = 2**32


def r_uniforms(seed: int) -> Iterator[float]:
    """Yield what ``runif`` gives after ``set.seed(seed)``.

    Examples
    --------
    >>> stream = r_uniforms(42)
    >>> [round(next(stream), 6) for _ in range(3)]
    [0.914806, 0.937075, 0.28614]
    """
    word = seed % WORD
    for _ in range(50):
        word = (69069 * word + 1) % WORD
    words = []
    for _ in range(625):
        word = (69069 * word + 1) % WORD
        words.append(word)
    generator = np.random.MT19937()
    state = generator.state
    state["state"] = {"key": np.array(words[1:], dtype=np.uint32), "pos": 624}
    generator.state = state
    while True:
        yield int(generator.random_raw()) * 2.3283064365386963e-10


def r_permutation(stream: Iterator[float], n: int) -> list[int]:
    """Return what ``sample(n)`` gives, counted from 0.

    Examples
    --------
    >>> r_permutation(r_uniforms(42), 10)
    [0, 4, 9, 7, 1, 3, 5, 8, 6, 2]
    """
    left, drawn = list(range(n)), []
    while left:
        at = _index(stream, len(left))
        drawn.append(left[at])
        left[at] = left[-1]
        left.pop()
    return drawn


def _index(stream: Iterator[float], n: int) -> int:
    """Draw a whole number below n: enough random bits, again until they are below it."""
    bits = (n - 1).bit_length()
    while True:
        value = 0
        for _ in range(0, bits + 1, 16):
            value = 65536 * value + int(next(stream) * 65536)
        value &= (1 << bits) - 1
        if value < n:
            return value
