"""The closing answers of lessons 04 to 07, worded by what their experiments found: another run may turn a sentence round."""
from vsrlab.experiments.found import Found
from vsrlab.wording import several, signed, significant

SMALL = 1.0                # per cent of a score; below it a change is called next to nothing


def answer_reasoning(pair: Found, gallery: Found, read: Found) -> Found:
    """What do regions tell each other?  From `cuts`, `all_relations` and `who_is_read`."""
    moved = f"cutting the strongest changes the score by {significant(pair['1'])} %."
    one = f"One relation tells next to nothing: {moved}" if abs(pair["1"]) < SMALL else f"One relation can matter: {moved}"
    falls = [signed(-gallery[f"{side} R@1 fall"], digits=1) for side in ("text", "image")]
    both = f"R@1 of images that look for a text {falls[0]}, of texts that look for their image {falls[1]}"
    six = f"{abs(gallery['rsum change']):.0f} points together"
    if gallery["rsum high"] < 0:
        every = f"All together they matter: without them the six recalls lose {six} ({both})."
    elif gallery["rsum low"] > 0:
        every = f"All together they do harm here: without them the six recalls gain {six} ({both})."
    else:
        every = f"All together they make no difference that these images can show ({both}, within chance)."
    last = max(int(name.split()[1]) for name in read.numbers if name.startswith("columns"))
    column = read[f"columns {last}"]
    half = "more than half" if column > 50 else "half or less"
    who = f"And {half} of what tells affinities apart ({column:.0f} %) is which region is read, not who reads whom."
    return Found(f"{one}\n{every}\n{who}")


def answer_measuring(sizes: Found, ties: Found, ways: Found) -> Found:
    """Which number may be compared with which?  From `sizes`, `ties` and `ways_to_rank`."""
    every = sorted({int(name.split()[1]) for name in sizes.numbers})
    small, large = every[0], every[-1]
    one, other = (sizes[f"image {n}"] for n in (small, large))
    span = f"the gallery grows from {small:,} to {large:,} images"
    grew = (f"With the same weights, R@1 of texts that look for their image falls from {one:.1f} to {other:.1f} when {span}."
            if one > other else f"Here R@1 did not fall when {span}.")
    worst, best = ([ties[f"{kind} {rule}"] for kind in ("constant", "rounded")] for rule in ("worst", "best"))
    tied = (f"The rule for ties alone takes a model that knows nothing from {worst[0]:.1f} to {best[0]:.1f}, and rounded scores "
            f"from {worst[1]:.1f} to {best[1]:.1f}.")
    sort = (f"Sorting gives the model that knows nothing {ways['constant turned']:.2f} %, by the order of the file; counting gives "
            f"it {ways['constant counted']:.2f} %.")
    return Found("A number may be compared with one of the same gallery, the same captions, the same folds and the same rule for "
                 f"ties: that is its stamp.\n{grew}\n{tied} {sort}")


def answer_explaining(tests: Found, rules: Found, points: Found) -> Found:
    """Which explanation can be believed?  From `two_tests`, `ways_to_remove` and `own_pointing`."""
    good, half = tests["both"], tests["only one"]
    ahead = (f"Ahead of random orders by deletion and by insertion: {several(good)}." if good else
             "No explanation is ahead of random orders in both tests.")
    ahead += f" In one of the two only: {several(half)}." if half else ""
    how = f"Another way to take regions out changes a number by up to {rules['largest change']:.0f} points."
    hit, chance = points["hit rate"], points["chance"]
    more = "above" if hit > chance else "not above"
    told = f"Believe an explanation as far as two tests agree on it, and say how it was tested.\n{ahead} {how}"
    if hit != hit:                                                    # photos: nobody knows what a word names
        return Found(told)
    return Found(f"{told}\n"
                 f"A word points at a region that it names in {hit:.0f} % of the cases, {more} chance ({chance:.0f} %). That is "
                 "another question: pointing at a thing is not yet mattering for the score.")


def answer_space(gap: Found, settings: Found, near: Found) -> Found:
    """Where do pictures and sentences lie?  From `gap`, `settings_of_maps` and `true_neighbours`."""
    moved = gap["trust closed"] - gap["trust"]
    closing = (f"Closing the gap changes the trustworthiness of PCA by {signed(moved)}." if abs(moved) >= 0.005 else
               "Closing the gap leaves the trustworthiness of PCA as it was.")
    kept = [(name.split()[1], value) for name, value in settings.numbers.items() if name.startswith("kept")]
    k, share = next((one for one in kept if one[0] == "15"), kept[0])
    return Found(f"In one space; the middles of photos and sentences lie {gap['gap']:.2f} apart. {closing}\n"
                 f"Of the nearest points on the map, {near['share']:.0f} % are near in the space, and two seeds of UMAP with {k} "
                 f"neighbours agree on {share:.0f} %.\nSo a map is a question: ask it, then look at the true neighbours.")
