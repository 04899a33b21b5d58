"""The dashboard as a page: a workspace as high as the screen, one column where there is no room; live and offline alike."""
from vsrlab import colours
from vsrlab.page import html
from vsrlab.views.state import TABS

TITLES = {"gallery": "What the query finds", "attention": "Where the words look", "relations": "Which regions read which",
          "versus": "The right answer beside the wrong one", "projection": "Where both lie in the joint space"}
# live, the workspace is never higher than the screen: tabs above, and where it is narrow what one tab holds at a time
LIVE = """
.vsr.workspace.widget-vbox .work { display: grid; height: calc(100vh - var(--chrome, 235px)); min-height: 430px;
  grid-template: "parts" auto "found" auto "shown" minmax(0, 1fr) / minmax(0, 1fr) }
.vsr.widget-vbox .work > .parts { grid-area: parts; margin: 0; width: auto; height: auto; overflow: visible }
.vsr.widget-vbox .work > .parts > div { flex-flow: row wrap; gap: 2px }
.vsr.widget-vbox .work > .parts button { width: auto; margin: 0 }
.vsr.widget-vbox .work > .found { grid-area: found } .vsr.widget-vbox .work > .shown { grid-area: shown; overflow: auto }
@container space (max-width: 879.9px) {
  .vsr.widget-vbox .work .shown h3 { display: none }
  .vsr.widget-vbox .work .found > .vsr { padding: 4px 8px }
  .vsr.widget-vbox:not(.open-search) .found > .vsr > :is(.lists, .told, .widget-accordion, .mu-row, .status) { display: none }
  .vsr.widget-vbox:not(.open-search) .found .asked { font-size: 14px; margin: 0 0 2px; white-space: nowrap; overflow: hidden;
    text-overflow: ellipsis; max-width: none }
  .vsr.widget-vbox:not(.open-search) .found .asking .mu { display: none }
  .vsr.widget-vbox:not(.open-search) .found > .vsr { display: flex; flex-flow: row wrap; align-items: center }
  .vsr.widget-vbox:not(.open-search) .found > .vsr > * { flex: 1 1 100%; order: 3; margin: 0 }
  .vsr.widget-vbox:not(.open-search) .found > .vsr > :nth-child(2) { flex: 1 1 0; order: 0; min-width: 0; overflow: hidden }
  .vsr.widget-vbox:not(.open-search) .found > .vsr > .walk { flex: 0 0 auto; order: 1 }
  .vsr.widget-vbox:not(.open-search) .found > .vsr > .asking { order: 2 }
  .vsr.widget-vbox:not(.open-search) .found .picks-stage { overflow: auto hidden; scrollbar-width: thin; --high: 84px }
  .vsr.widget-vbox:not(.open-search) .found .picks-stage > .widget-html { width: max-content }
  .vsr.widget-vbox:not(.open-search) .found :is(.cards, .picks > div) { grid-auto-flow: column; grid-template-columns: none;
    grid-auto-columns: 84px; gap: 6px; flex-wrap: nowrap }
  .vsr.widget-vbox:not(.open-search) .found .answer:not(.line) .scored { display: none!important }
  .vsr.widget-vbox:not(.open-search) .found .answer.line:nth-child(n+4) { display: none!important }
  .vsr.widget-vbox .work .found .picks { right: auto; width: max-content }
  .vsr.widget-vbox.open-search .work { grid-template-rows: auto minmax(0, 1fr) 0 }
  .vsr.widget-vbox.open-search .work .found { overflow: auto } .vsr.widget-vbox.open-search .work .shown { display: none!important }
  .vsr.widget-vbox:not(.open-relations) .work .panes > :nth-child(2), .vsr.widget-vbox.open-relations .work .panes > :first-child
    { display: none }
  .vsr.widget-vbox .work .panes .stage { flex: 0 1 min(56%, max(240px, calc((100vh - 470px) * 4 / 3))) }
}
@media (max-height: 740px) { @container space (max-width: 879.9px) {
  .vsr.widget-vbox:not(.open-search) .found .picks-stage { display: none } } }
@container space (min-width: 880px) {
  .vsr.workspace.widget-vbox .work { grid-template: "found parts" auto "found shown" minmax(0, 1fr) / minmax(260px, 27%)
    minmax(0, 1fr) }
  .vsr.widget-vbox .work > .parts button:is([title^="Search"], [title^="Relations"]) { display: none }
}"""
STYLE = " ".join(f"""
.vsr.workspace {{ container: space / inline-size; max-width: none!important; padding: 10px 12px }}
.vsr.workspace > .top {{ margin: 0 0 4px }}
.vsr .topline {{ display: flex; flex-flow: row wrap; align-items: baseline; gap: 2px 8px; overflow: visible; margin: 0 0 4px }}
.vsr .topline > :first-child {{ flex: 1 1 320px; width: auto; height: auto; margin: 0 }} .vsr .topline .lead {{ margin: 0 }}
.vsr .topline .lead b {{ font-size: 16px }}
.vsr .work {{ display: flex; flex-direction: column; gap: 10px; overflow: visible; width: auto; margin: 0 }}
.vsr .work > *, .vsr .work .panes > * {{ min-width: 0; margin: 0 }}
.vsr .work .shown {{ order: -1; overflow: visible }}
.vsr .work .panes {{ display: grid; grid-template-columns: minmax(0, 1fr); gap: 10px; overflow: visible; width: auto }}
.vsr .work .vsr {{ max-width: none!important; padding: 8px 10px; width: auto }}
.vsr .work .vsr .words {{ margin-bottom: 6px }}
.vsr .work .vsr .words button, .vsr .work .vsr .word {{ font-size: 15px }}
.vsr .work .shown .vsr .vsr {{ border: 0; padding: 0 }} .vsr .work .graph .named {{ font-size: 24px!important }}
.vsr .work .found .asked {{ font-size: 15px }}
.vsr .work .found .measures, .vsr .work .found .foot {{ display: none }}
.vsr .work .found .lead {{ display: none }}
.vsr .work .found .picks-stage {{ --wide: minmax(92px, 1fr); --high: 116px }}
.vsr .work .found .cards {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(92px, 1fr)); gap: 8px }}
.vsr .work .found .answer:not(.line) {{ width: auto!important; overflow: hidden; font-size: 11.5px; padding: 2px }}
.vsr .work .found .answer img {{ width: 100% }}
.vsr .work .found .answer:not(.line) .small, .vsr .work .found .answer:not(.line) .sum, .vsr .work .found .scored span,
.vsr .work .found .far {{ display: none!important }}
.vsr .work .found .mark {{ font-size: 11px }}
.vsr .work .beside .widget-vbox {{ display: grid; gap: 0 8px;
  grid-template-columns: repeat(auto-fit, minmax(min(200px, 100%), 1fr)) }}
.vsr .work .beside .widget-vbox > .widget-html {{ grid-column: 1 / -1; min-width: 0; overflow-x: auto }}
.vsr .work .found .widget-label {{ width: auto; min-width: 40px }}
.vsr .work h3 {{ font-size: 14px; margin: 0 0 4px; font-weight: 600 }}
.vsr .work .stage {{ flex-basis: 460px; min-width: 200px }}
@container space (min-width: 880px) {{
  .vsr .work {{ display: grid; grid-template-columns: minmax(260px, 27%) minmax(0, 1fr);
    height: calc(100vh - var(--chrome, 250px)); min-height: 440px }}
  .vsr .work > * {{ overflow: auto!important; max-height: 100% }}
  .vsr .work .shown {{ order: 0; border-left: 1px solid {colours.LINE}; padding-left: 10px }}
  .vsr .work .panes {{ grid-template-columns: minmax(0, 1fr) minmax(0, 1fr) }}
  .vsr .work .panes:not(:has(> :nth-child(2))) {{ grid-template-columns: minmax(0, 1fr) }}
}}
{LIVE}
.vsr.stale .stage, .vsr.stale .words, .vsr.stale .cards, .vsr.stale .asked, .vsr.stale .said {{ opacity: .35 }}
@media print {{ .vsr .work {{ display: block!important; height: auto!important }}
  .vsr .work > * {{ max-height: none!important; overflow: visible!important }} }}
""".split())


