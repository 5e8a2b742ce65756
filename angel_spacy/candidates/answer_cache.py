"""What the search found of late, for as long as nothing that it depends on has changed."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from itertools import islice

import numpy as np

from ..records import Hypothesis, Prompt

Hypotheses = tuple[Hypothesis, ...]


class AnswerCache:
    """Prompt -> the names found for it, of the prompts that were asked for last.

    Prompts are known by a digest of 16 bytes: their token ids as Python integers would take ten times as much memory
    as what was found for them.
    """

    def __init__(self) -> None:
        self._found: OrderedDict[bytes, Hypotheses] = OrderedDict()
        self._found_by: tuple[object, ...] = ()

    def __len__(self) -> int:
        return len(self._found)

    def known(self, prompts: Iterable[Prompt], found_by: tuple[object, ...]) -> dict[Prompt, Hypotheses]:
        """What is known of `prompts`. `found_by` is all that the result of a search depends on beside the prompt: when
        it differs from the last time's, everything is forgotten."""
        if found_by != self._found_by:
            self._found.clear()
            self._found_by = found_by
        return {prompt: found for prompt in prompts if (found := self._found.get(_digest(prompt))) is not None}

    def keep(self, found: Mapping[Prompt, Hypotheses], size: int) -> None:
        """Remembers what was found, and of everything only the `size` prompts that were asked for last."""
        for prompt, names in islice(found.items(), max(0, len(found) - size), None):
            key = _digest(prompt)
            self._found[key] = names
            self._found.move_to_end(key)
        while len(self._found) > size:
            self._found.popitem(last=False)


def _digest(prompt: Prompt) -> bytes:
    ids = np.array((*prompt.input_ids, -1, *prompt.prefix_ids, -1, prompt.restriction), np.int32)
    return blake2b(ids.tobytes(), digest_size=16).digest()
