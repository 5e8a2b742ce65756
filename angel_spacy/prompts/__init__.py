"""Text around a mention -> token ids. The one format of training and inference; it travels with the model."""

from .formats import CausalPromptFormat, PromptFormat, format_from_dict, published_format
from .prompter import CausalPrompter, Prompter, SpecialTokens, prompter_for
from .window import context_window

__all__ = [
    "CausalPromptFormat",
    "CausalPrompter",
    "PromptFormat",
    "Prompter",
    "SpecialTokens",
    "context_window",
    "format_from_dict",
    "prompter_for",
    "published_format",
]
