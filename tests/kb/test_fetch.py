import gzip
import io
import json
import tarfile
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
import srsly

from angel_spacy.errors import ConfigError, DownloadError
from angel_spacy.kb import download as downloading
from angel_spacy.kb import fetch as fetching
from angel_spacy.kb import read_kb
from angel_spacy.kb.download import download, unpack
from angel_spacy.kb.fetch import FETCHED, fetch
from angel_spacy.kb.official import VOCABULARIES, Vocabulary

DATA = bytes(range(256)) * 2000
OBO = gzip.compress(b"[Term]\nid: X:1\nname: gout\n", mtime=0)


class Site(BaseHTTPRequestHandler):
    """`/file` drops every connection after a part of it, `/moved` leads to it."""

    def do_GET(self):
        path = urlsplit(self.path).path
        self.server.asked.append((path, self.headers.get("Range"), parse_qs(urlsplit(self.path).query)))
        if path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/file")
            self.end_headers()
        elif path in self.server.files:
            self._give(self.server.files[path])
        elif path == "/busy" and len(self.server.asked) < 3:
            self.send_error(503)
        else:
            self.send_error(404)

    def _give(self, data):
        tag, begin = f'"{hash(data)}"', 0
        asked = self.headers.get("Range")
        if asked and self.headers.get("If-Range") == tag and self.server.takes_up:
            begin = int(asked.removeprefix("bytes=").rstrip("-"))
        if begin >= len(data) > 0 and asked:
            self.send_error(416)
            return
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(data) - begin))
        self.send_header("ETag", tag)
        self.end_headers()
        self.wfile.write(data[begin : begin + self.server.at_a_time])

    def log_message(self, *_):
        pass


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setattr(downloading, "WAIT", 0.0)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.asked, server.takes_up, server.at_a_time = [], True, 1 << 30
    server.files = {"/file": DATA, "/x.obo.gz": OBO, "/cut.gz": OBO[:-9]}
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_redirect_is_followed_and_progress_told(site, tmp_path):
    told = []
    download(f"{site.url}/moved", tmp_path / "new" / "f", watch=lambda have, total: told.append((have, total)))
    assert (tmp_path / "new" / "f").read_bytes() == DATA
    assert told[-1] == (len(DATA), len(DATA))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["f"]


