"""One row a paper: who wrote it, the one idea, what its ranking loss is, the official settings, and small runs of this kit.

Rows know nothing of models: `vsrlab.zoo` joins each with its class.  A new system is a file in models/, a row here and a line
in zoo.py.
"""
from dataclasses import dataclass, field

from vsrlab.errors import unknown


@dataclass(frozen=True)
class Paper:
    """What a paper brings beside its model.

    title      the name of the system as the field writes it
    reference  authors, title, place
    year
    idea       the one thing it brought, as a clause
    hinge      of the ranking loss: "max", the hardest wrong answer; "sum", all of them; "texts", all wrong texts of an
               image and no wrong images (DeViSE); "one", a wrong text at random (m-CNN); "own", the model's extra losses are all;
               "none", there is no loss: the model is solved before the first epoch, and no epoch follows (CCA)
    margin     of that hinge, in units of the model's score
    options    of the model, fixed by the row; a user's option of the same name wins
    official   {data set: training settings and options of the official program, or of the paper where there is none}
    scenes, photos   options of small runs on generated scenes and on some thousand photos, beside those of all models
    epochs     of small runs, where a model needs others than the rest, and the rate falls as much later; 0: as the rest
    together   captions of the same image that stand in a batch together
    tokens     what the vocabulary holds: "words" or "characters"
    settings_from  where `official` was read, in words
    differs    of a variant of this kit: what it does otherwise than the paper it is of, (what, here, there, why) each
    """
    title: str
    reference: str
    year: int
    idea: str
    hinge: str = "max"
    margin: float = 0.2
    options: dict = field(default_factory=dict)
    official: dict = field(default_factory=dict)
    scenes: dict = field(default_factory=dict)
    photos: dict = field(default_factory=dict)
    epochs: int = 0
    together: int = 1
    tokens: str = "words"
    settings_from: str = "the settings of its program"
    differs: tuple = ()


_VSEPP = "Faghri, Fleet, Kiros, Fidler: VSE++, Improving Visual-Semantic Embeddings with Hard Negatives, BMVC 2018"
# Official training settings (repository scripts and papers).  "f30k" and "coco" differ in epochs, rate and heads.
_SCHEDULE = dict(epochs=30, rate=2e-4, decay_after=15)
_EARLY = {**_SCHEDULE, "decay_after": 10}
_MEMORY = dict(dim=2048, layers=4, start="torch", caption=True)

