"""Views: what a match looks like, as still pictures, offline pages and live widgets.  One folder a view."""