def fragment(fragments: dict, *, lead: str, top: str, notes: str, numbers: str, foot: str, opened: str = "pair") -> str:
    """The workspace of some fragments {part: HTML}, `opened` the first of its tabs.  lead, foot are text, the others HTML."""
    root = html.unique()
    pair = "".join(f"<div>{_titled(name, fragments[name])}</div>" for name in ("attention", "relations") if name in fragments)
    parts = {"pair": f'<div class="panes">{pair}</div>' if pair else "", "versus": fragments.get("versus", ""),
             "map": _titled("projection", fragments["projection"]) if "projection" in fragments else "", "numbers": numbers}
    there = [key for key, part in parts.items() if part]
    row, rules = html.tabs(root, [TABS[key] for key in there], there.index(opened) if opened in there else 0, "part", letter="p")
    shown = "".join(f'<div class="of p{n}">{parts[key]}</div>' for n, key in enumerate(there))
    found = _titled("gallery", fragments["gallery"])
    body = (f'<div class="top">{top}</div>{notes}<div class="work"><div class="found">{found}</div>'
            f'<div class="shown">{row}{shown}</div></div>')
    made = html.card(root, body, lead=lead, foot=foot, rules=f"{STYLE}.{root}{{--chrome:170px}}{rules}", label="dashboard")
    return made.replace(f'class="vsr {root}"', f'class="vsr {root} workspace"', 1)


def _titled(name: str, fragment: str) -> str:
    return f"<h3>{TITLES[name]}</h3>{fragment}"
