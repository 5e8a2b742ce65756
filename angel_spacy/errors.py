"""Every error this package raises on purpose: one root, messages that end with the remedy."""


class AngelError(Exception):
    """Root of the package's errors. A message says what was expected, what came, what to do."""


class KnowledgeBaseError(AngelError, ValueError):
    """A knowledge base, or one line of its source, that cannot be used."""


class CorpusError(AngelError, ValueError):
    """A record of an annotated corpus that cannot be read; names the file, the record and the line."""


class ModelError(AngelError, ValueError):
    """A model folder that is incomplete, damaged, or does not fit its tokenizer or knowledge base."""


class ConfigError(AngelError, ValueError):
    """A setting outside its range, or two settings that contradict each other."""


class TrainingError(AngelError, RuntimeError):
    """A training run that cannot go on; says at which step, and what to change."""


class RunError(AngelError, RuntimeError):
    """A run over many files that cannot go on; what is done stays done."""


class DownloadError(AngelError, RuntimeError):
    """A file that could not be fetched, or is not whole."""


class MissingExtraError(AngelError, ImportError):
    """An optional dependency is needed; the message names the extra that installs it."""


def in_one_line(error: Exception) -> str:
    """The kind of an error and what it says, as one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())
