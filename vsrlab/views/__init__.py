"""Views: what a match looks like, as still pictures, offline pages and live widgets.  One file a view."""
