"""The error desk: what failed, why, and whether it really failed, for the scores of any model.

digest       one pass over the scores: ranks, margins, first answers; `store` keeps it in NAME.desk/
duplicates   near-duplicate images and texts of a whole gallery
judgements   what people said of pairs: files that only grow; `judges` whether they agree; `corrected` what hit@1 becomes by them
causes       rules that suggest why a first answer is wrong, each with its measured precision; they read a `record`, `wordlists`
             and `tfidf`; measured.json is written by bench/causes_on_scenes.py
slicing      on which captions does it fail more: ready slices and own ones, tested; they read `wordlists` and `tfidf`
versus       two models query by query: what was repaired, what broken, which ranks moved most
relevance    right answers by somebody else's judgement: ECCV Caption, CxC

A Scored asks all of it: .queries .top .hubs .duplicates .sample (retrieval/failures/questions.py), .judge .say .corrected
.graded (retrieval/failures/judged.py), .save_run .save_qrels .save_queries (retrieval/failures/export.py).
Records and causes of one query or of all failures: retrieval/failures/records.py and tally.py; one failure taken apart:
retrieval/failures/why.py; hubs made fewer: retrieval/hubness.py; all of it as one file: views/report/.
"""