def test_dropped_connections_are_taken_up_where_they_broke(site, tmp_path):
    site.at_a_time = 100_000
    download(f"{site.url}/file", tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == DATA
    begins = [int(asked.removeprefix("bytes=").rstrip("-")) for _, asked, _ in site.asked[1:]]
    assert len(begins) > 2
    assert begins == sorted(set(begins))


def test_a_later_call_goes_on(site, tmp_path, monkeypatch):
    site.at_a_time = 100_000
    monkeypatch.setattr(downloading, "N_TRIES", 1)
    (tmp_path / "f.part").write_bytes(DATA[:5000])
    (tmp_path / "f.part.tag").write_text(f'"{hash(DATA)}"')
    site.at_a_time = 1 << 30
    download(f"{site.url}/file", tmp_path / "f")
    assert site.asked[0][1] == "bytes=5000-"
    assert (tmp_path / "f").read_bytes() == DATA


@pytest.mark.parametrize("takes_up", [True, False])
def test_a_file_that_changed_meanwhile_is_fetched_anew(site, tmp_path, takes_up):
    site.takes_up = takes_up
    (tmp_path / "f.part").write_bytes(b"of an older version")
    (tmp_path / "f.part.tag").write_text('"older"')
    download(f"{site.url}/file", tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == DATA


def test_a_part_without_a_tag_is_not_trusted(site, tmp_path):
    (tmp_path / "f.part").write_bytes(b"whatever")
    download(f"{site.url}/file", tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == DATA


def test_a_server_that_never_gives_anything_ends_it(site, tmp_path):
    site.at_a_time = 0
    with pytest.raises(DownloadError, match="broke off, 5 times in a row"):
        download(f"{site.url}/file", tmp_path / "f")
    assert not (tmp_path / "f").exists()


def test_a_missing_file_and_a_closed_door_say_what_to_do(site, tmp_path):
    with pytest.raises(DownloadError, match=r"404 .*look at the vocabulary's own page"):
        download(f"{site.url}/nowhere", tmp_path / "f")
    with pytest.raises(DownloadError, match="no connection"):
        download("http://127.0.0.1:9/f", tmp_path / "f", params={"apiKey": "secret"})


def test_a_busy_server_is_asked_again(site, tmp_path):
    with pytest.raises(DownloadError, match="404"):  # what it says at the third time
        download(f"{site.url}/busy", tmp_path / "f")
    assert len(site.asked) == 3


def test_a_truncated_gzip_is_no_file(site, tmp_path):
    with pytest.raises(DownloadError, match="cut short or damaged"):
        download(f"{site.url}/cut.gz", tmp_path / "f.gz")
    assert not list(tmp_path.glob("f.gz"))


def packed(kind: str, members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w") as file:
            for name, data in members.items():
                file.writestr(name, data)
        return buffer.getvalue()
    with tarfile.open(fileobj=buffer, mode="w:gz") as file:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_only_what_is_wanted_is_unpacked_and_nowhere_else(tmp_path, kind):
    archive = tmp_path / "a"
    archive.write_bytes(packed(kind, {"../../names.dmp": b"1", "in/nodes.dmp": b"2", "other.dmp": b"3"}))
    unpack(archive, ["names.dmp", "nodes.dmp"], tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == {
        "names.dmp": b"1",
        "nodes.dmp": b"2",
    }
    with pytest.raises(DownloadError, match="holds none of x"):
        unpack(archive, ["x"], tmp_path / "out")
    archive.write_bytes(archive.read_bytes()[: len(archive.read_bytes()) // 2])
    with pytest.raises(DownloadError, match="damaged"):
        unpack(archive, ["names.dmp"], tmp_path / "out")


def test_a_vocabulary_is_fetched_noted_and_built(site, tmp_path):
    ours = Vocabulary("x", "X", "obo", "CC0", "terms", {"x.obo.gz": f"{site.url}/x.obo.gz"})
    paths = fetch(ours, tmp_path, watch=lambda *_: None)
    assert len(read_kb("obo", paths)) == 1
    noted = srsly.read_json(tmp_path / FETCHED)["x"]
    assert noted["licence"] == "CC0"
    assert noted["files"]["x.obo.gz"]["address"].startswith(site.url)
    with pytest.raises(ConfigError, match="leave the version out"):
        fetch(ours, tmp_path, watch=lambda *_: None, version="3")


def test_a_release_needs_a_key_and_shows_it_to_nobody(site, tmp_path, monkeypatch):
    release = [{"downloadUrl": "https://nlm/RxNorm_full.zip", "releaseVersion": "2026-11"}]
    site.files["/releases"] = json.dumps(release).encode()
    site.files["/download"] = packed("zip", {"rrf/RXNCONSO.RRF": b"rows", "scripts/x.sql": b""})
    monkeypatch.setattr(fetching, "UTS_RELEASES", f"{site.url}/releases")
    monkeypatch.setattr(fetching, "UTS_DOWNLOAD", f"{site.url}/download")
    with pytest.raises(ConfigError, match="needs your key"):
        fetch(VOCABULARIES["rxnorm"], tmp_path, watch=lambda *_: None)
    assert fetch(VOCABULARIES["rxnorm"], tmp_path, watch=lambda *_: None, key="secret") == [tmp_path]
    assert (tmp_path / "RXNCONSO.RRF").read_bytes() == b"rows"
    assert site.asked[-1][2] == {"url": ["https://nlm/RxNorm_full.zip"], "apiKey": ["secret"]}
    assert "secret" not in (tmp_path / FETCHED).read_text()
    site.files["/releases"] = b"[]"
    with pytest.raises(DownloadError, match="Check the key"):
        fetch(VOCABULARIES["rxnorm"], tmp_path, watch=lambda *_: None, key="wrong")


def test_every_vocabulary_names_a_kind_that_we_read_and_its_terms():
    from angel_spacy.kb import FORMATS

    for one in VOCABULARIES.values():
        assert one.kind in FORMATS
        assert one.licence
        assert one.terms.startswith("https://")
        assert one.package or one.release or all(url.startswith("https://") for url in one.files.values())