PAPERS = {
    "vse0": Paper(
        "VSE0", _VSEPP + " (its baseline)", 2018, "images and texts as vectors of one space; every wrong answer pushes",
        hinge="sum", official={data: {**_SCHEDULE, "options": dict(dim=1024, image_norm=False)} for data in ("f30k", "coco")}),
    "vsepp": Paper(
        "VSE++", _VSEPP, 2018, "only the hardest wrong answer of the batch pushes",
        official={data: {**_SCHEDULE, "options": dict(dim=1024)} for data in ("f30k", "coco")}),
    "uvs": Paper(
        "UVS", "Kiros, Salakhutdinov, Zemel: Unifying Visual-Semantic Embeddings with Multimodal Neural Language Models, 2014",
        2014, "images and sentences in one space, where a right pair is nearer than a wrong one by a margin", hinge="sum",
        options=dict(image_norm=False, rest_norm=True),
        official={data: dict(epochs=15, rate=2e-4, decay_after=0, options=dict(dim=1024)) for data in ("f30k", "coco")}),
    "order": Paper(
        "Order-embeddings", "Vendrov, Kiros, Fidler, Urtasun: Order-Embeddings of Images and Language, ICLR 2016", 2016,
        "a sentence is more general than its image: it stands above it in every number", hinge="sum", margin=0.05,
        options=dict(measure="order", use_abs=True),
        official={"coco": dict(epochs=100, rate=1e-3, decay_after=0, options=dict(dim=1024))}),
    "devise": Paper(
        "DeViSE", "Frome, Corrado, Shlens, Bengio, Dean, Ranzato, Mikolov: DeViSE, A Deep Visual-Semantic Embedding Model, "
        "NIPS 2013", 2013, "images are mapped into the space of given word vectors", hinge="texts", margin=0.1),
    "cca": Paper(
        "CCA", "Klein, Lev, Sadeh, Wolf: Associating Neural Word Embeddings with Deep Image Representations using Fisher Vectors, "
        "CVPR 2015, of Hotelling: Relations Between Two Sets of Variates, 1936", 2015,
        "the axes along which images and sentences vary together, solved at once", hinge="none"),
    "dspe": Paper(
        "DSPE", "Wang, Li, Lazebnik: Learning Deep Structure-Preserving Image-Text Embeddings, CVPR 2016", 2016,
        "a pair is ranked, and captions of one image stay nearer to each other than to those of other images",
        hinge="own", margin=0.05, together=2,
        official={"f30k": dict(epochs=40, rate=1e-4, decay_after=0, batch=1000, clip=0.0, options=dict(
            dim=512, hidden=2048, structure=0.05, balance=1.5, keep=10, margin=0.05, dropout=0.5))}),
    "rrf": Paper(
        "RRF-Net", "Liu, Guo, Bakker, Lew: Learning a Recurrent Residual Fusion Network for Multimodal Matching, ICCV 2017", 2017,
        "one residual layer refines a vector again and again, and its steps are fused", hinge="own", margin=0.1),
    "scan": Paper(
        "SCAN", "Lee, Chen, Hua, Hu, He: Stacked Cross Attention for Image-Text Matching, ECCV 2018", 2018,
        "each word attends to the regions, or each region to the words",
        official={"f30k": {**_SCHEDULE, "options": dict(dim=1024, direction="t-i", pooling="mean", sharpness=9.0)},
                  "coco": dict(epochs=20, rate=5e-4, decay_after=10,
                               options=dict(dim=1024, direction="t-i", pooling="lse", sharpness=9.0, lse=6.0))}),
    "vsrn": Paper(
        "VSRN", "Li, Zhang, Li, Li, Fu: Visual Semantic Reasoning for Image-Text Matching, ICCV 2019", 2019,
        "regions reason with each other before a memory reads them",
        official={"f30k": {**_EARLY, "options": dict(**_MEMORY, head="f30k", region_norm="across")},
                  "coco": {**_SCHEDULE, "options": dict(**_MEMORY, head="coco", region_norm="across")}},
        photos=dict(layers=1, text="bigru")),
    "vsrpp": Paper(
        "VSR++", "Yuan, Huang, Zhang, Chen, Cheng, Wang: VSR++, Improving Visual Semantic Reasoning for Fine-Grained Image-Text "
        "Matching, ICPR 2020", 2020, "global and local matching, learned together",
        official={"f30k": {**_EARLY, "options": dict(**_MEMORY, mu=2.0, fusion="simi")},
                  "coco": {**_SCHEDULE, "options": dict(**_MEMORY, mu=2.0, fusion="simi")}},
        scenes=dict(mu=0.5, local_regions="raw"), photos=dict(fusion="late", mu=0.5, layers=1),
        settings_from="this kit's reading of the poster: the paper itself could not be had"),
    "vsrpp-kit": Paper(
        "VSR++ (kit)", "this kit's variant for small sets of photos, after Yuan et al.: VSR++, ICPR 2020; not the poster's system",
        2020, "words look for their best region, and a sentence is read by several readers that are joined after training",
        photos=dict(text="minilm", nets="lite2+mobilenetv2"), settings_from="VSR++, of which this is a variant",
        differs=(
            ("regions", "a mean of them", "reasoned, then read by a memory",
             "with 6,000 photos VSRN's part is no better than a mean (bench/real_photos.py)"),
            ("local part", "each word and its best region, by InfoNCE with a learned temperature", "attention, by a hinge",
             "it has no sharpness that would have to be chosen"),
            ("readers of the sentence", "a GRU, and with text='minilm' one that has read captions before", "a bidirectional GRU",
             "readers that learned otherwise fail on other sentences, and are joined"),
            ("images", "with nets= also whole-photo vectors of other networks", "regions alone",
             "the vectors of one small network hold retrieval back more than what reads them"),
            ("mu", "follows the spread of the scores", "2.0", "each part has an equal say"),
            ("training", "each part by its own loss, joined afterwards", "one loss of the sum", "they learn other things then"))),
    "dan": Paper(
        "DAN", "Nam, Ha, Kim: Dual Attention Networks for Multimodal Reasoning and Matching, CVPR 2017", 2017,
        "images and texts are looked at several times, each look guided by what was seen before", hinge="sum", margin=1.0),
    "dvsa": Paper(
        "DVSA", "Karpathy, Fei-Fei: Deep Visual-Semantic Alignments for Generating Image Descriptions, CVPR 2015", 2015,
        "every word is aligned with the one region that agrees with it best", hinge="sum", margin=1.0),
    "chain_vse": Paper(
        "Chain-VSE", "Wehrmann, Barros: Bidirectional Retrieval Made Simple, CVPR 2018", 2018,
        "sentences are read as characters, by towers of convolutions", hinge="sum", margin=0.05, tokens="characters"),
    "gxn": Paper(
        "GXN", "Gu, Cai, Joty, Niu, Wang: Look, Imagine and Match: Improving Textual-Visual Cross-Modal Retrieval with Generative "
        "Models, CVPR 2018", 2018, "an abstract and a grounded vector a side, of which the grounded image has to tell the sentence",
        hinge="sum", margin=0.05),
    "sco": Paper(
        "SCO", "Huang, Wu, Song, Wang: Learning Semantic Concepts and Order for Image and Sentence Matching, CVPR 2018", 2018,
        "what regions show and the image as a whole are joined by a gate, and have to tell the sentence in its order", hinge="sum"),
    "sm_lstm": Paper(
        "sm-LSTM", "Huang, Wang, Wang: Instance-aware Image and Sentence Matching with Selective Multimodal LSTM, CVPR 2017", 2017,
        "pairs of instances are picked look after look, and their likeness is added up by an LSTM", hinge="sum"),
    "mcnn": Paper(
        "m-CNN", "Ma, Lu, Shang, Li: Multimodal Convolutional Neural Networks for Matching Image and Sentence, ICCV 2015", 2015,
        "the pair goes through one network; image and words meet at four levels", hinge="one", margin=0.5,
        epochs=20),
    "saem": Paper(
        "SAEM", "Wu, Wang, Song, Huang: Learning Fragment Self-Attention Embeddings for Image-Text Matching, ACM MM 2019", 2019,
        "regions attend to each other as the words of a transformer do"),
    "dual_path": Paper(
        "Dual-path", "Zheng, Zheng, Garrett, Yang, Xu, Shen: Dual-Path Convolutional Image-Text Embeddings with Instance Loss, "
        "ACM TOMM 2020 (first 2017)", 2017, "every image with its texts is a class of its own, and both sides share one classifier",
        hinge="own", margin=1.0, scenes=dict(blocks="short"), photos=dict(blocks="short"), epochs=20),
}


def paper(name: str) -> Paper:
    """The row of a model, or a sentence that names the nearest."""
    if name not in PAPERS:
        raise unknown("model", name, PAPERS)
    return PAPERS[name]


def title(name: str) -> str:
    """"VSR++" for "vsrpp"; a model from outside the table is called by its own name."""
    return PAPERS[name].title if name in PAPERS else name
