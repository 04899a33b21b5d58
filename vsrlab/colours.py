"""One palette, for drawings and for pages; a colour with a meaning never stands alone, a sign, a dash or a mark goes with it."""
CARD, DARK, MUTED, LINE = "#fcfcfa", "#262626", "#5a5a5a", "#d9d9d3"       # background, text, secondary text, hairlines
PLUS, MINUS = "#542788", "#b35806"                       # the ends of PuOr: what adds, what takes away (dashed as well)
RIGHT, WRONG = "#02765a", "#b3430a"                      # right and wrong answers, errors
HIGHLIGHT = "#ffe08a"                                    # what is chosen
TAKES = "#ffb562"                                        # light of a negative weight on a photo, where MINUS would be too dark
ON_CARD = (DARK, MUTED, PLUS, MINUS, WRONG)              # colours that text may have on CARD
