"""A quiz item as a group of radio buttons: native controls, read in order, with one live region for the reply.

JupyterLab keeps the arrow keys of radio buttons for moving between cells.  The way of the keyboard is the call, quiz("id", "b"): it
is printed with every item, and its reply is the same.
"""
import html as markup

import ipywidgets

from vsrlab.course.asking import replied
from vsrlab.course.language import tr
from vsrlab.views import host


def offer(item) -> None:
    """Show the buttons of a quiz item where a person can press them; nothing elsewhere, since the text is printed already."""
    if host.front_end():
        from IPython.display import display
        display(buttons(item))


def buttons(item) -> ipywidgets.VBox:
    """The options of an item; choosing one shows its reply below and keeps it."""
    labels = [(f"{letter}) {tr(option.text)}", letter) for letter, option in item.options.items()]
    group = ipywidgets.RadioButtons(options=labels, value=None, layout={"width": "auto"})
    group.tooltip = tr(item.text)
    reply = ipywidgets.HTML()
    say = lambda text: f'<div role="status" aria-live="polite">{markup.escape(text)}</div>'
    reply.value = say("")

    def chosen(change):
        if change["new"] is not None:
            reply.value = say(replied(item, change["new"]))
    group.observe(chosen, "value")
    return ipywidgets.VBox([group, reply])
