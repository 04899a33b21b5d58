"""Pages: fragments of HTML that react by CSS alone, without script, network or kernel."""
