"""How figures are made, by name: what is judged, whether training mentions are names, and which reading counts."""

from dataclasses import dataclass

from ..errors import ConfigError
from .accuracy import STRING, Judgement


@dataclass(frozen=True)
class Protocol:
    """`aliases`: training mentions become names of the KB. `strict`: the one concept that was chosen counts, not all of
    its name. `left_out`: mentions of the seen kinds that are not judged."""

    name: str
    help: str
    aliases: bool
    strict: bool
    left_out: tuple[str, ...] = ()

    def judged(self, judgement: Judgement) -> bool:
        """Whether a mention counts: its concept is in the KB, and training does not tell too much of it."""
        return judgement.linkable and judgement.seen not in self.left_out

    def is_right(self, judgement: Judgement) -> bool:
        """Whether its answer does."""
        return (judgement.strict_rank if self.strict else judgement.rank) == 1


PROTOCOLS = {
    each.name: each
    for each in (
        Protocol("angel", "gold mentions, training mentions are names, lenient (Kim et al. 2024)", True, False),
        Protocol("belb", "gold mentions, no training mentions, strict (Garda et al. 2023)", False, True),
        Protocol("unseen", "as angel, strict, without what training has in these words", True, True, (STRING,)),
    )
}


def protocol_called(name: str) -> Protocol:
    """The protocol with this name. Raises ConfigError."""
    if name not in PROTOCOLS:
        raise ConfigError(f"protocol is {name!r}: use one of {', '.join(PROTOCOLS)}.")
    return PROTOCOLS[name]
