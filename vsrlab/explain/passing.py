"""Words that a picture does not open on: function words, numbers, and verbs that captions share.  Nouns and colours point.

A list of English words as data.  Verbs are those that stand in captions of photos and scenes; one that is also a common noun of
things to be seen (a park, a watch, a fly) is left out.
"""

FUNCTION = """
    a an the this that these those some any each every all both either neither no none another other others such same own i
    you he she it we they me him her us them my your his its our their mine yours hers ours theirs himself herself itself
    themselves who whom whose which what where when while why how there here and or but nor so yet if than then as because
    although though until unless since whether of in on at to with by for from into over under above below between among
    through across along around near behind beside besides beneath beyond inside outside onto upon off out up down against
    toward towards within without during before after about past next front back side left right middle end part together
    apart away not very quite just only also too still almost already again ever never always often maybe perhaps even much
    many more most less least few several lots lot bunch group pair couple number various multiple different
""".split()
NUMBERS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen twenty thirty hundred first second third
    fourth fifth last 0 1 2 3 4 5 6 7 8 9 10 11 12 once twice half double single
""".split()
VERBS = """
    am is are was were be been being do does did doing done have has had having can could will would shall should may might
    must see sees seen seeing saw show shows showing shown look looks looking looked appear appears appearing seem seems stand
    stands standing stood sit sits sitting sat seated lie lies lying lay laying laid lean leans leaning hang hangs hanging
    hung walk walks walking walked run runs running ran go goes going went gone come comes coming came get gets getting got
    move moves moving jump jumps jumping jumped leap leaps leaping climb climbs climbing climbed ride rides riding rode ridden
    drive drives driving driven hold holds holding held carry carries carrying carried wear wears wearing wore dressed take
    takes taking taken make makes making made play plays playing played throw throws throwing thrown catch catches catching
    caught hit hits hitting kick kicks kicking pull pulls pulling push pushes pushing try tries trying tried use uses using
    used put puts putting give gives giving eat eats eating drink drinks drinking perform performs performing performed talk
    talks talking speak speaks speaking say says smile smiles smiling smiled laugh laughing pose poses posing posed wait waits
    waiting reach reaches reaching turn turns turning follow follows following surround surrounded surrounding cover covered
    covers fill filled contain contains containing consist consists include includes including watches watching become becomes
    let lets like likes want wants keep keeps work works working
""".split()
PASSING = frozenset(FUNCTION + NUMBERS + VERBS)
