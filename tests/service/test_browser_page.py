"""The page, in a browser, with the service behind it."""

import json

import pytest

pytest.importorskip("fastapi")
from browsers import EVIL, Visit, chromium, serving, toy_service_pipeline

from angel_spacy.annotation.corrections import Corrections, read_predicted
from angel_spacy.corpora.formats import read_articles
from angel_spacy.corpora.jsonl import read_linked
from angel_spacy.service.app import make_app
from angel_spacy.service.limits import Limits

TEXT = "Gout and fever after aspirin."
PUBTATOR = "1|t|Gout.\n1|a|Fever came later.\n1\t0\t4\tGout\tDisease\tD006073\n\n2|t|Aspirin fever\n2|a|\n\n"


@pytest.fixture(scope="module")
def nlp():
    return toy_service_pipeline()


@pytest.fixture(scope="module")
def address(nlp):
    with serving(make_app(nlp, Limits(), None)) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(browser, address):
    """A visit without errors in the console, and without a request that leaves this machine."""
    visit = Visit(browser, address)
    yield visit
    visit.context.close()
    assert visit.errors == []
    assert {url for url in visit.requests if not url.startswith((address, "blob:"))} == set()


@pytest.fixture
def page(visit):
    return visit.page


def test_a_pasted_text_shows_its_entities(visit, page):
    visit.paste(TEXT)
    assert visit.mentions() == ["Gout", "fever", "aspirin"]
    assert page.locator(".tag b").all_inner_texts() == ["DISEASE", "DISEASE", "CHEMICAL"]
    assert page.locator(".legend").inner_text().split("\n")[-1] == "0 of 3 mentions checked"
    page.click(".mention >> nth=0")
    first = page.locator(".choice").first
    assert first.get_attribute("aria-label").startswith("1: Gout, ")
    assert first.get_attribute("aria-pressed") == "true"
    page.wait_for_selector('.facts a[href="https://meshb.nlm.nih.gov/record/ui?ui=D006073"]')


def test_the_articles_of_a_file_are_linked_or_shown_as_they_are(visit, page):
    page.set_input_files("#file", {"name": "two.pubtator", "mimeType": "text/plain", "buffer": PUBTATOR.encode()})
    page.wait_for_selector("#as-is:checked")
    page.check("#given")
    page.click("#read-take")
    visit.wait_until_linked(2)
    assert visit.mentions() == ["Gout"]  # the mention that the file has, and no other
    visit.press("n", "n")  # the second article has none
    assert page.locator(".chosen").inner_text().startswith("Gout")
    assert page.locator(".title").inner_text().startswith("Gout")


def test_a_file_without_an_article_is_said_to_be_so(visit, page):
    page.set_input_files("#file", {"name": "a.jsonl", "mimeType": "text/plain", "buffer": b""})
    page.get_by_text("No article was found in it.").wait_for()


def test_what_is_wrong_in_a_file_is_said(visit, page):
    lines = b'{"id": "1", "text": "Gout."}\n{"id": "2"}\n'
    page.set_input_files("#file", {"name": "a.jsonl", "mimeType": "text/plain", "buffer": lines})
    page.wait_for_selector("#read-problems li")
    assert "there is no text" in page.locator("#read-problems").inner_text()
    page.click("#read-take")
    page.wait_for_selector(".mention")


def test_a_link_corrected_with_two_keys_becomes_a_pair(visit, page, nlp, tmp_path):
    visit.paste(TEXT)
    visit.press("j", "2")
    page.wait_for_selector(".chosen .icon")
    corrected = page.locator(".choice[aria-pressed=true] .choice-name").inner_text()
    assert corrected != "Gout"
    visit.press("n", "Enter", "x")
    assert page.locator("#export-count").inner_text() == "1 article, 2 mentions checked, 1 of them corrected."
    before, after = (visit.saved(tmp_path, name) for name in ("predicted", "corrected"))
    (article,) = read_linked(before)
    assert [one.mention.text for one in article.mentions] == ["Gout", "fever"]  # aspirin was not checked
    compared = Corrections(nlp.get_pipe("angel_linker").kb, confirmed=True)
    pairs = list(compared.pairs(read_predicted(before), read_articles(after)))
    kb = compared.kb
    assert (pairs[0].start, pairs[0].rejected) == (0, "gout")
    assert corrected in [kb.concept(row).name for row in kb.rows_of(pairs[0].chosen)]
    assert compared.counts["corrected"] == 1
    assert compared.counts["removed"] == 0


def test_a_concept_that_is_searched_is_chosen_by_its_digit(visit, page, tmp_path):
    visit.paste(TEXT)
    visit.press("n", "/")
    page.fill("#search-words", "thumb g")
    visit.press("Enter")
    page.wait_for_selector(".choice:focus")
    visit.press("1")
    assert page.locator(".linked").inner_text().startswith("Gout of the thumb")
    visit.press("x")
    (article,) = read_articles(visit.saved(tmp_path, "corrected"))
    assert [mention.concept_ids for mention in article.mentions] == [("X:3/a:b",)]


