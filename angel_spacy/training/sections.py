"""The sections of a training config: what can be set, of which type, and in which range (pydantic reads these)."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from ..errors import ConfigError


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""A list of the config; one word, as on the command line, is a list of one."""


@dataclass(frozen=True)
class Paths:
    """Where a run reads and writes. `init` starts from a saved generator instead of fresh weights.

    `encoder` is the folder of a BERT (config.json, model.safetensors, tokenizer.json) that a new generator starts from.
    `lexica` are KB folders whose names teach synonymy; they are no answers.
    """

    output: str
    kbs: Words = ()
    corpora: Words = ()
    lexica: Words = ()
    texts: str = ""
    encoder: str = ""
    init: str = ""


@dataclass(frozen=True)
class NetworkSize:
    """The sizes that matter. With [paths] encoder, the widths and the encoder's layers are those of that network."""

    d_model: PositiveInt = 256
    encoder_layers: PositiveInt = 4
    decoder_layers: PositiveInt = 3
    encoder_attention_heads: PositiveInt = 4
    decoder_attention_heads: PositiveInt = 4
    encoder_ffn_dim: PositiveInt = 1024
    decoder_ffn_dim: PositiveInt = 1024
    max_position_embeddings: PositiveInt = 256
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1


@dataclass(frozen=True)
class TokenizerSettings:
    """The BPE of a generator trained from scratch, or how much stays of the WordPiece of [paths] encoder.

    `dropout` applies to prompts while training, where it is a BPE.
    """

    vocab_size: PositiveInt = 8000
    dropout: Annotated[float, Field(ge=0, le=1)] = 0.05


@dataclass(frozen=True)
class Schedule:
    """How one stage runs; the names are Hugging Face's. `steps` 0: one pass, where there is an end to the data.

    `lora_rank` 0: all weights learn; else low-rank adapters of that rank alone, on all linear layers or on those whose
    names end as `lora_targets`. They are stored in the stage's folder (`adapter`) and merged into its generator.
    """

    steps: NonNegativeInt = 0
    batch_size: PositiveInt = 64
    learning_rate: PositiveFloat = 1e-3
    lr_scheduler: str = "cosine"
    warmup_steps: NonNegativeInt = 300
    weight_decay: NonNegativeFloat = 0.01
    max_grad_norm: NonNegativeFloat = 1.0
    gradient_accumulation: PositiveInt = 1
    gradient_checkpointing: bool = False
    lora_rank: NonNegativeInt = 0
    lora_alpha: PositiveFloat = 16.0
    lora_targets: Words = ()
    bf16: bool = True
    save_steps: PositiveInt = 1000
    log_steps: PositiveInt = 50
    use_cpu: bool = False
    report_to: str = "none"


@dataclass(frozen=True)
class Shares:
    """How often a pool comes from KB synonyms, sentences made of them, lexica, names found in texts, mentions."""

    synonyms: NonNegativeFloat = 1.0
    templates: NonNegativeFloat = 0.0
    lexica: NonNegativeFloat = 0.0
    dictionary: NonNegativeFloat = 0.0
    mentions: NonNegativeFloat = 0.0


@dataclass(frozen=True)
class PositiveStage(Schedule):
    """A stage that learns to write names. Its examples have no end, so `steps` says how many.

    `hide`: how often a mention's own form is no target although it is a name, so that a similar one must be written;
    null: half of the annotated ones, fewer of those found in texts. A last stage without hiding and smoothing makes
    scores sharp. `keep_best`: its result is dropped when its start was better on dev.
    """

    objective: Literal["positive"] = "positive"
    steps: Annotated[int, Field(ge=1, validate_default=True)] = 0
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.1
    shares: Shares = field(default_factory=Shares)
    hide: Annotated[float, Field(ge=0, le=1)] | None = None
    keep_best: bool = False


@dataclass(frozen=True)
class PairSettings:
    """Where a preference stage has its pairs from, section [stages.NAME.pairs].

    `source`: "model", its own answers on the annotated mentions (stage 4); "names", its own answers on names of KBs
    and lexica, with noise; "synonyms", names with the lexically nearest name of another concept (stage 2); "similar",
    annotated mentions with such names; "files".
    The pairs are learnt in `n_chunks`, each with the network before it as reference. `stop_after` (0: never) ends the
    stage behind that many chunks, `patience` (0: never) when so many in a row were not better on dev.
    """

    source: Literal["model", "names", "synonyms", "similar", "files"] = "model"
    n_chunks: PositiveInt = 4
    stop_after: NonNegativeInt = 0
    patience: NonNegativeInt = 0
    top: Annotated[int, Field(ge=2)] = 5  # answers of the model, or neighbours, that wrong names are taken from
    every: bool = False  # every right name with every wrong one, instead of those in the wrong order
    aliases: bool = True  # "model": annotated mentions are names too, but none is an answer to itself
    missed: bool = True  # a pair for a mention with nothing right among the answers
    on_policy: bool = True  # each chunk is answered by the network as it is by then, not by that of the start
    n_pairs: PositiveInt = 20000  # of "synonyms", and as many names are answered for "names"
    files: Words = ()
    replay: NonNegativeFloat = 0.0  # "files": for each of their pairs so many more, as of "model" or else of "names"

    def __post_init__(self) -> None:
        if self.stop_after > self.n_chunks:
            raise ConfigError(f"stop_after is {self.stop_after} and n_chunks {self.n_chunks}: use 0 to n_chunks.")
        if self.source == "files" and not self.files:
            raise ConfigError("source is 'files' and files is empty: name the files of pairs.")


@dataclass(frozen=True)
class PreferenceStage(Schedule):
    """A stage that learns from pairs of a right and a wrong name by direct preference optimisation."""

    objective: Literal["preference"] = "preference"
    batch_size: PositiveInt = 16
    learning_rate: PositiveFloat = 2e-5
    lr_scheduler: str = "constant"
    warmup_steps: NonNegativeInt = 0
    pairs: PairSettings = field(default_factory=PairSettings)
    beta: PositiveFloat = 0.1
    positive_weight: NonNegativeFloat = 0.0
    by_token: bool = False


@dataclass(frozen=True)
class EncoderSettings:
    """The name encoder, section [encoder]: its table, how it learns synonyms, and which kinds names are of.

    `network_…`: its network over the word pieces of a generator.
    """

    rows: PositiveInt = 32768
    width: PositiveInt = 128
    steps: PositiveInt = 2500
    kind_steps: PositiveInt = 1500
    batch_size: PositiveInt = 1024  # clusters
    learning_rate: PositiveFloat = 3e-3
    temperature: PositiveFloat = 0.05
    network_width: PositiveInt = 128
    network_blocks: PositiveInt = 4
    network_steps: PositiveInt = 2000
    network_rate: PositiveFloat = 1e-3


@dataclass(frozen=True)
class DevSet:
    """Annotated mentions to choose by, section [dev.NAME]: a KB folder, a corpus, corpora whose mentions are names."""

    kb: str
    corpus: str
    aliases: Words = ()
    limit: NonNegativeInt = 0  # the first so many articles; 0: all


@dataclass(frozen=True)
class Training:
    """Section [training]."""

    seed: NonNegativeInt = 0
