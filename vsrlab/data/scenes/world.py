"""What a scene is: kinds of things with colours, sizes, textures and counts, on a ground."""
from typing import NamedTuple

# RGB of the pictures; the detector confuses colours that lie near each other here (scene_features.py).
COLOURS = {"red": (206, 52, 48), "orange": (236, 135, 45), "yellow": (243, 208, 66), "green": (72, 150, 80), "blue": (58, 108, 190),
           "purple": (132, 84, 165), "pink": (240, 150, 180), "brown": (134, 88, 56), "black": (58, 58, 64),
           "white": (243, 241, 236), "grey": (150, 152, 156)}
SIZES = {"small": 0.68, "medium": 1.0, "large": 1.34}
TEXTURES = ("plain", "striped", "spotted", "checked", "shiny")
MOST_INSTANCES = 10                  # single objects in one scene


class Kind(NamedTuple):
    """A category.  Roles: animal, person, flies, small (may stand on something), base (bears it), mount, many (comes in groups)."""
    names: tuple                     # synonyms; the first is the detector's word and the sketch's name
    height: float                    # of a medium one at the front, in heights of the picture
    usual: tuple                     # the colours that six in ten have
    roles: frozenset


_KINDS = """
dog hound           .22  brown black white grey      animal small many
cat kitty           .20  orange black white grey     animal small many
horse pony          .36  brown black white           animal mount
cow                 .32  brown black white           animal
sheep lamb          .24  white white black           animal many
pig hog             .22  pink pink brown             animal many
elephant            .42  grey                        animal mount
giraffe             .56  yellow orange               animal
lion                .30  orange yellow               animal
rabbit bunny        .20  white grey brown            animal small many
bird songbird       .12  blue yellow red             flies small many
duck                .16  yellow white brown          animal small many
penguin             .24  black black blue            animal many
turtle tortoise     .14  green brown                 animal small many
butterfly           .12  orange blue purple          flies many
man guy             .42  blue green red white        person
woman lady          .40  red pink blue yellow        person
child kid           .30  yellow green red            person many
car automobile      .22  red blue white black        base many
bus coach           .30  red yellow                  base
truck lorry         .28  blue white                  base
bicycle bike        .24  red green black             mount many
boat sailboat       .34  white blue red              many
plane airplane      .15  white blue                  flies
tree                .54  green green                 many
flower blossom      .19  red yellow pink purple      many
house cottage       .50  white yellow brown          many
balloon             .26  red blue yellow             flies many
kite                .24  red green                   flies
ball                .11  red blue white              small many
umbrella parasol    .36  red blue yellow             many
bench               .22  brown green                 base
chair seat          .28  brown black white           base many
table desk          .26  brown white                 base
sofa couch          .28  blue green red              base
lamp                .28  white yellow                small
cup mug             .12  white blue red              small many
vase                .18  blue white                  small
book                .11  blue red green              small many
box crate           .17  brown                       small base many
teddy               .18  brown                       small
bottle              .21  green brown                 small many
apple               .12  red green                   small many
banana              .12  yellow                      small many
pear                .14  green yellow                small many
cake                .20  brown pink                  small
"""


def _kind(line: str) -> Kind:
    words = line.split()
    at = next(k for k, w in enumerate(words) if w[0] == ".")
    return Kind(tuple(words[:at]), float(words[at]), tuple(w for w in words[at + 1:] if w in COLOURS),
                frozenset(w for w in words[at + 1:] if w not in COLOURS))


KINDS = {kind.names[0]: kind for kind in map(_kind, _KINDS.strip().splitlines())}


class Ground(NamedTuple):
    """A background: where things stand, what else a detector frames there, and how people say it."""
    horizon: float                   # y where the ground begins, fractions of the picture
    zoom: float                      # how close the camera is
    stuff: tuple                     # ((name, y1, y2), ...): what fills the picture behind the things
    phrases: tuple
    kinds: tuple                     # what is found there, the most frequent first


GROUNDS = {
    "meadow": Ground(0.42, 1.0, (("sky", 0, .36), ("hill", .28, .46), ("grass", .44, 1)),
                     ("on the grass", "in a meadow", "in an open field", "on a farm"),
                     tuple("horse cow sheep dog tree pig house flower rabbit duck woman man truck butterfly bird child".split())),
    "park": Ground(0.44, 1.05, (("sky", 0, .3), ("bush", .26, .46), ("grass", .46, 1)),
                   ("in the park", "on the lawn", "on the short grass", "in a garden"),
                   tuple("dog child bench tree man woman ball cat bicycle duck flower kite rabbit balloon butterfly bird".split())),
    "street": Ground(0.54, 1.0, (("sky", 0, .2), ("building", .1, .52), ("pavement", .5, .66), ("road", .64, 1)),
                     ("on the street", "on a road", "in the city", "in a town"),
                     tuple("car man woman bus bicycle dog truck tree child cat bench house bird balloon box umbrella".split())),
    "beach": Ground(0.56, 1.05, (("sky", 0, .36), ("sea", .36, .56), ("sand", .56, 1)),
                    ("on the beach", "on the sand", "by the sea", "near the water"),
                    tuple("man umbrella dog child ball woman boat chair turtle kite bird box horse plane duck".split())),
    "snow": Ground(0.46, 1.0, (("sky", 0, .3), ("mountain", .16, .48), ("snow", .46, 1)),
                   ("in the snow", "on a snowy field", "on a winter day", "in the deep snow"),
                   tuple("penguin child dog man house tree woman rabbit horse bird ball truck box bench".split())),
    "room": Ground(0.62, 1.25, (("wall", 0, .5), ("window", .06, .42), ("floor", .62, 1)),
                   ("in a room", "on the floor", "at home", "in the living room"),
                   tuple("sofa cat chair table child lamp dog teddy ball book woman box vase man balloon rabbit".split())),
    "kitchen": Ground(0.54, 2.0, (("wall", 0, .52), ("tile", .1, .54), ("counter", .54, 1)),
                      ("in the kitchen", "on the counter", "on a kitchen counter"),
                      tuple("apple cup bottle pear banana cake vase book box cat lamp".split())),
    "savanna": Ground(0.48, 1.0, (("sky", 0, .4), ("hill", .34, .5), ("soil", .48, 1)),
                      ("on the savanna", "on the dry plain", "in the wild", "on dry soil"),
                      tuple("elephant giraffe lion tree bird turtle man truck horse butterfly dog plane".split())),
}
STUFF = tuple(sorted({name for ground in GROUNDS.values() for name, _, _ in ground.stuff}))
# Words of captions that name stuff, beside its own name.
STUFF_WORDS = {**{name: name for name in STUFF}, "meadow": "grass", "field": "grass", "lawn": "grass", "street": "road",
               "beach": "sand", "water": "sea", "plain": "soil", "snowy": "snow"}


class Thing(NamedTuple):
    """One to four alike objects, and where they stand."""
    kind: str
    colour: str
    texture: str
    size: str
    count: int
    x: float                         # centre, fractions of the picture
    foot: float                      # y of the lowest point; set by the base when it stands on one
    flip: bool                       # looks to the left
    look: float                      # 0 to 1: skin, hair and other details that no caption mentions
    link: str = ""                   # on, ride, behind, chase or watch: a relation it was placed in
    to: int = -1                     # the other thing of that relation

    def is_a(self, role: str) -> bool:
        """Can a thing of its kind play this role?"""
        return role in KINDS[self.kind].roles


class Scene(NamedTuple):
    ground: str
    things: tuple
    look: float                      # 0 to 1: details of the background