def test_no_concept_and_undo(visit, page):
    visit.paste(TEXT)
    visit.press("n", "0")
    assert page.locator(".linked").inner_text() == "No concept"
    assert "Corrected. The pipeline chose Gout." in page.locator(".state").inner_text()
    assert page.locator(".chosen").get_attribute("aria-label") == "Gout, DISEASE, no concept, corrected"
    visit.press("u")
    assert page.locator(".linked").inner_text().startswith("Gout")
    assert page.locator(".chosen").get_attribute("aria-label") == "Gout, DISEASE, Gout, not checked"
    page.wait_for_selector("#live >> text=Undone: Gout", state="attached")


def test_a_reload_keeps_everything(visit, page):
    visit.paste(TEXT)
    visit.press("n", "Enter", "n", "0")
    visit.load()  # at once
    page.wait_for_selector(".mention")
    labels = page.eval_on_selector_all(".mention", "all => all.map(one => one.getAttribute('aria-label'))")
    assert [label.rsplit(", ", 1)[1] for label in labels] == ["confirmed", "corrected", "not checked"]
    page.click("#export-open")
    page.click("#forget")
    page.click("#forget-dialog .danger")
    page.wait_for_selector("body[data-articles=none][data-ready=yes]")
    visit.load()
    assert page.locator("#start").is_visible()


def test_two_tabs_lose_nothing_of_each_other(visit, page):
    other = visit.context.new_page()
    other.goto(visit.address)
    other.wait_for_selector("body[data-ready=yes]")
    visit.paste(TEXT)
    other.wait_for_selector("#notice >> text=changed in another tab")
    other.fill("#words", "Fever.")
    other.click("#add-form .primary")
    other.wait_for_selector(".mention")
    visit.load()
    page.wait_for_selector(".article-item >> nth=1")
    assert [state.split(" ")[0] for state in page.locator(".article-state").all_inner_texts()] == ["text", "text-2"]


def test_a_session_that_cannot_be_kept_is_told_of(visit, page):
    page.add_init_script("IDBFactory.prototype.open = () => { throw new Error('no room'); }")
    visit.load()
    assert "cannot keep the session" in page.locator("#notice").inner_text()
    visit.paste(TEXT)
    assert visit.mentions() == ["Gout", "fever", "aspirin"]


@pytest.mark.parametrize("what", ["get() { throw new Error('denied'); }", "value: { getItem: () => null }"])
def test_a_browser_that_keeps_nothing_shows_all(visit, page, what):
    for name in ("localStorage", "sessionStorage"):
        page.add_init_script(f"Object.defineProperty(window, '{name}', {{ {what} }})")
    visit.load()
    visit.paste(TEXT)
    assert visit.mentions() == ["Gout", "fever", "aspirin"]
    page.click("#theme")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"


def test_a_file_with_a_long_name_is_opened(visit, page):
    lines = b'{"id": "1", "text": "Gout."}\n'
    page.set_input_files("#file", {"name": f"{'n' * 244}.jsonl", "mimeType": "text/plain", "buffer": lines})
    page.wait_for_selector(".mention")


def test_the_id_of_a_concept_leads_nowhere_else(visit, page):
    asked = page.evaluate("""async () => {
        const { Service } = await import("/static/service.js");
        return new Service().concept("../../health").catch(({ status }) => status);
    }""")
    assert asked == 404
    assert ["404" in visit.errors.pop()] == [True]  # the browser's own word of it


def test_nothing_of_a_text_or_a_concept_becomes_markup(visit, page, nlp):
    visit.paste(f"Fever {EVIL} fever")
    visit.press("n", "/")
    page.fill("#search-words", "X:2")
    visit.press("Enter")
    page.wait_for_selector(".choice:focus")
    page.click(".search-view .link")
    page.wait_for_selector(".definition")
    assert page.locator(".definition").inner_text() == EVIL
    page.click("#panel .primary")
    assert EVIL in page.locator(".linked").inner_text()
    assert page.locator("main script, main img").count() == 0
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize("before", ["🙂🙂 ", "e\u0301 ", "👩‍⚕️ 𝒳: "])
def test_offsets_are_those_of_code_points(visit, page, before, tmp_path):
    visit.paste(f"{before}gout {before}fever")
    assert visit.mentions() == ["gout", "fever"]
    visit.press("n", "Enter", "x")
    (article,) = read_articles(visit.saved(tmp_path, "corrected"))  # raises where the text is not at the offsets
    assert [(one.start, one.text) for one in article.mentions] == [(len(before), "gout")]


def test_half_a_surrogate_pair_is_replaced(visit, page):
    page.evaluate("document.querySelector('#words').value = 'gout \\ud83d fever'")
    page.click("#add-form .primary")
    page.wait_for_selector(".mention")
    assert visit.mentions() == ["gout", "fever"]


def test_a_phone_scrolls_in_one_direction(browser, address):
    visit = Visit(browser, address, viewport={"width": 360, "height": 740}, has_touch=True)
    width = "document.documentElement.scrollWidth"
    assert visit.page.evaluate(width) == 360
    visit.paste(f"{TEXT} {'long' * 40} {EVIL}")
    visit.page.tap(".mention >> nth=2")
    assert visit.page.locator("#panel").is_visible()
    assert visit.page.evaluate(width) == 360
    for button in ("#export-open", "#keys-open"):
        visit.page.click(button)
        assert visit.page.evaluate(width) == 360
        visit.press("Escape")
    visit.context.close()


