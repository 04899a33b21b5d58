"""More quiz of lessons 08 to 10.  The facts come from what users of this field ask; every option has a reply of its own."""
from vsrlab.course.asking import Option, Question

ITEMS = (
    Question("picked-or-drawn", "08",
             "You judged the ten failures with the largest margin: nine are really wrong. What do you know of all 500 failures?",
             {"a": Option("About 90 % of them are wrong", False,
                          "The largest margins are the clearest mistakes. The close ones, where labels are doubtful, were "
                          "not looked at."),
              "b": Option("At least nine of them are wrong, no more", True,
                          "What was picked gives a bound. Only a random sample speaks for the rest, and then with an interval."),
              "c": Option("Nothing at all", False,
                          "A little: nine pairs are settled, and so is one failure that is none.")}),
    Question("looks-alike", "09",
             "The printed sm-LSTM adds what it saw before to the evidence of every part alike, and then takes a softmax. "
             "Why are all its "
             "looks the same?",
             {"a": Option("Its weights are too small", False,
                          "With any weights the looks are the same; try larger ones."),
              "b": Option("A softmax does not see what is added to all of its numbers", True,
                          "softmax(x + c) = softmax(x): what was seen before cancels, and its weights get no gradient."),
              "c": Option("It looks only once", False,
                          "It looks three times, and three times at the same place.")}),
    Question("good-score-bad-light", "10",
             "Your run finds the right photo, and the light of the word \"dog\" lies on the grass. Which sentence is safe?",
             {"a": Option("The model confuses dogs and grass", False,
                          "The light is one step of the computation; by itself it shows no belief of the model."),
              "b": Option("The photo was found; where the dog is, this light does not show", True,
                          "Test it: the pointing game asks whether words point, deletion whether the score needs the place."),
              "c": Option("The picture is broken", False,
                          "Possible, and worth a look at boxes and photo. But lights that miss are common where nothing "
                          "is broken.")}),
)
