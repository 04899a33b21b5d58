"""Glossary, terms of lessons 08 to 11: failures and who judges them, systems side by side, data and models of one's own."""
from vsrlab.course.asking import Term

TERMS = (
    Term("failure", "A query whose first answer is not the one that the labels name; whether it is a mistake, people decide.",
         "失败案例、检索失败"),
    Term("tag", "What a person says of a failure after looking at it: valid, wrong or unsure.", "标签、人工标注"),
    Term("suspected cause", "Why a failure may have happened, by a rule, with the share of cases in which the rule was right.",
         "疑似原因"),
    Term("Cohen's kappa", "Agreement of two people beyond chance: 1 for full agreement, 0 for what lot would give.",
         "科恩 kappa 系数、一致性系数"),
    Term("corrected score", "A score after failures that are none were counted as right, with how they were found.",
         "校正后的得分"),
    Term("slice", "A part of the queries with something in common, measured beside the rest.", "切片、数据子集"),
    Term("hub", "A photo or sentence that is among the first answers of far more queries than others.", "枢纽点、hub"),
    Term("ensemble", "Several models whose scores are added or averaged, and measured as one.", "集成、模型集成"),
    Term("matcher", "A model of this kit: it encodes images, encodes texts, and scores every image with every text.", "匹配模型"),
    Term("ablation", "The same model without one part, trained in the same way, to see what the part is worth.", "消融实验"),
)
