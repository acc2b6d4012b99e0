"""The page for everyone: any width, keyboard and screen reader, both themes, paper."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from browsing import drawn, figure, overlap, saved, until, visit


@pytest.mark.parametrize("width", [360, 1280])
def test_a_tip_stands_beside_its_point(tab, width):
    """Wherever the point is: in the window and not over it; Escape takes it away, another point brings it back."""
    tab.set_viewport_size({"width": width, "height": 700})
    visit(tab, "inputs=default&models=VB,U1,S3,U3&pin=U1")
    for plane in ("K", "Kst", "right"):
        tab.locator(f"#panel-{plane}").scroll_into_view_if_needed()
        places = tab.evaluate(
            """(id) => [...document.querySelectorAll(`#panel-${id} svg > g:last-of-type path[transform]`)]
                 .map((item) => item.getBoundingClientRect())
                 .map((box) => [box.x + box.width / 2, box.y + box.height / 2])""",
            plane,
        )
        shown = [(x, y) for x, y in places if 0 < x < width and 0 < y < 700]
        assert shown
        for x, y in shown:
            tab.mouse.move(2, 2)
            tab.mouse.move(x, y)
            tip = tab.locator(".tip:visible").bounding_box()
            ring = tab.locator(f"#panel-{plane} circle[r='6']").bounding_box()
            assert 0 <= tip["x"] <= width - tip["width"]
            assert not overlap(tip, ring)
    tab.keyboard.press("Escape")
    assert tab.locator(".tip:visible").count() == 0
    tab.mouse.move(x, y)
    assert tab.locator(".tip:visible").count() == 0
    tab.mouse.move(2, 2)
    tab.mouse.move(x, y)
    assert tab.locator(".tip:visible").count() == 1
    tab.mouse.move(2, 2)


def test_keyboard(tab):
    """All by keys: tab to a plane, move along the line, to the next model, back to the data; it is read aloud."""
    tab.focus("#panel-K")
    assert tab.evaluate("document.activeElement.getAttribute('aria-describedby')") == "keys"
    tab.keyboard.press("ArrowRight")
    drawn(tab)
    assert tab.evaluate("nutau.state().pin.delta") == pytest.approx(0.069 + 0.022 / 4)
    tab.keyboard.press("Shift+ArrowLeft")
    tab.keyboard.press("ArrowDown")
    drawn(tab)
    pin = tab.evaluate("nutau.state().pin")
    assert pin["model"] == "S3"
    assert pin["delta"] == pytest.approx(0.069 - 0.75 * 0.022)
    tab.keyboard.press("Home")
    until(tab, "document.getElementById('live').textContent.includes('S3 (κ = 3), δ = 0.069')")
    assert tab.evaluate("nutau.state().pin.delta") is None
    assert tab.locator("#live").get_attribute("aria-live") == "polite"


def test_everything_has_a_name(tab):
    """Every control is labelled, every plot described, and the table has headings."""
    nameless = tab.evaluate(
        """[...document.querySelectorAll("input, select, button, textarea, [role]")].filter((item) =>
             !(item.labels?.length || item.getAttribute("aria-label") || item.getAttribute("aria-labelledby") ||
               item.textContent.trim() || ["alert", "status"].includes(item.getAttribute("role"))
             )).map((item) => item.id)"""
    )
    assert nameless == []
    assert tab.locator("#table th[scope=col]").count() == 5
    assert tab.locator("#table-body th[scope=row]").count() == tab.locator("#table-body tr").count()
    until(tab, "document.getElementById('panel-K').getAttribute('aria-label').includes('Pinned: U1')")


WIDTHS = (360, 390, 561, 768, 820, 1001, 1024, 1280, 1440, 1920, 2560)


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_hangs_over_or_overprints(tab, width):
    """The page is as wide as the window, on a phone too, and what is drawn can be read."""
    visit(tab, "inputs=default&data=2026")
    tab.set_viewport_size({"width": width, "height": 800})
    drawn(tab)
    assert tab.evaluate("document.scrollingElement.scrollWidth") <= width
    names = tab.locator("#key").inner_text()
    for name in ("VB (κ = 0)", "U1 (κ = 1)", "U3 (κ = −3)", "yours"):
        assert name in names
    for panel in ("K", "nunu", "tautau"):
        boxes = tab.evaluate(
            """(id) => [...document.querySelectorAll(`#panel-${id} svg > text`)]
                 .filter((item) => item.textContent)
                 .map((item) => [item.textContent, item.getBoundingClientRect()])
                 .map(([text, { x, y, width, height }]) => (
                   { text, x, y: y + 0.2 * height, width, height: 0.6 * height }))""",
            panel,
        )
        assert len(boxes) > 8
        for k, one in enumerate(boxes):
            for two in boxes[:k]:
                assert not overlap(one, two), (one, two)
    cells = tab.evaluate(
        "[...document.querySelectorAll('#table-body td:nth-child(4)')].map((item) => item.clientWidth)"
    )
    assert min(cells) > 150
    controls, main = (tab.locator(part).bounding_box() for part in ("#controls", "main"))
    assert not overlap(controls, main)
    panel = tab.locator("#panel-K svg").bounding_box()
    assert panel["width"] >= 240
    sizes = tab.evaluate(
        "[...document.querySelectorAll('#panel-K svg text')].map((item) => item.getBoundingClientRect())"
    )
    assert all(
        panel["x"] - 1 <= box["x"] and box["x"] + box["width"] <= panel["x"] + panel["width"] + 1
        for box in sizes
    )


def test_in_the_dark(tab):
    before = figure(tab)
    tab.emulate_media(color_scheme="dark")
    drawn(tab)
    assert figure(tab) != before
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"
    _, content = saved(tab, "#save-svg")
    assert b"#14171a" not in content  # what is taken away is for white paper
    tab.emulate_media(color_scheme="light")


def test_on_paper(tab):
    """White, without controls, figure and table whole, also from a dark screen; and the screen comes back."""
    visit(tab, "inputs=default&data=2026")
    tab.emulate_media(color_scheme="dark", media="print")
    drawn(tab)
    tab.set_viewport_size({"width": 720, "height": 1000})
    drawn(tab)
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert "#14171a" not in figure(tab)
    for hidden in ("#controls", "#save-svg", "#preset-today"):
        assert tab.locator(hidden).is_hidden()
    for shown in ("#panel-K svg", "#panel-tautau svg", "#key", "#table thead", "#pinned-title"):
        assert tab.locator(shown).is_visible()
    panels = [
        tab.locator(f"#panel-{name}").bounding_box() for name in ("K", "Kst", "right", "nunu", "tautau")
    ]
    assert all(not overlap(one, two) for k, one in enumerate(panels) for two in panels[:k])
    assert tab.evaluate("document.scrollingElement.scrollWidth") <= 720
    tab.emulate_media(color_scheme="light", media="screen")
    drawn(tab)
    assert tab.locator("#controls").is_visible()


THEMES = ("light", "dark")


@pytest.mark.parametrize(("theme", "width", "mode"), [("light", 360, "mediator"), ("dark", 1280, "line")])
def test_axe_finds_nothing(tab, theme, width, mode):
    """The checks of axe-core (names, roles, contrast, landmarks, order), all panels of the form open."""
    found = find_spec("axe_playwright_python")
    if found is None:
        pytest.skip("needs axe-core: pip install 'nutau[test]'")
    tab.emulate_media(color_scheme=theme)
    tab.set_viewport_size({"width": width, "height": 900})
    visit(tab, f"mode={mode}&pin=mine")
    tab.evaluate("document.querySelectorAll('details').forEach((item) => { item.open = true; })")
    tab.evaluate(Path(found.submodule_search_locations[0], "axe.min.js").read_text(encoding="utf-8"))
    result = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert len(result["passes"]) > 25
    assert [(item["id"], item["help"]) for item in result["violations"]] == []
    tab.emulate_media(color_scheme="light")


CONTRAST = """() => {
  const parts = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const paper = (item) => {
    for (let at = item; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
  };
  const written = (item) => item.getClientRects().length && !item.closest(":disabled, .hidden") &&
    [...item.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  return [...document.querySelectorAll("body *")].filter(written).map((item) => {
    const ink = item.closest("svg") ? getComputedStyle(item).fill : getComputedStyle(item).color;
    const [low, high] = [light(parts(ink)), light(paper(item))].sort((a, b) => a - b);
    return { text: item.textContent.trim().slice(0, 40), contrast: (high + 0.05) / (low + 0.05) };
  });
}"""


@pytest.mark.parametrize("theme", THEMES)
def test_what_is_written_can_be_read(tab, theme):
    """Every text, those of the figure included, has a contrast of 4.5 with what is behind it (WCAG 2 AA)."""
    visit(tab, "mode=mediator&pin=mine&data=2026")
    tab.emulate_media(color_scheme=theme)
    tab.hover("#panel-tautau")
    drawn(tab)
    found = tab.evaluate(CONTRAST)
    assert len(found) > 200
    assert [item for item in found if item["contrast"] < 4.5] == []
    tab.emulate_media(color_scheme="light")


def test_lines_can_be_told_from_a_dark_page(tab):
    """A colour of Python's is mixed with white until it can be read, black becomes the ink; all stay different."""
    visit(tab, "models=VB,U1,S3,U3,S1,X_1/2")
    tab.emulate_media(color_scheme="dark")
    drawn(tab)
    found = tab.evaluate(
        "[...document.querySelectorAll('#models path:first-child')].map((item) => item.getAttribute('stroke'))"
    )
    assert len(set(found)) == len(found) == 8
    rgb = [tuple(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)) for colour in found]
    linear = [[v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in item] for item in rgb]
    light = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in linear]
    assert min((item + 0.05) / (0.0086 + 0.05) for item in light) > 4.4  # of #14171a
    tab.emulate_media(color_scheme="light")


