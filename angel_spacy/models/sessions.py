"""Which session decodes with a network."""

from collections.abc import Callable

from transformers import PreTrainedModel

from .bart import BartSession, supports_bart_session
from .causal import CausalSession, supports_causal_session
from .plain import PlainCausalSession, PlainSession
from .session import DecoderSession
from .t5 import T5Session, supports_t5_session


def session_of(network: PreTrainedModel) -> Callable[..., DecoderSession]:
    """The class of the fastest session that knows the network: made of network, source ids, their mask, prefixes."""
    if not network.config.is_encoder_decoder:
        return CausalSession if supports_causal_session(network) else PlainCausalSession
    if supports_bart_session(network):
        return BartSession
    return T5Session if supports_t5_session(network) else PlainSession
