"""The live attention view: the words and the boxes are the buttons; everything else is a style sheet that changes."""
import math

import ipywidgets

from vsrlab import sentences
from vsrlab.errors import Problem
from vsrlab.page import html, stage
from vsrlab.views.attention import lit, page
from vsrlab.views.state import ALL
from vsrlab.widgets.base import Choice, Live
from vsrlab.widgets.belief import BeliefPart
from vsrlab.wording import rtl

SHOWN = {"top 1": (1, None), "top 3": (3, None), "top 5": (5, None), "top 10": (10, None),
         "50 % of the weight": (3, 0.5), "80 % of the weight": (3, 0.8), "95 % of the weight": (3, 0.95)}
AS_TRAINED = {"sharpness": None, "mu": None, "direction": None, "control": False,
              "hidden_words": (), "hidden_regions": (), "edits": {}}
DIRECTIONS = {"words look": "t-i", "regions look": "i-t"}
RANDOM = ", random weights"                # the control of what is shown
LARGEST = {"largest of the word": "word", "largest of the pair": "pair", "1": "fixed"}


class AttentionWidget(Live):
    """Click a word or a box, move lambda, leave words and regions out, put another word in.  Offline: AttentionView.html."""
    draws = ("side", "query", "typed", "candidate", "word", "phrase", "region", "layer", "quantity", "scale", "top", "mass",
             "direction", "mu", "sharpness", "control", "hidden_words", "hidden_regions", "edits")

    def __init__(self, view):
        self.lead, self.said, self.photo, self.curve = (ipywidgets.HTML() for _ in range(4))
        self.belief = BeliefPart(self)
        self.words, self.boxes = Choice().add_class("words"), Choice().add_class("boxes")
        self._words = self._photo = None                     # what the parts were made for
        picture = ipywidgets.Box([self.photo, self.boxes]).add_class("stage")
        side, self.more = ipywidgets.VBox(), ipywidgets.Accordion(selected_index=None)
        super().__init__(view, [self.lead, self.words, ipywidgets.Box([picture, side]).add_class("beside"), self.belief.button,
                                self.more])
        self._stops.append(self.belief.both)
        self.listen(self.words, lambda word: {"word": ALL if word is None else word, "region": None})
        self.listen(self.boxes, lambda region: {"word": None if region is not None else ALL, "region": region})
        side.children = [*self._controls(), self.said]                       # below the controls: a slider stays under the pointer
        self.more.children = [ipywidgets.Box(self._changes(), layout={"flex_flow": "row wrap"})]
        self.more.titles = ["Leave out, replace, sharpen"]
        self.more.observe(lambda _: self.attempt(self._sharpness), "selected_index")

    def redraw(self):
        """Words, boxes and light of what the state asks for."""
        view = self.view
        e, target, change = view.follow(), view.open_target, view.change()
        self._offer(e)
        for choice, letter in ((self.words, "w"), (self.boxes, "r")):
            wanted = int(target[1:]) if target[0] == letter else None
            if choice.value != wanted:
                choice.hold(wanted)
        self.lead.value = html.opening(view.verdict(), sentences.match(view.record))
        changed = html.notice(view.note()) + (f"<p><b>{html.escape(change)}</b></p>" if change else "")
        rules, self.said.value = "", changed
        if view.quantity:
            d = view.drawn(view.quantity)
            targets = lit.targets(e, d, view.layer)
            rules = page.styles(e, self.root, stage.live(self.root, target), [("", targets)], view.state)
            self.said.value = f'{changed}<div style="min-height:170px">{stage.said(targets, target)}{page.meaning_bar(d)}</div>'
        boxes = "".join(html.css(f".{self.root} .boxes button:nth-of-type({r + 1})", at) for r, at in enumerate(stage.geometry(e)))
        self.styled(boxes + rules)
        self.belief.follow(view.belief)
        self._sharpness()

    def _offer(self, e):
        """Buttons for the words and boxes of this record, and its photo, when they are not there yet."""
        if self._words != e.words:
            self._words = e.words
            (self.words.add_class if rtl(e.text) else self.words.remove_class)("rtl")
            self.words.offer([f"{word}?" if unknown else word for word, unknown in zip(e.words, e.unknown)],
                             [stage.UNKNOWN if unknown else "" for unknown in e.unknown])
        photo = e.image_id, self.view.layer, self.view.state.control
        if self._photo != photo:
            self._photo = photo
            self.boxes.offer([str(r) for r in range(e.regions)], [e.region_name(r) for r in range(e.regions)])
            self.photo.value = stage.photo(e, self.view.lead()) + stage.arcs(e, lit.neighbours(e, self.view.layer))

    def _controls(self) -> list:
        """The controls: quantity, scale, how many regions, and of the knobs that the model has direction and lambda."""
        view, record = self.view, self.view.record
        choose = lambda name, options: ipywidgets.Dropdown(options=options, description=name)
        controls = (False,) if view.whatif.pair is None else (False, True)
        shows = {f"{q}{RANDOM}" if control else q: (q, control) for control in controls for q in view.quantities}
        found = [self.bind(choose("show", shows), "quantity", lambda value: dict(zip(("quantity", "control"), value)),
                           lambda _: view.quantity and (view.quantity, view.state.control), ["control"]),
                 self.bind(choose("scale", LARGEST), "scale"),
                 self.bind(choose("regions", SHOWN), "top", lambda value: dict(zip(("top", "mass"), value)), self._shown, ["mass"])]
        if record.attention is None or view.whatif.pair is None:
            return found
        knobs = view.whatif.pair.model.knobs
        unless = lambda key, value: {key: None if value == getattr(record, key) else value}      # None: as trained
        as_trained = lambda key: (key, lambda value: unless(key, value), lambda value: value or getattr(record, key))
        if "direction" in knobs:
            found.append(self.bind(choose("direction", DIRECTIONS), *as_trained("direction")))
        if "sharpness" in knobs:
            middle = math.log10(record.sharpness)
            slider = ipywidgets.FloatLogSlider(value=record.sharpness, min=middle - 1, max=middle + 1, step=0.02, description="λ",
                                               continuous_update=False, readout_format=".3g")
            found.append(self.bind(slider, *as_trained("sharpness")))
        return found

    def _shown(self, _):
        now = (self.view.state.top, self.view.state.mass)
        return now if now in SHOWN.values() else (3, None)

    def _changes(self) -> list:
        """Leave the held word or region out, put another word in its place, take steps back; entropy against lambda."""
        state = self.view.state
        out, back, reset, put = (ipywidgets.Button(description=name, layout={"width": "auto"}) for name in
                                 ("Leave the chosen one out", "Step back", "As trained", "Put in its place"))
        self.instead = ipywidgets.Text(placeholder="another word")
        out.on_click(lambda _: self.attempt(self._leave_out))
        put.on_click(lambda _: self.attempt(self._replace))
        back.on_click(lambda _: self.attempt(state.undo))
        reset.on_click(lambda _: self.attempt(lambda: state.set(**AS_TRAINED)))
        self.curve.layout.width = "100%"
        return [out, self.instead, put, back, reset, self.curve]

    def _leave_out(self):
        """Leave out what is held, or take it in again."""
        state, target = self.view.state, self.view.open_target
        if target == "none":
            raise Problem("no word and no region is held; click one first.")
        key = {"w": "hidden_words", "r": "hidden_regions"}[target[0]]
        hidden, place = getattr(state, key), int(target[1:])
        state.set(**{key: tuple(h for h in hidden if h != place) if place in hidden else (*hidden, place)})

    def _replace(self):
        """Put the typed word in the place of the held one; the caption is read anew."""
        if self.view.open_target[0] != "w":
            raise Problem("no word is held; click the one to be replaced.")
        if not self.instead.value.strip():
            raise Problem("type the word that is to stand there instead.")
        self.view.state.edits = {**self.view.state.edits, self.view.word: self.instead.value}

    def _sharpness(self):
        """Entropy of the held word's attention against lambda, while its part of the view is unfolded."""
        view = self.view
        words_look = view.whatif.pair is not None and view.record.sharpness is not None and view.e.direction == "t-i"
        if self.more.selected_index is None or not words_look:
            self.curve.value = ""
            return
        bits = {x: sentences.spread(matrix[view.word])[0] for x, matrix in view.whatif.spreads(view.state).items()}
        said = "; ".join(f"λ {x:.3g}: {y:.1f}" for x, y in bits.items())
        about = f"Entropy of “{view.e.words[view.word]}” in bits: {said}. Trained: λ {view.record.sharpness:.3g} (dashed)."
        at = [math.log(x) for x in bits]
        drawn = html.curve(at, list(bits.values()), math.log(view.record.sharpness), label=about)
        self.curve.value = f'<p class="quiet">{html.escape(about)}</p>{drawn}'