def test_the_order_of_the_keys_is_that_of_the_page(tab):
    """Tab goes through views, form, planes and buttons, each seen when it has the focus, and none is a trap."""
    visit(tab, "mode=mediator&pin=mine")
    tab.focus("#preset-today")
    tab.keyboard.press("Shift+Tab")
    seen = []
    for _ in range(90):
        tab.keyboard.press("Tab")
        item = tab.evaluate(
            """(() => { const item = document.activeElement; const box = item.getBoundingClientRect();
               return [item.id || item.tagName, box.width > 0 && box.bottom > 0 && box.top < innerHeight,
                       getComputedStyle(item).outlineStyle]; })()"""
        )
        if item[0] == "BODY":
            break
        seen.append(item)
    names = [name for name, *_ in seen]
    wanted = [
        "preset-today",
        "model-VB",
        "mediator",
        "mass-field",
        "x1LL_33-field",
        "delta-auto",
        "inputs",
        "x-range",
    ]
    wanted += ["panel-K", "panel-Kst", "panel-right", "save-svg", "copy-python"]
    places = [names.index(name) for name in wanted]
    assert places == sorted(places)
    assert names.count("panel-K") == 1
    assert all(visible and outline != "none" for _, visible, outline in seen)


def test_landmarks(tab):
    """One heading, a main part, a form with a name; the page's language is said."""
    assert tab.locator("h1").count() == 1
    for landmark in ("header", "main", "form[aria-label]", "footer"):
        assert tab.locator(landmark).count() == 1
    assert tab.get_attribute("html", "lang") == "en"
    assert tab.locator("[aria-live]").count() == 1


def test_controls_can_be_hit_by_a_thumb(tab):
    """On a phone every control has 24 pixels at least (WCAG 2.2 AA), its label included."""
    tab.set_viewport_size({"width": 360, "height": 780})
    visit(tab, "mode=mediator")
    tab.evaluate("document.querySelectorAll('details').forEach((item) => { item.open = true; })")
    drawn(tab)
    small = tab.evaluate(
        """[...document.querySelectorAll("button, select, summary, label.check, label.model, " +
             "input:not([type=checkbox], [type=radio])")]
             .filter((item) => item.getClientRects().length && item.getBoundingClientRect().height < 24)
             .map((item) => item.id || item.textContent)"""
    )
    assert small == []
