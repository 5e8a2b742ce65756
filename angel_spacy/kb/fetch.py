"""A vocabulary from its makers, on disk as `read_kb` takes it."""

from datetime import datetime, timezone
from pathlib import Path

import requests
import srsly

from ..arrays.checksums import sha256_of
from ..errors import ConfigError, DownloadError
from ..files import whole
from .download import Watch, download, unpack
from .official import UTS_DOWNLOAD, UTS_PROFILE, UTS_RELEASES, Vocabulary

FETCHED = "fetched.json"
"""Name of a vocabulary -> what was fetched, from where, when, under which terms, with checksums."""


def fetch(vocabulary: Vocabulary, folder: Path, *, watch: Watch, version: str = "", key: str = "") -> list[Path]:
    """Fetches a vocabulary into `folder`. The paths to build a KB from.

    `version`: one that its makers number, where they do. `key`: the user's at NLM's terminology services, for those
    that need one. Raises ConfigError and DownloadError.
    """
    if vocabulary.package:
        raise ConfigError(
            f"{vocabulary.name} is inside the package {vocabulary.package}: nothing is to be fetched. "
            f"Write: kb build {vocabulary.kind} KB"
        )
    version = version or vocabulary.newest
    if version != vocabulary.newest and not vocabulary.newest:
        raise ConfigError(f"{vocabulary.name} is fetched as it is today: leave the version out.")
    addresses: dict[str, tuple[str, dict[str, str]]] = {}
    if vocabulary.release:
        url, version = _release(vocabulary.release, key)
        addresses[url.rpartition("/")[2]] = UTS_DOWNLOAD, {"url": url, "apiKey": key}
    for name, url in vocabulary.files.items():
        addresses[name.format(version=version)] = url.format(version=version), {}
    paths, noted = [], {}
    for name, (url, params) in addresses.items():
        target = folder / name
        download(url, target, watch=watch, params=params)
        noted[name] = {"address": params.get("url", url), "sha256": sha256_of(target)}
        if vocabulary.kept:
            unpack(target, vocabulary.kept, folder)
            target.unlink()
        paths.append(folder if vocabulary.kept else target)
    told = {
        "version": version,
        "fetched": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "licence": vocabulary.licence,
        "terms": vocabulary.terms,
        "files": noted,
    }
    before = srsly.read_json(folder / FETCHED) if (folder / FETCHED).is_file() else {}
    with whole(folder / FETCHED) as fresh:
        srsly.write_json(fresh, {**before, vocabulary.name: told})
    return paths


def _release(kind: str, key: str) -> tuple[str, str]:
    """Address and version of the newest release."""
    if not key:
        raise ConfigError(f"This needs your key at NLM's terminology services: give --key. It stands at {UTS_PROFILE}")
    asked = {"releaseType": kind, "current": "true", "apiKey": key}
    try:
        answer = requests.get(UTS_RELEASES, params=asked, timeout=60)
    except requests.RequestException as error:
        raise DownloadError(f"{UTS_RELEASES}: no connection ({type(error).__name__}); ask again later.") from None
    try:
        release = answer.json()[0]
        return release["downloadUrl"], str(release.get("releaseVersion", ""))
    except (ValueError, LookupError, TypeError):
        raise DownloadError(
            f"{UTS_RELEASES}: {answer.status_code} {answer.reason}, and no release in the answer. Check the key at "
            f"{UTS_PROFILE}, or fetch the file there by hand."
        ) from None
