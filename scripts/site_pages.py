"""A hook of mkdocs: pages of the site that lie elsewhere in the repository, and links to them."""

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[1]

PAGES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "angel_spacy/starter/MODEL_CARD.md": "model-card.md",
    "project.yml": "project.yml",
}

LINKS = {
    "](../angel_spacy/starter/MODEL_CARD.md": "](model-card.md",
    "](../../docs/": "](",
    "](docs/": "](",
    "](cluster/)": "](cluster.md)",
}


def on_files(files: Any, config: Any) -> Any:
    """The files of `docs`, and those."""
    for source, target in PAGES.items():
        files.append(File.generated(config, target, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """A page whose links lead to pages of the site."""
    for in_repository, on_site in LINKS.items():
        markdown = markdown.replace(in_repository, on_site)
    return markdown
