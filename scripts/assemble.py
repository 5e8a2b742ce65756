"""NER, generator and knowledge base -> one spaCy pipeline folder, as `angel_spacy.load()` ships it."""

import argparse
from pathlib import Path

import spacy
import torch
from spacy.language import Language

from angel_spacy.arrays.checksums import write_checksums
from angel_spacy.kb import KnowledgeBase, Provenance, read_kb
from angel_spacy.models.generator import Generator
from angel_spacy.models.name_encoder import NameEncoder


def assemble(ner: Path, generator: Path, encoder: Path | None, kb: KnowledgeBase, threshold: float) -> Language:
    """The NER pipeline with abbreviations and the linker behind it."""
    nlp = spacy.load(ner)
    nlp.add_pipe("angel_abbreviations")
    linker = nlp.add_pipe("angel_linker")
    linker.model.shims[0].generator = Generator.from_folder(generator)
    if encoder:
        linker.encoder = NameEncoder.from_file(encoder)
    linker.set_kb(kb, calibrated_threshold=threshold)
    forget_paths(nlp)
    return nlp


def forget_paths(nlp: Language) -> None:
    """The files that the NER was trained from are nobody else's business."""
    for section, settings in (("paths", nlp.config["paths"]), ("initialize", nlp.config["initialize"])):
        nlp.config[section].update({name: None for name, value in settings.items() if isinstance(value, str)})


def starter_kb(concepts: Path) -> KnowledgeBase:
    """The starter KB: the concepts of every .jsonl file in a folder, in the order of the files' names."""
    files = sorted(concepts.glob("*.jsonl"))
    found = [concept for path in files for concept in read_kb("jsonl", path).concepts]
    provenance = Provenance(
        source="angel-spacy starter: MeSH identifiers with names compiled by the angel-spacy team",
        version="1",
        licence="MIT; MeSH identifiers and headings courtesy of the U.S. National Library of Medicine",
    )
    return KnowledgeBase(found, provenance=provenance)


def shrink(folder: Path) -> None:
    """Stores the generator's matrices as int8: a quarter of the size, read back as float32."""
    Generator.from_folder(folder).to_folder(folder, dtype=torch.int8)


NAMED = {
    "name": "angel_starter",
    "description": "Diseases and chemicals in biomedical abstracts, linked to MeSH by a generative model",
    "author": "the angel-spacy team",
    "license": "MIT AND Apache-2.0",
}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ner", type=Path, required=True, help="pipeline folder with a trained ner")
    parser.add_argument("--generator", type=Path, required=True, help="generator folder that `angel train` wrote")
    parser.add_argument("--encoder", type=Path, help="file that `angel train-encoder` wrote (the starter's)")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--kb", type=Path, help="KB folder that `angel kb build` wrote")
    source.add_argument("--concepts", type=Path, help="folder of .jsonl concepts")
    parser.add_argument("--threshold", type=float, default=0.0, help="least probability of a link")
    parser.add_argument("--int8", action="store_true", help="store weights at a quarter of their size")
    parser.add_argument("--output", type=Path, required=True, help="pipeline folder to write")
    options = parser.parse_args()
    kb = KnowledgeBase.from_disk(options.kb) if options.kb else starter_kb(options.concepts)
    nlp = assemble(options.ner, options.generator, options.encoder, kb, options.threshold)
    nlp.meta.update(NAMED)
    nlp.to_disk(options.output)
    if options.int8:
        shrink(options.output / "angel_linker" / "model")
    write_checksums(options.output)
    print(f"{options.output}: {', '.join(nlp.pipe_names)}; {len(kb):,} concepts, {kb.n_names:,} names")


if __name__ == "__main__":
    main()