def test_every_control_has_a_name(visit, page):
    assert visit.names_missing() == []
    visit.paste(TEXT)
    visit.press("n")
    assert visit.names_missing() == []
    for key in ("e", "/", "x", "?", "a"):
        visit.press(key)
        assert visit.names_missing() == []
        visit.press("Escape")


def test_why_a_mention_is_linked(visit, page):
    visit.paste(TEXT)
    visit.press("n", "e")
    page.wait_for_selector(".reason .lines li")
    assert page.locator(".reason h4").first.inner_text().startswith("Gout")
    page.click(".reason .link >> nth=0")
    page.wait_for_selector(".reason .awaited li")


def test_a_busy_service_is_waited_for(visit, page):
    busy = iter([{"status": 429, "headers": {"Retry-After": "0.3"}, "json": {"error": "Wait."}}] * 2)

    def answer(route):
        told = next(busy, None)
        route.fulfill(**told) if told else route.continue_()

    page.route("**/link", answer)
    page.fill("#words", TEXT)
    page.click("#add-form .primary")
    page.wait_for_selector("#busy:not(:empty)")
    page.wait_for_selector(".mention")
    visit.errors.clear()  # the browser tells of each 429


def test_an_article_that_is_refused_says_why_and_the_others_are_linked(visit, page):
    lines = "".join(json.dumps({"id": str(i), "text": "gout" * (30_000 if i == 2 else 1)}) + "\n" for i in range(4))
    page.set_input_files("#file", {"name": "a.jsonl", "mimeType": "text/plain", "buffer": lines.encode()})
    visit.wait_until_linked(4)
    states = page.locator(".article-state").all_inner_texts()
    assert states == ["0 · 0 of 1 checked", "1 · 0 of 1 checked", "2 · not linked", "3 · 0 of 1 checked"]
    page.click(".article-item >> nth=2")
    assert "100,000 characters" in page.locator(".legend").inner_text()
    visit.errors.clear()  # the browser tells of each 413


def test_ten_thousand_mentions_stay_usable(visit, page):
    """Shown as they are: little is drawn, and the last one is reached at once."""
    text = "Gout and fever. " * 5_000
    mentions = [
        {"start": at + start, "end": at + end, "label": "DISEASE", "concept_ids": [concept]}
        for at in range(0, len(text), 16)
        for start, end, concept in ((0, 4, "D006073"), (9, 14, "D005334"))
    ]
    lines = json.dumps({"id": "1", "title": "", "abstract": text, "mentions": mentions}).encode()
    page.set_input_files("#file", {"name": "a.jsonl", "mimeType": "text/plain", "buffer": lines})
    page.click("#read-take")
    page.wait_for_selector(".mention")
    assert page.locator(".mention").count() < 3_000
    visit.press("p", "Enter")
    page.wait_for_selector("[data-mention='9999']:focus")
    assert page.locator(".legend p").inner_text() == "1 of 10,000 mentions checked"


def test_overlapping_mentions_are_all_drawn(visit, page):
    pieces = page.evaluate("""async () => {
        const { piecesOf } = await import("/static/pieces.js");
        const spans = [[0, 10], [2, 5], [2, 5], [4, 12], [20, 25]].map(([start, end]) => ({ start, end }));
        return piecesOf(spans, 30);
    }""")
    inside = [(one["start"], one["end"]) for one in pieces]
    assert [start for start, _ in inside[1:]] == [end for _, end in inside[:-1]]  # they cover the text in a row
    for name in ("head", "tail"):
        assert sorted(one["mention"] for one in pieces if one[name]) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_labels_stand_out_from_their_colours(browser, address, scheme):
    visit = Visit(browser, address, color_scheme=scheme)
    ratios = visit.page.evaluate("""() => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
        const light = (colour) => {
            canvas.fillStyle = colour;
            canvas.fillRect(0, 0, 1, 1);
            const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((c) =>
                c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        return Array.from({ length: 8 }, (_, i) => {
            const chip = document.body.appendChild(document.createElement("span"));
            chip.className = `chip type-${i}`;
            const { color, backgroundColor } = getComputedStyle(chip);
            const [dark, bright] = [light(color), light(backgroundColor)].sort((a, b) => a - b);
            return (bright + 0.05) / (dark + 0.05);
        });
    }""")
    assert min(ratios) > 4.5
    visit.context.close()


@pytest.mark.parametrize("right", ["s3cret", "clé€"])
def test_a_key_of_the_service_is_asked_for_until_it_is_right(browser, nlp, right):
    with serving(make_app(nlp, Limits(), right)) as address:
        visit = Visit(browser, address)
        visit.page.fill("#words", TEXT)
        visit.page.click("#add-form .primary")
        for key in ("wröng", "€", right):
            visit.page.fill("#api-key", key)
            visit.page.click("#key .primary")
        visit.page.wait_for_selector(".mention")
        visit.context.close()
