"""Quiz of lessons 00 to 03.  The facts come from what users of this field ask; every option has a reply of its own."""
from vsrlab.course.asking import Option, Question

ITEMS = (
    Question("region", "00", "What is a region?",
             {"a": Option("A single pixel", False,
                          "A model of this field never sees pixels: a detector or an image network has read them before."),
              "b": Option("A box of the photo and the vector that a detector read from it", True,
                          "Everything the model knows of the photo is a few dozen such vectors; what no box holds, it cannot "
                          "see."),
              "c": Option("Whatever the sentence names", False,
                          "Boxes are drawn without the sentence. Whether a word finds one of them is exactly the question.")}),
    Question("recall-at-k", "00", "R@5 of images is 60. What does that say?",
             {"a": Option("Of the first five photos, 60 % are right", False,
                          "That would be precision. A sentence has one right photo, so at most one of five can be right."),
              "b": Option("The right photo stands at place 3 on average", False,
                          "A mean of ranks is another measure: a few very bad ranks change it much, and R@5 not at all."),
              "c": Option("60 of 100 sentences have their photo among the first five", True,
                          "One query, one answer of yes or no; the number is the share of queries answered.")}),
    Question("rank-counts", "00",
             "The list shows the right photo at place 1 and a wrong one with the same score at place 2. Which rank do we "
             "report?",
             {"a": Option("2", True,
                          "A tie counts against the model: it could not tell them apart, and the order on the screen is an "
                          "accident."),
              "b": Option("1", False, "Then a model that gives every photo the same score would have rank 1 everywhere."),
              "c": Option("1.5", False,
                          "A mean over the ties is used in some fields. Here a hit is yes or no, and half a hit would have "
                          "to be explained with every number.")}),
    Question("bytes-captions", "01", "Every caption of a file comes out as b'A dog runs' with a b and quotes. What happened?",
             {"a": Option("The file is broken", False,
                          "The bytes are all right; it is the way they were read. Decode them as UTF-8."),
              "b": Option("Text was read as bytes and then turned into text with str()", True,
                          "The b and the quotes became letters, and the words \"b'a\" and \"runs'\" became words. Public "
                          "folders of this field have it; open the file as UTF-8."),
              "c": Option("It is only how Python prints it", False,
                          "Of a bytes object it is. Here the quotes are part of the text, and the tokeniser will see them.")}),
    Question("five-captions", "01",
             "A test split has 1,000 photos and 5,000 captions. What is T, and how many images does the array of features "
             "have in the oldest public folders?",
             {"a": Option("T = 1,000, and 1,000 rows", False, "T counts texts, and every photo has five of them."),
              "b": Option("T = 5,000, and always 1,000 rows", False,
                          "So it should be, and newer folders are so. The oldest repeat every photo; let the doctor tell you "
                          "which you have."),
              "c": Option("T = 5,000, and 5,000 rows: each photo five times", True,
                          "These folders repeat every photo for each caption. Read so, it looks like 5,000 images, and R@K "
                          "comes out wrong in both directions.")}),
    Question("broken-boxes", "01",
             "Boxes are given as x, y, width, height, and read as two corners. What would you see first?",
             {"a": Option("Boxes whose second corner lies left of or above the first", True,
                          "Width and height know nothing of the place, so for things far right or low the corners are turned "
                          "round."),
              "b": Option("The training stops", False,
                          "Most models never look at boxes; everything runs, and only the pictures are wrong."),
              "c": Option("R@K is 0", False,
                          "The vectors are untouched, so the numbers stay the same. That is why one has to look at pictures.")}),
    Question("collapse", "02",
             "A batch has 64 pairs and margin 0.2. The loss with the hardest wrong answers stands still at 25.6. What does "
             "that say?",
             {"a": Option("The model is trained", False,
                          "A trained model has a loss near 0. This is the loss of a model that gives every pair the same "
                          "score."),
              "b": Option("All scores are equal: the model has collapsed", True,
                          "2 directions x 64 pairs x 0.2. Users of VSE++ and of its followers report this number again and "
                          "again; warm up with the sum, or with a smaller rate."),
              "c": Option("The batch is too small", False,
                          "With 128 pairs it would stand at 51.2. The number moves with the batch, the trouble does not."),
              "d": Option("The loss is computed wrongly", False,
                          "It is right: every row and every column pays exactly the margin.")}),
    Question("own-captions", "02",
             "Two pairs of a batch show the same photo. The caption of the second scores higher for it than that of the "
             "first. What should happen?",
             {"a": Option("The loss rises", False,
                          "Then a right answer is pushed away: a false negative, made by the batch itself."),
              "b": Option("Nothing", True,
                          "Both captions describe the photo. The published codes do push it away, because they only spare "
                          "the diagonal; users have asked about it for years."),
              "c": Option("The pair is left out of the batch", False,
                          "That would work, but wastes it: it still has other wrong answers to learn from.")}),
    Question("batch-size", "02",
             "The batch becomes four times as large, the loss keeps only the hardest wrong answer. What changes?",
             {"a": Option("The hardest wrong answers become harder", True,
                          "They are the worst of four times as many. More of them are also no mistakes at all, but other "
                          "true captions."),
              "b": Option("Only the speed", False, "The maximum runs over the batch, so the batch is part of the loss."),
              "c": Option("The loss of each pair is divided by four", False,
                          "It is a sum over pairs, and nothing is divided. With four times as many pairs the sum has four "
                          "times as many terms.")}),
    Question("sum-or-max", "02", "Training with the maximum of hinges does not start. Why may the sum help for one epoch?",
             {"a": Option("The sum is smaller", False, "It is much larger: it adds every cost that the maximum leaves out."),
              "b": Option("The sum has no margin", False,
                          "Both have the same margin; they differ in how many wrong answers pay."),
              "c": Option("At the start every answer is wrong, and the sum pushes all of them", True,
                          "The maximum gives a gradient to one answer of a row, chosen nearly by chance at the start. That "
                          "is enough later on.")}),
    Question("t-i-i-t", "03", "A table of SCAN has the rows t-i, i-t and \"t-i + i-t\". How is the third one made?",
             {"a": Option("One model attends in both directions", False,
                          "One could train that, and this kit can; the row of the paper is not it."),
              "b": Option("Two models are trained, and their score matrices are averaged", True,
                          "It is an ensemble of two trained models, twice the work. Readers ask for its code; there is none "
                          "to find, only the mean of two matrices."),
              "c": Option("The better of the two is taken for each query", False,
                          "That would need to know the right answer. The mean needs nothing.")}),
    Question("is-it-proof", "03",
             "The word \"dog\" gives 60 % of its attention to the box of the dog. Is that a proof that the model knows dogs?",
             {"a": Option("Yes, attention is part of the computation", False,
                          "It is, and so are a thousand other numbers. The question is whether another photo would have been "
                          "chosen without it."),
              "b": Option("Yes, above one half it is", False,
                          "No share proves it. What counts is the difference to chance and to random weights."),
              "c": Option("No: it shows where the number came from, not why", True,
                          "A model with random weights also looks somewhere, and a large box in the middle gets hit by "
                          "chance. Compare with both, over many words.")}),
    Question("lambda", "03", "lambda 1 is raised from 9 to 20. What happens to the attention of a word?",
             {"a": Option("It becomes narrower", True,
                          "It multiplies inside the softmax: an inverse temperature. Many texts call it a temperature, which "
                          "turns the answer round."),
              "b": Option("It becomes wider", False, "So it would be with a temperature, which divides. lambda 1 multiplies."),
              "c": Option("Only its sum grows", False, "The attention of a word always sums to one.")}),
    Question("clip-or-leak", "03",
             "The paper of SCAN clips negative cosines at 0, its code keeps a tenth of them. Which of the two made the "
             "printed numbers?",
             {"a": Option("The paper", False, "The equations are a description. Nobody has measured an equation."),
              "b": Option("The code", True,
                          "Numbers come out of code. Where paper and code differ, the code is what was measured, and the "
                          "difference has to be said."),
              "c": Option("It cannot matter", False,
                          "It changes every attention a little: what is clipped gives no gradient and takes no part in the "
                          "length of a column.")}),
)
