"""What a run reads and writes, as a test looks at it."""

import gzip
import json
from pathlib import Path


def write(path: Path, texts: list[str]) -> None:
    path.write_text("".join(json.dumps({"id": str(n), "text": text}) + "\n" for n, text in enumerate(texts)))


def shards_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.jsonl.gz"))}


def rows_in(folder: Path) -> list[dict]:
    return [json.loads(line) for data in shards_in(folder).values() for line in gzip.decompress(data).splitlines()]


def manifest_of(folder: Path, kind: str) -> list[dict]:
    lines = map(json.loads, (folder / "manifest.jsonl").read_text().splitlines())
    return [line for line in lines if line["kind"] == kind]


def citation(pmid: int, title: str, version: int = 1) -> str:
    return (
        f"<PubmedArticle><MedlineCitation><PMID Version='{version}'>{pmid}</PMID><Article><ArticleTitle>{title}"
        "</ArticleTitle></Article></MedlineCitation></PubmedArticle>"
    )


def article_set(*parts: str) -> str:
    return f"<PubmedArticleSet>{''.join(parts)}</PubmedArticleSet>"
