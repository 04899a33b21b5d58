"""Further quiz items of lessons 08 to 11: failures, the zoo, your photos, your model."""
from vsrlab.course.asking import Option, Question

ITEMS = (
    Question("corrected", "08", "Of 100 sampled failures 40 are also right. R@1 was 50. What is the corrected R@1?",
             {"a": Option("90", False, "40 of 100 failures, not of 100 queries: the failures are half of all."),
              "b": Option("50, the labels decide", False, "They decide the labelled number. Both belong side by side."),
              "c": Option("About 70, with an interval", True,
                          "Half of the queries failed, and four tenths of those did not: 50 + 0.4 x 50. From a sample it is "
                          "an estimate, so give its interval.")}),
    Question("first-answers", "08",
             "Photo 17 is the first answer to 40 different sentences. What is this called, and why does it matter?",
             {"a": Option("A duplicate: delete it", False,
                          "A duplicate looks like another photo. A hub is near to many *sentences*, and may be a photo like "
                          "any other."),
              "b": Option("A hub: it takes places that belong to others", True,
                          "In a space of many dimensions some points are near to everything. It costs recall in one "
                          "direction, and can be corrected for."),
              "c": Option("A popular photo: that is right", False,
                          "Five sentences describe it. The other 35 were looking for something else.")}),
    Question("global-local", "09",
             "What does a local part (words and regions) add to a global one (two vectors), at which price?",
             {"a": Option("It can tell who has which property; each pair has to be compared in full", True,
                          "Two vectors are compared in a moment and can be searched by an index. Words with regions cost "
                          "hundreds of products for each pair."),
              "b": Option("It is faster", False, "It is slower, by the number of words times the number of regions."),
              "c": Option("Nothing, the vector holds everything", False,
                          "It may, in principle. Which colour belongs to which thing is what one vector loses first.")}),
    Question("few-photos", "10", "You have 200 photos of your own. Which first step is the best one?",
             {"a": Option("Train a model on all 200", False,
                          "Then nothing is left to test it on, and it will know them by heart."),
              "b": Option("Use a trained model on them, and look at its failures", True,
                          "200 photos teach a model little, but they tell well whether one works on your kind of photos."),
              "c": Option("Train on 160, test on 40", False,
                          "Possible, but 40 photos make wide intervals, and 160 teach little. Look first at what a trained "
                          "one does.")}),
    Question("row-in-table", "11", "Your model stands in the table with one seed, the others with three. What do you do?",
             {"a": Option("Compare it with the best seed of the others", False,
                          "Then everybody chose the best on the test data. Compare what was measured alike."),
              "b": Option("Nothing, a number is a number", False,
                          "A number of one run holds one draw of luck; three show how much luck there is."),
              "c": Option("Train two more seeds, or write \"one seed\" beside it", True,
                          "A best seed compared with means of three looks better than it is. The table says how many seeds a "
                          "row has.")}),
)
