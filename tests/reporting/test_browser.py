"""The report as a browser shows it: reached by keyboard, filtered, linked into, and offline."""

import re
import shutil
from itertools import product

import pytest

from dltheory.reporting import join, render
from tests.reporting.catalogue import every_kind_of_record
from tests.reporting.synthetic import folder, write_papers

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
if BROWSER is None:
    pytest.skip("no chromium, chromium-browser or google-chrome on PATH", allow_module_level=True)
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
FORMS = len(every_kind_of_record())
CARD = "sankararaman2020confusion/confusion-rises-with-depth/tanh"
SCHEMES = ("light", "dark")
SELECTORS = (".badge", ".glyph", ".mark", ".meta, .m", ".small, .n, .kicker, .why, .scale")
CONTRASTS = """() => {
  const rgb = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const [r, g, b, a = 1] = rgb(getComputedStyle(node).backgroundColor);
      if (a > 0) return [r, g, b];
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll(SELECTOR)].map((node) => {
    const pair = [light(rgb(getComputedStyle(node).color)), light(behind(node))].sort();
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  });
}"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    path = tmp_path_factory.mktemp("reports")
    fast = folder(path / "fast", every_kind_of_record())
    write_papers(fast)
    render(fast)
    join(path)
    return path


@pytest.fixture(scope="module")
def address(reports):
    return (reports / "fast" / "index.html").as_uri()


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=BROWSER, args=list(QUIET))
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser):
    contexts = []

    def opened(address, **settings):
        contexts.append(browser.new_context(**settings))
        page = contexts[-1].new_page()
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()


def shown(page):
    """Verdict words of the claims that are visible."""
    return page.locator(".claim:visible").evaluate_all("all => all.map(c => c.dataset.word)")


def contrasts(page, selector):
    return page.evaluate(CONTRASTS.replace("SELECTOR", repr(selector)))


def test_nothing_is_fetched_but_the_file_itself(browser, address):
    requests = []
    page = browser.new_page()
    page.on("request", lambda request: requests.append(request.url))

    page.goto(address, wait_until="networkidle")
    page.close()

    assert [url for url in requests if not url.startswith("data:")] == [address]


def test_the_page_obeys_its_own_policy(browser, address):
    complaints = []
    page = browser.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(address, wait_until="networkidle")
    page.close()

    assert complaints == []


def test_a_text_filter_keeps_the_claims_that_hold_every_word(open_page, address):
    page = open_page(address)

    page.get_by_label("Find", exact=True).fill("norm-bias resnet")

    assert shown(page) == ["REFUTED"]


def test_a_cleared_box_hides_the_claims_of_its_verdict(open_page, address):
    page = open_page(address)

    page.get_by_role("checkbox", name="CONFIRMED").uncheck()

    words = {"ERROR", "INCONCLUSIVE", "NOT RUN", "REFUTED", "RUNS LOST", "SMALLER"}
    assert set(shown(page)) == words


def test_a_cleared_box_of_analogues_hides_them_and_no_others(open_page, address):
    page = open_page(address)

    page.get_by_role("checkbox", name="analogue").uncheck()

    assert len(shown(page)) == FORMS - 2
    assert page.locator('.claim:visible[data-bearing="analogue"]').count() == 0


def test_the_address_carries_what_forms_are_about(open_page, address):
    page = open_page(address)
    page.get_by_role("checkbox", name="claim", exact=True).uncheck()

    again = open_page(page.evaluate("location.href"))

    assert len(shown(again)) == 3


def test_the_number_of_shown_claims_is_said(open_page, address):
    page = open_page(address)

    page.get_by_label("Find", exact=True).fill("orthogonal")

    assert page.locator("output").inner_text() == f"1 of {FORMS} forms"


def test_the_address_carries_the_filter(open_page, address):
    page = open_page(address)
    page.get_by_label("Find", exact=True).fill("width")

    again = open_page(page.evaluate("location.href"))

    assert (again.get_by_label("Find", exact=True).input_value(), len(shown(again))) == ("width", 1)


def test_a_deep_link_opens_its_card(open_page, address):
    page = open_page(f"{address}#{CARD}")

    assert page.locator(f'[id="{CARD}"]').is_visible()


def test_a_deep_link_leads_to_its_row_without_script(open_page, address):
    page = open_page(f"{address}#{CARD}", java_script_enabled=False)

    row = page.locator(f'.claim:has([id="{CARD}"]) > details > summary')
    assert "INCONCLUSIVE" in row.inner_text()


def test_a_deep_link_shows_a_claim_that_the_filter_hid(open_page, address):
    page = open_page(f"{address}?q=nowhere#{CARD}")

    assert page.locator(f'[id="{CARD}"]').is_visible()


def test_a_link_from_the_first_look_opens_the_card(open_page, address):
    page = open_page(address)

    page.locator(".look a").first.click()

    assert page.locator(".card:visible").count() == 1


def test_a_click_on_a_row_opens_its_card(open_page, address):
    page = open_page(address)

    page.locator(".claim summary .sentence").nth(1).click()

    assert page.locator(".card:visible").count() == 1


def test_every_row_opens_a_card_that_is_drawn(open_page, address):
    page = open_page(address)

    rows = page.locator(".claim > details > summary")
    for index in range(rows.count()):
        rows.nth(index).click()

    drawn = page.locator(".claim .card:visible .facts")
    drawn.nth(FORMS - 1).wait_for()
    assert drawn.count() == FORMS


def test_without_script_a_card_says_where_its_record_is(open_page, address):
    page = open_page(address, java_script_enabled=False)

    page.locator(".claim > details > summary").first.click()

    told = page.locator(".claim .card").first.evaluate(
        "card => getComputedStyle(card, '::before').content"
    )
    assert "verdicts.jsonl" in told


def test_controls_that_need_a_script_are_absent_without_one(open_page, address):
    page = open_page(address, java_script_enabled=False)

    assert page.locator("form:visible, .copy:visible").count() == 0


def test_the_keyboard_reaches_the_filter(open_page, address):
    page = open_page(address)
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "q":
            break

    page.keyboard.type("orthogonal")

    assert shown(page) == ["ERROR"]


def test_the_first_tab_stop_skips_to_the_findings(open_page, address):
    page = open_page(address)

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "findings"


def test_the_keyboard_opens_a_card(open_page, address):
    page = open_page(address)

    page.locator(".claim summary").first.focus()
    page.keyboard.press("Enter")

    assert page.locator(".card:visible").count() == 1


@pytest.mark.parametrize("file", ["fast/index.html", "index.html"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_width_scrolls_sideways(open_page, reports, file, width):
    page = open_page((reports / file).as_uri(), viewport={"width": width, "height": 844})

    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")

    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("scheme", "selector"),
    list(
        product(
            SCHEMES, (".badge", ".glyph", ".mark", ".meta, .m", ".small, .n, .kicker, .why, .scale")
        )
    ),
)
def test_words_stand_out_from_what_is_behind_them(open_page, address, scheme, selector):
    page = open_page(address, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    # the sign of NOT RUN is drawn in its ring, on the page itself
    found = contrasts(page, selector)

    assert min(found) >= 4.5


def test_the_schemes_differ(open_page, address):
    grounds = {
        open_page(address, color_scheme=scheme).evaluate(
            "getComputedStyle(document.documentElement).backgroundColor"
        )
        for scheme in SCHEMES
    }

    assert len(grounds) == 2


def printed(page):
    """The page as it is when it is printed."""
    page.wait_for_selector("html[data-ready]", state="attached")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    return page


def test_every_card_is_open_on_paper(open_page, address):
    page = printed(open_page(address))

    assert page.locator(".claim .card:visible .facts").count() == FORMS


def test_the_address_of_a_paper_shows_its_findings_and_claims_and_no_others(open_page, address):
    page = open_page(f"{address}#liu2020bad")

    assert page.locator(".of-paper:visible").count() == 1
    ids = page.locator(".paper:visible .card").evaluate_all("all => all.map((c) => c.id)")
    assert ids
    assert all(name.startswith("liu2020bad/") for name in ids)


def test_from_one_paper_a_link_leads_back_to_all(open_page, address):
    page = open_page(f"{address}#liu2020bad")

    page.locator(".of-paper:visible .everything").click()

    page.locator(".of-paper:visible").nth(2).wait_for()
    assert page.locator(".of-paper:visible").count() == 3


def test_one_paper_is_printed_alone_with_its_cards(open_page, address):
    page = printed(open_page(f"{address}#liu2020bad"))

    names = page.locator(".claim .card:visible:has(.facts)").evaluate_all(
        "all => all.map((c) => c.id.split('/')[0])"
    )
    assert set(names) == {"liu2020bad"}


def test_a_printed_paper_is_a_pdf(open_page, address, tmp_path):
    page = open_page(f"{address}#liu2020bad")
    page.wait_for_selector("html[data-ready]", state="attached")

    page.pdf(path=tmp_path / "paper.pdf", format="A4")

    assert (tmp_path / "paper.pdf").read_bytes().startswith(b"%PDF")


def test_a_mark_of_a_finding_opens_the_card_of_its_form(open_page, address):
    page = open_page(address)

    page.locator(".findings .m").first.click()

    page.locator(".claim .card:visible .facts").wait_for()
    assert page.locator(".claim .card:visible").count() == 1


def test_the_reasons_of_a_finding_open_with_a_click(open_page, address):
    page = open_page(address)

    page.locator(".why > summary").first.click()

    assert "What would change it" in page.locator(".why[open]").inner_text()


def test_the_sign_in_the_overview_leads_to_its_finding(open_page, address):
    page = open_page(address)

    page.locator(".overview td a").first.click()

    assert page.locator(".findings tr:target").count() == 1


def test_without_styles_the_page_reads_in_order(open_page, reports, tmp_path):
    bare = tmp_path / "bare.html"
    html = (reports / "fast" / "index.html").read_text("utf-8")
    bare.write_text(
        re.sub(r"<style>.*?</style>|<script>.*?</script>", "", html, flags=re.S), "utf-8"
    )

    text = open_page(bare.as_uri()).locator("main").inner_text()

    assert re.search(r"Findings.*Worth a look.*Claims.*Calibration.*Methods", text, re.S)
