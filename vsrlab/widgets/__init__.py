"""Widgets: the live part of each view, made of ipywidgets' core controls.  One file a view, imported when it is shown."""
