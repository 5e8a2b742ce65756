"""From a correction on the page to a pipeline that links otherwise: every step as a person does it, with pictures.

    python scripts/page_round.py --pictures pictures/

`angel serve` runs the pipeline; a browser without a window opens its page, pastes TEXT, goes to MENTION with `n`, links
it to CONCEPT with the digit of that candidate, exports; `angel corrections` and `angel train configs/corrections.cfg`
make another pipeline, which is asked about the same text. One pair takes several steps. Needs playwright (extra `dev`)
and Chromium.
"""

import argparse
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

TEXT = (
    "A 54-year-old woman with long-standing diabetes presented with nephrotic-range proteinuria and leg edema. Renal "
    "biopsy showed membranous nephropathy, and she was treated with prednisolone."
)
ROOT = Path(__file__).parents[1]
ANGEL = [sys.executable, "-m", "spacy", "angel"]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pipeline", default="starter")
    parser.add_argument("--text", default=TEXT)
    parser.add_argument("--mention", default="nephrotic-range proteinuria")
    parser.add_argument("--concept", default="Proteinuria")
    parser.add_argument(
        "--steps", type=int, default=20, help="of training; the pipeline's own: one pass over the pairs"
    )
    parser.add_argument("--learning-rate", type=float, default=2e-5)
    parser.add_argument("--pictures", type=Path, help="folder of the pictures")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    with TemporaryDirectory() as room:
        folder = Path(room)
        before = links(options.pipeline, options.text)
        with serving(options.pipeline) as address:
            correct(address, options, folder)
        run("corrections", folder / "predicted.jsonl", folder / "corrected.jsonl", folder / "pairs.jsonl",
            "--pipeline", options.pipeline)  # fmt: skip
        print((folder / "pairs.jsonl").read_text().strip())
        settings = ["--paths.output", folder / "run", "--stages.correct.pairs.files", folder / "pairs.jsonl"]
        settings += ["--stages.correct.steps", options.steps, "--stages.correct.learning_rate", options.learning_rate]
        config = ROOT / "configs" / "corrections.cfg"
        run("train", config, "--pipeline", options.pipeline, "--into", folder / "better", *settings)
        after = links(str(folder / "better"), options.text)
        for words in before:
            changed = "   <- corrected" if words == options.mention else ""
            print(f"{words:40} {before[words]} -> {after.get(words)}{changed}")
        if options.pictures:
            with serving(str(folder / "better")) as address, browser(options.chromium) as page:
                paste(page, address, options)
                page.screenshot(path=options.pictures / "after.png")


def links(pipeline: str, text: str) -> dict[str, str]:
    """The concept of each mention, with the probability of the two first candidates."""
    from angel_spacy.component.loading import ready_pipeline

    nlp, _ = ready_pipeline(pipeline)
    return {ent.text: _said(ent._.kb_candidates[:2]) for ent in nlp(text).ents}


def _said(candidates: Any) -> str:
    return ", ".join(f"{one.name} {one.probability:.3f}" for one in candidates)


def correct(address: str, options: argparse.Namespace, folder: Path) -> None:
    """What a person does on the page, with the keyboard alone once the text is in."""
    pictures = options.pictures or folder
    pictures.mkdir(parents=True, exist_ok=True)
    with browser(options.chromium) as page:
        paste(page, address, options)
        page.screenshot(path=pictures / "before.png")
        labels = [one.get_attribute("aria-label") or "" for one in page.query_selector_all(".choice")]
        digit = next(label.split(":")[0] for label in labels if label.split(": ", 1)[1].startswith(options.concept))
        print(f"keys: n ... {digit}")
        page.keyboard.press(digit)
        page.wait_for_selector(".chosen .icon")
        page.screenshot(path=pictures / "corrected.png")
        page.keyboard.press("x")
        page.wait_for_selector("#save-predicted")
        page.screenshot(path=pictures / "export.png")
        for name in ("predicted", "corrected"):
            with page.expect_download() as download:
                page.click(f"#save-{name}")
            download.value.save_as(folder / f"{name}.jsonl")


def paste(page: Any, address: str, options: argparse.Namespace) -> None:
    """Opens the page, pastes the text and goes to the mention, key by key."""
    page.goto(address)
    page.wait_for_selector("body[data-ready=yes]")
    page.fill("#words", options.text)
    page.click("#add-form .primary")
    page.wait_for_selector(".mention")
    for _ in page.query_selector_all(".mention"):
        page.keyboard.press("n")
        if page.locator(".chosen").inner_text().startswith(options.mention):
            break
    page.wait_for_selector(".choice")


@contextmanager
def browser(chromium: str) -> Iterator[Any]:
    """A page of a browser without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        opened = started.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"])
        page = opened.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(120_000)  # ms
        yield page
        opened.close()


@contextmanager
def serving(pipeline: str) -> Iterator[str]:
    """The address of `angel serve`, while it runs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with subprocess.Popen(
        [*ANGEL, "serve", pipeline, "--port", str(port)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            if f":{port}" in line:
                break
        yield f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGTERM)


def run(*arguments: object) -> None:
    """One command, its words on the screen."""
    print("$ angel", *arguments)
    subprocess.run([*ANGEL, *map(str, arguments)], check=True)


if __name__ == "__main__":
    main()
