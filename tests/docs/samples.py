"""The files that pages name without making them: small ones, about the concepts of CONCEPTS."""

import gzip
import json
from pathlib import Path

from angel_spacy.annotation.writing import write_annotations
from angel_spacy.corpora.formats import read_articles
from angel_spacy.kb import KnowledgeBase
from angel_spacy.records import LinkedArticle

CONCEPTS = [
    "D001241",
    "D001943",
    "D002945",
    "D003920",
    "D006073",
    "D006973",
    "D007674",
    "D008687",
    "D009203",
    "D009369",
    "D058186",
]

TEXTS = {"1": ("Cisplatin and the kidney.", "AKI is common."), "2": ("Gout.", "Aspirin can worsen gout.")}

CORPUS = """\
1|t|Cisplatin and the kidney.
1|a|AKI is common.
1\t0\t9\tCisplatin\tChemical\tD002945
1\t26\t29\tAKI\tDisease\tD058186

2|t|Gout.
2|a|Aspirin can worsen gout.
2\t0\t4\tGout\tDisease\tD006073
2\t6\t13\tAspirin\tChemical\tD001241
2\t25\t29\tgout\tDisease\tD006073

"""

PUBMED = {
    "pubmed26n0001": [("1", "1", "Gout."), ("2", "1", "Aspirin."), ("3", "1", "Cancer.")],
    "pubmed26n1335": [("2", "2", "Aspirin in gout.")],
}


def write_samples(folder: Path, kb: KnowledgeBase) -> None:
    """All of them, into the folder."""
    for name in ("corpus", "train", "dev", "aioner"):
        (folder / f"{name}.pubtator").write_text(CORPUS, encoding="utf-8")
    rows = [json.dumps({"id": one, "title": title, "abstract": text}) for one, (title, text) in TEXTS.items()]
    with gzip.open(folder / "abstracts.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(rows) + "\n")
    (folder / "pubmed").mkdir()
    for name, citations in PUBMED.items():
        for path in (folder / "pubmed" / f"{name}.xml.gz", folder / f"{name}.xml.gz"):
            path.write_bytes(gzip.compress(_pubmed(citations).encode()))
    for name in ("mesh", "hpo", "mine", "new"):
        kb.to_disk(folder / "kb" / name)
    for name in ("corpus.xml", "articles.parquet", "more.parquet"):
        write_annotations(map(LinkedArticle.of, read_articles(folder / "corpus.pubtator")), folder / name)


def _pubmed(citations: list[tuple[str, str, str]]) -> str:
    articles = (
        f'<PubmedArticle><MedlineCitation><PMID Version="{version}">{pmid}</PMID>'
        f"<Article><ArticleTitle>{title}</ArticleTitle></Article></MedlineCitation></PubmedArticle>"
        for pmid, version, title in citations
    )
    return f"<?xml version='1.0'?><PubmedArticleSet>{''.join(articles)}</PubmedArticleSet>"
